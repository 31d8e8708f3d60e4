"""The extension points, used from a project that has installed the package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import BuildConsumer, Warehouse, dbt

DISABLE_OURS = """
models:
  segmentation:
    unified:
      unified_products: {+enabled: false}
"""


@pytest.fixture(scope="module")
def shop(build_consumer: BuildConsumer) -> Warehouse:
    return build_consumer("tiny_shop", with_tests=False)


def test_own_segment_stands_beside_the_shipped_ones(shop: Warehouse) -> None:
    segments = shop.rows("select segment, title, owner, members from segments order by segment")
    assert segments == [
        ("big_spenders", "Big spenders", "shop", 1),
        ("category_buyers_pots", "Buyers of Pots", "marketing", 1),
        ("category_buyers_quilts", "Buyers of Quilts", "marketing", 2),
        ("repeat_buyers", "Repeat buyers", "marketing", 1),
    ]
    members = shop.rows("select customer_id from segment_members where segment = 'big_spenders'")
    assert members == [("tiny:ann",)]


def test_the_packages_unit_tests_are_not_those_of_a_project(shop: Warehouse) -> None:
    manifest = json.loads((shop.folder / "target" / "manifest.json").read_text())
    assert manifest["unit_tests"] == {}
    rules = [name for name in manifest["nodes"] if ".segment_" in name and name.endswith("_buyers")]
    assert sorted(rules) == [
        "model.segmentation.segment_category_buyers",
        "model.segmentation.segment_repeat_buyers",
    ]


def test_segctl_new_writes_a_segment_that_works_here_too(shop: Warehouse, tmp_path: Path) -> None:
    project = tmp_path / "tiny_shop"
    shutil.copytree(shop.folder, project, symlinks=True)
    segctl = [sys.executable, "-m", "segctl", "new", "lately"]
    subprocess.run([*segctl, "--profiles-dir", str(project)], cwd=project, check=True)
    assert "segmentation_custom_segments: [big_spenders, lately]" in (
        (project / "dbt_project.yml").read_text()
    )
    rules = ("segment_lately", "segment_definitions", "segment_current+")
    ran = dbt(project, "build", "--select", *rules).succeeded()
    assert "PASS segment_lately::lately_finds_its_members" in ran.output
    warehouse = Warehouse(project, project / "target" / "warehouse.duckdb", schema="tiny_shop")
    assert warehouse.rows("select title, members from segments where segment = 'lately'") == [
        ("Lately", 2)
    ]


def test_own_exchange_rates_replace_the_shipped_ones(shop: Warehouse) -> None:
    revenue = shop.rows("select customer_id, revenue from customer_features order by customer_id")
    assert [(name, float(amount)) for name, amount in revenue] == [
        ("tiny:ann", 80.0),
        ("tiny:bob", 10.0),
        ("tiny:cleo", 0.0),
    ]


def test_own_products_replace_the_model(shop: Warehouse) -> None:
    categories = shop.rows(
        "select category from customer_categories where customer_id = 'tiny:ann' order by category"
    )
    assert categories == [("Pots",), ("Quilts",)]


def test_model_is_replaced_by_disabling_ours_too(shop: Warehouse, tmp_path: Path) -> None:
    """The spelling that stays valid when dbt looks into the package first (a flag of dbt 1.12)."""
    project = tmp_path / "tiny_shop"
    shutil.copytree(shop.folder, project, symlinks=True)
    settings = project / "dbt_project.yml"
    text = settings.read_text().replace(
        "flags:\n", "flags:\n  require_ref_searches_node_package_before_root: true\n"
    )
    settings.write_text(text + DISABLE_OURS)
    ran = dbt(project, "run", "--select", "screened_products", "unified_products+1").succeeded()
    assert "WARNING" not in ran.output
    warehouse = Warehouse(project, project / "target" / "warehouse.duckdb", schema="tiny_shop")
    assert warehouse.row("select count(*) from screened_products") == (0,)
    assert warehouse.row("select count(distinct category) from customer_categories") == (2,)
