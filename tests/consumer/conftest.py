"""Projects that install this one as a package, as a user would."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "python" / "warehouse"))

from support import LEFTOVERS, BuildConsumer, Warehouse, copy_package, dbt  # noqa: E402

# Where a user has run `dbt deps`, the installed package leads back to the checkout.
collect_ignore_glob = ["*/dbt_packages"]


@pytest.fixture(scope="session")
def consumers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tests/consumer in a copy of the checkout, so that `local: ../../..` finds the package."""
    folder = copy_package(tmp_path_factory.mktemp("checkout")) / "tests" / "consumer"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def build_consumer(consumers: Path) -> BuildConsumer:
    def build(name: str, **variables: Any) -> Warehouse:
        project = consumers / name
        shutil.copytree(HERE / name, project, ignore=LEFTOVERS)
        dbt(project, "deps").succeeded()
        dbt(project, "build", "--vars", json.dumps(variables, default=str)).succeeded()
        return Warehouse(project / "target" / "warehouse.duckdb", schema=name)

    return build
