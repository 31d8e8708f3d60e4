"""What tests that build in a warehouse share: a copy of the package, dbt, a look into DuckDB."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
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
                f"no {name} in {folder}; SEGMENTATION_TEST_DATA may name another folder that has it"
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


def dbt(project: Path, *arguments: str) -> Run:
    """Run the dbt command in a project, as a user does in a shell."""
    finished = subprocess.run(
        [Path(sys.executable).with_name("dbt"), *arguments, "--no-use-colors"],
        cwd=project,
        env={**os.environ, "DBT_PROFILES_DIR": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(finished.returncode, finished.stdout)


def _dbt_in_fork(folder: Path, arguments: tuple[str, ...], log: Path) -> None:
    os.chdir(folder)
    with log.open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.argv = ["dbt", *arguments, "--no-use-colors"]

    from dbt.cli.main import cli

    cli()


def forked_dbt(folder: Path, *arguments: str) -> Run:
    """Run dbt in a process of its own that has imported dbt already: two seconds less each time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dbt.cli.main", "dbt.adapters.duckdb"])
    log = folder / "dbt.log"
    process = context.Process(target=_dbt_in_fork, args=(folder, arguments, log))
    process.start()
    process.join()
    return Run(process.exitcode or 0, log.read_text())


@dataclass(frozen=True)
class Warehouse:
    """The DuckDB file of a project: public tables in `schema`, others in <schema>_internal."""

    path: Path
    schema: str

    def rows(self, query: str) -> list[Row]:
        with duckdb.connect(self.path, read_only=True) as connection:
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
        return {
            table: sorted(self.rows(f"from {self.schema}.{table}"), key=repr)
            for table in self.public_tables()
        }


# Builds the project of this name below tests/consumer with these vars.
BuildConsumer = Callable[..., Warehouse]
