"""Who said no to the tool itself: by address, by record, and as far as was ever seen, by person.

A tool refuses an address or a record. Somebody who said no there and has another address in the
warehouse by now would pass: as a new record, or with the new address on the record that opted out.
So whoever was once seen to have said no is remembered with the record that did. The memory ends
when that record is there and does not refuse any more; a record that vanished ends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from segctl.duckdb_sql import literal, record_of
from segctl.protocol import PROFILES, Destination
from segctl.state import OR_ALSO
from segctl.sync.workspace import Workspace


@dataclass(frozen=True)
class Learnt:
    """What a look at the tool adds to the memory, and what it takes out of it."""

    noticed: pa.Table
    """person_key, digest, remote_id: people, and the address and record that said no."""
    lifted: pa.Table
    """The same of those whose record does not refuse any more."""

    def __bool__(self) -> bool:
        return bool(self.noticed.num_rows or self.lifted.num_rows)


async def learn(workspace: Workspace, destination: Destination, memory: pa.Table) -> Learnt:
    """Read who says no and fill `suppressed` with the people that they are."""
    ends_at = destination.capabilities.record_ends_at
    workspace.insert("optouts", memory)
    async for page in destination.suppressed():
        workspace.suppress(page, ends_at)
    _match(workspace, ends_at)
    silent = workspace.execute(
        "select person_key, remote_id from optouts where person_key not in "
        "(select person_key from matched) and (person_key in (select person_key from difference "
        "where wanted) or person_key in (select customer_id from events))"
    ).fetchall()
    ids = sorted({remote_id for _, remote_id in silent if remote_id})
    found = await destination.records(ids) if silent else set()
    _judge(workspace, found)
    return Learnt(_table(workspace, "noticed"), _table(workspace, "lifted"))


def _match(workspace: Workspace, ends_at: str) -> None:
    """Each person and whatever of theirs says no."""
    known = (
        f"(select person_key, {record_of('id', ends_at)} as record from (select person_key, "
        f"unnest(string_split(remote_id, {literal(OR_ALSO)})) as id from known_profiles "
        "where remote_id is not null))"
    )
    workspace.execute(
        f"""
        create temp table matched as
        select profiles.person_key, said_no.digest, said_no.record
        from profiles inner join said_no on profiles.digest = said_no.digest
        union
        select known.person_key, said_no.digest, said_no.record
        from {known} as known inner join said_no on known.record = said_no.record
        union
        select optouts.person_key, said_no.digest, said_no.record
        from optouts inner join said_no on optouts.digest = said_no.digest
        union
        select optouts.person_key, said_no.digest, said_no.record
        from optouts inner join said_no
            on {record_of("optouts.remote_id", ends_at)} = said_no.record;
        create temp table noticed as
        select matched.person_key, matched.digest, matched.record as remote_id
        from matched left join optouts
            on matched.person_key = optouts.person_key
            and matched.record = {record_of("optouts.remote_id", ends_at)}
        where optouts.person_key is null
        """
    )


def _judge(workspace: Workspace, found: set[str] | None) -> None:
    """Whom to leave out, and whose memory ends."""
    there = pa.table({"remote_id": pa.array(sorted(found or ()), pa.string())})
    workspace.connection.register("there_now", there)
    # Where nobody can be asked, only who has another address by now is left out: under the old one
    # the tool says so itself when it is told of the person.
    stays = "optouts.remote_id not in (select remote_id from there_now)"
    if found is None:
        stays = "profiles.digest is distinct from optouts.digest"
    workspace.execute(
        f"""
        create temp table lifted as
        select optouts.* from optouts
        where person_key not in (select person_key from matched)
            and remote_id in (select remote_id from there_now);
        insert into suppressed
        select person_key from matched
        union
        select optouts.person_key
        from optouts inner join profiles on optouts.person_key = profiles.person_key
        where optouts.person_key not in (select person_key from matched) and {stays}
        """
    )
    workspace.connection.unregister("there_now")


def under_another_address(workspace: Workspace) -> int:
    """How many people are left out who said no under another address than their present one."""
    return workspace.count(
        "(select distinct person_key from operations where fate = 'suppressed' "
        f"and audience = '{PROFILES}' and person_key in (select person_key from suppressed)) as o "
        "inner join profiles using (person_key) "
        "where profiles.digest not in (select digest from said_no where digest is not null)"
    )


def _table(workspace: Workspace, name: str) -> pa.Table:
    return workspace.connection.sql(
        f"select person_key, digest, coalesce(remote_id, '') as remote_id from {name} order by all"
    ).to_arrow_table()
