"""Every run as tables that dbt can test and BI can chart: Parquet files, written after each run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

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


def write_tables(store: StateStore, directory: Path) -> None:
    """Write sync_runs.parquet (a row per run) and sync_run_lists.parquet (per run and audience)."""
    with store.read() as state:
        runs = state.select("select * from runs order by run_id")
    if not runs:
        return
    directory.mkdir(parents=True, exist_ok=True)
    plans = {run["run_id"]: json.loads(run["plan"]) for run in runs}
    rows = [{**run, "as_of": plans[run["run_id"]].get("as_of")} for run in runs]
    lists = [
        {**change, "run_id": run["run_id"], "destination": run["destination"]}
        | {"audience": change["audience"] or "profiles"}
        for run in runs
        for change in plans[run["run_id"]].get("lists", [])
    ]
    _write(rows, _RUNS, directory / "sync_runs.parquet")
    _write(lists, _LISTS, directory / "sync_run_lists.parquet")


def newest_run(directory: Path, destination: str) -> str | None:
    """When the newest run of a destination began that was written down here, if any was."""
    path = directory / "sync_runs.parquet"
    if not path.exists():
        return None
    try:
        runs = pyarrow.parquet.read_table(path, columns=["run_id", "destination", "started_at"])
    except (OSError, pa.ArrowException):
        return None  # the next run writes it anew
    rows = [run for run in runs.to_pylist() if run["destination"] == destination]
    return max(rows, key=lambda run: run["run_id"])["started_at"] if rows else None


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
