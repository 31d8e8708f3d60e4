"""A scratch DuckDB that holds what should be and what is, so that comparing them is one join.

Memory is bounded: what does not fit spills into a private directory. It holds personal data, so the
directory is readable by the owner only and disappears with the run; what a killed run leaves behind
is removed by the next one. (A database file instead of spilling would cost three times the CPU: it
is compressed and logged, for a durability that nobody needs here.)
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from segctl.duckdb_sql import digest_of, hash_of, literal, quote, record_of
from segctl.privacy import earlier_forms, is_plain
from segctl.protocol import MEMBERSHIP_COLUMNS, PROFILES, Member
from segctl.sync.folding import fold_column
from segctl.sync.schema import SCHEMA

MEMORY_LIMIT = "256MB"
_PREFIX = "work-"


MAIN_ADDRESS = "is_main_address"
"""Column of audience_memberships: whether the address is the profile's."""
CONSENT_COLUMNS = {"consent_purpose": "VARCHAR", "consented_at": "TIMESTAMP"}
"""On what consent somebody is there. For the audit trail only: they are no attributes, and a
consent that is given once more changes nothing at the tool."""


class Workspace:
    """The scratch database; its tables are described in `schema`."""

    def __init__(
        self,
        directory: Path,
        digest_key: str = "",
        tombstones: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """`tombstones` are digests of people who had themselves erased, by the digests' key."""
        self.directory = directory
        self.connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(directory / "spill"),
                "preserve_insertion_order": "false",
                "threads": min(4, os.cpu_count() or 1),
            },
        )
        # Moments look the same wherever this runs, and so do their digests.
        self.execute("set global timezone = 'UTC'")
        self.profile_columns: dict[str, str] = {}
        """The tool's name of each attribute -> DuckDB type."""
        self.at_other_addresses = 0
        """Memberships whose consent is for another address than the person's profile has."""
        self.not_numbers = 0
        """Attributes that were NaN or infinite in the warehouse, and are empty here."""
        self.tells_events = False
        """Whether entries and exits are to be told at all, be there any or not."""
        self.digest_key = digest_key
        self.execute(SCHEMA)
        for key, found in (tombstones or {}).items():
            rows = pa.table({"digest": pa.array(list(found), pa.string())})
            self.insert("tombstones", rows, f"select {literal(key)}, digest from arrived")

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run a statement."""
        return self.connection.execute(sql)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.execute(f"select count(*) from {table}").fetchall()[0][0])

    def insert(self, table: str, rows: pa.Table, query: str = "from arrived") -> None:
        """Append to a table what `query` makes of the rows, which it calls `arrived`."""
        self.connection.register("arrived", rows)
        self.execute(f"insert into {table} {query}")
        self.connection.unregister("arrived")

    def insert_stream(self, table: str, batches: Iterable[pa.RecordBatch], query: str) -> None:
        """Append what `query` makes of all batches, which arrive while it runs."""
        waiting = iter(batches)
        first = next(waiting, None)
        if first is None:
            return
        fault: list[Exception] = []

        def arriving() -> Iterator[pa.RecordBatch]:
            yield first
            try:
                yield from waiting
            except Exception as error:  # DuckDB would wrap it in one of its own
                fault.append(error)

        reader = pa.RecordBatchReader.from_batches(first.schema, arriving())
        self.connection.register("arrived", reader)
        try:
            self.execute(f"insert into {table} {query}")
        finally:
            self.connection.unregister("arrived")
        if fault:
            raise fault[0]

    def load_lists(self, catalogue: Iterable[Mapping[str, object]]) -> None:
        """The audiences that should exist, whether or not anybody is in them."""
        rows = [(str(row["segment"]), str(row["title"]), row.get("members")) for row in catalogue]
        title_hash = hash_of({"title": "VARCHAR"}).replace('"title"', "?")
        for name, title, members in [(PROFILES, "profiles", None), *rows]:
            self.connection.execute(
                f"insert into lists values (?, ?, ?, {title_hash})", [name, title, members, title]
            )

    def load_memberships(
        self, batches: Iterable[pa.RecordBatch], columns: Collection[str] = ()
    ) -> None:
        """Who should be in which audience. Comes before the profiles, which have the addresses.

        A tool holds one address of a person, the profile's. Who consented to a segment's purpose at
        another one must not be mailed there, so they are left out.
        """
        query = f"""
            select audience, person_key, entered_on, consent_purpose, consented_at,
                {hash_of(MEMBERSHIP_COLUMNS)}
            from (
                select audience, customer_id::varchar as person_key, email,
                    entered_on::date as entered_on, {_consent(columns)}
                from arrived
                -- Named one by one: a join would keep the engine from using more than one thread.
                where audience in ({", ".join(map(literal, self.list_titles()))})
                    {f"and {MAIN_ADDRESS}" if MAIN_ADDRESS in columns else ""}
            )
        """
        self.insert_stream("memberships", batches, query)

    def load_profiles(
        self,
        batches: Iterable[pa.RecordBatch],
        columns: Mapping[str, str],
        names: Mapping[str, str] | None = None,
        *,
        members_only: bool = False,
    ) -> None:
        """Everybody who may be mailed, with the attributes in their own types.

        `columns` are all that arrive, with their types; `names` those to be sent, with the name
        that they have at the tool (default: all, under their own).
        """
        if names is None:
            names = {name: name for name in attribute_columns(columns)}
        self.profile_columns = {name: columns[column] for column, name in names.items()}
        payload = {"email": "VARCHAR", **self.profile_columns}
        declared = ", ".join(f"{quote(name)} {kind}" for name, kind in payload.items())
        self.execute(
            f"create table profiles (person_key varchar, {declared}, consent_purpose varchar, "
            "consented_at timestamp, digest varchar, payload_hash bigint)"
        )
        sent = ", ".join(quote(name) for name in payload)
        cast = "".join(
            f", {quote(column)}::{columns[column]} as {quote(name)}"
            for column, name in names.items()
        )
        query = f"""
            select person_key, {sent}, consent_purpose, consented_at,
                {digest_of('"~folded"', self.digest_key)}, {hash_of(payload)}
            from (
                select customer_id::varchar as person_key, email{cast}, {_consent(columns)},
                    "~folded"
                from arrived
            )
        """
        self.insert_stream("profiles", map(_with_folded, batches), query)
        self.not_numbers = sum(
            self._empty_what_is_no_number(name)
            for name, kind in self.profile_columns.items()
            if kind.upper() in ("FLOAT", "DOUBLE", "REAL")
        )
        if self.count("tombstones"):
            self._leave_out_the_erased()
        # Without a profile there is no consent on record, whatever the membership says.
        self.execute(
            "delete from memberships where person_key not in (select person_key from profiles)"
        )
        if members_only:
            self.execute(
                "create table mailable as select person_key from profiles;"
                "delete from profiles where person_key not in (select person_key from memberships)"
            )
        else:
            self.execute("create view mailable as select person_key from profiles")

    def _empty_what_is_no_number(self, name: str) -> int:
        """No tool can hold NaN or infinity, and JSON cannot say them."""
        column = quote(name)
        count = self.count(f"profiles where not isfinite({column})")
        if count:
            self.execute(f"update profiles set {column} = null where not isfinite({column})")
        return count

    def _leave_out_the_erased(self) -> None:
        """Who had themselves erased stays away, under the old address and under the old id."""
        self.execute("create temp table names (person_key varchar, folded varchar)")
        reader = self.connection.cursor().sql("select person_key, email from profiles")
        for batch in reader.to_arrow_reader(100_000):
            self.insert("names", _names_of(batch))
        keys = [key for (key,) in self.execute("select distinct key from tombstones").fetchall()]
        for key in keys:
            self.execute(
                "delete from profiles where person_key in (select person_key from names where "
                f"{digest_of('folded', key)} in (select digest from tombstones "
                f"where key = {literal(key)}))"
            )
        self.execute("drop table names")

    def load_events(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Entries and exits that should have been told."""
        self.tells_events = True
        query = """
            select event_id, customer_id::varchar, email, audience, event, occurred_on::date
            from arrived
            where audience in (select audience from lists)
                and customer_id::varchar in (select person_key from profiles)
        """
        self.insert_stream("events", batches, query)

    def load_list_records(self, lists: Mapping[str, int | None]) -> None:
        """The lists that are there: audience -> digest of the title."""
        for audience, payload_hash in lists.items():
            self.connection.execute(
                "insert into list_records values (?, ?)", [audience, payload_hash]
            )

    def adopt(self, audience: str, members: Sequence[Member], *, strangers: bool) -> None:
        """Take people as ours whom a list turned out to hold already.

        Those whom the list should not hold are adopted with `strangers` only: nobody else's members
        are touched.
        """
        rows = pa.table(
            {
                "remote_id": pa.array([member.remote_id for member in members], pa.string()),
                "email": fold_column(pa.array([who.email for who in members], pa.string())),
                "payload_hash": pa.array([member.payload_hash for member in members], pa.int64()),
            }
        )
        chosen = (
            "true"
            if audience == PROFILES
            else "person_key in "
            f"(select person_key from memberships where audience = {literal(audience)})"
        )
        query = f"""
            select {literal(audience)}, coalesce(wanted.person_key, arrived.remote_id),
                arrived.payload_hash, arrived.remote_id, null
            from arrived
            left join (select person_key, digest from profiles where {chosen}) as wanted
                on case when arrived.email is null then arrived.remote_id = wanted.person_key
                    else {digest_of("arrived.email", self.digest_key)} = wanted.digest end
            where wanted.person_key is not null or {strangers}
        """
        self.insert("adopted", rows, query)

    def see(self, audience: str, members: Sequence[Member]) -> None:
        """Take down who is in a list of which the ledger may not know everything."""
        rows = pa.table(
            {
                "remote_id": pa.array([who.remote_id for who in members], pa.string()),
                "email": fold_column(pa.array([who.email for who in members], pa.string())),
            }
        )
        digest = digest_of("email", self.digest_key)
        self.insert("there", rows, f"select {literal(audience)}, remote_id, {digest} from arrived")

    def unpermitted(self) -> dict[str, int]:
        """List -> how many are in it whom neither ledger nor warehouse know to belong there."""
        rows = self.execute("select audience, sum(people) from unpermitted group by audience")
        return {audience: int(people) for audience, people in sorted(rows.fetchall())}

    def settle_adopted(self) -> None:
        """Once each, however often and under however many records somebody was told of."""
        self.execute(
            "create or replace table adopted as select distinct on (audience, person_key) * "
            "from adopted order by audience, person_key, remote_id"
        )

    def adopted(self) -> Iterator[tuple[str, pa.Table]]:
        """The adopted records, list by list."""
        names = self.execute("select distinct audience from adopted order by 1").fetchall()
        for (audience,) in names:
            query = f"select * exclude (audience) from adopted where audience = {literal(audience)}"
            yield audience, self.connection.sql(query).to_arrow_table()

    def list_titles(self) -> dict[str, str]:
        """Names and titles of all lists that should exist."""
        return dict(self.execute("select audience, title from lists order by 1").fetchall())

    def load_dead(self, rows: pa.Table) -> None:
        """Records that the destination refused; held back until they change."""
        self.insert("dead", rows)

    def suppress(self, refusers: Sequence[Member], ends_at: str) -> None:
        """People whom the tool itself refuses to mail; see `optouts` for what that means here."""
        rows = pa.table(
            {
                "email": fold_column(pa.array([who.email for who in refusers], pa.string())),
                "remote_id": pa.array([who.remote_id for who in refusers], pa.string()),
            }
        )
        digest = digest_of("email", self.digest_key)
        self.insert(
            "said_no", rows, f"select {digest}, {record_of('remote_id', ends_at)} from arrived"
        )


def _with_folded(batch: pa.RecordBatch) -> pa.RecordBatch:
    # Some warehouses shout their columns' names.
    email = next(name for name in batch.schema.names if name.lower() == "email")
    return batch.append_column("~folded", fold_column(batch[email]))


def _names_of(batch: pa.RecordBatch) -> pa.Table:
    """Everything by which somebody may have been buried: id and address, now and earlier."""
    keys, emails = batch["person_key"], batch["email"]
    names = [pa.table({"person_key": keys, "folded": fold_column(each)}) for each in (keys, emails)]
    odd = [
        (key, form)
        for key, email in zip(keys.to_pylist(), emails.to_pylist(), strict=True)
        for value in (key, email)
        if value is not None and not is_plain(value)
        for form in earlier_forms(value)
    ]
    columns = {
        "person_key": pa.array([key for key, _ in odd], pa.string()),
        "folded": pa.array([form for _, form in odd], pa.string()),
    }
    return pa.concat_tables([*names, pa.table(columns)])


def attribute_columns(columns: Iterable[str]) -> list[str]:
    """Those columns of audience_profiles that are attributes."""
    return [name for name in columns if name not in ("customer_id", "email", *CONSENT_COLUMNS)]


def _consent(columns: Collection[str]) -> str:
    """The consent's columns, null where a project's own models do not deliver them."""
    return ", ".join(
        f"{quote(name) if name in columns else 'null'}::{kind} as {name}"
        for name, kind in CONSENT_COLUMNS.items()
    )


@contextmanager
def open_workspace(
    parent: Path,
    digest_key: str = "",
    tombstones: Mapping[str, Collection[str]] | None = None,
) -> Iterator[Workspace]:
    """A workspace in a new private directory below `parent`, gone afterwards."""
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_leftovers(parent)
    newborn = Path(tempfile.mkdtemp(prefix="new-", dir=parent))
    lock = os.open(newborn, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    # Only now does it get a name that other runs would clear away: the lock is already held.
    directory = newborn.rename(parent / newborn.name.replace("new-", _PREFIX, 1))
    workspace: Workspace | None = None
    try:
        workspace = Workspace(directory, digest_key, tombstones)
        yield workspace
    finally:
        if workspace:
            workspace.connection.close()
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def _remove_leftovers(parent: Path) -> None:
    """Delete directories of runs that were killed: nobody holds their lock any more."""
    for directory in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock = os.open(directory, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory, ignore_errors=True)
            finally:
                os.close(lock)
