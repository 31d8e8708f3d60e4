"""A Klaviyo account over its API: requests, pages, and the questions that are asked often."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from segctl.destinations.http import Api, BesideThePoint, NotAllowed, Refused, make_client
from segctl.destinations.many import chunks, for_each, require_progress
from segctl.destinations.rate_limit import Rate, RateLimiter
from segctl.errors import DestinationError

REVISION = "2026-07-15"
JSON_API = "application/vnd.api+json"
PER_PAGE = 100
LISTS_PER_PAGE = 10
EMAILS_PER_FILTER = 50
"""Filters travel in the address of the request, which must not get too long."""

_SMALL = (Rate(3, 1), Rate(60, 60))
_MEDIUM = (Rate(10, 1), Rate(150, 60))
_LARGE = (Rate(75, 1), Rate(750, 60))
_HUGE = (Rate(350, 1), Rate(3500, 60))
RATES: Mapping[str, Sequence[Rate]] = {
    "account": (Rate(1, 1), Rate(15, 60)),
    "lists": _LARGE,
    "list": _LARGE,
    "create list": (*_MEDIUM, Rate(150, 86_400)),
    "rename list": _MEDIUM,
    "members": _LARGE,
    "add": _MEDIUM,
    "remove": _MEDIUM,
    "profiles": _LARGE,
    "change profile": _LARGE,
    "import": _MEDIUM,
    "job": _MEDIUM,
    "import errors": _MEDIUM,
    "imported": _MEDIUM,
    "event": _HUGE,
    "events": _HUGE,
    "profile lists": _SMALL,
    "profile segments": _SMALL,
    "erase": _SMALL,
}
"""Every endpoint has a limit of its own, for all programs of the account together."""
STEADY_PER_SECOND = 2.5
"""Of the endpoints that most requests of a run go to."""


class Account:
    """One account; `key` is asked for when the first request is made."""

    def __init__(self, base_url: str, key: Callable[[], str], limiter: RateLimiter) -> None:
        self.limiter = limiter
        self._base_url = base_url
        self._key = key
        self._opened: Api | None = None

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    @property
    def api(self) -> Api:
        """Made when first used, so that its connections belong to the event loop that runs."""
        if self._opened is None:
            key = self._key()
            headers = {
                "Authorization": f"Klaviyo-API-Key {key}",
                "Accept": JSON_API,
                "revision": REVISION,
            }
            client = make_client(self._base_url, headers)
            self._opened = Api("Klaviyo", client, self.limiter, secrets=(key,), reason_of=_reason)
        return self._opened

    async def ask(
        self,
        method: str,
        path: str,
        limit: str,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        repeat: bool = True,
    ) -> Any:
        """Make a request and return the JSON of the answer; see `Api.request`."""
        headers = None if body is None else {"Content-Type": JSON_API}
        try:
            answer = await self.api.request(
                method, path, body=body, params=params, headers=headers, limit=limit, repeat=repeat
            )
        except (Refused, BesideThePoint) as refused:
            if _is_about_the_revision(refused):
                raise revision_refused(refused) from None
            raise
        return answer.data

    async def pages(
        self, path: str, limit: str, params: Mapping[str, Any]
    ) -> AsyncIterator[dict[str, Any]]:
        """A collection, page by page; the items of a page are its `data`."""
        asked = dict(params)
        while True:
            page = await self.ask("GET", path, limit, params=asked)
            yield page
            following = (page.get("links") or {}).get("next")
            if not following:
                return
            [cursor, *_] = parse_qs(urlsplit(following).query).get("page[cursor]") or [None]
            require_progress("Klaviyo", asked.get("page[cursor]"), cursor)
            asked["page[cursor]"] = cursor

    async def all(
        self, path: str, limit: str, params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """A collection that fits into memory."""
        pages = self.pages(path, limit, params or {})
        return [item async for page in pages for item in page["data"]]

    async def readable(
        self, path: str, limit: str, scope: str, params: Mapping[str, Any] | None = None
    ) -> Any:
        """Like `ask`, for the first requests: tells which scope is missing."""
        try:
            return await self.ask("GET", path, limit, params=params)
        except Refused as refused:
            # What is asked here cannot be wrong but by the revision.
            raise revision_refused(refused) from None
        except NotAllowed as error:
            raise DestinationError(
                error.message,
                f"Is the account paused? If not, give the key the scope {scope}; it needs read and "
                "write access to lists and profiles, and write access to events if they are told.",
            ) from None

    async def lists_where(self, field: str, wanted: Collection[str]) -> list[dict[str, Any]]:
        """Lists by a field, the oldest first."""

        async def find(some: Sequence[str]) -> list[dict[str, Any]]:
            params = {"filter": _any(field, some), "fields[list]": "name", "sort": "created"}
            return await self.all("/api/lists", "lists", params)

        pages = await for_each(chunks(sorted(wanted), LISTS_PER_PAGE), find)
        return [found for page in pages for found in page]

    async def get_list(self, list_id: str) -> dict[str, Any]:
        """The list, or DestinationError if somebody deleted it."""
        try:
            answer = await self.ask("GET", f"/api/lists/{list_id}", "list")
        except Refused as refused:
            raise list_gone(refused) from None
        found: dict[str, Any] = answer["data"]
        return found

    async def profiles_where(
        self,
        field: str,
        wanted: Collection[str],
        fields: str | None,
        extra: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Profiles by an identifier; who is not there is missing in the answer."""

        async def find(some: Sequence[str]) -> list[dict[str, Any]]:
            params = {"filter": _any(field, some), "page[size]": PER_PAGE, **(extra or {})}
            if fields is not None:
                params["fields[profile]"] = fields
            return await self.all("/api/profiles", "profiles", params)

        size = EMAILS_PER_FILTER if field == "email" else PER_PAGE
        pages = await for_each(chunks(sorted(wanted), size), find)
        return [held for page in pages for held in page]


def _is_about_the_revision(error: DestinationError) -> bool:
    return (isinstance(error, BesideThePoint) and error.status == 406) or "revision" in str(error)


def revision_refused(error: DestinationError) -> DestinationError:
    """For an API that has moved on."""
    return DestinationError(
        f"Klaviyo does not take the revision {REVISION} of its API, which this version of segctl "
        f"speaks: {error}.",
        "Update segctl: pip install --upgrade segctl. Klaviyo keeps a revision for two years.",
    )


def document(kind: str, attributes: Mapping[str, Any], item_id: str | None = None) -> Any:
    """A JSON:API document of one resource."""
    named = {} if item_id is None else {"id": item_id}
    return {"data": {"type": kind, **named, "attributes": attributes}}


def _any(field: str, wanted: Sequence[str]) -> str:
    return f"any({field},{json.dumps(list(wanted), ensure_ascii=False, separators=(',', ':'))})"


def _reason(data: Any) -> str:
    """The words of the first of a JSON:API answer's errors."""
    errors = data.get("errors") if isinstance(data, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    return str(first.get("detail") or first.get("title") or "") if isinstance(first, dict) else ""


def list_gone(refused: Refused) -> DestinationError:
    """For a list that we knew and that is not there any more."""
    if refused.status != 404:
        return refused
    return DestinationError(
        f"A list is no longer at Klaviyo ({refused}); somebody deleted it.",
        "Run the same command again: a guard asks whether to make the list anew.",
    )
