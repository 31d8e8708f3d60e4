"""Models as the SQL that dbt makes of them, run over tables that a test fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from small_shop import SETTINGS
from support import Row

# Names of the catalog and schema in the tests' profile, which the compiled SQL carries.
CATALOG, SCHEMA = "warehouse", "segmentation_internal"
RFM_METHODS = ("quantile", "percent_rank", "fixed")
# Analyses that are added to the package: the macro for each method, over a table of the test.
PROBES = {
    f"probe_{method}": (
        "with buyers as (select * from buyers_to_score),\n"
        f"{{{{ segmentation.rfm_scores('{method}') }}}}\n"
        "select * from scored"
    )
    for method in RFM_METHODS
}
# What is read of a text in the column `delivered` of the table `times`.
PROBES["probe_readable_times"] = (
    "select delivered, {{ segmentation.utc_time('delivered') }} as utc from times "
    "where {{ segmentation.is_time_text('delivered') }}"
)
PROBES["probe_times_with_words"] = (
    "select delivered from times where {{ segmentation.is_time_with_words('delivered') }}"
)
PROBES["probe_zoned_times"] = (
    "select {{ segmentation.utc_time('delivered', 'timestamp with time zone') }} as by_type, "
    "{{ segmentation.utc_time('delivered') }} as by_text from times"
)
CHANGE_LOG_COLUMNS = "changed_on date, segment varchar, customer_id varchar, change varchar"
NAME_COLUMNS = "customer_name varchar, customer_id varchar"
IDENTITY_ROUNDS: int = SETTINGS["segmentation_identity_rounds"]


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
