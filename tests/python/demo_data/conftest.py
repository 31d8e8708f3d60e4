"""One small data set that all tests of this folder read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segctl import demo_data

CUSTOMERS = 2000
Rows = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    directory = tmp_path_factory.mktemp("demo")
    return directory, demo_data.generate(directory, CUSTOMERS, 42)


@pytest.fixture(scope="session")
def rows(demo: tuple[Path, dict[str, int]]) -> Rows:
    """Run a query on the data set; every table is a view of its file."""
    connection = duckdb.connect()
    for file in demo[0].glob("*.parquet"):
        connection.execute(f"create view {file.stem} as from read_parquet('{file}')")
    # The true content: one row per order, without what is not a purchase of the process.
    connection.execute(
        """
        create view purchases as
        select * exclude (place) from (
            select *, row_number() over (partition by order_id order by loaded_at desc) as place
            from orders
        )
        where place = 1 and not is_test and order_status <> 'cancelled'
            and ordered_at < '2026-01-01'
        """
    )
    return lambda query: connection.execute(query).fetchall()
