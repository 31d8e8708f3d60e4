"""A refund never makes a customer better, and the net figures of a past day are what they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from odd_rows import EXPECTED, ORDERS, TABLES
from row_shop import build_rows, findings
from small_shop import Shop
from support import Row

FOUND = {
    "refund_without_amount": {"whole", "whole zero", "whole later", "two undated copies"},
    "unknown_refund": {"some unknown"},
    "refund_above_amount": {"with shipping", "negative all"},
    "negative_refund": {"negative refund", "negative all"},
    "negative_discount": {"negative discount"},
    "impossible_refund_date": {"refunded in 1970", "refunded in 2062"},
}


def amounts(shop: Shop) -> dict[str, Row]:
    return {
        order: (net, discount)
        for order, net, discount in shop.warehouse.rows(
            "select order_id, order_cents - refunded_cents, discount_cents from customer_orders"
        )
    }


def test_amounts_are_what_the_rules_say(odd_shop: Shop) -> None:
    expected = {order: cents for order, cents in EXPECTED.items() if cents}
    assert amounts(odd_shop) == expected


@pytest.mark.parametrize("check", FOUND)
def test_what_cannot_be_is_found(odd_shop: Shop, check: str) -> None:
    assert set(findings(odd_shop, "orders", check)) == FOUND[check]


def test_no_customer_gains_by_a_refund_or_loses_more_than_was_bought(odd_shop: Shop) -> None:
    wrong = odd_shop.warehouse.rows(
        "from customer_features where net_revenue < 0 or net_revenue > revenue "
        "or discount_share < 0 or discount_share > 1"
    )
    assert wrong == []
    assert odd_shop.warehouse.row("select count(*) > 20 from customer_features") == (True,)


def test_refunds_that_count_for_nobody_are_found(odd_shop: Shop) -> None:
    assert set(findings(odd_shop, "refunds", "unknown_order")) == {"9"}
    assert set(findings(odd_shop, "refunds", "implausible_date")) == {"10"}
    assert set(findings(odd_shop, "refunds", "future_date")) == {"11"}
    assert set(findings(odd_shop, "refunds", "missing_value")) == {"12"}
    assert set(findings(odd_shop, "refunds", "negative_refund")) == {"7"}


def test_orders_and_refunds_that_disagree_are_found(odd_shop: Shop) -> None:
    disagreeing = set(findings(odd_shop, "orders", "refunds_disagree"))
    told = {"in parts", "in parts later", "line back", "all lines back", "both"}
    assert disagreeing & told == {"both"}
    assert "table knows nothing" in disagreeing


def test_lines_that_were_sent_back_leave_the_category_features(odd_shop: Shop) -> None:
    assert set(
        odd_shop.warehouse.rows(
            "select customer_id, category, order_lines, quantity, revenue_cents "
            "from customer_category_days"
        )
    ) == {
        ("files:line back", "Tea", 1, 1, 6000),
        ("files:by weight", "Tea", 1, 0.5, 1000),
        ("files:whole later", "Tea", 1, 1, 10000),
    }


def test_every_past_day_knows_what_had_been_paid_back_by_then(odd_shop: Shop) -> None:
    refunded = odd_shop.warehouse.rows(
        "select order_id, refunded_at, refunded_cents from order_refunds "
        "where order_id like 'in parts%' order by refunded_at, order_id"
    )
    days = [(order, f"{at:%m-%d %H:%M}", cents) for order, at, cents in refunded]
    assert days == [
        ("in parts", "02-10 00:00", 2500),
        ("in parts later", "02-28 23:00", 6000),
        ("in parts later", "03-01 01:00", 4000),
        ("in parts", "03-05 00:00", 3500),
    ]


def test_partial_refunds_count_from_their_own_days(odd_shop: Shop, tmp_path: Path) -> None:
    shop = odd_shop.copy(tmp_path)
    tables = list(TABLES)
    build_rows(shop, "customer_orders", tables=tables, segmentation_as_of="2026-02-11").succeeded()
    on_that_day = amounts(shop)
    assert on_that_day["in parts"] == (7500, 0)
    assert on_that_day["in parts later"] == (10000, 0)
    assert on_that_day["whole later"] == (10000, 0)


def test_every_order_is_looked_at() -> None:
    dated_later = {"after midnight", "year 1900", "year 24", "year 1", "epoch", "year 2099"}
    assert {order["order_id"] for order in ORDERS} == set(EXPECTED) | dated_later
