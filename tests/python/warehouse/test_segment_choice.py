"""Which segments are built, by which numbers they go, and what people read of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_shop import Shop
from support import dbt

RULES = Path("models/segments/rules")
# By how many of these a text shows a share, a number with a fraction, and one of another rule.
CHOSEN = {
    "segmentation_segments": [
        *("high_frequency", "large_baskets", "rising_value", "lapsed_high_value", "win_back"),
        *("lapsed_for", "near_store"),
    ],
    "segmentation_segments_off": ["near_store"],
    "segmentation_thresholds": {
        "high_frequency": {"minimum_orders": 3},
        "large_baskets": {"top_share": 0.125},
        "rising_value": {"factor": 2.75},
        "vip": {"recent_days": 200},
        "lapsed_for": {"days_90": 100},
        "not_mailed": {"minimum_days": 7},
    },
}
OWN_VIP = "select customer_id from {{ ref('customer_features') }} where orders > 20\n"


def rules_of(shop: Shop) -> set[str]:
    """The rules that dbt would build."""
    return {
        node["name"].removeprefix("segment_")
        for node in shop.manifest()["nodes"].values()
        if node["resource_type"] == "model" and "segments/rules/" in node["original_file_path"]
    }


def test_all_means_every_rule_that_is_there(package: Path, tmp_path: Path) -> None:
    shop = Shop(tmp_path, package)
    shop.dbt("parse").succeeded()
    files = {file.stem.removeprefix("segment_") for file in (package / RULES).rglob("*.sql")}
    assert rules_of(shop) == files, "macros/segments/shipped_segments.sql has other names"


def test_a_rule_that_is_switched_off_is_not_there(package: Path, tmp_path: Path) -> None:
    shop = Shop(tmp_path, package)
    shop.dbt("parse", segmentation_segments=["vip", "rfm"]).succeeded()
    assert rules_of(shop) == {"vip", "rfm"}
    tested = {test["model"] for test in shop.manifest()["unit_tests"].values()}
    assert "segment_vip" in tested
    assert not {"segment_win_back", "segment_current"} & tested, "what nobody can run"


def test_an_own_rule_takes_the_place_of_a_shipped_one(package: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/segment_vip.sql").write_text(OWN_VIP)
    (tmp_path / "packages.yml").write_text(f"packages: [{{local: {package}}}]\n")
    (tmp_path / "dbt_project.yml").write_text(
        "name: shop\nversion: 1.0.0\nprofile: segmentation\n"
        "vars: {segmentation_segments_off: [vip], segmentation_custom_segments: [vip]}\n"
    )
    shop = Shop(tmp_path, tmp_path)
    (tmp_path / "profiles.yml").write_text((package / "profiles.yml").read_text())
    dbt(tmp_path, "deps").succeeded()
    shop.dbt("parse").succeeded()
    named = [name for name in shop.manifest()["nodes"] if name.endswith(".segment_vip")]
    assert named == ["model.shop.segment_vip"]


@pytest.fixture(scope="module")
def chosen(delivered_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = delivered_shop.copy(tmp_path_factory.mktemp("chosen"))
    shop.build(**CHOSEN).succeeded()
    return shop


def test_a_number_in_the_vars_stands_in_the_place_of_the_seeds(chosen: Shop) -> None:
    row = chosen.warehouse.row
    built = "select string_agg(distinct rule_name, ' ' order by rule_name) from segments"
    assert "near_store" not in row(built)[0]
    (members,) = row("select members from segments where segment = 'high_frequency'")
    (expected,) = row("select count(*) from customer_features where orders_365d >= 3")
    (shipped,) = row("select count(*) from customer_features where orders_365d >= 6")
    assert members == expected > shipped
    variants = chosen.warehouse.rows("select distinct variant from segment_lapsed_for")
    assert ("100 days",) in variants and ("180 days",) in variants and ("90 days",) not in variants


def test_texts_follow_the_numbers(chosen: Shop) -> None:
    described = dict(
        chosen.warehouse.rows("select rule_name, description from segment_definitions")
    )
    assert "at least 3 orders within" in described["high_frequency"]
    assert "The top 12.5 % of all buyers" in described["large_baskets"]
    assert "at least 2.75 times as much" in described["rising_value"]
    assert "the top 20 % by net revenue" in described["lapsed_high_value"]
    assert "not bought for 200 days" in described["lapsed_high_value"]
    assert [text for text in described.values() if "{" in text] == []


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"vipp": {"top_share": 0.1}}, "no row for the segment 'vipp'. Did you mean vip?"),
    (
        {"vip": {"top_shares": 0.1}},
        "vip has no threshold 'top_shares', only recent_days, top_share. Did you mean top_share?",
    ),
    (
        {"near_store": {"limit": 3}},
        "near_store has no threshold 'limit', only within_km.",
    ),
]


@pytest.mark.parametrize(("thresholds", "message"), UNKNOWN)
def test_a_threshold_that_is_none_stops_before_a_public_table(
    thresholds: dict[str, Any], message: str, chosen: Shop, tmp_path: Path
) -> None:
    shop = chosen.copy(tmp_path)
    before = shop.warehouse.contents()
    ran = shop.dbt(
        *("build", "--select", "segment_thresholds", "as_of_day+"),
        *("--exclude-resource-type", "test", "unit_test"),
        **{**CHOSEN, "segmentation_thresholds": thresholds},
    )
    assert ran.code != 0
    assert f"segmentation_thresholds: {message}" in " ".join(ran.told().split()) or (
        f"segmentation_thresholds: the seed segment_thresholds has {message}"
        in " ".join(ran.told().split())
    )
    assert shop.warehouse.contents() == before
