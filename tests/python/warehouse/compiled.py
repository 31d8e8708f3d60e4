"""Models as the SQL that dbt makes of them, run over tables that a test fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from support import Row

# Names of the catalog and schema in the tests' profile, which the compiled SQL carries.
CATALOG, SCHEMA = "warehouse", "segmentation_internal"
# What the models are compiled with.
RFM_METHODS = ("quantile", "percent_rank", "fixed")
MAX_CUSTOMERS_PER_EMAIL = 3
IDENTITY_ROUNDS = 24


@dataclass(frozen=True)
class Compiled:
    """A folder of SQL that dbt has compiled."""

    folder: Path

    def sql(self, name: str) -> str:
        (path,) = self.folder.rglob(f"{name}.sql")
        return path.read_text()


def connect() -> duckdb.DuckDBPyConnection:
    """An empty warehouse in memory."""
    connection = duckdb.connect()
    connection.execute(f"attach ':memory:' as {CATALOG}")
    connection.execute(f"create schema {CATALOG}.{SCHEMA}")
    connection.execute(f"use {CATALOG}.{SCHEMA}")
    return connection


def fill(
    connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Sequence[Row]
) -> None:
    """Replace a table by these rows, in this order."""
    connection.execute(f"create or replace table {table} ({columns})")
    if rows:
        marks = ", ".join(["(" + ", ".join("?" * len(rows[0])) + ")"] * len(rows))
        connection.execute(
            f"insert into {table} values {marks}", [value for row in rows for value in row]
        )
