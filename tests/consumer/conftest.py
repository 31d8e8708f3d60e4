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

from support import (  # noqa: E402
    LEFTOVERS,
    WITHOUT_TESTS,
    BuildConsumer,
    InstallConsumer,
    Warehouse,
    copy_package,
    dbt,
)

# Where a user has run `dbt deps`, the installed package leads back to the checkout.
collect_ignore_glob = ["*/dbt_packages"]


@pytest.fixture(scope="session")
def consumers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tests/consumer in a copy of the checkout, so that `local: ../../..` finds the package."""
    folder = copy_package(tmp_path_factory.mktemp("checkout")) / "tests" / "consumer"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def install_consumer(consumers: Path) -> InstallConsumer:
    installed: list[Path] = []

    def install(name: str, as_name: str = "") -> Path:
        project = consumers / (as_name or name)
        shutil.copytree(HERE / name, project, ignore=LEFTOVERS)
        if installed:
            # All name the same package, and `dbt deps` takes seconds.
            packages = installed[0] / "dbt_packages"
            shutil.copytree(packages, project / "dbt_packages", symlinks=True)
            shutil.copy(installed[0] / "package-lock.yml", project)
        else:
            dbt(project, "deps").succeeded()
            installed.append(project)
        return project

    return install


@pytest.fixture(scope="session")
def build_consumer(install_consumer: InstallConsumer) -> BuildConsumer:
    def build(name: str, *, with_tests: bool = True, **variables: Any) -> Warehouse:
        project = install_consumer(name)
        given = json.dumps(variables, default=str)
        tests = () if with_tests else WITHOUT_TESTS
        dbt(project, "build", *tests, "--vars", given).succeeded()
        return Warehouse(project, project / "target" / "warehouse.duckdb", schema=name)

    return build
