"""A warehouse that nobody has looked at is refused while dbt parses, in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml
from support import copy_package

# A whole adapter by dbt's rules, and not one of ours: PostgreSQL's under another name.
ADAPTER = """
from dataclasses import dataclass

from dbt.adapters.base import AdapterPlugin
from dbt.adapters.postgres import PostgresAdapter, PostgresConnectionManager, PostgresCredentials
from dbt.include import postgres


@dataclass
class GlacierCredentials(PostgresCredentials):
    @property
    def type(self):
        return "glacier"


class GlacierConnectionManager(PostgresConnectionManager):
    TYPE = "glacier"


class GlacierAdapter(PostgresAdapter):
    ConnectionManager = GlacierConnectionManager


Plugin = AdapterPlugin(GlacierAdapter, GlacierCredentials, postgres.PACKAGE_PATH)
"""
PROFILE = {
    **{"type": "glacier", "host": "none.invalid", "port": 5432, "schema": "segmentation"},
    **{"user": "none", "password": "none", "dbname": "none"},
}


def test_it_is_named_with_those_that_are_supported(tmp_path: Path) -> None:
    project = copy_package(tmp_path / "segmentation")
    (project / "profiles.yml").write_text(
        yaml.safe_dump({"segmentation": {"target": "dev", "outputs": {"dev": PROFILE}}})
    )
    plugin = tmp_path / "plugins" / "dbt" / "adapters" / "glacier"
    plugin.mkdir(parents=True)
    (plugin / "__init__.py").write_text(ADAPTER)
    (plugin / "__version__.py").write_text('version = "1.0.0"')
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "parse"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "plugins"), "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert (
        "The package segmentation does not support glacier, only duckdb, postgres, spark,"
        " snowflake, bigquery, databricks and redshift." in done.stdout
    )
