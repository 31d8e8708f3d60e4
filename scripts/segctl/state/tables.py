"""Every run as tables that dbt can test and BI can chart: Parquet files, written with each run.

They are the second place that knows of a run, by which a state shows that is not the newest one.
So a run stands in them before it sends anything, and nobody but a run of the same destination takes
it out again: a state that does not know of it does not.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from segctl.errors import StateError
from segctl.state import StateStore

_RUNS = pa.schema(
    [
        ("run_id", pa.int64()),
        ("destination", pa.string()),
        ("started_at", pa.string()),
        ("finished_at", pa.string()),
        ("status", pa.string()),
        ("as_of", pa.string()),
        ("operations", pa.int64()),
        ("acknowledged", pa.int64()),
        ("dead", pa.int64()),
        ("suppressed", pa.int64()),
        ("blocked", pa.int64()),
        ("requests", pa.int64()),
        ("throttled", pa.int64()),
        ("allowed", pa.string()),
    ]
)
_LISTS = pa.schema(
    [
        ("run_id", pa.int64()),
        ("destination", pa.string()),
        ("audience", pa.string()),
        *[
            (name, pa.int64())
            for name in (
                *("known", "wanted", "adds", "updates", "removals", "revocations"),
                *("suppressed", "held"),
            )
        ],
    ]
)


def write_tables(
    store: StateStore, directory: Path, destinations: Collection[str] | None = None
) -> None:
    """Write sync_runs.parquet (a row per run) and sync_run_lists.parquet (per run and audience).

    With `destinations`, what the files say of others stays as it is.
    """
    with store.read() as state:
        runs = state.select("select * from runs order by run_id")
    if not runs:
        return
    plans = {run["run_id"]: json.loads(run["plan"]) for run in runs}
    rows = [{**run, "as_of": plans[run["run_id"]].get("as_of")} for run in runs]
    lists = [
        {**change, "run_id": run["run_id"], "destination": run["destination"]}
        | {"audience": change["audience"] or "profiles"}
        for run in runs
        for change in plans[run["run_id"]].get("lists", [])
    ]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _replace(rows, _RUNS, directory / "sync_runs.parquet", destinations)
        _replace(lists, _LISTS, directory / "sync_run_lists.parquet", destinations)
    except OSError as error:
        raise StateError(
            f"The tables of runs in {directory} cannot be written: "
            f"{error.strerror or type(error).__name__}.",
            "Without them, nobody would notice that an old state was restored. Make the directory "
            "writable for this user.",
        ) from None


def newest_runs(directory: Path) -> dict[str, str]:
    """When the newest run of each destination began that was written down here."""
    rows = sorted(_read(directory / "sync_runs.parquet"), key=lambda run: run["run_id"])
    return {run["destination"]: run["started_at"] for run in rows}


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    try:
        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    except (OSError, pa.ArrowException):
        return []  # the next run writes it anew
    return rows


def _replace(
    rows: list[dict[str, Any]], schema: pa.Schema, path: Path, destinations: Collection[str] | None
) -> None:
    kept = [] if destinations is None else _read(path)
    if kept and destinations is not None:
        kept = [row for row in kept if row["destination"] not in destinations]
        rows = [row for row in rows if row["destination"] in destinations]
    _write([*kept, *rows], schema, path)


def _write(rows: list[dict[str, Any]], schema: pa.Schema, path: Path) -> None:
    table = pa.table(
        {
            field.name: pa.array([row.get(field.name) for row in rows], field.type)
            for field in schema
        }
    )
    temporary = path.with_suffix(".tmp")
    pyarrow.parquet.write_table(table, temporary)
    temporary.replace(path)
