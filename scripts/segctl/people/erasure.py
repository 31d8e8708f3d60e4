"""Erases people from every tool and sees to it that no sync brings them back.

The tombstone comes first: from then on nobody is sent who bears the digest, whatever becomes of the
rest. Then each tool is asked, and each answer written down, so that the same command goes on where
it was interrupted. At last segctl forgets the person's keys; the trail keeps the digest alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from segctl.errors import SegctlError
from segctl.privacy import digest, digests, fold, mask_email
from segctl.protocol import Destination
from segctl.state import State, StateStore, Tombstone
from segctl.state.database import now
from segctl.sync.standing import known_as

_DONE = ("erased", "absent", "requested")


@dataclass(frozen=True)
class Receipt:
    """What one tool answered about one person."""

    person: str
    """The address, masked."""
    digest: str
    destination: str
    status: str
    """erased, requested (the tool works on it), absent, or failed."""
    receipt: str
    """The tool's own reference, or why it failed."""
    at: str

    @property
    def failed(self) -> bool:
        """Whether the command has to be repeated."""
        return self.status not in _DONE


def erase_people(
    store: StateStore,
    destinations: Sequence[Destination],
    emails: Sequence[str],
    say: Callable[[str], None] = lambda message: None,
    siblings: Collection[str] | None = None,
) -> list[Receipt]:
    """Erase everybody from every destination; one that fails does not keep the others from it.

    `siblings` are all destinations in sync.yml: who is not among them may have been renamed.
    """
    for email in emails:
        _require_address(email)
    with store.open() as state:
        _bury(state, store, emails)
    receipts = []
    for destination in destinations:
        say(f"Erasing from {destination.name} ...")
        with store.lock(destination.identity), store.open() as state:
            receipts += asyncio.run(_erase_from(state, destination, emails, siblings))
    return receipts


def lift_tombstones(store: StateStore, emails: Sequence[str]) -> int:
    """Let people be sent again who have come back on their own; returns how many were buried."""
    lifted = 0
    with store.open() as state:
        keys = {state.digest_key(), *(stone.key for stone in store.tombstones.read())}
        for email in emails:
            persons = {one for key in keys for one in digests(key, email)}
            there = store.tombstones.remove(persons)
            lifted += state.exhume(persons) or there > 0
    return lifted


def _require_address(email: str) -> None:
    if "@" not in email.strip("@ "):
        raise SegctlError(
            "That is not an e-mail address.", "Erasure goes by address: segctl erase ADDRESS"
        )


def _bury(state: State, store: StateStore, emails: Sequence[str]) -> None:
    """Tombstones for the addresses, and for the customer ids that they have had."""
    key = state.digest_key()
    for email in emails:
        person = digest(key, email)
        named = digests(key, email)
        ids = {one for identity in state.accounts() for one in state.keys_of(identity, named)}
        stones = [
            Tombstone(key, found, person, now())
            for found in {person, *(digest(key, one) for one in ids)}
        ]
        store.tombstones.add(stones)
        state.bury(stones)


async def _erase_from(
    state: State,
    destination: Destination,
    emails: Sequence[str],
    siblings: Collection[str] | None,
) -> list[Receipt]:
    receipts = []
    key, identity = state.digest_key(), destination.identity
    try:
        for email in emails:
            person = digest(key, email)
            before = state.erasure(person, identity)
            if before is None or before["status"] not in _DONE:
                await _erase_one(state, destination, email, person, siblings)
            done = state.erasure(person, identity) or {}
            receipts.append(
                Receipt(
                    mask_email(fold(email)),
                    person,
                    identity,
                    done["status"],
                    done["receipt"],
                    done["answered_at"],
                )
            )
    finally:
        await destination.close()
    return receipts


async def _erase_one(
    state: State,
    destination: Destination,
    email: str,
    person: str,
    siblings: Collection[str] | None,
) -> None:
    identity = destination.identity
    state.note_erasure(person, identity, "asked")
    try:
        account = await destination.connect()
        ledger = known_as(state, destination, account, siblings)
        people = state.keys_of(ledger, digests(state.digest_key(), email))
        remote_ids = [remote for remote in people.values() if remote]
        answer = await destination.erase(email.strip(), remote_ids[0] if remote_ids else None)
    except SegctlError as error:
        state.note_erasure(person, identity, "failed", error.message)
        return
    with state.transaction():
        state.purge(ledger, set(people), person)
        state.note_erasure(person, identity, answer.status, answer.receipt)
