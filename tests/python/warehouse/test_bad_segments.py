"""Segments and experiments that contradict themselves stop a build in plain words.

No public table has changed by then.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from small_shop import PROFILE, Shop, say_rates_stores_and_experiments
from support import WITHOUT_TESTS, copy_package, differing

EXPERIMENTS = """experiment,segment,variant,share,starts_on,ends_on
fine,lifecycle_at_risk,a,1,2025-01-01,2025-12-31
lot,vip,a,0.6,2025-01-01,2025-12-31
lot,vip,b,0.6,2025-01-01,2025-12-31
twice,vip,a,0.1,2025-01-01,2025-12-31
twice,vip,a,0.1,2025-01-01,2025-12-31
negative,vip,a,-0.1,2025-01-01,2025-12-31
misspelt,vipp,a,0.1,2025-01-01,2025-12-31
internal,members,a,0.1,2025-01-01,2025-12-31
two,vip,a,0.1,2025-01-01,2025-12-31
two,win_back,b,0.1,2025-01-01,2025-12-31
days,vip,a,0.1,2025-01-01,2025-12-31
days,vip,b,0.1,2025-01-02,2025-12-31
late,vip,a,0.1,2025-02-01,2025-01-31
empty,vip,a,,2025-01-01,2025-12-31
"""
EXPERIMENT_FAULTS = [
    "lot gives away shares of 1.200000 together, more than 1",
    "twice has the variant a more than once",
    "negative gives the variant a the share -0.100000, which has to be more than 0",
    "misspelt is about the segment 'vipp', which no rule makes",
    "internal is about the segment 'members', which no rule makes",
    "two names more than one segment, vip and win_back",
    "days has variants with different days",
    "late ends before it starts",
    "empty has a row without segment, variant, share, starts_on or ends_on",
]
META = {
    "vip": "{family: 'yes', priority: first}",
    "win_back": "{excludes: vip, re_entry: sometimes}",
    "recent_buyers": "{exclusive: true, priority: 0, re_entry: 0}",
    "repeat_buyers": "{excludes: [repeat_buyers, viip, members], large_because: true}",
    "discount_hunters": "{excludes: [vip], priority: 3, re_entry: 30, large_because: Because.}",
}
META_FAULTS = [
    "segment_vip: family has to be true or false, not 'yes'",
    "segment_vip: priority has to be a whole number, 1 for the first, not 'first'",
    "segment_win_back: excludes has to be a list of rules like [vip, sunset], not 'vip'",
    "segment_win_back: re_entry has to be always, once, or a whole number of days, not 'sometimes'",
    "segment_recent_buyers: exclusive is for families, and this rule has no `family: true`",
    "segment_recent_buyers: priority has to be a whole number, 1 for the first, not '0'",
    "segment_recent_buyers: re_entry has to be always, once, or a whole number of days, not '0'",
    "segment_repeat_buyers: excludes names the rule itself",
    "segment_repeat_buyers: excludes names 'viip', but there is no rule segment_viip",
    "segment_repeat_buyers: excludes names 'members', but there is no rule segment_members",
    "segment_repeat_buyers: large_because has to be a text",
]


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    """A copy of the package that a test may spoil."""
    folder = copy_package(tmp_path / "package")
    (folder / "profiles.yml").write_text(PROFILE)
    say_rates_stores_and_experiments(folder)
    return folder


def build_stops(built_shop: Shop, spoilt: Path, folder: Path, faults: list[str]) -> str:
    shop = Shop(built_shop.copy(folder).folder, spoilt)
    run = shop.dbt("build", *WITHOUT_TESTS)
    assert run.code != 0
    told = " ".join(run.told().split())
    assert [fault for fault in faults if fault not in told] == [], run.told()
    assert differing(built_shop.warehouse.contents(), shop.warehouse.contents()) == {}
    return told


def test_experiments(built_shop: Shop, spoilt: Path, tmp_path: Path) -> None:
    (spoilt / "seeds/rules/experiments.csv").write_text(EXPERIMENTS)
    told = build_stops(built_shop, spoilt, tmp_path / "shop", EXPERIMENT_FAULTS)
    assert "fine" not in told


def test_meta(built_shop: Shop, spoilt: Path, tmp_path: Path) -> None:
    for file in spoilt.glob("models/segments/rules/*/_*__models.yml"):
        described = yaml.safe_load(file.read_text())
        for model in described["models"]:
            meta = META.get(model["name"].removeprefix("segment_"))
            if meta:
                model["config"]["meta"] = yaml.safe_load(meta)
        file.write_text(yaml.safe_dump(described))
    told = build_stops(built_shop, spoilt, tmp_path / "shop", META_FAULTS)
    assert "segment_discount_hunters" not in told
