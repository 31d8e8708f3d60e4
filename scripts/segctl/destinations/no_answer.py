"""Why a tool did not answer, in words that a person can do something with."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

_BROKEN = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, EOFError)


def in_words(error: Exception) -> str:
    """Why there was no answer, as far as a person can do something about it."""
    said = str(error)
    if isinstance(error, httpx.ConnectError):
        behind = list(_causes(error))
        if any(isinstance(cause, socket.gaierror) for cause in behind):
            return "its address is not known to the network (DNS)"
        # Somebody was there, so it broke while the two agreed on how to speak.
        if any(isinstance(cause, (ssl.SSLError, *_BROKEN)) for cause in behind):
            return f"no secure connection (TLS): {said or 'the other side hung up'}"
        return "no connection: " + (said or "refused")
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return "the answer broke off" if isinstance(error, httpx.RemoteProtocolError) else said


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What an error was made of, which says more than words that differ between systems."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
