"""Requests to email tools: within the account's limits, with typed errors that carry no payload.

What a tool answers may quote addresses, and what a client library raises may quote the request.
So every reason passes `scrub`, and no exception of the client library is chained to ours.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import (
    Callable,
    Collection,
    Mapping,
)
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from segctl.destinations.no_answer import in_words
from segctl.destinations.rate_limit import RateLimiter, Throttled, Unavailable
from segctl.errors import DestinationError
from segctl.privacy import without_emails

ABOUT_RECORDS = frozenset((400, 409, 413, 422))
"""Statuses by which a tool refuses what was sent. Everything else is about the account, the address
or something in between, and must never cost a record."""
_MAY_BE_MISSING = frozenset((404, 410))
"""Statuses that say, where a call asks for something by its id, that it is not there."""
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_LONGEST_REASON = 200
LONGEST_ANSWER = 64_000_000
"""Bytes, unpacked. The longest page of any tool is a tenth of that."""
_ABOUT_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")

T = TypeVar("T")
R = TypeVar("R")

# At level INFO it logs every address that it asks, and addresses may hold e-mails.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Fields(dict[str, Any]):
    """An object of an answer. What it lacks is a fault of the answer, and said so."""

    def __init__(self, tool: str, *content: Any) -> None:
        super().__init__(*content)
        self._tool = tool

    def __missing__(self, name: str) -> Any:
        raise DestinationError(
            f"{self._tool} answered without {name}, which its description promises.",
            "Run the same command again later; if it stays so, update segctl.",
        )


@dataclass(frozen=True)
class Answer:
    """What a tool answered. `data` is its JSON: an object, empty if it said nothing."""

    status: int
    data: Any
    headers: Mapping[str, str]


class NotAllowed(DestinationError):
    """The key is good, but not for this (HTTP 403)."""


class BesideThePoint(DestinationError):
    """An answer that is about no record, and about nothing that was asked."""

    def __init__(self, message: str, hint: str, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


class Refused(DestinationError):
    """The tool understood and said no. Where nobody knows better, the run stops with its words."""

    def __init__(self, tool: str, status: int, reason: str, data: Any) -> None:
        super().__init__(
            f"{tool} refused a request: {reason} (HTTP {status}).",
            "Look into the account there, then run the same command again: nothing is lost.",
        )
        self.status = status
        self.reason = reason
        """The tool's words, free of personal data."""
        self.data = data
        """The whole answer, to look for what it says about records. May hold personal data."""

    def __str__(self) -> str:
        return f"{self.reason} (HTTP {self.status})"

    def of_records(self) -> str:
        """Why what was sent is refused. Raised on where the answer is about something else."""
        if self.status not in ABOUT_RECORDS:
            raise self
        return self.reason


@dataclass
class Api:
    """One account's HTTP API."""

    tool: str
    """Its name for people, such as 'Klaviyo'."""
    client: httpx.AsyncClient
    limiter: RateLimiter
    secrets: Collection[str] = ()
    """What must never appear in a message."""
    reason_of: Callable[[Any], str] = lambda data: ""
    """Finds the tool's words in the JSON of an error."""
    wait_of: Callable[[httpx.Response], float | None] = lambda response: retry_after(response)
    """Seconds that a throttling answer asks for, None if it does not say."""
    is_throttling: Callable[[httpx.Response], bool] = lambda response: response.status_code == 429
    plain_answers: bool = False
    """Whether a 2xx with any text, such as 'ok', is an answer. Pages and JSON cut short are not."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        limit: str = "",
        repeat: bool = True,
    ) -> Answer:
        """Ask and return what a 2xx says; 204 and 202 without content have no data.

        `body` is sent as JSON, or as it is when it is bytes. Raises Refused for an answer that may
        be about what was sent, NotAllowed for 403, DestinationError for every other one that is no
        success, SyncInterrupted when the limiter gives up, and with `repeat` off Unavailable when
        there was no answer.
        """
        content = body if isinstance(body, bytes) or body is None else to_json(body)

        async def once() -> Answer:
            return self._read(await self._exchange(method, path, content, params, headers))

        return await self.limiter.call(once, limit, repeat=repeat)

    async def _exchange(
        self,
        method: str,
        path: str,
        content: bytes | None,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Response:
        typed = {"Content-Type": "application/json"} if content is not None else {}
        typed.update(headers or {})
        try:
            async with self.client.stream(
                method, path, content=content, params=params, headers=typed
            ) as response:
                return await self._whole(response)
        except httpx.UnsupportedProtocol as error:
            raise DestinationError(f"{self.tool}: {self.scrub(str(error))}") from None
        except (httpx.HTTPError, httpx.StreamError, ValueError) as error:
            raise Unavailable(self.scrub(in_words(error))) from None

    async def _whole(self, response: httpx.Response) -> httpx.Response:
        """The answer with its body, unpacked as it arrives: a small one may unpack to anything."""
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > LONGEST_ANSWER:
                raise DestinationError(
                    f"{self.tool} answered {response.request.method} "
                    f"{self.scrub(response.request.url.path)} with more than "
                    f"{LONGEST_ANSWER // 1_000_000} MB, which is no answer.",
                    "Is the address right, and is there a proxy on the way?",
                )
        headers = [(n, v) for n, v in response.headers.items() if n not in _ABOUT_THE_WIRE]
        return httpx.Response(
            response.status_code, headers=headers, content=bytes(body), request=response.request
        )

    def _read(self, response: httpx.Response) -> Answer:
        status = response.status_code
        if self.is_throttling(response):
            raise Throttled(self.wait_of(response), f"HTTP {status}")
        if status >= 500 or status == 408:
            raise Unavailable(f"HTTP {status}")
        data = _json_of(response, self.tool)
        if response.is_success:
            plain = self.plain_answers and _is_plain(response)
            if data is None and response.content and not plain:
                # A proxy's page, or an answer cut in half: says nothing about the records.
                raise Unavailable("the answer was not JSON")
            if not self.plain_answers:
                if not response.content and response.request.method == "GET":
                    raise Unavailable("the answer was empty")
                if data is not None and not isinstance(data, dict):
                    raise Unavailable("the answer was no JSON object")
            if data is None and not self.plain_answers:
                data = Fields(self.tool)
            return Answer(status, data, response.headers)
        reason = self.scrub(self.reason_of(data) if data is not None else "") or f"HTTP {status}"
        if status == 401:
            raise DestinationError(
                f"{self.tool} does not accept the key: {reason}.",
                "Is it revoked, or another account's? Put a valid key where sync.yml looks for it.",
            )
        if status == 403:
            raise NotAllowed(
                f"{self.tool} does not allow {response.request.method} "
                f"{self.scrub(response.request.url.path)}: {reason}.",
                "Give the key the scope that this needs, or check whether the account is paused.",
            )
        # A page that says 404 is not the tool's word about a record.
        understood = status in ABOUT_RECORDS or (status in _MAY_BE_MISSING and data is not None)
        if not understood:
            raise self._beside_the_point(response, reason)
        raise Refused(self.tool, status, reason, data)

    def _beside_the_point(self, response: httpx.Response, reason: str) -> DestinationError:
        """For answers that are about no record, whatever was asked."""
        status, said = response.status_code, reason
        if reason == f"HTTP {status}":
            said = response.reason_phrase or "without a reason"
        if response.has_redirect_location:
            host = urlsplit(response.headers["location"]).hostname
            said = f"it sends to {host or 'another page'}, as for a login"
        asked = f"{response.request.method} {self.scrub(response.request.url.path)}"
        return BesideThePoint(
            f"{self.tool} answered {asked} with HTTP {status}, which is about no record: {said}.",
            "Look into the account there, and at proxies on the way; then run the same command "
            "again: nothing is lost and nothing is sent twice.",
            status,
        )

    def scrub(self, text: str) -> str:
        """A tool's words without addresses and secrets, cut to a readable length."""
        return scrub(text, self.secrets)

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()


def make_client(base_url: str, headers: Mapping[str, str], **options: Any) -> httpx.AsyncClient:
    """A client with pooled connections and time-outs."""
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable():
            raise DestinationError(
                f"What goes into the header {name} holds a character that no key has: a line "
                "break, a typographic quotation mark, or the like.",
                "Copy the key once more, as plain text.",
            )
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"User-Agent": "segctl", "Accept": "application/json", **headers},
        timeout=_TIMEOUT,
        follow_redirects=False,
        **options,
    )


def scrub(text: str, secrets: Collection[str] = ()) -> str:
    """A text without e-mail addresses and secrets, in one line of readable length."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = re.sub(r"\s+", " ", without_emails(text)).strip().rstrip(".")
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 3] + "..."


def retry_after(response: httpx.Response) -> float | None:
    """The standard header: seconds, or a date."""
    value = response.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def to_json(value: Any) -> bytes:
    """Compact JSON; dates and times in ISO 8601, decimals as numbers, what is no number as null."""
    try:
        text = _dumps(value)
    except ValueError:
        text = _dumps(_finite(value))
    return text.encode()


def _dumps(value: Any) -> str:
    return json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False
    )


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return float(value)


def _is_plain(response: httpx.Response) -> bool:
    return not response.content.lstrip().startswith((b"<", b"{", b"["))


def _json_of(response: httpx.Response, tool: str) -> Any:
    if not response.content:
        return None
    try:
        return json.loads(response.content, object_hook=lambda found: Fields(tool, found))
    except (ValueError, UnicodeDecodeError, RecursionError):
        return None
