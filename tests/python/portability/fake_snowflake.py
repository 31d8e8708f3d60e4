"""Snowflake's dialect and adapter in front of DuckDB (fakesnow), as one of the engines to compare.

It says whether SQL for Snowflake means what it should, as far as fakesnow knows Snowflake.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import snowflake.connector
from fakesnow import server, transforms
from fakesnow.server import shared_fs
from portability.engine import Engine
from sqlglot import exp

DATABASE = "ANALYTICS"


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """A server on loopback that keeps everything in memory, without any tables."""
    _mend_fakesnow()
    with server() as where:
        address = {name: where[name] for name in ("account", "user", "password", "host", "port")}
        profile = {
            **address,
            "type": "snowflake",
            "protocol": "http",
            "database": DATABASE.lower(),
            "warehouse": "none",
            "threads": 1,
        }
        with snowflake.connector.connect(**where, database=DATABASE) as connection:
            connection.cursor().execute("create schema segmentation_demo")
        # Read from DuckDB below: times that are null come out of the server as 1970.
        yield Engine(
            "snowflake",
            folder,
            profile,
            lambda: closing(shared_fs.duck_conn.cursor()),
            load,
            DATABASE,
        )


def load(delivered: Path) -> None:
    """Make the files the content of the tables; Snowflake's names are in capitals."""
    connection = shared_fs.duck_conn.cursor()
    for file in sorted(delivered.glob("*.parquet")):
        relation = connection.read_parquet(str(file))
        columns = ", ".join(f'"{name}" as "{name.upper()}"' for name in relation.columns)
        connection.execute(
            f'create or replace table {DATABASE}.SEGMENTATION_DEMO."{file.stem.upper()}" as '
            f"select {columns} from '{file}'"
        )


def _mend_fakesnow() -> None:
    """Teach fakesnow 0.12 three things that Snowflake can do."""
    # Tables with declared columns: it describes their query in another dialect than DuckDB's.
    exp.Expression.__str__ = lambda self: self.sql(dialect="duckdb")
    known = transforms.to_decimal

    def mended(expression: Any) -> Any:
        match expression:
            # Temporary tables in a named schema: DuckDB has a place of its own for these.
            case exp.TemporaryProperty():
                return exp.TransientProperty()
            # to_number of hexadecimal digits.
            case exp.ToNumber() if set(expression.text("format")) == {"X"}:
                digits = exp.DPipe(this=exp.Literal.string("0x"), expression=expression.this)
                return exp.cast(digits, "bigint")
        return known(expression)

    transforms.to_decimal = mended
