"""Ledger and outbox: what a destination has acknowledged, and what it is being asked.

One SQLite file, because it survives what a sync has to survive: a killed process, a power cut, a
full disk (docs/decisions/0202-state-in-sqlite.md). It holds keys and hashes, no e-mails and no
attributes, and is readable by its owner only.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from segctl.destinations.base import Kind
from segctl.durable import PRIVATE
from segctl.errors import LockHeld, StateError

VERSION = 1
_ROWS = 100_000
_TAKES_AWAY = tuple(str(kind) for kind in Kind if kind.takes_away)
_LEDGER_SCHEMA = pa.schema(
    [("audience", pa.string()), ("person_key", pa.string()), ("payload_hash", pa.int64())]
)
_SCHEMA = """
create table ledger (
    destination text not null, audience text not null, person_key text not null,
    payload_hash integer,  -- null: perhaps there, an answer was lost
    primary key (destination, audience, person_key)
) without rowid;
create table outbox (
    destination text not null, seq integer not null, kind text not null, audience text not null,
    person_key text not null, payload_hash integer, state text not null default 'pending'
        check (state in ('pending', 'in_flight', 'accepted', 'acknowledged', 'dead')),
    job text,
    primary key (destination, seq)
) without rowid;
create table dead_letters (
    destination text not null, audience text not null, person_key text not null, kind text not null,
    payload_hash integer, reason text not null, run_id integer not null, failed_at text not null,
    primary key (destination, audience, person_key)
) without rowid;
create table runs (
    run_id integer primary key, destination text not null, started_at text not null,
    finished_at text, status text not null, operations integer not null,
    acknowledged integer not null default 0, dead integer not null default 0,
    allowed text not null default '[]', plan text not null
);
"""


class State:
    """The state file. Opened read-only it never creates or changes anything."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        try:
            self._db = _open_to_read(path) if read_only else _open_to_write(path)
            self._migrate(read_only)
        except (sqlite3.Error, OSError) as error:
            raise _unusable(path, error) from error

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def _migrate(self, read_only: bool) -> None:
        (version,) = self._db.execute("pragma user_version").fetchone()
        if version == 0 and not read_only:
            self._db.executescript(f"begin; {_SCHEMA} pragma user_version = {VERSION}; commit;")
        elif version not in (0, VERSION):
            raise StateError(
                f"The state file {self.path} was written by another version of segctl.",
                "Update segctl.",
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("begin immediate")
        try:
            yield self._db
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    # What planning reads

    def known_lists(self, destination: str) -> list[str]:
        """Lists of which the ledger has at least one record."""
        # Skips from list to list along the primary key instead of reading every record.
        rows = self._db.execute(
            """
            with recursive lists(name) as (
                select min(audience) from ledger where destination = :destination
                union all
                select (select min(audience) from ledger
                        where destination = :destination and audience > lists.name)
                from lists where lists.name is not null
            )
            select name from lists where name is not null
            """,
            {"destination": destination},
        )
        return [name for (name,) in rows]

    def acknowledged(self, destination: str, lost: Collection[str] = ()) -> Iterator[pa.Table]:
        """What the destination holds as far as we know, in batches.

        Records whose request was never answered carry a null hash: they may or may not be there.
        """
        void = json.dumps(sorted(lost))
        unsure = "destination = :destination and state in ('in_flight', 'accepted')"
        rows = self._db.execute(
            f"""
            select audience, person_key,
                case when (audience, person_key) not in
                    (select audience, person_key from outbox where {unsure})
                then payload_hash end
            from ledger
            where destination = :destination
                and audience not in (select value from json_each(:void))
            union all
            select audience, person_key, null from outbox
            where {unsure} and (audience, person_key) not in (
                select audience, person_key from ledger where destination = :destination
                    and audience not in (select value from json_each(:void))
            )
            """,
            {"destination": destination, "void": void},
        )
        yield from _tables(rows)

    def dead(self, destination: str) -> Iterator[pa.Table]:
        """Records that were refused, to hold them back until they change."""
        rows = self._db.execute(
            "select audience, person_key, payload_hash from dead_letters where destination = ?",
            [destination],
        )
        yield from _tables(rows)

    # A run

    def begin_run(
        self,
        destination: str,
        plan: Mapping[str, Any],
        allowed: Collection[str],
        lost: Collection[str],
        adopted: Iterable[pa.RecordBatch],
        operations: Iterable[pa.RecordBatch],
    ) -> int:
        """Make everything that will be asked durable before the first request."""
        with self._transaction() as db:
            db.execute(
                "update runs set status = 'killed', finished_at = ? "
                "where destination = ? and status in ('preparing', 'sending')",
                [_now(), destination],
            )
            self._doubt_unanswered(destination)
            db.execute("delete from outbox where destination = ?", [destination])
            db.executemany(
                "delete from ledger where destination = ? and audience = ?",
                [(destination, audience) for audience in lost],
            )
            for batch in adopted:
                db.executemany(
                    "insert or replace into ledger values (?, ?, ?, ?)", _rows(destination, batch)
                )
            cursor = db.execute(
                "insert into runs (destination, started_at, status, operations, allowed, plan) "
                "values (?, ?, 'preparing', ?, ?, ?)",
                [
                    destination,
                    _now(),
                    plan["operations"],
                    json.dumps(sorted(allowed)),
                    json.dumps(plan),
                ],
            )
            run_id = int(cursor.lastrowid or 0)
        # In pieces, so that a large first run does not need twice its size in the write-ahead log.
        # A crash in between is harmless: nothing of it has been sent.
        for batch in operations:
            with self._transaction() as db:
                db.executemany(
                    "insert into outbox (destination, seq, kind, audience, person_key, "
                    "payload_hash) values (?, ?, ?, ?, ?, ?)",
                    _rows(destination, batch),
                )
        with self._transaction() as db:
            db.execute("update runs set status = 'sending' where run_id = ?", [run_id])
        return run_id

    def _doubt_unanswered(self, destination: str) -> None:
        """Records in flight when a run died may have arrived: neither trust nor forget them."""
        self._db.execute(
            "insert or replace into ledger select destination, audience, person_key, null "
            "from outbox where destination = ? and state in ('in_flight', 'accepted')",
            [destination],
        )

    def mark_in_flight(self, destination: str, first: int, last: int) -> None:
        """Durable before the request leaves: from now on the destination may hold these."""
        with self._transaction() as db:
            db.execute(
                "update outbox set state = 'in_flight' "
                "where destination = ? and seq between ? and ?",
                [destination, first, last],
            )

    def mark_accepted(self, destination: str, first: int, last: int, job: str) -> None:
        """The tool took the batch and works on it in the background."""
        with self._transaction() as db:
            db.execute(
                "update outbox set state = 'accepted', job = ? "
                "where destination = ? and seq between ? and ?",
                [job, destination, first, last],
            )

    def record(
        self,
        run_id: int,
        destination: str,
        dead: Mapping[str, str],
        *,
        seqs: tuple[int, int] | None = None,
        job: str | None = None,
    ) -> tuple[int, int]:
        """Write down the answer for a batch or a job; returns (acknowledged, dead)."""
        where = "destination = :destination and state in ('in_flight', 'accepted') and " + (
            "job = :job" if job is not None else "seq between :first and :last"
        )
        first, last = seqs or (0, 0)
        at = {"destination": destination, "job": job, "first": first, "last": last}
        with self._transaction() as db:
            refused = 0
            for key, reason in dead.items():
                values = {**at, "key": key, "reason": reason, "run": run_id, "now": _now()}
                db.execute(
                    "insert or replace into dead_letters "
                    "select destination, audience, person_key, kind, payload_hash, :reason, :run, "
                    f":now from outbox where {where} and person_key = :key",
                    values,
                )
                refused += db.execute(
                    f"update outbox set state = 'dead' where {where} and person_key = :key", values
                ).rowcount
            answered = self._acknowledge(where, at)
            db.execute(
                "update runs set acknowledged = acknowledged + ?, dead = dead + ? where run_id = ?",
                [answered, refused, run_id],
            )
        return answered, refused

    def _acknowledge(self, where: str, at: Mapping[str, Any]) -> int:
        gone = "kind in ({})".format(", ".join(f"'{kind}'" for kind in _TAKES_AWAY))
        keys = f"select audience, person_key from outbox where {where}"
        self._db.execute(
            "insert or replace into ledger select destination, audience, person_key, payload_hash "
            f"from outbox where {where} and not {gone}",
            at,
        )
        for table, condition in (("ledger", f"and {gone}"), ("dead_letters", "")):
            self._db.execute(
                f"delete from {table} where destination = :destination "
                f"and (audience, person_key) in ({keys} {condition})",
                at,
            )
        return self._db.execute(
            f"update outbox set state = 'acknowledged' where {where}", at
        ).rowcount

    def finish_run(self, run_id: int, destination: str, status: str) -> None:
        """The run is over; an interrupted one keeps its outbox for the next run to look at."""
        with self._transaction() as db:
            db.execute(
                "update runs set status = ?, finished_at = ? where run_id = ?",
                [status, _now(), run_id],
            )
            if status == "finished":
                db.execute("delete from outbox where destination = ?", [destination])

    def unsettled_jobs(self, destination: str) -> list[str]:
        """Background jobs that an earlier run left behind."""
        rows = self._db.execute(
            "select distinct job from outbox where destination = ? and state = 'accepted'",
            [destination],
        )
        return [job for (job,) in rows]

    def has_outbox(self, destination: str) -> bool:
        """Whether a run left operations behind."""
        row = self._db.execute(
            "select 1 from outbox where destination = ? limit 1", [destination]
        ).fetchone()
        return row is not None

    def latest_run(self, destination: str) -> int:
        """Number of the newest run."""
        row = self._db.execute(
            "select max(run_id) from runs where destination = ?", [destination]
        ).fetchone()
        return int(row[0] or 0)

    # What `status` shows

    def select(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query on the state; empty when there is no state yet."""
        (version,) = self._db.execute("pragma user_version").fetchone()
        if not version:
            return []
        cursor = self._db.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _open_to_write(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE))
    path.chmod(PRIVATE)
    db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    return db


def _open_to_read(path: Path) -> sqlite3.Connection:
    if not path.exists():
        db = sqlite3.connect(":memory:", isolation_level=None)
        db.executescript(_SCHEMA)
        return db
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


@dataclass(frozen=True)
class StateFile:
    """Where the state is kept, and the locks beside it."""

    path: Path

    @property
    def directory(self) -> Path:
        """Private to the owner; holds the state, its locks and the scratch files of a run."""
        return self.path.parent

    def read(self) -> State:
        """Open it to look; an absent file counts as empty."""
        return State(self.path, read_only=True)

    def open(self) -> State:
        """Open it to write, creating it if needed."""
        return State(self.path)

    @contextmanager
    def lock(self, destination: str) -> Iterator[None]:
        """One run per destination. The kernel drops the lock when its holder dies, however."""
        name = re.sub(r"[^A-Za-z0-9]+", "-", destination).strip("-")
        path = self.path.with_name(f"{self.path.name}.{name}.lock")
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
        except OSError as error:
            raise _unusable(self.path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise LockHeld(
                f"Another run is working on {destination}.", "Wait until it has finished."
            ) from None
        try:
            yield
        finally:
            os.close(handle)


def _unusable(path: Path, error: Exception) -> StateError:
    reason = error.strerror if isinstance(error, OSError) else error
    return StateError(
        f"The state file {path} cannot be used: {reason}.",
        "Name another one with --state, or restore it from a backup.",
    )


def _rows(destination: str, batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in batch.columns]
    return ((destination, *row) for row in zip(*columns, strict=True))


def _tables(rows: sqlite3.Cursor) -> Iterator[pa.Table]:
    with closing(rows):
        while chunk := rows.fetchmany(_ROWS):
            columns = zip(*chunk, strict=True)
            arrays = [
                pa.array(values, field.type)
                for values, field in zip(columns, _LEDGER_SCHEMA, strict=True)
            ]
            yield pa.Table.from_arrays(arrays, schema=_LEDGER_SCHEMA)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
