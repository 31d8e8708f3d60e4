"""Do two sets of tables hold the same rows? A difference is told by its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
from core import TABLES

KEYS = {name: "cohort_on, period_on" if name == "cohorts" else "customer_id" for name in TABLES}
"""What a row of each core table is found by."""


class Differs(Exception):
    """Two tables that ought to be equal are not: which, in which column, in which row."""


def model_queries() -> dict[str, str]:
    """Each table of the core as the models have it, cents and millionths as whole numbers."""
    windows = (30, 90, 180)
    rates = ", ".join(
        f"(engagement_rate_{days}d * 1000000)::bigint as engagement_ppm_{days}d, "
        f"(click_through_{days}d * 1000000)::bigint as click_ppm_{days}d"
        for days in windows
    )
    return {
        "order_features": "select *, (2 * median_gap_days)::bigint as doubled_median_gap_days "
        "from customer_order_features",
        "rfm": "select *, (monetary * 100)::bigint as monetary_cents from customer_rfm",
        "lifecycle": "select * from customer_lifecycle",
        "cohorts": "select *, (retention_rate * 1000000)::bigint as retention_ppm "
        "from cohort_retention",
        "web_features": "select * from customer_web_features where sessions > 0",
        # Whoever was never written to has a row of zeros in the model and none by hand.
        "email_features": f"select *, {rates} from customer_email_features "
        "where sent + delivered + opens + machine_opens + clicks + bounces + unsubscribes "
        "+ complaints > 0",
    }


@dataclass(frozen=True)
class Comparison:
    """A connection that sees both sides."""

    connection: duckdb.DuckDBPyConnection

    def equal(self, table: str, left: str, right: str, key: str) -> int:
        """Raise Differs unless two queries give the same rows; how many there are."""
        counts = f"select (select count(*) from ({left})), (select count(*) from ({right}))"
        ((rows, others),) = self.connection.execute(counts).fetchall()
        unequal = self.connection.execute(
            f"""
            (select 'only left' as side, * from (({left}) except all ({right})))
            union all
            (select 'only right' as side, * from (({right}) except all ({left})))
            order by {"all" if key == "all" else f"{key}, side"} limit 2
            """
        )
        names = [column[0] for column in unequal.description]
        found = unequal.fetchall()
        if not found and rows == others:
            return int(rows)
        told = [dict(zip(names, row, strict=True)) for row in found]
        differing = [name for name in names[1:] if len({str(row[name]) for row in told}) > 1]
        raise Differs(f"{table}: {rows} and {others} rows; columns {differing}; first: {told}")


def core_equals_models(core: Path, warehouse: Path) -> int:
    """The tables written by hand equal the project's; returns the number of rows compared."""
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute(f"attach '{warehouse}' as models (read_only)")
        connection.execute("set search_path = 'models.segmentation,models.segmentation_internal'")
        return _all_equal(connection, core, model_queries())


def cores_equal(first: Path, second: Path) -> int:
    """Two tables written by hand are the same; returns the number of rows compared."""
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        return _all_equal(connection, first, {table: _file(second, table) for table in TABLES})


def _all_equal(connection: duckdb.DuckDBPyConnection, core: Path, others: Mapping[str, str]) -> int:
    """Each table of a core against a query; columns that the core lacks do not count."""
    rows = 0
    for table, query in others.items():
        left = _file(core, table)
        columns = ", ".join(connection.sql(left).columns)
        rows += Comparison(connection).equal(
            table,
            f"select {columns} from ({left})",
            f"select {columns} from ({query})",
            KEYS[table],
        )
    return rows


def _file(folder: Path, table: str) -> str:
    return f"from read_parquet('{folder / table}.parquet')"


def public_tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    """The tables that others query."""
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? "
        "and schema_name = 'segmentation' order by table_name",
        [database],
    )
    return [name for (name,) in found.fetchall()]


def warehouses_equal(first: Path, second: Path) -> int:
    """All public tables of two warehouses hold the same rows; returns how many tables."""
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute(f"attach '{first}' as a (read_only); attach '{second}' as b (read_only)")
        tables = public_tables(connection, "a")
        if tables != public_tables(connection, "b"):
            raise Differs("the two warehouses have different public tables")
        for table in tables:
            Comparison(connection).equal(
                table, f"from a.segmentation.{table}", f"from b.segmentation.{table}", "all"
            )
    return len(tables)
