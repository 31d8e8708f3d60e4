"""Keeps personal data out of everything that is printed, logged or stored beside the data."""

from __future__ import annotations

import hashlib
import re

_EMAIL = re.compile(r"([^\s@<>\"'(),;:=]+)@([^\s@<>\"'(),;:]+)")


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


def digest(key: str, value: str) -> str:
    """Keyed digest of an e-mail address or id: finds a person again without naming anybody.

    The key stands on both sides, so that nothing can be appended to what was digested.
    """
    return hashlib.sha256(f"{key}:{value.strip().lower()}:{key}".encode()).hexdigest()[:40]
