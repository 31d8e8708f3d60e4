"""A small shop from a handful of rows: each test names the rows that it is about."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from small_shop import Shop
from support import WITHOUT_TESTS, Run

AS_OF = "2026-03-01"
Rows = Sequence[Mapping[str, str]]


def write_csv(path: Path, rows: Rows) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def row_shop(folder: Path, package: Path, tables: Mapping[str, Rows | str]) -> Shop:
    """CSV files of these rows, or Parquet files of what a query gives; nothing is built yet."""
    shop = Shop(folder, package)
    files = shop.file("orders").parent
    files.mkdir(parents=True)
    for name, rows in tables.items():
        if isinstance(rows, str):
            with duckdb.connect() as connection:
                connection.execute("set TimeZone = 'Asia/Kolkata'")
                connection.execute(f"copy ({rows}) to '{files / name}.parquet' (format parquet)")
        else:
            write_csv(files / f"{name}.csv", rows)
    return shop


def build_rows(shop: Shop, *selection: str, tables: Sequence[str], **variables: Any) -> Run:
    """Build these models and all before them as of AS_OF, from these tables of the source."""
    return shop.dbt(
        "build",
        "--select",
        *(f"+{model}" for model in selection),
        *WITHOUT_TESTS,
        **{
            "segmentation_sources": {"files": list(tables)},
            "segmentation_as_of": AS_OF,
            **variables,
        },
    )


def findings(shop: Shop, table: str, check: str) -> dict[str, str]:
    """What a check found in a table: keys of the rows, and the values shown."""
    return dict(
        shop.warehouse.rows(
            "select record_key, value from data_quality_findings "
            f"where table_name = '{table}' and check_name = '{check}'"
        )
    )
