"""Brevo's HTTP API as far as we use it: contacts, lists in our folder, contact attributes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeGuard

import httpx

from segctl.destinations.http import Answer, Api, Refused, make_client, retry_after
from segctl.destinations.many import by_offset, find_or_make, for_each
from segctl.destinations.rate_limit import Rate, RateLimiter, Unavailable
from segctl.destinations.settings import SecretReference, Settings, plain_type
from segctl.errors import DestinationError

CONNECTIONS = 10
CONTACTS, OTHER = "contacts", "other"
"""Limit classes: everything below /contacts, and everything else."""
PER_SECOND: Mapping[str, int] = {"general": 10, "advanced": 20, "extended": 60}
"""Requests about contacts that the tiers allow, and 3,600 times as many per hour."""
_PER_HOUR: Mapping[str, int] = {"general": 100, "advanced": 200, "extended": 200}
_LIST_PAGE, _MEMBER_PAGE, _CONTACT_PAGE = 50, 500, 1000
_IDS_AT_ONCE = 20
_LONGEST_STATISTICS = timedelta(days=89)
_ATTRIBUTE = re.compile(r"[A-Z][A-Z0-9_]{0,49}")
_RESERVED = frozenset(("EMAIL", "SMS", "WHATSAPP", "LANDLINE_NUMBER", "EXT_ID", "CONTACT_ID"))
"""What identifies a contact. Written as attributes, these would change who it is."""
_ATTRIBUTE_TYPES = {
    "text": "text",
    "number": "float",
    "date": "date",
    "time": "date",
    "boolean": "boolean",
}
_ABOUT_THE_ACCOUNT = ("account_under_validation", "account_in_process", "not_enough_credits")


def rates(tier: str) -> dict[str, list[Rate]]:
    """The limits of a tier."""
    return {
        CONTACTS: [Rate(PER_SECOND[tier], 1)],
        OTHER: [Rate(_PER_HOUR[tier], 3600)],
    }


class BrevoSettings(Settings):
    """A Brevo account."""

    type: Literal["brevo"]
    api_key: SecretReference
    folder: str = "segctl"
    """The folder for our lists; made if there is none."""
    rate_tier: Literal["general", "advanced", "extended"] = "general"
    """Brevo's rate limits: every account has `general`, Professional plans `advanced`, Enterprise
    plans `advanced` or `extended`."""
    base_url: str = "https://api.brevo.com/v3"

    def attribute_name(self, column: str) -> str:
        """Attributes are upper case; Brevo's own names for names."""
        own = {"first_name": "FIRSTNAME", "last_name": "LASTNAME"}
        return own.get(column, column.upper())


class Account:
    """Requests to one account."""

    def __init__(
        self, settings: BrevoSettings, limiter: RateLimiter, secret: Callable[[str], str]
    ) -> None:
        self._settings = settings
        self._limiter = limiter
        self._secret = secret
        self._api: Api | None = None
        self._one_maker = asyncio.Lock()

    @property
    def api(self) -> Api:
        """The connections; opened when they are first needed, by the loop that needs them."""
        if self._api is None:
            key = self._secret(self._settings.api_key)
            client = make_client(
                self._settings.base_url,
                {"api-key": key},
                limits=httpx.Limits(max_connections=CONNECTIONS),
            )
            self._api = Api(
                "Brevo",
                client,
                self._limiter,
                secrets=(key,),
                reason_of=lambda data: str(data.get("message", "")) if _is_map(data) else "",
                wait_of=_wait,
                # 425: another request is working on the same contact.
                is_throttling=lambda response: response.status_code in (425, 429),
            )
        return self._api

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        api, self._api = self._api, None
        self._one_maker = asyncio.Lock()
        if api:
            await api.close()

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        """A request below /contacts; may raise Refused about single contacts or lists."""
        try:
            return await self.api.request(method, f"/contacts{path}", limit=CONTACTS, **options)
        except Refused as refused:
            if code_of(refused) in _ABOUT_THE_ACCOUNT:
                raise failed(refused) from None
            raise

    async def read(self, path: str, **params: Any) -> dict[str, Any]:
        """Ask for what has to be there."""
        try:
            return map_of(await self.ask("GET", path, params=params))
        except Refused as refused:
            raise failed(refused) from None

    async def account(self) -> str:
        """The id of the key's account."""
        try:
            answer = await self.api.request("GET", "/account", limit=OTHER)
        except Refused as refused:
            raise failed(refused) from None
        return str(map_of(answer).get("organization_id", ""))

    async def pages(
        self, path: str, key: str, size: int, **params: Any
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """A long list, page by page, oldest first: what is added meanwhile comes last."""

        async def read(offset: int) -> tuple[list[dict[str, Any]], int]:
            data = await self.read(path, limit=size, offset=offset, sort="asc", **params)
            return data.get(key) or [], data.get("count", 0)

        async for page in by_offset("Brevo", read):
            yield page

    # Contacts

    async def everybody(self) -> AsyncIterator[list[dict[str, Any]]]:
        """All contacts of the account, page by page."""
        async for page in self.pages("", "contacts", _CONTACT_PAGE):
            yield page

    async def contact(self, identifier: str, kind: str) -> dict[str, Any] | None:
        """A contact by its `contact_id` or `email_id`; None if there is none."""
        try:
            answer = await self.ask("GET", f"/{identifier}", params={"identifierType": kind})
        except Refused as refused:
            if refused.status == 404:
                return None
            raise failed(refused) from None
        return map_of(answer)

    async def contacts(self, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Those of the contacts that still exist."""
        parts = [ids[at : at + _IDS_AT_ONCE] for at in range(0, len(ids), _IDS_AT_ONCE)]

        async def look(part: Sequence[int]) -> list[dict[str, Any]]:
            found = await self.read("", ids=list(part), limit=_IDS_AT_ONCE)
            contacts: list[dict[str, Any]] = found.get("contacts") or []
            return contacts

        pages = await for_each(parts, look)
        return {contact["id"]: contact for page in pages for contact in page}

    async def statistics(self, contact: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What a contact did with campaigns, in operation_ranges as long as Brevo allows."""
        start = datetime.fromisoformat(contact["createdAt"]).date()
        today = datetime.now(UTC).date()
        found = []
        while start <= today:
            end = min(start + _LONGEST_STATISTICS, today)
            stretch = {"startDate": start.isoformat(), "endDate": end.isoformat()}
            found.append(stretch | await self.read(f"/{contact['id']}/campaignStats", **stretch))
            start = end + timedelta(days=1)
        return found

    # Lists

    async def lists(self) -> list[dict[str, Any]]:
        """All lists of the account."""
        return [found async for page in self.pages("/lists", "lists", _LIST_PAGE) for found in page]

    async def folder(self) -> int | None:
        """The id of our folder, if there is one."""
        async for page in self.pages("/folders", "folders", _LIST_PAGE):
            for folder in page:
                if folder["name"] == self._settings.folder:
                    return int(folder["id"])
        return None

    async def members(self, list_id: str) -> AsyncIterator[list[dict[str, Any]]]:
        """The contacts in a list, page by page."""
        await self.require_list(list_id)
        async for page in self.pages(f"/lists/{list_id}/contacts", "contacts", _MEMBER_PAGE):
            yield page

    async def require_list(self, list_id: str) -> None:
        """Complain if the list is gone."""
        try:
            await self.ask("GET", f"/lists/{list_id}")
        except Refused as refused:
            raise unless_gone(refused, list_id) from None

    async def make_list(self, title: str) -> str:
        """The id of the list of this name in our folder; list and folder are made if missing."""

        async def make_folder() -> int:
            body = {"name": self._settings.folder}
            return int((await self._make("/folders", body))["id"])

        async with self._one_maker:  # or else two lists at once would make two folders
            what = f"Brevo's folder {self._settings.folder}"
            folder = await find_or_make(what, self.folder, make_folder)

        async def find() -> str | None:
            ours = [found for found in await self.lists() if found["folderId"] == folder]
            return next((str(found["id"]) for found in ours if found["name"] == title), None)

        async def make() -> str:
            return str((await self._make("/lists", {"name": title, "folderId": folder}))["id"])

        return await find_or_make(f"Brevo's list {title}", find, make)

    async def _make(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return map_of(await self.ask("POST", path, body=body, repeat=False))
        except Refused as refused:
            raise failed(refused) from None

    # Attributes

    async def attributes(self) -> dict[str, str]:
        """All attributes: name -> type; those that nobody may write have their category instead."""
        found = (await self.read("/attributes"))["attributes"]
        return {
            item["name"]: item.get("type", "") if item["category"] == "normal" else item["category"]
            for item in found
        }

    async def make_attribute(self, name: str, kind: str) -> None:
        """Make an attribute that is missing."""

        async def find() -> str | None:
            return (await self.attributes()).get(name)

        async def make() -> str:
            path = f"/attributes/normal/{name}"
            try:
                await self.ask("POST", path, body={"type": kind}, repeat=False)
            except Refused as refused:
                if "unique" in refused.reason or "already" in refused.reason:
                    raise Unavailable("somebody else was quicker") from None
                raise DestinationError(
                    f"Brevo did not make the attribute {name}: {refused.reason}.",
                    "Make it at Brevo by hand, or leave the column out with `attributes:`.",
                ) from None
            return kind

        await find_or_make(f"Brevo's attribute {name}", find, make)


def attribute_type(name: str, column_type: str) -> str:
    """Brevo's type for a column; complains about names and types that do not fit."""
    if name in _RESERVED or not _ATTRIBUTE.fullmatch(name):
        raise DestinationError(
            f"{name} cannot be an attribute: Brevo allows fifty characters, A-Z, 0-9 and _, and "
            f"keeps {', '.join(sorted(_RESERVED))} for itself.",
            "Give the attribute another name under `attributes:` in sync.yml.",
        )
    kind = plain_type(column_type)
    if kind is None:
        raise DestinationError(
            f"The attribute {name} is of type {column_type}, which Brevo cannot hold.",
            "Leave it out with `attributes:` in sync.yml, or turn it into text in the model.",
        )
    return _ATTRIBUTE_TYPES[kind]


def code_of(refused: Refused) -> str:
    """The kind of refusal, such as 'invalid_parameter'."""
    return str(refused.data.get("code", "")) if _is_map(refused.data) else ""


def is_taken(refused: Refused) -> bool:
    """Whether another contact has the address already."""
    data = refused.data if _is_map(refused.data) else {}
    metadata = data.get("metadata")
    return _is_map(metadata) and "email" in metadata.get("duplicate_identifiers", [])


def failed(refused: Refused) -> DestinationError:
    """A refusal that is not about what was sent."""
    return DestinationError(
        f"Brevo: {refused}.", "Look into the account at Brevo, then run the same command again."
    )


def unless_gone(refused: Refused, list_id: str) -> DestinationError:
    """What a refusal about a list means."""
    if refused.status != 404:
        return failed(refused)
    return DestinationError(
        f"Brevo does not have the list {list_id} any more: somebody deleted it there.",
        "Plan again: a missing list is made anew and filled.",
    )


def _wait(response: httpx.Response) -> float | None:
    """Seconds until the window ends, in a header of Brevo's own."""
    try:
        return max(0.0, float(response.headers.get("x-sib-ratelimit-reset", "")))
    except ValueError:
        return retry_after(response)


def _is_map(data: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(data, dict)


def map_of(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = answer.data if _is_map(answer.data) else {}
    return found
