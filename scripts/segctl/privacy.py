"""Keeps personal data out of everything that is printed, logged or stored beside the data."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_EMAIL = re.compile(r"([^\s@<>\"'(),;:=]+)@([^\s@<>\"'(),;:]+)")

PLAIN = "^[!-~]*$"
"""Of what is spelled in ASCII without blanks, lower case is all that there is to fold."""


def mask_email(email: str) -> str:
    """Shorten an address so that its owner recognises it and nobody else does.

    >>> mask_email("ada.lovelace@example.com")
    'a***@example.com'
    """
    local, at, domain = email.partition("@")
    return f"{local[:1]}***{at}{domain}"


def mask_emails(text: str) -> str:
    """Mask every e-mail address inside a text, for instance a database's error message."""
    return _EMAIL.sub(lambda match: mask_email(match.group(0)), text)


def without_emails(text: str) -> str:
    """Take every e-mail address out of a text, so that equal reasons read alike."""
    return _EMAIL.sub("<e-mail>", text)


def fold(value: str) -> str:
    """An address or id as it is compared: without case and blanks around it, in one spelling.

    >>> fold(" \u0130lker@Example.org\\n") == fold("i\u0307lker@example.org")
    True
    """
    folded = unicodedata.normalize("NFC", value.strip()).casefold()
    return unicodedata.normalize("NFC", folded).strip()


def digest(key: str, value: str) -> str:
    """Keyed digest of an e-mail address or id: finds a person again without naming anybody.

    The key stands on both sides, so that nothing can be appended to what was digested.
    """
    return _digest(key, fold(value))


def digests(key: str, value: str) -> list[str]:
    """The digest, and those that earlier versions made of the value, which states still hold."""
    return list(dict.fromkeys(_digest(key, form) for form in (fold(value), *earlier_forms(value))))


def earlier_forms(value: str) -> tuple[str, str]:
    """What earlier versions compared: Python's lower case in one place, DuckDB's in another."""
    blanks = "".join(letter for letter in set(value) if unicodedata.category(letter) == "Zs")
    by_duckdb = "".join(map(_small, value.strip(blanks or " ")))
    return value.strip().lower(), by_duckdb


def is_plain(value: str) -> bool:
    """Whether every version has compared the value in the same way."""
    return re.match(PLAIN, value) is not None


def _small(letter: str) -> str:
    """One letter's simple lower case: never more than one letter."""
    lower = letter.lower()
    return lower if len(lower) == 1 else lower[0]


def _digest(key: str, folded: str) -> str:
    return hashlib.sha256(f"{key}:{folded}:{key}".encode()).hexdigest()[:40]
