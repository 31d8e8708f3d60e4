"""Mailchimp: our lists are static segments of one audience, profiles are its members' merge fields.

People are created and updated one PUT each, because the bulk endpoint pushes a subscription status
onto everybody; PUT with nothing but `status_if_new` leaves the status of known people alone.
Whether somebody may be mailed is never changed here.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from segctl.destinations.http import Refused
from segctl.destinations.mailchimp.api import (
    CONNECTIONS,
    EVERY_STATUS,
    PAGE,
    Audience,
    MailchimpSettings,
    field_type,
    subscriber_hash,
    title_of,
    unless_gone,
)
from segctl.destinations.many import chunks, for_each, merged
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

__all__ = ["Mailchimp", "MailchimpSettings"]

_SEGMENT_BATCH = 500
_PEOPLE_BATCH = 200
_SAID_NO = ("unsubscribed", "cleaned", "archived")
"""Statuses of people whom Mailchimp does not mail, or whom somebody has put away there."""
_TOLD_OF_A_CHANGE = ("total_added", "total_removed", "members_added", "members_removed", "errors")
_NO_AGAIN = ("Member In Compliance State", "Forgotten Email Not Subscribed")


class Mailchimp:
    """One audience of a Mailchimp account."""

    def __init__(
        self,
        name: str,
        settings: MailchimpSettings,
        secret: Callable[[str], str],
        used_today: int = 0,
    ) -> None:
        self.name = name
        self.identity = f"{settings.type}:{name}"
        self.settings = settings
        self.limiter = settings.make_limiter("Mailchimp", {}, used_today, concurrency=CONNECTIONS)
        self._audience = Audience(settings, self.limiter, secret)
        self._moves, self._hands = Moves(), Hands()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def capabilities(self) -> Capabilities:
        """Its ways and limits. No rate is published: the ten connections are the limit."""
        limits = self.settings.limits
        people_batch = min(limits.batch_size or _PEOPLE_BATCH, _PEOPLE_BATCH)
        return Capabilities(
            batch_size=min(limits.batch_size or _SEGMENT_BATCH, _SEGMENT_BATCH),
            batch_sizes={Kind.UPSERT: people_batch},
            requests_per_batch={
                Kind.UPSERT: people_batch,
                Kind.CREATE_LIST: 2,
                # A look at the segment, and a page of its members for every thousand.
                Kind.REMOVE: 4,
                Kind.REVOKE: 4,
                # Only changed addresses take requests.
                Kind.UPDATE: 0.1,
                Kind.WITHDRAW: 0,
                Kind.DROP_LIST: 0,
            },
            requests_per_second=self.settings.steady_rate(None),
            # Two, so that the connections stay busy while a batch is finishing.
            concurrency=min(limits.concurrency or 2, 2),
            owns_lists=self.settings.exclusive,
        )

    async def connect(self) -> str:
        """Check the key, the role of its user and the audience."""
        account = await self._audience.account()
        role = account.get("role")
        if role in ("viewer", "author"):
            raise DestinationError(
                f"Mailchimp: the key belongs to a user with the role {role}, who may not change "
                "the audience.",
                "Make a key as a user with the role manager, admin or owner.",
            )
        audience = await self._audience.read(fields="id")
        return f"{account.get('account_id', '')}/{audience['id']}"

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        self._moves = Moves()
        self._hands.rest()
        self._turns.clear()
        await self._audience.close()

    # Reading

    async def find_lists(self, lists: Sequence[ListSpec]) -> Mapping[str, str]:
        """Which of the segments are there, by id or by name."""
        names = await self._audience.segments()
        ids = {name: segment for segment, name in names.items()}
        meant = {spec.audience: spec.remote_id or ids.get(spec.title) for spec in lists}
        return {audience: found for audience, found in meant.items() if found in names}

    async def members(self, list_id: str) -> AsyncIterator[list[Member]]:
        """Everybody in the segment, whatever their status."""
        fields = "members.id,members.email_address,total_items"
        pages = self._audience.pages("/members", "members", list_id, fields=fields, **EVERY_STATUS)
        async for page in pages:
            yield [Member(person["id"], person["email_address"]) for person in page]

    async def suppressed(self) -> AsyncIterator[list[Member]]:
        """Members who unsubscribed, whose address bounced, or who were put away."""
        fields = "members.id,members.email_address,total_items"
        for status in _SAID_NO:
            pages = self._audience.pages("/members", "members", status=status, fields=fields)
            async for page in pages:
                yield [Member(person["id"], person["email_address"]) for person in page]

    async def records(self, remote_ids: Collection[str]) -> set[str]:
        """Those of the members that are there."""

        async def look(member: str) -> str | None:
            try:
                await self._audience.ask("GET", f"/members/{member}", params={"fields": "id"})
            except Refused as refused:
                if refused.status != 404:
                    raise
                return None
            return member

        return set(filter(None, await for_each(remote_ids, look)))

    async def prepare(self, attributes: Mapping[str, str], work_dir: Path) -> None:
        """Check the merge fields' types and make those that are missing."""
        wanted = {tag: field_type(tag, column) for tag, column in attributes.items()}
        there = await self._audience.merge_fields()
        for tag, kind in wanted.items():
            if there.get(tag, kind) != kind:
                raise DestinationError(
                    f"Mailchimp's merge field {tag} is of type {there[tag]}, but the column "
                    f"that goes there is {attributes[tag]} and needs type {kind}.",
                    "Give the attribute another name under `attributes:` in sync.yml, or delete "
                    "the merge field at Mailchimp.",
                )
        for tag in sorted(set(wanted) - set(there)):
            await self._audience.make_field(tag, wanted[tag])

    # Writing

    async def send(self, batch: Batch) -> Outcome:
        """Carry out one batch."""
        match batch.kind:
            case Kind.UPSERT:
                return await self._upsert(batch)
            case Kind.CREATE_LIST:
                return await self._create_list(batch)
            case Kind.ADD:
                return await self._join(_segment_of(batch), batch.rows.to_pylist())
            case Kind.UPDATE:
                return await self._update(batch)
            case Kind.REMOVE | Kind.REVOKE:
                members = zip(batch.keys(), batch.rows["remote_id"].to_pylist(), strict=True)
                leaving = {key: member for key, member in members if member}
                return await self._leave(_segment_of(batch), leaving)
            case Kind.WITHDRAW | Kind.DROP_LIST:
                return Outcome()  # members and segments stay: only memberships are ours
            case Kind.EVENT:
                raise DestinationError(
                    "Mailchimp offers no way to tell an event only once.",
                    "Take `events:` out of this destination in sync.yml.",
                )

    def ids_to_be(self, batch: Batch) -> dict[str, str]:
        """Members are called by their addresses."""
        emails = batch.rows["email"].to_pylist()
        return {k: subscriber_hash(e) for k, e in zip(batch.keys(), emails, strict=True)}

    async def settle(self, job: str) -> Outcome | None:
        """Nothing works in the background here."""
        raise LookupError(job)

    async def _upsert(self, batch: Batch) -> Outcome:
        """Changed addresses first: one that somebody gives up may be another person's new one."""
        rows = batch.rows.to_pylist()
        changed = [r for r in rows if r["remote_id"] not in (None, subscriber_hash(r["email"]))]
        moved = Outcome()
        if changed:
            async with self._turns["addresses"], self._hands.moving():
                moved = await move_while_some_can(changed, self._move)
        done = {*moved.dead, *moved.suppressed, *moved.remote_ids}
        rest = [row for row in rows if row["person_key"] not in done]
        async with self._hands.taking():
            put = merged(await for_each(rest, self._put))
            for row in changed:
                if taken := put.remote_ids.get(row["person_key"]):
                    self._hands.takes(taken, row["person_key"])
        return merged([moved, put])

    async def _move(self, row: Mapping[str, Any]) -> Outcome | None:
        """Give the member the new address; None when another member has it already."""
        if not self._hands.is_theirs(row["remote_id"], row["person_key"]):
            return None
        try:
            return await self._write(row, row["remote_id"])
        except Refused as refused:
            return None if title_of(refused) == "Member Exists" else self._no(row, refused)

    async def _put(self, row: Mapping[str, Any]) -> Outcome:
        try:
            return await self._write(row, subscriber_hash(row["email"]))
        except Refused as refused:
            return self._no(row, refused)

    async def _write(self, row: Mapping[str, Any], member: str) -> Outcome:
        key = row["person_key"]
        ours = {k: v for k, v in row.items() if k not in ("person_key", "remote_id", "email")}
        body = {
            "email_address": row["email"],
            "status_if_new": self.settings.new_status,
            "merge_fields": {tag: _value(value) for tag, value in ours.items()},
        }
        # The audience may require fields that are none of ours, such as the postal address.
        relaxed = {"skip_merge_validation": "true"}
        answer = await self._audience.ask("PUT", f"/members/{member}", body=body, params=relaxed)
        no = {key: answer.data["status"]} if answer.data["status"] in _SAID_NO else {}
        return Outcome(suppressed=no, remote_ids={key: answer.data["id"]})

    def _no(self, row: Mapping[str, Any], refused: Refused) -> Outcome:
        """What a refusal of one person means."""
        if refused.status == 404:
            raise unless_gone(refused, self.settings.list_id) from None
        reasons = {row["person_key"]: refused.of_records()}
        if title_of(refused) in _NO_AGAIN:
            return Outcome(suppressed=reasons)
        return Outcome(dead=reasons)

    async def _create_list(self, batch: Batch) -> Outcome:
        title = batch.rows["title"][0].as_py()
        known = batch.list_id or batch.rows["remote_id"][0].as_py()
        if known is None:
            known = await self._audience.make_segment(title)
        else:
            try:
                await self._audience.ask("PATCH", f"/segments/{known}", body={"name": title})
            except Refused as refused:
                raise unless_gone(refused, known) from None
        return Outcome(remote_ids={"": known})

    async def _update(self, batch: Batch) -> Outcome:
        """A segment knows no day of entry, so only changed addresses are worth a request."""
        rows = [row for row in batch.rows.to_pylist() if row["previous_id"] != row["remote_id"]]
        segment = _segment_of(batch)
        members = {
            row["person_key"]: (row["previous_id"], subscriber_hash(row["email"])) for row in rows
        }
        return await self._moves.move(
            segment,
            members,
            join=lambda: self._join(segment, rows),
            leave=lambda leaving: self._leave(segment, leaving),
        )

    async def _join(self, segment: str, rows: Sequence[Mapping[str, Any]]) -> Outcome:
        body = {"members_to_add": [row["email"] for row in rows]}
        answer = await self._change(segment, body)
        added = {_member_of(person) for person in answer.get("members_added") or []}
        reasons = _errors_of(answer)

        async def look(row: Mapping[str, Any]) -> Outcome:
            reason = reasons.get(subscriber_hash(row["email"]), "passed over without a reason")
            return await self._look(segment, row, self._audience.api.scrub(reason))

        # Mailchimp passes over unknown addresses, and over people who are in the segment already.
        doubtful = [row for row in rows if subscriber_hash(row["email"]) not in added]
        return merged(await for_each(doubtful, look))

    async def _look(self, segment: str, row: Mapping[str, Any], reason: str) -> Outcome:
        """Whether somebody is in the segment after all, and why not. Static segments are tags."""
        key = row["person_key"]
        path = f"/members/{subscriber_hash(row['email'])}"
        try:
            answer = await self._audience.ask("GET", path, params={"fields": "status,tags"})
        except Refused as refused:
            if refused.status != 404:
                raise DestinationError(f"Mailchimp: {refused}.") from None
            return Outcome(lost=frozenset([key]))
        if segment in {str(tag["id"]) for tag in answer.data["tags"]}:
            return Outcome()
        if answer.data["status"] in _SAID_NO:
            return Outcome(suppressed={key: answer.data["status"]})
        return Outcome(dead={key: reason})

    async def _leave(self, segment: str, members: Mapping[str, str]) -> Outcome:
        """Take members out: person key -> member.

        The bulk endpoint wants addresses, which nobody keeps. Whichever takes fewer requests is
        done: deleting memberships one by one, or reading the segment to learn the addresses. A
        segment that somebody else empties meanwhile cannot be read to its end, so batches take
        turns; and who was not seen leaving, for whatever reason, is taken out alone.
        """
        if not members:
            return Outcome()
        async with self._turns[segment]:
            size = await self._audience.read_segment(segment, fields="member_count", **EVERY_STATUS)
            pages = -(-size["member_count"] // PAGE)
            if len(members) > pages + 1:
                left = await self._leave_by_address(segment, set(members.values()))
                members = {key: member for key, member in members.items() if member not in left}

            async def drop(person: tuple[str, str]) -> Outcome | None:
                return await self._drop(segment, *person)

            outcomes = await for_each(members.items(), drop)
            if None in outcomes:
                # That somebody is not in it says something only of a segment that is there.
                await self._audience.read_segment(segment, fields="id")
        return merged(outcome for outcome in outcomes if outcome)

    async def _leave_by_address(self, segment: str, leaving: set[str]) -> set[str]:
        """Take members out at once; returns who is seen to be out."""
        emails: dict[str, str | None] = {}
        async for page in self.members(segment):
            emails |= {who.remote_id: who.email for who in page if who.remote_id in leaving}
        left: set[str] = set()
        for some in chunks(list(emails.values()), _SEGMENT_BATCH):
            answer = await self._change(segment, {"members_to_remove": list(some)})
            left.update(_member_of(person) for person in answer.get("members_removed") or [])
        return left

    async def _drop(self, segment: str, key: str, member: str) -> Outcome | None:
        """None: the member is in the segment no more, or the segment is gone itself."""
        try:
            await self._audience.ask("DELETE", f"/segments/{segment}/members/{member}")
        except Refused as refused:
            return None if refused.status == 404 else Outcome(dead={key: refused.of_records()})
        return Outcome()

    async def _change(self, segment: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._audience.ask("POST", f"/segments/{segment}", body=body)
        except Refused as refused:
            if refused.status == 404:
                raise unless_gone(refused, segment) from None
            raise BatchRejected(refused.of_records()) from None
        found: dict[str, Any] = answer.data
        if not any(name in found for name in _TOLD_OF_A_CHANGE):
            found[_TOLD_OF_A_CHANGE[0]]  # says so
        return found

    # Rights of the person

    async def erase(self, email: str, remote_id: str | None) -> Erased:
        """Delete for good from this audience; Mailchimp refuses the address from then on."""
        erased = False
        for member in _members_of(email, remote_id):
            try:
                await self._audience.ask("POST", f"/members/{member}/actions/delete-permanent")
                erased = True
            except Refused as refused:
                if refused.status != 404:
                    raise DestinationError(
                        f"Mailchimp did not delete the person: {refused.reason}.",
                        "Delete them at Mailchimp by hand, and ask its support if that fails.",
                    ) from None
        return Erased("erased" if erased else "absent")

    async def held(self, email: str, remote_id: str | None) -> Mapping[str, object]:
        """The member with merge fields and tags, and their notes, events and activity."""
        for member in _members_of(email, remote_id):
            path = f"/members/{member}"
            try:
                found: dict[str, object] = dict((await self._audience.ask("GET", path)).data)
            except Refused as refused:
                if refused.status != 404:
                    raise DestinationError(f"Mailchimp: {refused}.") from None
                continue
            found.pop("_links", None)
            for part in ("notes", "events", "activity-feed"):
                key = part.removesuffix("-feed")
                pages = self._audience.pages(f"{path}/{part}", key)
                found[part] = [item async for page in pages for item in page]
            return found
        return {}


def _errors_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Member -> what a bulk change says is wrong with them."""
    return {
        subscriber_hash(email): str(error.get("error", ""))
        for error in answer.get("errors", [])
        for email in error.get("email_addresses", [])
    }


def _member_of(person: Mapping[str, Any]) -> str:
    return str(person.get("id") or subscriber_hash(person["email_address"]))


def _members_of(email: str, remote_id: str | None) -> list[str]:
    return list(dict.fromkeys([subscriber_hash(email), *([remote_id] if remote_id else [])]))


def _segment_of(batch: Batch) -> str:
    if batch.list_id is None:
        raise ValueError(f"a batch of kind {batch.kind} needs a list")
    return batch.list_id


def _value(value: Any) -> Any:
    """As merge fields take it; an empty text clears a field, null would leave the old value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.date() if isinstance(value, datetime) else value
