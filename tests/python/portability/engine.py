"""A warehouse that the project is built in by the tests, and what it then holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[3]
SCHEMA = "segmentation"

Rows = list[tuple[Any, ...]]


class DbtFailed(RuntimeError):
    """dbt ended with another exit code than 0; says the end of its output."""


@dataclass(frozen=True)
class Engine:
    """A running warehouse with the demo data in the state of the last delivery."""

    name: str
    folder: Path
    """Of this engine alone: dbt's profile, artifacts and logs."""
    profile: Mapping[str, Any]
    """The target as it would stand in profiles.yml."""
    connect: Callable[[], AbstractContextManager[Any]]
    """A DB-API connection."""
    load: Callable[[Path], None]
    """Make the Parquet files of a folder what the tables of the demo shop contain."""
    database: str | None = None
    """Of the tables, where it is not the connection's own."""
    server_cpu_seconds: Callable[[], float] = float
    """What its server has used so far; 0 where dbt itself is the engine."""

    def dbt(self, command: str, *arguments: str, **variables: str) -> str:
        """Run dbt against this engine; its output."""
        self.folder.mkdir(parents=True, exist_ok=True)
        outputs = {self.name: {"schema": SCHEMA, **self.profile}}
        profiles = {"segmentation": {"target": self.name, "outputs": outputs}}
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
        options = {
            "--profiles-dir": str(self.folder),
            "--target-path": str(self.folder / "target"),
            "--log-path": str(self.folder),
            "--vars": json.dumps(variables),
        }
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("dbt")),
                command,
                *(part for option in options.items() for part in option),
                *arguments,
            ],
            cwd=PROJECT,
            env={**os.environ, "NO_COLOR": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise DbtFailed(f"{self.name}: dbt {command}\n{done.stdout[-6000:]}{done.stderr}")
        return done.stdout

    def public_tables(self) -> list[str]:
        """Names of the tables that others query, as of the last run of dbt."""
        manifest = json.loads((self.folder / "target" / "manifest.json").read_text())
        return sorted(
            node["alias"]
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["schema"] == SCHEMA
        )

    def rows(self, table: str) -> Rows:
        """All rows of a public table, with columns in alphabetical order."""
        with self.connect() as connection, closing(connection.cursor()) as cursor:
            place = ".".join(filter(None, (self.database, SCHEMA, table)))
            cursor.execute(f"select * from {place}")
            names = [column[0].rpartition(".")[2].lower() for column in cursor.description]
            order = sorted(range(len(names)), key=names.__getitem__)
            return [tuple(row[place] for place in order) for row in cursor.fetchall()]
