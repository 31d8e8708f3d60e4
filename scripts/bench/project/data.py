"""The invented shop at a scale factor: generated once and kept, cut where the last day begins.

SF1 is 100,000 customers with a million orders and ten million events over three years, SF10 is
ten times that. `before` holds what had arrived by the midnight a day before the end, `complete`
everything that arrived by the end, so the second is the first and one more day.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from segctl.demo_data import generate
from segctl.demo_data.constants import PERIOD_END

CUSTOMERS_OF_SF1 = 100_000
SEED = 42


@dataclass(frozen=True)
class Data:
    """Where the files of a shop are, and its last two days as as-of days."""

    folder: Path
    customers: int

    @property
    def before(self) -> Path:
        """What had arrived a day before the end."""
        return self.folder / "before"

    @property
    def complete(self) -> Path:
        """What had arrived by the end."""
        return self.folder / "complete"

    @property
    def last_day(self) -> date:
        """The as-of day of everything."""
        return PERIOD_END.date()

    @property
    def day_before(self) -> date:
        """The as-of day of `before`."""
        return self.last_day - timedelta(days=1)

    def rows(self, table: str) -> int:
        """How many rows the complete table has."""
        return int(pq.read_metadata(self.complete / f"{table}.parquet").num_rows)


def cache_folder() -> Path:
    """Where data and warehouses are kept: BENCH_DIR, else data/bench."""
    return Path(os.environ.get("BENCH_DIR", "data/bench")).resolve()


def shop(customers: int, folder: Path) -> Data:
    """The data of a shop with so many customers, generated unless the folder has it."""
    data = Data(folder / f"customers-{customers}", customers)
    if not (data.folder / "whole").exists():
        shutil.rmtree(data.folder, ignore_errors=True)
        generated = data.folder / "generated"
        tables = generate(generated, customers=customers, seed=SEED)
        for table in tables:
            source = generated / f"{table}.parquet"
            _cut(source, data.before / source.name, data.day_before)
            _cut(source, data.complete / source.name, data.last_day)
            source.unlink()
        generated.rmdir()
        (data.folder / "whole").touch()
    return data


def _cut(source: Path, target: Path, day: date) -> None:
    """The rows that had arrived before a midnight; those without an arrival were there."""
    target.parent.mkdir(exist_ok=True)
    columns = pq.read_schema(source).names
    arrived = f"coalesce(loaded_at < '{day}', true)" if "loaded_at" in columns else "true"
    with duckdb.connect(config={"threads": 1, "memory_limit": "2GB"}) as connection:
        connection.execute(
            f"copy (from '{source}' where {arrived}) to '{target}' "
            "(format parquet, row_group_size 100_000)"
        )
