"""The core in hand-written DuckDB SQL: python -m core.by_sql FILES PEOPLE RULES AS_OF TARGET."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from core import TABLES

HERE = Path(__file__).parent
STEPS = ("people", "orders", "segments", "visits", "mails")


def main(files: str, people: str, rules: str, as_of: str, target: str) -> None:
    """Run the SQL files one after the other and write the tables."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("set enable_progress_bar = false")
        for name, value in {"files": files, "people": people, "rules": rules}.items():
            connection.execute(f"set variable {name} = '{value}'")
        connection.execute(f"set variable as_of = date '{as_of}'")
        for step in STEPS:
            connection.execute((HERE / f"{step}.sql").read_text())
        Path(target).mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            connection.execute(f"copy {table} to '{target}/{table}.parquet' (format parquet)")


if __name__ == "__main__":
    main(*sys.argv[1:])
