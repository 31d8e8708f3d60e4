"""A small dbt project, built once, and a copy of it for every test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

import segctl
from segctl.cli import run

FIXTURE = Path(__file__).parent / "fixture_project"
# The package's own place, so that subprocesses find it whether or not it is installed.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(segctl.__file__).parents[1]), "NO_COLOR": "1"}

EMAILS = ("ada", "bob", "cy", "dora", "eve", "fay", "gus", "hal")


def build(project: Path) -> None:
    """Run `dbt build` in a process of its own, as a user would."""
    dbt = Path(sys.executable).with_name("dbt")
    subprocess.run([dbt, "--quiet", "build"], cwd=project, check=True, env=ENVIRONMENT)


@pytest.fixture(scope="session")
def built_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("built") / "project"
    shutil.copytree(FIXTURE, project)
    build(project)
    return project


@pytest.fixture
def project(built_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A built project of one's own, as the current directory."""
    copy = tmp_path / "project"
    shutil.copytree(built_project, copy)
    monkeypatch.chdir(copy)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    yield copy


@pytest.fixture
def sql(project: Path) -> Callable[[str], list[tuple[object, ...]]]:
    """Change the warehouse behind dbt's back."""

    def execute(statement: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(project / "warehouse.duckdb")) as db:
            return db.execute(statement).fetchall()

    return execute


@pytest.fixture
def cli(project: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process; returns exit code, output and errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(list(arguments))
        out, err = capfd.readouterr()
        return code, out, err

    return call
