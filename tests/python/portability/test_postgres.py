"""The whole project builds on a real PostgreSQL, and every public table says what DuckDB says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from postgres import connect, load_parquet, running_server

from segctl.demo_data import generate

PROJECT = Path(__file__).parents[3]
CUSTOMERS, SEED = 600, 11

PROFILE = """
segmentation:
  target: duckdb
  outputs:
    duckdb: {{type: duckdb, path: "{duckdb_file}", schema: segmentation, threads: 2}}
    postgres:
      type: postgres
      host: "{PGHOST}"
      port: {PGPORT}
      user: "{PGUSER}"
      password: "{PGPASSWORD}"
      dbname: "{PGDATABASE}"
      schema: segmentation
      threads: 2
"""


@dataclass(frozen=True)
class Warehouses:
    """Both engines, built from the same demo data."""

    folder: Path
    environment: dict[str, str]

    def tables(self, engine: str) -> dict[str, list[tuple[Any, ...]]]:
        """Public tables of an engine: name -> rows, with columns in alphabetical order."""
        if engine == "duckdb":
            file = str(self.folder / "warehouse.duckdb")
            with duckdb.connect(file, read_only=True) as connection:
                return _public_tables(connection.cursor())
        with connect(self.environment) as connection, connection.cursor() as cursor:
            return _public_tables(cursor)


def _public_tables(cursor: Any) -> dict[str, list[tuple[Any, ...]]]:
    cursor.execute(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'segmentation' order by table_name, column_name"
    )
    columns: dict[str, list[str]] = {}
    for table, column in cursor.fetchall():
        columns.setdefault(table, []).append(column)
    rows = {}
    for table, names in columns.items():
        cursor.execute(f"select {', '.join(names)} from segmentation.{table}")
        rows[table] = cursor.fetchall()
    return rows


def repr_of_row(row: tuple[Any, ...]) -> str:
    return repr([value.normalize() if isinstance(value, Decimal) else value for value in row])


def dbt(command: str, target: str, folder: Path, *arguments: str) -> None:
    result = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            command,
            *("--target", target, "--profiles-dir", str(folder)),
            *("--target-path", str(folder / f"target_{target}"), "--log-path", str(folder)),
            *("--vars", f"{{segmentation_demo_path: '{folder / 'demo'}'}}"),
            *arguments,
        ],
        cwd=PROJECT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:]


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("portability")
    generate(folder / "demo", CUSTOMERS, SEED)
    with running_server(folder / "server") as environment:
        (folder / "profiles.yml").write_text(
            PROFILE.format(duckdb_file=folder / "warehouse.duckdb", **environment)
        )
        load_parquet(folder / "demo", "segmentation_demo", environment)
        dbt("build", "duckdb", folder, "--exclude-resource-type", "test", "unit_test")
        dbt("build", "postgres", folder)
        yield Warehouses(folder, environment)


def test_every_public_table_is_the_same_on_both_engines(warehouses: Warehouses) -> None:
    on_duckdb, on_postgres = warehouses.tables("duckdb"), warehouses.tables("postgres")

    assert on_duckdb.keys() == on_postgres.keys()
    assert "segment_members" in on_duckdb
    for table, rows in on_duckdb.items():
        ours = Counter(map(repr_of_row, rows))
        theirs = Counter(map(repr_of_row, on_postgres[table]))
        assert ours == theirs, (
            f"{table}: {(ours - theirs).total()} of {len(rows)} rows differ\n"
            f"DuckDB     {min(ours - theirs, default=None)}\n"
            f"PostgreSQL {min(theirs - ours, default=None)}"
        )


def test_a_full_refresh_keeps_the_history(warehouses: Warehouses) -> None:
    before = warehouses.tables("postgres")["segment_changes"]
    dbt("run", "postgres", warehouses.folder, "--full-refresh")
    assert warehouses.tables("postgres")["segment_changes"] == before
