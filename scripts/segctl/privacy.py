"""Keeps personal data out of everything that is printed, logged or stored beside the data."""

from __future__ import annotations

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
