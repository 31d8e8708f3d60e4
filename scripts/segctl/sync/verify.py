"""What the tools really hold, compared with what they have acknowledged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pyarrow as pa

from segctl.duckdb_sql import literal
from segctl.errors import DestinationError
from segctl.protocol import EVENTS, PROFILES, Destination, ListSpec
from segctl.state import StateStore
from segctl.sync import acknowledged
from segctl.sync.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class ListDrift:
    """How one list differs."""

    audience: str
    held: int
    """Members that the tool has acknowledged."""
    missing: int = 0
    """Of those, members that it does not have."""
    unexpected: int = 0
    """Members that are people of ours, but were not put there by segctl."""
    strangers: int = 0
    """Members whom segctl does not know at all."""
    gone: bool = False
    """Whether the list itself is not there any more."""


@dataclass
class Verification:
    """How one destination differs."""

    destination: str
    lists: list[ListDrift] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether everybody is where the ledger says."""
        return not any(drift.missing or drift.gone for drift in self.lists)


def verify(store: StateStore, destination: Destination, *, repair: bool = False) -> Verification:
    """Read every list of ours at the tool. With `repair`, members that are missing there are in
    doubt from now on, so that the next apply puts them back."""
    return asyncio.run(_verify(store, destination, repair))


async def _verify(store: StateStore, destination: Destination, repair: bool) -> Verification:
    identity = destination.identity
    if not destination.capabilities.reads_back:
        raise DestinationError(
            f"{destination.name} cannot be asked who is in its lists.",
            "Leave it out: name the others with --destination.",
        )
    try:
        with store.read() as state, open_workspace(store.directory) as workspace:
            await destination.connect()
            acknowledged.load(workspace, state.ledger(identity), state.changes(identity))
            known = {
                audience: remote_id
                for audience, (_, remote_id) in state.lists(identity).items()
                if audience not in (EVENTS, PROFILES)
            }
            specs = [ListSpec(name, name, remote_id) for name, remote_id in known.items()]
            there = await destination.find_lists(specs)
            for audience, list_id in there.items():
                async for members in destination.members(list_id):
                    workspace.see(audience, members)
            found = Verification(
                identity, [_compare(workspace, name, name not in there) for name in sorted(known)]
            )
            missing = [(name, _missing(workspace, name)) for name in sorted(there)]
        with store.open() as state:
            state.write_drift(identity, found.lists)
            if repair:
                state.take_out(identity, [(name, rows) for name, rows in missing if rows.num_rows])
        return found
    finally:
        await destination.close()


def _missing(workspace: Workspace, audience: str) -> pa.Table:
    """People whom the tool has acknowledged in the list and does not have there."""
    return workspace.connection.sql(
        f"""
        select person_key, payload_hash, remote_id from acknowledged
        where audience = {literal(audience)} and person_key <> '' and payload_hash is not null
            and coalesce(remote_id, person_key) not in
                (select remote_id from there where audience = {literal(audience)})
        """
    ).to_arrow_table()


def _compare(workspace: Workspace, audience: str, gone: bool) -> ListDrift:
    """Count how the list at the tool differs from what was acknowledged."""
    chosen = f"audience = {literal(audience)}"
    held = workspace.count(f"acknowledged where {chosen} and person_key <> ''")
    extra = (
        f"(select distinct remote_id from there where {chosen} and remote_id not in "
        f"(select coalesce(remote_id, person_key) from acknowledged where {chosen}))"
    )
    ours = (
        f"(select coalesce(remote_id, person_key) from acknowledged where audience = '{PROFILES}')"
    )
    unexpected = workspace.count(f"{extra} as extra where remote_id in {ours}")
    return ListDrift(
        audience,
        held,
        missing=0 if gone else _missing(workspace, audience).num_rows,
        unexpected=unexpected,
        strangers=workspace.count(f"{extra} as extra") - unexpected,
        gone=gone,
    )
