"""The default warehouse, a DuckDB file, as one of the engines to compare."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from portability.engine import Engine


@contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """A file in `folder`. Demo data are read where they lie, below it."""
    file, demo = folder / "warehouse.duckdb", folder / "demo"

    def load(delivered: Path) -> None:
        shutil.copytree(delivered, demo, dirs_exist_ok=True)

    yield Engine(
        name="duckdb",
        folder=folder,
        profile={"type": "duckdb", "path": str(file), "threads": 2},
        connect=lambda: duckdb.connect(str(file), read_only=True),
        load=load,
    )
