"""Brevo: lists in a folder of our own, profiles are contacts with attributes.

Contacts are written one request each. The bulk import answers nothing about single contacts but
files of rejected addresses, passes over values in silence (booleans among them), tells no contact's
id and puts everybody into a list, so that one bad record would be lost without a trace.

A contact's id outlives its address, but whether the address has changed has to be known before an
update: at Brevo, giving a blocklisted contact a new address lifts the blocklisting. So what we
remember of a contact is its id and a few digits of its address's hash.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from segctl.destinations.brevo.api import (
    CONNECTIONS,
    PER_SECOND,
    Account,
    BrevoSettings,
    attribute_type,
    failed,
    is_taken,
    map_of,
    rates,
    unless_gone,
)
from segctl.destinations.http import Refused
from segctl.destinations.many import for_each, merged
from segctl.destinations.moves import Hands, Moves, move_while_some_can
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

__all__ = ["Brevo", "BrevoSettings"]

_LIST_BATCH = 150
_PEOPLE_BATCH = 100
_BLOCKED = "blocklisted at Brevo"
_BY_ID = {"identifierType": "contact_id"}


class Brevo:
    """One Brevo account."""

    def __init__(
        self,
        name: str,
        settings: BrevoSettings,
        secret: Callable[[str], str],
        used_today: int = 0,
    ) -> None:
        self.name = name
        self.identity = f"{settings.type}:{name}"
        self.settings = settings
        limits = rates(settings.rate_tier)
        self.limiter = settings.make_limiter("Brevo", limits, used_today, concurrency=CONNECTIONS)
        self._account = Account(settings, self.limiter, secret)
        self._moves, self._hands = Moves(), Hands()
        self._one_mover = asyncio.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """Its ways and limits."""
        limits = self.settings.limits
        people_batch = min(limits.batch_size or _PEOPLE_BATCH, _PEOPLE_BATCH)
        return Capabilities(
            batch_size=min(limits.batch_size or _LIST_BATCH, _LIST_BATCH),
            batch_sizes={Kind.UPSERT: people_batch},
            requests_per_batch={
                # Contacts that Brevo had before us take another one each, the first time.
                Kind.UPSERT: people_batch,
                Kind.CREATE_LIST: 3,
                # Only changed addresses take requests.
                Kind.UPDATE: 0.1,
                Kind.WITHDRAW: 0,
                Kind.DROP_LIST: 0,
            },
            requests_per_second=self.settings.steady_rate(PER_SECOND[self.settings.rate_tier]),
            # Two, so that the connections stay busy while a batch is finishing.
            concurrency=min(limits.concurrency or 2, 2),
            owns_lists=self.settings.exclusive,
            record_ends_at="-",
        )

    async def connect(self) -> str:
        """Check the key and that it may see contacts, lists and attributes."""
        account = await self._account.account()
        await self._account.read("/lists", limit=1)
        await self._account.read("/attributes")
        await self._account.read("", limit=1)
        return account

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        self._moves = Moves()
        self._hands.rest()
        self._one_mover = asyncio.Lock()
        await self._account.close()

    # Reading

    async def find_lists(self, lists: Sequence[ListSpec]) -> Mapping[str, str]:
        """Which of the lists are there: anywhere by id, in our folder by name."""
        folder = await self._account.folder()
        there = await self._account.lists()
        ids = {found["name"]: str(found["id"]) for found in there if found["folderId"] == folder}
        known = {str(found["id"]) for found in there}
        meant = {spec.audience: spec.remote_id or ids.get(spec.title) for spec in lists}
        return {audience: found for audience, found in meant.items() if found in known}

    async def members(self, list_id: str) -> AsyncIterator[list[Member]]:
        """Everybody in the list, blocklisted or not."""
        async for page in self._account.members(list_id):
            yield [
                Member(_remote_id(contact["id"], contact.get("email") or ""), contact.get("email"))
                for contact in page
            ]

    async def suppressed(self) -> AsyncIterator[list[Member]]:
        """Blocklisted contacts. Brevo cannot be asked for them alone, so everybody is read."""
        async for page in self._account.everybody():
            blocked = [
                Member(_remote_id(contact["id"], contact.get("email") or ""), contact.get("email"))
                for contact in page
                if contact["emailBlacklisted"]
            ]
            if blocked:
                yield blocked

    async def records(self, remote_ids: Collection[str]) -> set[str]:
        """Those whose contact is there."""
        ids = {remote_id: int(remote_id.partition("-")[0]) for remote_id in remote_ids}
        there = await self._account.contacts(sorted(set(ids.values())))
        return {remote_id for remote_id, contact in ids.items() if contact in there}

    async def prepare(self, attributes: Mapping[str, str], work_dir: Path) -> None:
        """Check the attributes' types and make those that are missing: Brevo passes over unknown
        attributes and unfitting values without a word."""
        wanted = {name: attribute_type(name, column) for name, column in attributes.items()}
        there = await self._account.attributes()
        for name, kind in wanted.items():
            if there.get(name, kind) != kind:
                raise DestinationError(
                    f"Brevo's attribute {name} is of type {there[name]}, but the column that goes "
                    f"there is {attributes[name]} and needs type {kind}.",
                    "Give the attribute another name under `attributes:` in sync.yml, or delete "
                    "the attribute at Brevo.",
                )
        for name in sorted(set(wanted) - set(there)):
            await self._account.make_attribute(name, wanted[name])

    # Writing

    async def send(self, batch: Batch) -> Outcome:
        """Carry out one batch."""
        match batch.kind:
            case Kind.UPSERT:
                return await self._upsert(batch)
            case Kind.CREATE_LIST:
                return await self._create_list(batch)
            case Kind.ADD:
                return await self._add(_list_of(batch), batch.rows.to_pylist())
            case Kind.UPDATE:
                return await self._update(batch)
            case Kind.REMOVE | Kind.REVOKE:
                ids = map(_contact_id, batch.rows["remote_id"].to_pylist())
                people = zip(batch.keys(), ids, strict=True)
                leaving = {key: contact for key, contact in people if contact}
                return await self._change(_list_of(batch), "remove", leaving)
            case Kind.WITHDRAW | Kind.DROP_LIST:
                return Outcome()  # contacts and lists stay: only memberships are ours
            case Kind.EVENT:
                raise DestinationError(
                    "Brevo offers no way to tell an event only once.",
                    "Take `events:` out of this destination in sync.yml.",
                )

    def ids_to_be(self, batch: Batch) -> dict[str, str]:
        """While a contact's address changes, nobody knows which one it has."""
        rows = batch.rows.select(["person_key", "remote_id", "email"]).to_pylist()
        return {
            row["person_key"]: f"{_contact_id(row['remote_id'])}-"
            for row in rows
            if row["remote_id"] and not _is_current(row)
        }

    async def settle(self, job: str) -> Outcome | None:
        """Nothing works in the background here."""
        raise LookupError(job)

    async def _upsert(self, batch: Batch) -> Outcome:
        """Changed addresses first: one that somebody gives up may be another person's new one."""
        rows = batch.rows.to_pylist()
        changed = [row for row in rows if row["remote_id"] and not _is_current(row)]
        moved = Outcome()
        if changed:
            async with self._one_mover, self._hands.moving():
                moved = await move_while_some_can(changed, self._move)
        done = {*moved.dead, *moved.suppressed, *moved.remote_ids}
        rest = [row for row in rows if row["person_key"] not in done]
        async with self._hands.taking():
            put = merged(await for_each(rest, self._put))
            for row in changed:
                if taken := _contact_id(put.remote_ids.get(row["person_key"])):
                    self._hands.takes(str(taken), row["person_key"])
        return merged([moved, put])

    async def _move(self, row: Mapping[str, Any]) -> Outcome | None:
        """Give the contact the new address; None when it is gone or another contact has it."""
        key = row["person_key"]
        known = str(_contact_id(row["remote_id"]))
        if not self._hands.is_theirs(known, key):
            return None
        contact = await self._account.contact(known, "contact_id")
        if contact is None:
            return None
        if contact["emailBlacklisted"]:
            return Outcome(suppressed={key: _BLOCKED})
        attributes = {"EMAIL": row["email"], **_attributes(row)}
        try:
            written = await self._write(contact["id"], attributes)
        except Refused as refused:
            return None if is_taken(refused) else Outcome(dead={key: refused.of_records()})
        if not written:
            return None
        return Outcome(remote_ids={key: _remote_id(contact["id"], row["email"])})

    async def _put(self, row: Mapping[str, Any]) -> Outcome:
        """Attributes of a contact whose address is as we know it, or that we do not know yet."""
        key, contact = row["person_key"], _contact_id(row["remote_id"])
        try:
            if contact and _is_current(row) and await self._write(contact, _attributes(row)):
                return Outcome(remote_ids={key: row["remote_id"]})
            return await self._create(row)
        except Refused as refused:
            return Outcome(dead={key: refused.of_records()})

    async def _write(self, contact: int | str, attributes: Mapping[str, Any]) -> bool:
        """Update a contact; False when it was deleted."""
        body = {"attributes": attributes}
        try:
            await self._account.ask("PUT", f"/{contact}", body=body, params=_BY_ID)
        except Refused as refused:
            if refused.status != 404:
                raise
            return False
        return True

    async def _create(self, row: Mapping[str, Any]) -> Outcome:
        key, email = row["person_key"], row["email"]
        body = {"email": email, "attributes": _attributes(row), "updateEnabled": True}
        answer = await self._account.ask("POST", "", body=body)
        if answer.data and "id" in answer.data:
            return Outcome(remote_ids={key: _remote_id(answer.data["id"], email)})
        # Brevo had the contact already; it says so without telling the id.
        contact = await self._account.contact(quote(email, safe=""), "email_id")
        if contact is None:
            return Outcome(lost=frozenset([key]))
        blocked = {key: _BLOCKED} if contact["emailBlacklisted"] else {}
        return Outcome(suppressed=blocked, remote_ids={key: _remote_id(contact["id"], email)})

    async def _create_list(self, batch: Batch) -> Outcome:
        title = batch.rows["title"][0].as_py()
        known = batch.list_id or batch.rows["remote_id"][0].as_py()
        if known is None:
            known = await self._account.make_list(title)
        else:
            try:
                await self._account.ask("PUT", f"/lists/{known}", body={"name": title})
            except Refused as refused:
                raise unless_gone(refused, known) from None
        return Outcome(remote_ids={"": known})

    async def _update(self, batch: Batch) -> Outcome:
        """A list knows no day of entry, and a contact with a new address is still in its lists. So
        only people who are another contact by now are worth a request."""
        list_id = _list_of(batch)
        rows = [
            row
            for row in batch.rows.to_pylist()
            if _contact_id(row["previous_id"]) != _contact_id(row["remote_id"])
        ]
        contacts = {
            row["person_key"]: (
                _contact_id(row["previous_id"]),
                _contact_id(row["remote_id"]) or "",
            )
            for row in rows
        }

        async def leave(leaving: Mapping[str, str]) -> Outcome:
            return await self._change(list_id, "remove", leaving)

        return await self._moves.move(list_id, contacts, lambda: self._add(list_id, rows), leave)

    async def _add(self, list_id: str, rows: Sequence[Mapping[str, Any]]) -> Outcome:
        """Put people into the list, who have to be contacts."""
        ids = {row["person_key"]: _contact_id(row["remote_id"]) for row in rows}
        known = {key: contact for key, contact in ids.items() if contact}
        lost = frozenset(ids.keys() - known.keys())
        return merged([Outcome(lost=lost), await self._change(list_id, "add", known)])

    async def _change(
        self, list_id: str, verb: Literal["add", "remove"], contacts: Mapping[str, str]
    ) -> Outcome:
        """Put contacts into the list or take them out: person key -> contact.

        Brevo calls it a failure, and refuses the request if nobody else is in it, when a contact
        is in the list (or out of it) already. So whoever failed is looked at.
        """
        if not contacts:
            return Outcome()
        keys = {int(contact): key for key, contact in contacts.items()}
        refusal: Refused | None = None
        try:
            path = f"/lists/{list_id}/contacts/{verb}"
            answer = await self._account.ask("POST", path, body={"ids": list(keys)})
            changed = map_of(answer)["contacts"].get("success") or []
            doubtful = [contact for contact in keys if contact not in set(map(int, changed))]
        except Refused as refused:
            await self._account.require_list(list_id)
            refusal, doubtful = refused, list(keys)
        there = await self._account.contacts(doubtful)
        # Of whom a list of contacts does not tell may be there all the same.
        for contact in set(doubtful) - there.keys():
            alone = await self._account.contact(str(contact), "contact_id")
            if alone is not None:
                there[contact] = alone
        wrong = [
            keys[contact]
            for contact, found in there.items()
            if (int(list_id) in found["listIds"]) != (verb == "add")
        ]
        if wrong and refusal is not None:
            raise BatchRejected(refusal.of_records())
        gone = [keys[contact] for contact in doubtful if contact not in there]
        return Outcome(
            dead=dict.fromkeys(wrong, "Brevo refused without a reason"),
            lost=frozenset(gone if verb == "add" else ()),
        )

    # Rights of the person

    async def erase(self, email: str, remote_id: str | None) -> Erased:
        """Delete the contact under this address, and the one that we knew the person by."""
        erased = False
        for identifier, kind in _identifiers(email, remote_id):
            try:
                params = {"identifierType": kind}
                await self._account.ask("DELETE", f"/{identifier}", params=params)
                erased = True
            except Refused as refused:
                if refused.status != 404:
                    raise failed(refused) from None
        return Erased("erased" if erased else "absent")

    async def held(self, email: str, remote_id: str | None) -> Mapping[str, object]:
        """The contact with attributes and lists, and what they did with campaigns."""
        for identifier, kind in _identifiers(email, remote_id):
            contact = await self._account.contact(identifier, kind)
            if contact is not None:
                return {**contact, "statistics": await self._account.statistics(contact)}
        return {}


def _digits(email: str) -> str:
    """Enough of the address's hash to notice that it changed, too little to tell it."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:8]


def _remote_id(contact_id: int, email: str) -> str:
    return f"{contact_id}-{_digits(email)}"


def _contact_id(remote_id: str | None) -> str | None:
    return remote_id.partition("-")[0] if remote_id else None


def _is_current(row: Mapping[str, Any]) -> bool:
    """Whether the address is the one under which we know the contact."""
    return bool(row["remote_id"].partition("-")[2] == _digits(row["email"]))


def _identifiers(email: str, remote_id: str | None) -> list[tuple[str, str]]:
    known = _contact_id(remote_id)
    by_email = [(quote(email, safe=""), "email_id")]
    return by_email + ([(known, "contact_id")] if known else [])


def _list_of(batch: Batch) -> str:
    if batch.list_id is None:
        raise ValueError(f"a batch of kind {batch.kind} needs a list")
    return batch.list_id


def _attributes(row: Mapping[str, Any]) -> dict[str, Any]:
    """As Brevo takes them; an empty text clears an attribute."""
    ours = {k: v for k, v in row.items() if k not in ("person_key", "remote_id", "email")}
    return {name: _value(value) for name, value in ours.items()}


def _value(value: Any) -> Any:
    if value is None:
        return ""
    return value.date() if isinstance(value, datetime) else value
