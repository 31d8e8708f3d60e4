"""A scratch DuckDB that holds what should be and what is, so that comparing them is one join.

Memory is bounded: tables lie in a private file, and joins spill there. It holds personal data, so
its directory is readable by the owner only and disappears with the run; what a killed run leaves
behind is removed by the next one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from segctl.destinations.base import PROFILES

MEMORY_LIMIT = "384MB"
_PREFIX = "work-"


def quote(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def hash_of(columns: Mapping[str, str], alias: str = "") -> str:
    """SQL for a 63-bit digest of the named columns, stable across versions of DuckDB.

    The columns' names and types are part of it: when the shape of the data changes, every row
    counts as changed.
    """
    shape = ", ".join(f"{name} {kind}" for name, kind in columns.items()).replace("'", "''")
    prefix = f"{alias}." if alias else ""
    values = [f"coalesce({prefix}{quote(name)}::varchar, chr(0))" for name in columns]
    joined = ", ".join([f"'{shape}'", *values])
    return f"(md5_number_lower(concat_ws(chr(31), {joined})) >> 1)::bigint"


MEMBERSHIP_COLUMNS = {"email": "VARCHAR", "entered_on": "DATE"}


class Workspace:
    """The scratch database. Tables: lists, profiles, memberships, acknowledged, operations."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.connection = duckdb.connect(
            str(directory / "work.duckdb"),
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(directory / "spill"),
                "preserve_insertion_order": "false",
                "threads": min(4, os.cpu_count() or 1),
            },
        )
        self.profile_columns: dict[str, str] = {}

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run a statement."""
        return self.connection.execute(sql)

    def load_lists(self, catalogue: Iterable[Mapping[str, object]]) -> None:
        """The audiences that should exist, whether or not anybody is in them."""
        self.execute("create table lists (audience varchar, title varchar, payload_hash bigint)")
        rows = [(str(row["segment"]), str(row["title"])) for row in catalogue]
        title_hash = hash_of({"title": "VARCHAR"}).replace('"title"', "?")
        for name, title in [(PROFILES, "profiles"), *rows]:
            self.connection.execute(
                f"insert into lists values (?, ?, {title_hash})", [name, title, title]
            )

    def load_profiles(self, batches: Iterable[pa.RecordBatch], columns: Mapping[str, str]) -> None:
        """Everybody who may be mailed, with every attribute in its own type."""
        self.profile_columns = {
            name: kind for name, kind in columns.items() if name not in ("customer_id", "email")
        }
        payload = {"email": "VARCHAR", **self.profile_columns}
        declared = ", ".join(f"{quote(name)} {kind}" for name, kind in payload.items())
        self.execute(f"create table profiles (person_key varchar, {declared}, payload_hash bigint)")
        names = ", ".join(quote(name) for name in payload)
        cast = ", ".join(
            f"{quote(name)}::{kind} as {quote(name)}" for name, kind in payload.items()
        )
        for batch in batches:
            self.connection.register("arrived", pa.Table.from_batches([batch]))
            self.execute(
                f"""
                insert into profiles
                select person_key, {names}, {hash_of(payload)}
                from (select customer_id::varchar as person_key, {cast} from arrived)
                """
            )
        self._checkpoint()

    def load_memberships(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Who should be in which audience."""
        self.execute(
            "create table memberships (audience varchar, person_key varchar, email varchar, "
            "entered_on date, payload_hash bigint)"
        )
        for batch in batches:
            self.connection.register("arrived", pa.Table.from_batches([batch]))
            self.execute(
                f"""
                insert into memberships
                select audience, person_key, email, entered_on, {hash_of(MEMBERSHIP_COLUMNS)}
                from (
                    select audience, customer_id::varchar as person_key, email,
                        entered_on::date as entered_on
                    from arrived
                )
                """
            )
        self._checkpoint()

    def load_acknowledged(self, batches: Iterable[pa.Table]) -> None:
        """What the destination is known to hold; a null hash means: perhaps, send it again."""
        self.execute(
            "create table if not exists acknowledged "
            "(audience varchar, person_key varchar, payload_hash bigint)"
        )
        for batch in batches:
            self.connection.register("arrived", batch)
            self.execute("insert into acknowledged select * from arrived")

    def load_adopted(self, batches: Iterable[pa.Table]) -> None:
        """What the destination turned out to hold of ours without the ledger knowing."""
        self.execute("create table adopted as from acknowledged limit 0")
        for batch in batches:
            self.connection.register("arrived", batch)
            self.execute("insert into adopted select * from arrived")
        self.execute("insert into acknowledged from adopted")

    def has_adopted(self) -> bool:
        """Whether the ledger has something to learn."""
        return self.execute("from adopted limit 1").fetchone() is not None

    def adopted(self) -> pa.RecordBatchReader:
        """The adopted records, in batches."""
        return self.connection.cursor().sql("from adopted").to_arrow_reader(100_000)

    def list_names(self) -> list[str]:
        """Names of all lists that should exist."""
        return [name for (name,) in self.execute("select audience from lists").fetchall()]

    def load_dead(self, batches: Iterable[pa.Table]) -> None:
        """Records that the destination refused; held back until they change."""
        self.execute(
            "create table dead (audience varchar, person_key varchar, payload_hash bigint)"
        )
        for batch in batches:
            self.connection.register("arrived", batch)
            self.execute("insert into dead select * from arrived")

    def load_suppressed(self, keys: pa.Table | None) -> None:
        """People whom the tool itself refuses to mail."""
        self.execute("create table suppressed (person_key varchar)")
        if keys is not None:
            self.connection.register("arrived", keys)
            self.execute("insert into suppressed select person_key from arrived")

    def profile_schema(self) -> pa.Schema:
        """E-mail and attributes, as a destination receives them."""
        names = ", ".join(quote(name) for name in ["person_key", "email", *self.profile_columns])
        return self.connection.sql(f"select {names} from profiles limit 0").to_arrow_table().schema

    def _checkpoint(self) -> None:
        # Rows move from the write-ahead log into the compressed file, out of memory.
        with suppress(KeyError, duckdb.Error):
            self.connection.unregister("arrived")
        self.execute("checkpoint")


@contextmanager
def open_workspace(parent: Path) -> Iterator[Workspace]:
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
        workspace = Workspace(directory)
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
