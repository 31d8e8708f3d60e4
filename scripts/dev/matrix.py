"""The project with the oldest and the newest dependencies that pyproject.toml allows, on each dbt.

Four environments in `.venv-matrix/`, kept from run to run while what they resolve to is the same.
In each, dbt builds the demo data with all data and unit tests, and the fast tests of segctl run.

    python scripts/dev/matrix.py [NAME...]    NAME is like 1.11-lowest; all four by default
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
CACHE = PROJECT / ".venv-matrix"
DBT_VERSIONS = ("1.11", "1.12")
RESOLUTIONS = {"lowest": "lowest-direct", "highest": "highest"}
SHOWN = ("dbt-core", "dbt-duckdb", "duckdb", "pandas", "pyarrow", "sqlglot", "great-expectations")
FAST_TESTS = [
    f"tests/python/segctl/test_{name}.py"
    for name in ("cli", "explain", "files", "gate", "guards", "new", "plan", "rules", "state")
]


@dataclass(frozen=True)
class Cell:
    """A dbt version with one way to resolve the rest."""

    dbt: str
    resolution: str

    @property
    def name(self) -> str:
        """What a user calls it."""
        return f"{self.dbt}-{self.resolution}"

    @property
    def folder(self) -> Path:
        """Its environment."""
        return CACHE / self.name

    def install(self) -> str:
        """Resolve and install; returns the pinned versions."""
        CACHE.mkdir(exist_ok=True)
        constraint, pinned = CACHE / f"{self.dbt}.txt", CACHE / f"{self.name}.txt"
        constraint.write_text(f"dbt-core=={self.dbt}.*\n")
        resolved = _uv(
            *("pip", "compile", "pyproject.toml", "--constraints", str(constraint)),
            *("--resolution", RESOLUTIONS[self.resolution], "--python-version", "3.11"),
            *("--no-header", "--no-annotate", "--quiet"),
        )
        if not pinned.exists() or pinned.read_text() != resolved:
            _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(self.folder))
            requirements = CACHE / f"{self.name}.in"
            requirements.write_text(resolved)
            install = ("pip", "install", "--quiet", "--python", str(self.folder / "bin" / "python"))
            _uv(*install, "--requirement", str(requirements), *_test_tools())
            _uv(*install, "--no-deps", "--editable", ".")
            pinned.write_text(resolved)  # last: what was broken off is begun again
        return resolved

    def write_profile(self) -> None:
        """A database of its own: older versions of DuckDB cannot read a newer one's file."""
        path = Path(self.path("segmentation.duckdb"))
        database = {
            "type": "duckdb",
            "path": str(path),
            "schema": "segmentation",
            "threads": 2,
        }
        profiles = {"segmentation": {"target": "dev", "outputs": {"dev": database}}}
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
        path.unlink(missing_ok=True)

    def check(self) -> dict[str, bool]:
        """What is run, and whether it passed."""
        self.write_profile()
        return {
            "dbt build": self._run("dbt", "build", "--quiet", "--target-path", self.path("target")),
            "pytest": self._run("pytest", "--quiet", "-p", "no:cacheprovider", *FAST_TESTS),
        }

    def path(self, name: str) -> str:
        """A file of its environment."""
        return str(self.folder / name)

    def _run(self, command: str, *arguments: str) -> bool:
        environment = {
            **os.environ,
            "PATH": f"{self.path('bin')}{os.pathsep}{os.environ['PATH']}",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
            "DBT_LOG_PATH": self.path("logs"),
        }
        if command == "dbt":  # tests bring profiles of their own
            environment["DBT_PROFILES_DIR"] = self.path("")
        words = [self.path(f"bin/{command}"), *arguments]
        done = subprocess.run(words, cwd=PROJECT, env=environment, check=False)  # noqa: S603
        return done.returncode == 0


def _test_tools() -> list[str]:
    """Requirements of the development group that the fast tests import."""
    wanted = ("pytest>", "hypothesis", "fsspec", "keyring")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    group = project["dependency-groups"]["dev"]
    return [found for found in group if isinstance(found, str) and found.startswith(wanted)]


def _uv(*arguments: str) -> str:
    """Output of uv, run with the tool settings of pyproject.toml."""
    uv = str(Path(sys.executable).parent / "uv")
    done = subprocess.run(  # noqa: S603
        [uv, *arguments], cwd=PROJECT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"uv {' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def main(names: list[str]) -> int:
    """Run all cells that are asked for, and print what passed where."""
    rows: list[str] = []
    passed = True
    for cell in (Cell(dbt, resolution) for dbt in DBT_VERSIONS for resolution in RESOLUTIONS):
        if names and cell.name not in names:
            continue
        print(f"--- {cell.name}", flush=True)
        versions = dict(re.findall(r"^([\w.-]+)==(\S+)", cell.install(), re.M))
        started = time.monotonic()
        outcome = cell.check()
        passed = passed and all(outcome.values())
        words = [f"{step} {'passed' if ok else 'FAILED'}" for step, ok in outcome.items()]
        shown = ", ".join(f"{name} {versions[name]}" for name in SHOWN)
        rows.append(
            f"{cell.name:<13}{'; '.join(words)} ({time.monotonic() - started:.0f} s): {shown}"
        )
    print("\n".join(["", *rows]))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
