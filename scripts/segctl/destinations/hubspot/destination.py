"""HubSpot: contacts, lists that are filled by hand, and custom events.

A contact's record id is its remote id. Contacts without one are upserted by e-mail, which HubSpot
does not do in part: every property of ours is sent, an empty one as ''. Contacts with one are
updated by it, so that a new e-mail arrives at the same record. Members join and leave a list by
record id. Nothing here reads or writes communication preferences: who opted out of e-mail stays so,
and is read from the property `hs_email_optout`.

Contacts that we make are not marketing contacts until the account makes them so.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar, Literal

import httpx
from pydantic import Field

from segctl.destinations.http import Api, Refused, make_client, retry_after
from segctl.destinations.hubspot import contacts, setup, values
from segctl.destinations.many import chunks, require_progress
from segctl.destinations.moves import Hands
from segctl.destinations.rate_limit import Rate
from segctl.destinations.settings import SecretReference, Settings
from segctl.errors import DestinationError
from segctl.protocol import (
    Batch,
    BatchRejected,
    Capabilities,
    Erased,
    Kind,
    ListSpec,
    Member,
    Outcome,
)

MEMBERS_PER_REQUEST = 1_000
MEMBERS_PER_PAGE = 250
SEARCHES_PER_SECOND = 4
_LOCKED = 2.0
"""Seconds that HubSpot keeps a record locked (HTTP 423)."""

WRITE_SCOPES = ("crm.objects.contacts.write", "crm.lists.write")
EVENT_SCOPES = (
    "analytics.behavioral_events.send",
    "behavioral_events.event_definitions.read_write",
)


class HubSpotSettings(Settings):
    """A HubSpot account."""

    tells_events: ClassVar[bool] = True

    type: Literal["hubspot"] = "hubspot"
    access_token: SecretReference
    """Of a private app."""
    base_url: str = "https://api.hubapi.com"
    requests_per_ten_seconds: int = Field(default=100, gt=0)
    """100 for Free and Starter accounts, 190 for Professional and Enterprise."""

    def attribute_name(self, column: str) -> str:
        """HubSpot's own property where there is one, else the column as an internal name."""
        return values.property_name(column)


class HubSpot:
    """One HubSpot account."""

    def __init__(
        self,
        name: str,
        settings: HubSpotSettings,
        secret: Callable[[str], str],
        used_today: int = 0,
    ) -> None:
        self.name = name
        self.identity = f"hubspot:{name}"
        self._settings = settings
        self._secret = secret
        self._opened: Api | None = None
        self._account: str | None = None
        self._zone: timezone = UTC
        self._event: str | None = None
        self._hands = Hands()
        rates = {
            "": [Rate(settings.requests_per_ten_seconds, 10.0)],
            "search": [Rate(SEARCHES_PER_SECOND, 1.0)],
        }
        self.limiter = settings.make_limiter("HubSpot", rates, used_today)

    @property
    def capabilities(self) -> Capabilities:
        """Its ways and limits."""
        limits = self._settings.limits
        per_second = self._settings.requests_per_ten_seconds / 10
        members = min(limits.batch_size or MEMBERS_PER_REQUEST, MEMBERS_PER_REQUEST)
        kinds = (Kind.REVOKE, Kind.REMOVE, Kind.ADD, Kind.UPDATE)
        return Capabilities(
            batch_size=min(
                limits.batch_size or contacts.CONTACTS_PER_REQUEST, contacts.CONTACTS_PER_REQUEST
            ),
            batch_sizes=dict.fromkeys(kinds, members),
            requests_per_batch={Kind.WITHDRAW: 0, Kind.DROP_LIST: 0, Kind.CREATE_LIST: 2},
            requests_per_second=min(per_second, limits.requests_per_second or per_second),
            concurrency=limits.concurrency or 8,
            takes_events=True,
            owns_lists=self._settings.exclusive,
        )

    @property
    def _api(self) -> Api:
        """Made when first used, so that its connections belong to the event loop that runs."""
        if self._opened is None:
            token = self._secret(self._settings.access_token)
            client = make_client(self._settings.base_url, {"Authorization": f"Bearer {token}"})
            self._opened = Api(
                "HubSpot",
                client,
                self.limiter,
                secrets=(token,),
                reason_of=values.reason,
                wait_of=self._wait,
                is_throttling=lambda response: response.status_code in (423, 429),
            )
        return self._opened

    def _wait(self, response: httpx.Response) -> float | None:
        """Seconds to wait. The daily allowance comes back at midnight where the account is."""
        if response.status_code == 423:
            return _LOCKED
        try:
            daily = response.json().get("policyName") == "DAILY"
        except (ValueError, AttributeError):
            daily = False
        if not daily:
            return retry_after(response)
        now = datetime.now(self._zone)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - now).total_seconds()

    async def connect(self) -> str:
        """Check the token and its rights; returns the portal's id."""
        details = await setup.ask(self._api, "GET", "/account-info/v3/details")
        self._zone = timezone(timedelta(milliseconds=details.get("utcOffsetMilliseconds") or 0))
        self._account = str(details["portalId"])
        await setup.ask(
            self._api, "GET", contacts.CONTACTS, params={"limit": 1, "properties": "email"}
        )
        await setup.ask(self._api, "GET", f"{setup.PROPERTIES}/email")
        search = {"count": 1, "offset": 0, "additionalProperties": []}
        await setup.ask(self._api, "POST", f"{setup.LISTS}/search", body=search)
        await self._check_write_scopes()
        return self._account

    async def _check_write_scopes(self) -> None:
        """Reading shows nothing about writing, but a private app's token can be asked."""
        token = self._secret(self._settings.access_token)
        path = "/oauth/v2/private-apps/get/access-token-info"
        try:
            answer = await self._api.request("POST", path, body={"tokenKey": token})
        except (Refused, DestinationError):
            return  # another kind of token: this one could read just now
        wanted = WRITE_SCOPES + (EVENT_SCOPES if self._settings.events else ())
        missing = [scope for scope in wanted if scope not in (answer.data.get("scopes") or wanted)]
        if missing:
            raise DestinationError(
                f"The HubSpot token lacks the scope {', '.join(missing)}.",
                "Add it to the private app in HubSpot's settings, under Integrations.",
            )

    async def find_lists(self, lists: Sequence[ListSpec]) -> Mapping[str, str]:
        """Which of the lists are there: audience -> list id."""
        known = [spec.remote_id for spec in lists if spec.remote_id is not None]
        there = await setup.lists_by_id(self._api, known)
        found_ids = {}
        for spec in lists:
            if spec.remote_id is None:
                found = await setup.list_by_name(self._api, spec.title)
            else:
                found = there.get(spec.remote_id)
            if found is not None:
                found_ids[spec.audience] = setup.usable(found)
        return found_ids

    async def members(self, list_id: str) -> AsyncIterator[list[Member]]:
        """Everybody in the list; its pages hold record ids only, so e-mails are looked up."""
        params: dict[str, Any] = {"limit": MEMBERS_PER_PAGE}
        while True:
            page = await self._membership_page(list_id, params)
            ids = [str(item["recordId"]) for item in page["results"]]
            chunks = [
                ids[start : start + contacts.CONTACTS_PER_REQUEST]
                for start in range(0, len(ids), contacts.CONTACTS_PER_REQUEST)
            ]
            pages = await asyncio.gather(
                *(contacts.read(self._api, chunk, ["email"]) for chunk in chunks)
            )
            emails = {str(c["id"]): c["properties"].get("email") for page in pages for c in page}
            yield [Member(record, emails.get(record)) for record in ids]
            after = values.next_page(page)
            if after is None:
                return
            require_progress("HubSpot", params.get("after"), after)
            params["after"] = after

    async def _membership_page(self, list_id: str, params: Mapping[str, Any]) -> Any:
        path = f"{setup.LISTS}/{list_id}/memberships"
        try:
            return (await self._api.request("GET", path, params=params)).data
        except Refused as refused:
            if refused.status == 404:
                raise setup.list_gone(list_id) from None
            raise DestinationError(f"HubSpot did not read a list: {refused}.") from None

    def suppressed(self) -> AsyncIterator[list[Member]]:
        """Who opted out of e-mail."""
        return contacts.opted_out(self._api)

    async def records(self, remote_ids: Collection[str]) -> set[str]:
        """Those of the contacts that are there."""
        found = [
            await contacts.read(self._api, some, ["email"])
            for some in chunks(sorted(remote_ids), contacts.CONTACTS_PER_REQUEST)
        ]
        return {str(contact["id"]) for page in found for contact in page}

    async def prepare(self, attributes: Mapping[str, str], work_dir: Path) -> None:
        """Make sure that the properties, and the event if it is to be told, are there."""
        await setup.make_properties(self._api, attributes)
        if self._settings.events:
            await self._event_name()

    async def _event_name(self) -> str:
        if self._event is None:
            account = self._account or await self.connect()
            self._event = await setup.make_event(self._api, account)
        return self._event

    async def send(self, batch: Batch) -> Outcome:
        """Carry out one batch."""
        match batch.kind:
            case Kind.WITHDRAW | Kind.DROP_LIST:
                return Outcome()
            case Kind.CREATE_LIST:
                return await self._keep_list(batch)
            case Kind.UPSERT:
                return await self._upsert(batch)
            case Kind.EVENT:
                return await self._tell(batch)
            case _:
                return await self._keep_members(batch)

    async def _keep_list(self, batch: Batch) -> Outcome:
        [row] = batch.rows.to_pylist()
        if row["remote_id"] is None:
            return Outcome(remote_ids={"": await setup.make_list(self._api, row["title"])})
        await setup.rename_list(self._api, row["remote_id"], row["title"])
        return Outcome()

    async def _upsert(self, batch: Batch) -> Outcome:
        """Update contacts by record id, and upsert by e-mail those that have none, whose record is
        gone, or whose e-mail another contact has, which is theirs from now on."""
        people = {str(number): row for number, row in enumerate(batch.rows.to_pylist())}
        async with self._hands.moving():
            known = {trace: row for trace, row in people.items() if self._has_record(row)}
            ids, errors = await contacts.write(
                self._api, "update", [contacts.change(t, row) for t, row in known.items()]
            )
        moved = {t for t, e in errors.items() if values.is_gone(e) or values.is_conflict(e)}
        fresh = {t: row for t, row in people.items() if t in moved or t not in known}
        new_ids: dict[str, str] = {}
        new_errors: dict[str, values.Error] = {}
        if fresh:
            async with self._hands.taking():
                new_ids, new_errors = await contacts.write(
                    self._api, "upsert", [contacts.new(t, row) for t, row in fresh.items()]
                )
                for trace, record in new_ids.items():
                    if people[trace]["remote_id"] is not None:
                        self._hands.takes(record, people[trace]["person_key"])
        failed = {t: e for t, e in errors.items() if t not in moved} | new_errors
        return Outcome(
            dead={people[t]["person_key"]: self._reason(e) for t, e in failed.items()},
            remote_ids={people[t]["person_key"]: record for t, record in (ids | new_ids).items()},
        )

    def _has_record(self, row: Mapping[str, Any]) -> bool:
        record, key = row["remote_id"], row["person_key"]
        return record is not None and self._hands.is_theirs(record, key)

    def _reason(self, error: values.Error) -> str:
        return self._api.scrub(values.reason(error)) or "refused without a reason"

    async def _keep_members(self, batch: Batch) -> Outcome:
        """Put people into the list, or take them out of it."""
        rows = batch.rows.to_pylist()
        named = {row["remote_id"] for row in rows if row["remote_id"] is not None}
        joining = set() if batch.kind.takes_away else named
        leaving = named - joining if batch.kind.takes_away else _previous(rows) - joining
        missing = await self._change_members(str(batch.list_id), joining, leaving)
        if batch.kind.takes_away:
            return Outcome()  # whom HubSpot does not know is in no list
        lost = frozenset(
            row["person_key"]
            for row in rows
            if row["remote_id"] is None or row["remote_id"] in missing
        )
        return Outcome(lost=lost)

    async def _change_members(self, list_id: str, joining: set[str], leaving: set[str]) -> set[str]:
        """Returns the record ids that HubSpot does not know."""
        if not joining and not leaving:
            return set()
        body = {"recordIdsToAdd": sorted(joining), "recordIdsToRemove": sorted(leaving)}
        path = f"{setup.LISTS}/{list_id}/memberships/add-and-remove"
        try:
            answer = await self._api.request("PUT", path, body=body)
        except Refused as refused:
            if refused.status == 404:
                raise setup.list_gone(list_id) from None
            raise BatchRejected(refused.of_records()) from None
        return {str(record) for record in answer.data.get("recordIdsMissing") or []}

    async def _tell(self, batch: Batch) -> Outcome:
        """Tell entries and exits. HubSpot takes the first event of an id and rejects the others,
        within a year; should it say so, an event that is there already has been told."""
        name = await self._event_name()
        rows = batch.rows.to_pylist()
        told = [_event(name, row) for row in rows if row["remote_id"] is not None]
        if told:
            try:
                path = "/events/v3/send/batch"
                await self._api.request("POST", path, body={"inputs": told})
            except Refused as refused:
                if len(told) > 1 or not values.is_conflict(refused.data):
                    raise BatchRejected(refused.of_records()) from None
        unknown = [row["person_key"] for row in rows if row["remote_id"] is None]
        return Outcome(dead=dict.fromkeys(unknown, _NO_CONTACT))

    async def settle(self, job: str) -> Outcome | None:
        """HubSpot answers at once."""
        raise LookupError(job)

    async def erase(self, email: str, remote_id: str | None) -> Erased:
        """Delete the contact for good."""
        return await contacts.erase(self._api, email, remote_id)

    async def held(self, email: str, remote_id: str | None) -> Mapping[str, object]:
        """The contact's properties and lists."""
        return await contacts.held(self._api, email, remote_id)

    async def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self._hands.rest()
        if self._opened is not None:
            opened, self._opened = self._opened, None
            await opened.close()


_NO_CONTACT = "HubSpot has no contact for this person"


def _event(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eventName": name,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"segctl:{row['person_key']}")),
        "objectId": row["remote_id"],
        "occurredAt": f"{row['changed_on']:%Y-%m-%d}T00:00:00Z",
        "properties": {"segment": row["segment"], "change": row["change"]},
    }


def _previous(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The records under which people are in the list and should not be any more."""
    return {
        row["previous_id"] for row in rows if row["previous_id"] not in (None, row["remote_id"])
    }
