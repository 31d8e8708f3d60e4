"""The audit trail: who was sent where, when, by which run, and on what consent.

It is the log of the state. People appear by the keyed digest of their address and by customer id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from segctl.errors import SegctlError
from segctl.privacy import digests
from segctl.state import State, StateStore

SCHEMA = pa.schema(
    [
        ("run_id", pa.int64()),
        ("answered_at", pa.string()),
        ("destination", pa.string()),
        ("audience", pa.string()),
        ("operation", pa.string()),
        ("person", pa.string()),
        ("customer_id", pa.string()),
        ("consent_purpose", pa.string()),
        ("consented_at", pa.string()),
    ]
)


def read_trail(
    store: StateStore, email: str | None = None, run_id: int | None = None
) -> Iterator[pa.Table]:
    """The trail in the order of the answers, batch by batch."""
    with store.read() as state:
        person = None if email is None else digests(state.digest_key(), email)
        destinations = state.select("select distinct destination from log order by 1")
        for row in destinations:
            yield from _trail_of(state, row["destination"], person, run_id)


def _trail_of(
    state: State, destination: str, person: Collection[str] | None, run_id: int | None
) -> Iterator[pa.Table]:
    known = _digests(state, destination)
    keys = None
    if person is not None:
        keys = pa.array([key for key, found in known.items() if found in person], pa.string())
    chosen = "" if run_id is None else "and run_id = :run"
    entries = state.select(
        "select entry, part, run_id, kind, audience, answered_at from log where destination = :d "
        f"and status = 'acknowledged' {chosen} order by entry, part",
        d=destination,
        run=run_id,
    )
    for entry in entries:
        rows = state.rows_of(destination, entry["entry"], entry["part"])
        if rows is None or entry["kind"] in ("create_list", "drop_list"):
            continue
        if keys is not None:
            rows = rows.filter(pc.is_in(rows["person_key"], keys))
        if rows.num_rows:
            yield _as_trail(destination, entry, rows, known)


def _digests(state: State, destination: str) -> dict[str, str]:
    """Customer id -> digest of the address: only profiles carry it."""
    found: dict[str, str] = {}
    tables = (change.rows for change in state.changes(destination, folded=True))
    for rows in (*state.ledger(destination), *tables):
        if rows is not None:
            known = rows.filter(pc.is_valid(rows["digest"]))
            found.update(
                zip(known["person_key"].to_pylist(), known["digest"].to_pylist(), strict=True)
            )
    return found


def _as_trail(
    destination: str, entry: dict[str, Any], rows: pa.Table, digests: dict[str, str]
) -> pa.Table:
    count, keys = rows.num_rows, rows["person_key"].to_pylist()
    own = rows["digest"].to_pylist()
    columns: dict[str, Any] = {
        "run_id": [entry["run_id"]] * count,
        "answered_at": [entry["answered_at"]] * count,
        "destination": [destination] * count,
        "audience": [entry["audience"] or "profiles"] * count,
        "operation": [entry["kind"]] * count,
        "person": [mine or digests.get(key) for key, mine in zip(keys, own, strict=True)],
        "customer_id": keys,
        "consent_purpose": rows["purpose"].to_pylist(),
        "consented_at": rows["consented_at"].to_pylist(),
    }
    return pa.table({name: pa.array(columns[name], SCHEMA.field(name).type) for name in columns})


def write_trail(trail: Iterable[pa.Table], path: Path) -> int:
    """Write the trail as CSV or Parquet; returns the number of entries."""
    writers: dict[str, Any] = {
        ".csv": pyarrow.csv.CSVWriter,
        ".parquet": pyarrow.parquet.ParquetWriter,
    }
    if path.suffix not in writers:
        raise SegctlError(f"{path.name} ends in neither .csv nor .parquet.", "Name it so.")
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with writers[path.suffix](str(path), SCHEMA) as writer:
        for rows in trail:
            writer.write_table(rows)
            count += rows.num_rows
    path.chmod(0o600)
    return count
