"""What tests that build in a warehouse share: a copy of the package, dbt, a look into DuckDB."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGE = ("dbt_project.yml", "models", "macros", "seeds", "tests/dbt")
LEFTOVERS = shutil.ignore_patterns(
    "dbt_packages", "package-lock.yml", "target", "logs", "*.duckdb*"
)
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")

Row = tuple[Any, ...]


def copy_package(destination: Path) -> Path:
    """What dbt needs of this package, so that a test neither writes into the checkout nor sees
    files change while it runs."""
    for name in PACKAGE:
        source, target = REPOSITORY / name, destination / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=LEFTOVERS)
        else:
            shutil.copy(source, target)
    return destination


def raw_data(*names: str) -> Path:
    """The folder of the public data sets; skips the test where one of these files is absent."""
    folder = Path(
        os.environ.get("SEGMENTATION_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    ).resolve()
    for name in names:
        if not (folder / name).is_file():
            pytest.skip(
                f"needs the public data set {name} (what it is and where to get it: tests/consumer/"
                f"README.md) in {folder}, or in the folder that SEGMENTATION_TEST_DATA names"
            )
    return folder


@dataclass(frozen=True)
class Run:
    """How a dbt command ended, and what it said."""

    code: int
    output: str

    def succeeded(self) -> Run:
        assert self.code == 0, self.told()
        return self

    def told(self) -> str:
        """The output without the lines about single models that went as planned or were skipped."""
        dull = (" START ", " OK ", " PASS ", " SKIP ")
        return "\n".join(
            line for line in self.output.splitlines() if not any(word in line for word in dull)
        )


def _in_fork(folder: Path, log: Path, work: Callable[..., None], arguments: Row) -> None:
    os.chdir(folder)
    with log.open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    work(*arguments)


def _started(
    folder: Path, work: Callable[..., None], *arguments: Any
) -> tuple[multiprocessing.process.BaseProcess, Path]:
    """Call a function in a process that runs in the folder and has imported dbt already: two
    seconds less than a new one. dbt keeps too much in its modules to be run in this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.duckdb"])
    log = folder / "dbt.log"
    log.unlink(missing_ok=True)
    process = context.Process(target=_in_fork, args=(folder, log, work, arguments))
    process.start()
    return process, log


def forked(folder: Path, work: Callable[..., None], *arguments: Any) -> Run:
    """Call a function in a process of its own, and wait for it."""
    process, log = _started(folder, work, *arguments)
    process.join()
    return Run(process.exitcode or 0, log.read_text())


def _dbt(*arguments: str) -> None:
    sys.argv = ["dbt", *arguments, "--no-use-colors"]

    from dbt.cli.main import cli

    cli()


def dbt(folder: Path, *arguments: str) -> Run:
    """Run dbt in a folder, as a user does in a shell; the process ends with dbt's exit code."""
    return forked(folder, _dbt, *arguments)


def dbt_started(folder: Path, *arguments: str) -> tuple[multiprocessing.process.BaseProcess, Path]:
    """The same without waiting: the process, and the file that gets its output."""
    process, log = _started(folder, _dbt, *arguments)
    log.touch()
    return process, log


@dataclass(frozen=True)
class Warehouse:
    """The DuckDB file of a project: public tables in `schema`, others in <schema>_internal. dbt ran
    in `folder`."""

    folder: Path
    path: Path
    schema: str

    def rows(self, query: str) -> list[Row]:
        with duckdb.connect(self.path, read_only=True) as connection:
            # Views read files by paths relative to the folder that dbt runs in.
            connection.execute(f"set file_search_path = '{self.folder}'")
            connection.execute(f"set search_path = '{self.schema},{self.schema}_internal'")
            return connection.sql(query).fetchall()

    def row(self, query: str) -> Row:
        (only,) = self.rows(query)
        return only

    def public_tables(self) -> dict[str, str]:
        """Name and type (BASE TABLE or VIEW) of everything in the public schema."""
        return dict(
            self.rows(
                "select table_name, table_type from information_schema.tables "
                f"where table_schema = '{self.schema}'"
            )
        )

    def contents(self) -> dict[str, list[Row]]:
        """Every row of every public table, in an order that is always the same."""
        tables = sorted(self.public_tables())
        return {
            table: sorted(self.rows(f"from {self.schema}.{table}"), key=repr) for table in tables
        }


def differing(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """By table, some rows that only one of two warehouses has; empty when both say the same."""
    found = {}
    for table in sorted(before.keys() | after.keys()):
        ours, theirs = Counter(before.get(table, [])), Counter(after.get(table, []))
        if ours != theirs:
            found[table] = sorted((ours - theirs) + (theirs - ours), key=repr)[:4]
    return found


# Copies a project below tests/consumer (under another name) and installs this package in it.
InstallConsumer = Callable[..., Path]
# Builds the project of this name below tests/consumer with these vars, with or without data tests.
BuildConsumer = Callable[..., Warehouse]
