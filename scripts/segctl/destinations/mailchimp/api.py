"""Mailchimp's HTTP API as far as we use it: one audience, its segments and merge fields."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

import httpx

from segctl.destinations.http import Answer, Api, Refused, make_client
from segctl.destinations.many import by_offset, find_or_make
from segctl.destinations.rate_limit import RateLimiter, Unavailable
from segctl.destinations.settings import SecretReference, Settings, plain_type
from segctl.errors import DestinationError

CONNECTIONS = 10
"""Simultaneous requests per account, Mailchimp's only published limit."""
PAGE = 1000
EVERY_STATUS = {
    "include_cleaned": "true",
    "include_transactional": "true",
    "include_unsubscribed": "true",
}
"""Segments are listed without these people unless one asks."""
_TAG = re.compile(r"[A-Z][A-Z0-9_]{0,9}")
_FIELD_TYPES = {
    "text": "text",
    "number": "number",
    "date": "date",
    "time": "date",
    "boolean": "text",
}


class MailchimpSettings(Settings):
    """A Mailchimp audience."""

    type: Literal["mailchimp"]
    api_key: SecretReference
    list_id: str
    """The audience's id: Audience > Settings > Audience name and defaults."""
    new_status: Literal["transactional", "subscribed"] = "transactional"
    """The status of people whom the audience does not have yet. `transactional` subscribes nobody:
    such people are in the segments but get no campaigns until they sign up. Choose `subscribed` if
    the warehouse's consent records are the place where consent is kept; whoever unsubscribed at
    Mailchimp stays unsubscribed in either case."""
    base_url: str | None = None
    """Default: the data centre that the key's ending names."""

    def attribute_name(self, column: str) -> str:
        """Merge tags are upper case and hold ten characters; Mailchimp's own names for names."""
        own = {"first_name": "FNAME", "last_name": "LNAME"}
        return own.get(column, column.upper()[:10])


class Audience:
    """Requests about one audience."""

    def __init__(
        self, settings: MailchimpSettings, limiter: RateLimiter, secret: Callable[[str], str]
    ) -> None:
        self._settings = settings
        self._limiter = limiter
        self._secret = secret
        self._api: Api | None = None

    @property
    def api(self) -> Api:
        """The connections; opened when they are first needed, by the loop that needs them."""
        if self._api is None:
            key = self._secret(self._settings.api_key)
            client = make_client(
                self._settings.base_url or _base_url(key),
                {},
                auth=("segctl", key),
                limits=httpx.Limits(max_connections=CONNECTIONS),
            )
            self._api = Api(
                "Mailchimp",
                client,
                self._limiter,
                secrets=(key,),
                reason_of=_reason,
                is_throttling=_is_throttling,
            )
        return self._api

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        api, self._api = self._api, None
        if api:
            await api.close()

    async def account(self) -> dict[str, Any]:
        """The account and the role of the key's user."""
        try:
            answer = await self.api.request("GET", "/", params={"fields": "account_id,role"})
        except Refused as refused:
            raise DestinationError(f"Mailchimp: {refused}.") from None
        found: dict[str, Any] = answer.data
        return found

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        """A request about what is in the audience; may raise Refused."""
        return await self.api.request(method, f"/lists/{self._settings.list_id}{path}", **options)

    async def read(self, path: str = "", **params: Any) -> dict[str, Any]:
        """Ask about the audience itself, which has to be there."""
        try:
            found: dict[str, Any] = (await self.ask("GET", path, params=params)).data
        except Refused as refused:
            if refused.status == 404:
                raise DestinationError(
                    f"Mailchimp has no audience {self._settings.list_id} in this key's account.",
                    "Put the audience's id into `list_id:` in sync.yml.",
                ) from None
            raise DestinationError(f"Mailchimp: {refused}.") from None
        return found

    async def pages(
        self, path: str, key: str, list_id: str | None = None, **params: str
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """A long list, page by page; `list_id` if it is about a segment, which may be gone."""

        async def read(offset: int) -> tuple[list[dict[str, Any]], int]:
            paged = {"count": PAGE, "offset": offset, **params}
            if list_id is None:
                data = await self.read(path, **paged)
            else:
                data = await self.read_segment(list_id, path, **paged)
            return data[key], data["total_items"]

        async for page in by_offset("Mailchimp", read):
            yield page

    # Segments

    async def segments(self) -> dict[str, str]:
        """All static segments: id -> name."""
        fields = "segments.id,segments.name,total_items"
        names = {}
        async for page in self.pages("/segments", "segments", type="static", fields=fields):
            names.update({str(segment["id"]): segment["name"] for segment in page})
        return names

    async def read_segment(self, segment: str, path: str = "", **params: Any) -> dict[str, Any]:
        """Ask about a segment, which may be gone."""
        url = f"/segments/{segment}{path}"
        try:
            found: dict[str, Any] = (await self.ask("GET", url, params=params)).data
        except Refused as refused:
            raise unless_gone(refused, segment) from None
        return found

    async def make_segment(self, title: str) -> str:
        """The id of the static segment of this name, made if there is none."""

        async def find() -> str | None:
            names = await self.segments()
            return next((segment for segment, name in names.items() if name == title), None)

        async def make() -> str:
            # An empty list of members is what makes it static.
            body = {"name": title, "static_segment": []}
            try:
                answer = await self.ask("POST", "/segments", body=body, repeat=False)
            except Refused as refused:
                if "already exists" in refused.reason:
                    raise Unavailable("somebody else was quicker") from None
                raise DestinationError(
                    f"Mailchimp did not make the segment {title}: {refused.reason}."
                ) from None
            return str(answer.data["id"])

        return await find_or_make(f"Mailchimp's segment {title}", find, make)

    # Merge fields

    async def merge_fields(self) -> dict[str, str]:
        """All merge fields: tag -> type."""
        fields = "merge_fields.tag,merge_fields.type,total_items"
        there = {"EMAIL": "email"}
        async for page in self.pages("/merge-fields", "merge_fields", fields=fields):
            there.update({field["tag"]: field["type"] for field in page})
        return there

    async def make_field(self, tag: str, kind: str) -> None:
        """Make a merge field that is missing."""

        async def find() -> str | None:
            return (await self.merge_fields()).get(tag)

        async def make() -> str:
            body = {"tag": tag, "name": tag, "type": kind, "required": False, "public": False}
            try:
                await self.ask("POST", "/merge-fields", body=body, repeat=False)
            except Refused as refused:
                raise DestinationError(
                    f"Mailchimp did not make the merge field {tag}: {refused.reason}.",
                    "An audience holds 30 merge fields (80 on Premium plans): send fewer columns "
                    "with `attributes:` in sync.yml, or delete fields that nobody uses.",
                ) from None
            return kind

        await find_or_make(f"Mailchimp's merge field {tag}", find, make)


def subscriber_hash(email: str) -> str:
    """What Mailchimp calls a member: the MD5 of the lower-cased address."""
    return hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()


def field_type(tag: str, column_type: str) -> str:
    """The type of merge field for a column; complains about names and types that do not fit."""
    if not _TAG.fullmatch(tag):
        raise DestinationError(
            f"{tag} cannot be a merge tag: Mailchimp allows ten characters, A-Z, 0-9 and _.",
            "Give the attribute another name under `attributes:` in sync.yml.",
        )
    kind = plain_type(column_type)
    if kind is None:
        raise DestinationError(
            f"The attribute {tag} is of type {column_type}, which Mailchimp cannot hold.",
            "Leave it out with `attributes:` in sync.yml, or turn it into text in the model.",
        )
    return _FIELD_TYPES[kind]


def title_of(refused: Refused) -> str:
    """The kind of problem, such as 'Member Exists'."""
    return str(refused.data.get("title", "")) if isinstance(refused.data, dict) else ""


def unless_gone(refused: Refused, list_id: str) -> DestinationError:
    """What a refusal about a segment or the audience means."""
    if refused.status == 404:
        return DestinationError(
            f"Mailchimp does not have the list {list_id} any more: somebody deleted it there.",
            "Plan again: a missing list is made anew and filled.",
        )
    return DestinationError(f"Mailchimp: {refused}.")


def _base_url(key: str) -> str:
    centre = key.rpartition("-")[2]
    if not re.fullmatch(r"[a-z]{2,4}\d{1,3}", centre):
        raise DestinationError(
            "Mailchimp's key does not end with its data centre, as in ...-us6.",
            "Copy the whole key from Mailchimp, or set `base_url:` in sync.yml.",
        )
    return f"https://{centre}.api.mailchimp.com/3.0"


def _is_throttling(response: httpx.Response) -> bool:
    """Throttled requests get 429, or a 403 without a JSON body; with one it is about rights."""
    if response.status_code == 403:
        return "json" not in response.headers.get("content-type", "")
    return response.status_code == 429


def _reason(data: Any) -> str:
    """The detail of a problem document, and what it says about single fields."""
    if not isinstance(data, dict):
        return ""
    parts = [f"{data.get('title', '')}: {data.get('detail', '')}"]
    for error in data.get("errors", []):
        parts.append(f"{error.get('field', '')} {error.get('message', '')}")
    return "; ".join(part.strip(" :") for part in parts)
