"""Run the SQL files chunk by chunk and write one Parquet file per table.

Data flows one way: `sql/macros.sql` and `sql/vocabulary.sql` define how to draw, `sql/stages/`
fill temporary tables for one range of people, `sql/tables/` read these and give the rows of one
contract table each. Everything about a person is drawn from the person's number, so the size of
the ranges and the number of threads change nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from segctl.demo_data.constants import PERIOD_END, PERIOD_START, as_macros
from segctl.demo_data.schema import COLUMNS

Progress = Callable[[str, int, int], None]

MOST_PEOPLE = 100_000_000  # as many as the eight digits in the ids have room for
LARGEST_SEED = 2**64 - 1
CHUNK_PEOPLE = 20_000  # about 2.7 million rows in all; this bounds the memory
ROW_GROUP_ROWS = 100_000

PEOPLE_STAGES = ("people", "process", "purchases")
STAGES = (*PEOPLE_STAGES, "shop_orders", "lines", "sessions", "subscribers", "sends")
# Tables that do not grow with the number of people are written once, with the first range.
FIXED_TABLES = frozenset({"products", "campaigns", "campaign_costs"})


def sql_text(*path: str) -> str:
    """One of the SQL files of this package."""
    return files(__package__).joinpath("sql", *path).read_text(encoding="utf-8")


def connect(customers: int, seed: int) -> duckdb.DuckDBPyConnection:
    """An in-memory database with all macros for this seed."""
    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")  # whoever calls shows progress or not
    numbers = {
        "period_start": f"{PERIOD_START.timestamp():.0f}::bigint",
        "period_end": f"{PERIOD_END.timestamp():.0f}::bigint",
        "all_people": f"{customers}::bigint",
        "seed_mix": f"hash({seed}::ubigint)",
    }
    numbers |= {name: f"{value!r}::double" for name, value in as_macros().items()}
    for name, value in numbers.items():
        connection.execute(f"create macro {name}() as {value}")
    connection.execute(sql_text("macros.sql"))
    connection.execute(sql_text("vocabulary.sql"))
    return connection


def run_stages(
    connection: duckdb.DuckDBPyConnection, first: int, last: int, stages: tuple[str, ...] = STAGES
) -> None:
    """Fill the temporary tables for the people from `first` up to, not including, `last`."""
    connection.execute(f"create or replace macro first_person() as {first}::bigint")
    connection.execute(f"create or replace macro last_person() as {last}::bigint")
    for stage in stages:
        connection.execute(sql_text("stages", f"{stage}.sql"))


def rows_of(connection: duckdb.DuckDBPyConnection, table: str) -> pa.Table:
    """The rows of one table for the current range: contract columns, in a fixed order."""
    columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in COLUMNS[table].items())
    query = sql_text("tables", f"{table}.sql")
    # As a loader appends them, so that engines can skip what is older than what they want.
    rows = connection.sql(f"select {columns} from ({query}) order by loaded_at, sort_key, copy")
    # In one piece: the pieces depend on the number of threads, and Parquet pages end where they do.
    return rows.to_arrow_table().combine_chunks()


@contextmanager
def _written_together(output: Path) -> Iterator[dict[str, Path]]:
    """Temporary names beside the final ones; all are moved at the end, or none on a failure."""
    output.mkdir(parents=True, exist_ok=True)
    temporary = {table: output / f".{table}.{os.getpid()}.tmp" for table in COLUMNS}
    try:
        yield temporary
        for table, path in temporary.items():
            path.replace(output / f"{table}.parquet")
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


def generate(
    output: Path, customers: int, seed: int, *, progress: Progress | None = None
) -> dict[str, int]:
    """Write the demo shop of `customers` people into the directory `output`.

    The result maps each table to the number of rows written. `progress` is called with a table,
    the people done and all people whenever a part of that table is written. The same arguments
    give the same bytes, whatever the machine's clock, time zone or number of threads. Another
    version of DuckDB or pyarrow may give other bytes: its name stands in the files, and DuckDB
    does not promise to keep `hash()`, the source of all draws.
    """
    if not 1 <= customers <= MOST_PEOPLE:
        raise ValueError(f"customers must be from 1 to {MOST_PEOPLE}, but is {customers}.")
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"seed must be from 0 to {LARGEST_SEED}, but is {seed}.")

    rows = dict.fromkeys(COLUMNS, 0)
    with _written_together(output) as paths, ExitStack() as stack:
        connection = stack.enter_context(connect(customers, seed))
        writers: dict[str, pq.ParquetWriter] = {}
        for first in range(0, customers, CHUNK_PEOPLE):
            last = min(first + CHUNK_PEOPLE, customers)
            run_stages(connection, first, last)
            for table in COLUMNS:
                if table in FIXED_TABLES and first > 0:
                    continue
                part = rows_of(connection, table)
                if table not in writers:
                    writers[table] = stack.enter_context(
                        pq.ParquetWriter(paths[table], part.schema, compression="zstd")
                    )
                writers[table].write_table(part, row_group_size=ROW_GROUP_ROWS)
                rows[table] += part.num_rows
                if progress:
                    progress(table, customers if table in FIXED_TABLES else last, customers)
    return rows
