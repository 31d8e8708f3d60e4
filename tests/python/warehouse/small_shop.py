"""A small shop: CSV files for the source `files`, built in a DuckDB file of its own."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from support import WITHOUT_TESTS, Run, Warehouse, dbt

from segctl.demo_data import generate

Lines = list[dict[str, str]]

PROFILE = """
segmentation:
  target: test
  outputs:
    test:
      type: duckdb
      path: warehouse.duckdb
      schema: segmentation
      threads: 2
      # What a session shows as its time zone must never matter.
      settings: {TimeZone: America/New_York}
"""
DAY = "2025-11-01"
MAX_PER_EMAIL = 3
MAX_EMAILS = 4
# One set of vars for most tests: dbt parses anew for each other one.
SETTINGS: dict[str, Any] = {
    "segmentation_sources": ["files"],
    "segmentation_as_of": DAY,
    "segmentation_max_customers_per_email": MAX_PER_EMAIL,
    "segmentation_max_emails_per_customer": MAX_EMAILS,
    "segmentation_identity_rounds": 24,
    "segmentation_allowed_finding_share": 0.9,
    "segmentation_allowed_finding_share_by_check": {"malformed_email": 0.01, "unknown_order": 0},
}


def say_rates_stores_and_experiments(package: Path) -> None:
    """What only a shop itself can know: here that of the demo shop, whose rows most tests deliver
    as files."""
    for name in ("exchange_rates", "stores", "experiments"):
        shutil.copy(package / f"seeds/demo/demo_{name}.csv", package / f"seeds/rules/{name}.csv")


@dataclass(frozen=True)
class Shop:
    """A folder that dbt runs in: data/files below it, the warehouse beside."""

    folder: Path
    package: Path

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.folder, self.folder / "warehouse.duckdb", schema="segmentation")

    def file(self, table: str) -> Path:
        return self.folder / "data" / "files" / f"{table}.csv"

    def read(self, table: str) -> Lines:
        with self.file(table).open(newline="") as file:
            return list(csv.DictReader(file))

    def write(self, table: str, rows: Lines) -> None:
        """Rows in place of those that are there; the columns stay when there is no row."""
        header = self.file(table).read_text().splitlines()[0].split(",")
        with self.file(table).open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else header)
            writer.writeheader()
            writer.writerows(rows)

    def bring(self, tables: dict[str, Lines]) -> None:
        """Put files there that hold these rows; a row may lack columns that another has."""
        self.file("orders").parent.mkdir(parents=True, exist_ok=True)
        for table, rows in tables.items():
            header = list(dict.fromkeys(name for row in rows for name in row))
            self.file(table).write_text(",".join(header) + "\n")
            self.write(table, [{name: row.get(name, "") for name in header} for row in rows])

    def invent(self, customers: int, seed: int) -> dict[str, Lines]:
        """Put the files of a demo shop there; the rows of each table."""
        self.file("orders").parent.mkdir(parents=True)
        parquet = self.folder / "parquet"
        invented = {}
        for table in generate(parquet, customers, seed):
            duckdb.sql(f"copy (from '{parquet / table}.parquet') to '{self.file(table)}' (header)")
            invented[table] = self.read(table)
        shutil.rmtree(parquet)
        return invented

    def deliver(self, complete: dict[str, Lines], until: str) -> None:
        """Of these rows, those that had arrived before the day."""
        for table, rows in complete.items():
            self.write(table, [row for row in rows if row["loaded_at"] < until])

    def change(self, table: str, edit: Callable[[Lines], Lines]) -> None:
        self.write(table, edit(self.read(table)))

    def arguments(self, command: str, *arguments: str, **variables: Any) -> list[str]:
        """Of a dbt command that runs here, with what was parsed before with the same vars."""
        settings = json.dumps({**SETTINGS, **variables}, sort_keys=True)
        target = self.folder / "target"
        target.mkdir(exist_ok=True)
        if self.parsed(settings).exists():
            shutil.copy(self.parsed(settings), target / "partial_parse.msgpack")
        return [
            *(command, *arguments, "--vars", settings),
            *("--project-dir", str(self.package), "--profiles-dir", str(self.package)),
            *("--target-path", str(target), "--log-path", str(self.folder / "logs")),
        ]

    def parsed(self, settings: str) -> Path:
        return self.package / "parsed" / hashlib.sha256(settings.encode()).hexdigest()

    def dbt(self, command: str, *arguments: str, **variables: Any) -> Run:
        """Run dbt here. What it parsed is kept for the next run with the same vars."""
        complete = self.arguments(command, *arguments, **variables)
        ran = dbt(self.folder, *complete)
        if ran.code == 0:
            parsed = self.parsed(complete[complete.index("--vars") + 1])
            parsed.parent.mkdir(exist_ok=True)
            half = parsed.with_suffix(f".{os.getpid()}")
            shutil.copy(self.folder / "target" / "partial_parse.msgpack", half)
            half.rename(parsed)  # at once: other workers read it
        return ran

    def build(self, **variables: Any) -> Run:
        """All seeds and models; the data tests run on other data (tests/consumer, make build)."""
        return self.dbt("build", *WITHOUT_TESTS, **variables)

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.folder / "target/manifest.json").read_text())
        return manifest

    def copy(self, folder: Path) -> Shop:
        """The same shop, built as far as this one, in another folder."""
        leftovers = shutil.ignore_patterns("target", "logs")
        shutil.copytree(self.folder, folder, ignore=leftovers, dirs_exist_ok=True)
        return Shop(folder, self.package)
