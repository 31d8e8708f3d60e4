"""Rules that would embarrass a shop: who is a first-time buyer, a repeat buyer, a VIP."""

from __future__ import annotations

from pathlib import Path

import pytest
from marketing_shop import VARIABLES
from small_shop import Shop

RULES = ("first_time_buyers", "one_time_buyers", "repeat_buyers", "vip", "lapsed_high_value")


@pytest.mark.parametrize(
    ("name", "segments"),
    [
        ("first", {"first_time_buyers"}),
        ("once", {"one_time_buyers"}),
        ("twice_a_day", {"first_time_buyers"}),
        ("repeat", {"repeat_buyers"}),
        ("sent_back", {"one_time_buyers"}),
        ("rich", {"repeat_buyers", "vip"}),
        ("rich_and_gone", {"repeat_buyers", "lapsed_high_value"}),
        ("nobody", set()),
    ],
)
def test_who_is_in_what(marketing_shop: Shop, name: str, segments: set[str]) -> None:
    rows = marketing_shop.warehouse.rows(
        f"select segment from segment_members where customer_id = 'files:{name}'"
    )
    assert {str(segment) for (segment,) in rows} & set(RULES) == segments


def test_every_buyer_is_first_one_time_or_repeat_buyer(marketing_shop: Shop) -> None:
    rows = marketing_shop.warehouse.rows(
        "select count(*) from customer_features left join segment_members using (customer_id) "
        "where orders > 0 and segment in ('first_time_buyers', 'one_time_buyers', 'repeat_buyers')"
        " group by customer_id having count(*) != 1"
    )
    buyers = "select count(*) from customer_features where orders > 0"
    in_one = (
        "select count(distinct customer_id) from segment_members where segment in "
        "('first_time_buyers', 'one_time_buyers', 'repeat_buyers')"
    )
    assert rows == [] and marketing_shop.warehouse.row(buyers) == marketing_shop.warehouse.row(
        in_one
    )


def test_one_order_is_measured_by_the_shops_rhythm(marketing_shop: Shop) -> None:
    """One customer buys every 10 days, and three every 30: sixty are nobody's rhythm."""
    warehouse = marketing_shop.warehouse
    median = warehouse.row("select median_gap_days from shop_rhythm")
    assert median == (30,)
    rhythms = warehouse.rows(
        "select distinct rhythm_days from customer_lifecycle where not has_own_rhythm"
    )
    assert rhythms == [median]
    late = warehouse.rows(
        "select customer_id from customer_lifecycle where lifecycle_stage = 'new customer' "
        "and days_since_last_order > 1.5 * rhythm_days"
    )
    early = warehouse.rows(
        "select customer_id from customer_lifecycle where lifecycle_stage = 'at risk' "
        "and days_since_last_order <= 1.5 * rhythm_days"
    )
    assert late == early == []


def test_a_zone_that_nobody_knows_stops_before_a_table_changes(
    marketing_shop: Shop, tmp_path: Path
) -> None:
    ran = marketing_shop.copy(tmp_path).dbt(
        "build",
        *("--select", "time_zones", "as_of_day", "customer_mail_slots"),
        **VARIABLES | {"segmentation_time_zone": "Mars/Olympus"},
    )
    told = " ".join(ran.told().split())
    assert ran.code != 0
    assert "segmentation_time_zone: 'Mars/Olympus' is no time zone of the seed" in told


def test_the_default_map_names_every_buyer(marketing_shop: Shop) -> None:
    rows = marketing_shop.warehouse.rows(
        "select count(*) from customer_rfm where rfm_segment = 'Others'"
    )
    assert rows == [(0,)]
