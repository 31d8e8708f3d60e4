"""dbt's strict YAML check: parse the project with every check switched on; one warning fails.

dbt validates YAML against its JSON schemas for a few adapters only, though the schemas do not
depend on the adapter. Here the adapters that this project is tested with are checked as well.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from dbt.cli.main import dbtRunner
from dbt.jsonschemas import jsonschemas

os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "False"


def main() -> int:
    """Print each warning; the exit code is 1 if there was any, or if the project does not parse."""
    jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS |= {"duckdb", "postgres", "spark"}
    warnings: list[str] = []

    def note(event: Any) -> None:
        if event.info.level in ("warn", "error"):
            warnings.append(event.info.msg)

    with tempfile.TemporaryDirectory() as scratch:
        options = ["--no-partial-parse", "--target-path", scratch, "--log-path", scratch]
        result = dbtRunner(callbacks=[note]).invoke(
            ["--quiet", "--show-all-deprecations", "parse", *options]
        )
    for warning in [*warnings, *filter(None, [result.exception])]:
        print(warning, file=sys.stderr)
    if not result.success or warnings:
        return 1
    print("dbt's strict check: no warnings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
