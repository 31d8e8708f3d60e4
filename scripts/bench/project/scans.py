"""What a warehouse that bills by bytes would read for each public table, in a full and a daily run.

Such warehouses bill, once a query, the referenced columns of the partitions that are scanned, at
widths of their own: here BigQuery's, 8 bytes a whole number, date or time, 16 a decimal, 1 a
boolean, and of a text its bytes and 2 more. Which columns a model references, and which days of
the tables that are partitioned by day, DuckDB's plan of the compiled model says; how many bytes
that is, is counted in the tables. Views are looked through, as they are billed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from project import REPOSITORY

WIDTHS = {"BOOLEAN": 1, "DECIMAL": 16}
_BOUND = re.compile(r"(occurred_\w+)\s*(>=|<=|>|<|=)\s*'?([0-9: .-]+)'?")


@dataclass(frozen=True)
class Scanned:
    """Bytes of a public table's own query, and with all queries that it builds upon."""

    table: str
    full: int
    daily: int
    full_with_parents: int
    daily_with_parents: int

    def cells(self) -> list[str]:
        """In MB."""
        numbers = (self.full, self.daily, self.full_with_parents, self.daily_with_parents)
        return [self.table, *(f"{number / 1e6:,.1f} MB" for number in numbers)]


@dataclass(frozen=True)
class Scan:
    """Columns of a relation that a query references, between two days where it is cut by day."""

    relation: str
    columns: frozenset[str]
    bounds: tuple[tuple[str, str, str], ...]


def compiled_models(target: Path) -> dict[str, str]:
    """Unique id of each model that a run built -> its query. To make a view reads nothing; those
    who read it pay."""
    results = json.loads((target / "run_results.json").read_text())["results"]
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    return {
        result["unique_id"]: result["compiled_code"]
        for result in results
        if result["unique_id"].startswith("model.")
        and result["compiled_code"]
        and nodes[result["unique_id"]]["config"]["materialized"] != "view"
    }


def bytes_per_model(queries: dict[str, str], warehouse: Path) -> dict[str, int]:
    """Name of each query -> bytes that it reads."""
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute(f"attach '{warehouse}' as segmentation (read_only); use segmentation")
        connection.execute(f"set file_search_path = '{REPOSITORY}'")
        connection.execute("set enable_progress_bar = false")
        size = cache(lambda scan: _bytes(connection, scan))
        return {
            name: sum(size(scan) for scan in scans(connection, query))
            for name, query in queries.items()
        }


def scans(connection: duckdb.DuckDBPyConnection, query: str) -> list[Scan]:
    """What a query reads: each relation once, with all columns that any part of it references."""
    found: dict[tuple[str, tuple[tuple[str, str, str], ...]], set[str]] = {}
    for operator in _operators(_plan(connection, query)):
        info = operator["extra_info"]
        relation = info.get("Table") or info.get("Filename(s)")
        if not relation:
            continue
        filters = _texts(info.get("Filters"))
        columns = {name.strip('"') for name in _texts(info.get("Projections"))}
        columns |= {
            name for text in filters for name in re.findall(r"\b([a-z_]\w*)\b(?! *\()", text)
        }
        bounds = tuple(sorted(set(_BOUND.findall(" ".join(filters)))))
        key = relation, tuple((name, sign, value.strip()) for name, sign, value in bounds)
        found.setdefault(key, set()).update(columns)
    return [
        Scan(relation, frozenset(columns), bounds) for (relation, bounds), columns in found.items()
    ]


def _plan(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    """Only a plan that has been run names the files that it read."""
    ((_, plan),) = connection.execute(f"explain (format json) {query}").fetchall()
    if "READ_PARQUET" in plan or "PARQUET_SCAN" in plan:
        ((_, plan),) = connection.execute(f"explain (analyze, format json) {query}").fetchall()
    return json.loads(plan)


def _operators(plan: Any) -> Iterator[dict[str, Any]]:
    for node in plan if isinstance(plan, list) else [plan]:
        yield {"extra_info": {}, **node}
        yield from _operators(node.get("children", node.get("operator", [])))


def _texts(value: Any) -> list[str]:
    return [] if not value else [value] if isinstance(value, str) else list(value)


def _bytes(connection: duckdb.DuckDBPyConnection, scan: Scan) -> int:
    relation = f"'{scan.relation}'" if scan.relation.endswith(".parquet") else scan.relation
    described = connection.execute(f"describe from {relation}").fetchall()
    types = {name: kind for name, kind, *_ in described}
    widths = []
    for name in sorted(scan.columns & types.keys()):
        kind = types[name].split("(")[0]
        if kind == "VARCHAR":
            widths.append(f"coalesce(sum(strlen({name}) + 2), 0)")
        else:
            widths.append(f"count({name}) * {WIDTHS.get(kind, 8)}")
    if not widths:
        return 0
    cut = [f"{name} {sign} '{value}'" for name, sign, value in scan.bounds if name in types]
    where = " and ".join(cut or ["true"])
    query = f"select ({' + '.join(widths)})::bigint from {relation} where {where}"
    ((found,),) = connection.execute(query).fetchall()
    return int(found)


def scanned(full: Path, daily: Path) -> list[Scanned]:
    """The public tables, from the folders of a full and of a daily run."""
    per_run = [
        bytes_per_model(compiled_models(folder / "target"), folder / "segmentation.duckdb")
        for folder in (full, daily)
    ]
    manifest = json.loads((full / "target" / "manifest.json").read_text())
    parents: dict[str, list[str]] = manifest["parent_map"]

    def whole(node: str, sizes: dict[str, int]) -> int:
        known, waiting = {node}, [node]
        while waiting:
            more = set(parents.get(waiting.pop(), [])) - known
            known |= more
            waiting += more
        return sum(sizes.get(one, 0) for one in known)

    return [
        Scanned(
            node["name"],
            *(sizes.get(key, 0) for sizes in per_run),
            *(whole(key, sizes) for sizes in per_run),
        )
        for key, node in sorted(manifest["nodes"].items(), key=lambda item: item[1]["name"])
        if node["resource_type"] == "model"
        and node["schema"] == "segmentation"
        and node["config"]["materialized"] != "view"
    ]
