"""A small shop: CSV files for the source `files`, built in a DuckDB file of its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from compiled import IDENTITY_ROUNDS, MAX_CUSTOMERS_PER_EMAIL, RFM_METHODS, Compiled
from support import Run, Warehouse, copy_package, forked_dbt

from segctl.demo_data import generate

PROFILE = """
segmentation:
  target: test
  outputs:
    test: {type: duckdb, path: warehouse.duckdb, schema: segmentation, threads: 2}
"""


@dataclass(frozen=True)
class Shop:
    """A folder that dbt runs in: data/files and data/demo below it, the warehouse beside them."""

    folder: Path
    package: Path

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.folder / "warehouse.duckdb", schema="segmentation")

    def file(self, table: str) -> Path:
        return self.folder / "data" / "files" / f"{table}.csv"

    def dbt(self, command: str, *arguments: str, **variables: Any) -> Run:
        """Run dbt here. What it parsed is kept for the next time with the same vars."""
        settings = json.dumps({"segmentation_sources": ["files"], **variables}, sort_keys=True)
        target = self.folder / "target"
        parsed = self.package / "parsed" / f"{settings.encode().hex()[-200:]}.msgpack"
        target.mkdir(exist_ok=True)
        if parsed.exists():
            shutil.copy(parsed, target / "partial_parse.msgpack")
        ran = forked_dbt(
            self.folder,
            *(command, *arguments, "--vars", settings),
            *("--project-dir", str(self.package), "--profiles-dir", str(self.package)),
            *("--target-path", str(target), "--log-path", str(self.folder / "logs")),
        )
        if ran.code == 0:
            parsed.parent.mkdir(exist_ok=True)
            shutil.copy(target / "partial_parse.msgpack", parsed)
        return ran

    def copy(self, folder: Path) -> Shop:
        """The same shop, built as far as this one, in another folder."""
        shutil.copytree(
            self.folder, folder, ignore=shutil.ignore_patterns("target", "logs"), dirs_exist_ok=True
        )
        return Shop(folder, self.package)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is now, with a profile for the tests and no data."""
    folder = copy_package(tmp_path_factory.mktemp("package"))
    (folder / "profiles.yml").write_text(PROFILE)
    return folder


@pytest.fixture(scope="session")
def delivered_shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Sixty customers of the demo shop as CSV files; nothing is built yet."""
    shop = Shop(tmp_path_factory.mktemp("shop"), package)
    tables = generate(shop.folder / "parquet", customers=60, seed=7)
    shop.file("orders").parent.mkdir(parents=True)
    for table in tables:
        source = shop.folder / "parquet" / f"{table}.parquet"
        duckdb.sql(f"copy (from '{source}') to '{shop.file(table)}' (header)")
    shutil.rmtree(shop.folder / "parquet")
    return shop


@pytest.fixture(scope="session")
def built_shop(delivered_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The same, built once with all data tests."""
    shop = delivered_shop.copy(tmp_path_factory.mktemp("built"))
    shop.dbt("build").succeeded()
    return shop


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The SQL of the identity models and of each method of scoring."""
    package = copy_package(tmp_path_factory.mktemp("probed_package"))
    (package / "profiles.yml").write_text(PROFILE)
    for method in RFM_METHODS:
        (package / "models" / f"probe_{method}.sql").write_text(
            "with buyers as (select * from buyers_to_score),\n"
            f"{{{{ segmentation.rfm_scores('{method}') }}}}\n"
            "select * from scored"
        )
    shop = Shop(tmp_path_factory.mktemp("compiled"), package)
    shop.dbt(
        "compile",
        *("--select", "identity_edges", "customer_identifiers", "probe_*"),
        segmentation_max_customers_per_email=MAX_CUSTOMERS_PER_EMAIL,
        segmentation_identity_rounds=IDENTITY_ROUNDS,
    ).succeeded()
    return Compiled(shop.folder / "target" / "compiled")
