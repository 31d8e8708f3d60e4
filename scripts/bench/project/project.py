"""dbt on this project, in a warehouse and with files of its own, as a measured child."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from child import Cost, measure

REPOSITORY = Path(__file__).resolve().parents[3]
DBT = Path(sys.executable).with_name("dbt")
THREADS = 2

Delivery = tuple[Path, date]
"""A folder of files, and the day that is computed for."""


@dataclass(frozen=True)
class Project:
    """A warehouse in a folder. `memory_limit` is what DuckDB may use; empty: no limit of ours.

    Whoever has little memory builds one model at a time with one thread, as DuckDB advises.
    """

    folder: Path
    memory_limit: str = ""

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.folder / "segmentation.duckdb"

    def dbt(self, delivery: Delivery, *arguments: str) -> Cost:
        """Run a dbt command over what has been delivered."""
        files, as_of = delivery
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_profile()
        given = {"segmentation_demo_path": str(files), "segmentation_as_of": str(as_of)}
        command = [str(DBT), "--no-use-colors", "--no-version-check", *arguments]
        command += ["--project-dir", str(REPOSITORY), "--profiles-dir", str(self.folder)]
        command += ["--target-path", str(self.folder / "target")]
        command += ["--log-path", str(self.folder / "logs"), "--vars", json.dumps(given)]
        return measure(command, REPOSITORY, {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"})

    def _write_profile(self) -> None:
        output = {
            "type": "duckdb",
            "path": str(self.warehouse),
            "schema": "segmentation",
            "threads": 1 if self.memory_limit else THREADS,
        }
        if self.memory_limit:
            output["settings"] = {"memory_limit": self.memory_limit, "threads": 1}
        profile = {"segmentation": {"target": "bench", "outputs": {"bench": output}}}
        # JSON is YAML, too.
        (self.folder / "profiles.yml").write_text(json.dumps(profile))
