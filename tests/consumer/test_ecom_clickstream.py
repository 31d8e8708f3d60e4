"""Web events of a shop that numbers its sessions itself: ours have to be the same."""

from __future__ import annotations

import pytest
from support import BuildConsumer, Warehouse, raw_data

pytestmark = pytest.mark.full(
    "a build of public data of its own; Online Retail and rfm_orders are in every run"
)

EVENTS = "ecom_clickstream/ecom.csv"
STAGED = "ecom_clickstream_staging.stg_ecom_clickstream__web_events"


@pytest.fixture(scope="module")
def shop(build_consumer: BuildConsumer) -> Warehouse:
    return build_consumer("ecom_clickstream", with_tests=False, raw_data=raw_data(EVENTS))


def test_session_totals(shop: Warehouse) -> None:
    assert shop.row("select count(*) from customer_sessions") == (3_605,)
    assert shop.row(f"select count(distinct session_id) from {STAGED}") == (3_605,)
    assert shop.row("select sum(sessions) from customer_web_features") == (3_605,)


def test_every_session_is_one_of_the_shop(shop: Warehouse) -> None:
    """Same user, same first and last event."""
    theirs = f"""
        select anonymous_id, min(occurred_at), max(occurred_at) from {STAGED}
        group by anonymous_id, session_id
    """
    ours = "select visitor_key, started_at, ended_at from customer_sessions"
    assert shop.rows(f"({theirs}) except all ({ours})") == []
    assert shop.rows(f"({ours}) except all ({theirs})") == []


def test_carts(shop: Warehouse) -> None:
    with_cart = "select count(*) from customer_sessions where cart_additions > 0"
    assert shop.row(with_cart) == (1_213,)
    assert shop.row(f"{with_cart} and purchases = 0") == (743,)
    assert shop.row("select count(*) from customer_carts") == (1_213,)
    # Without orders, a purchase event is all that ends a cart; the last day's carts are still open.
    assert shop.row(
        "select count(*) from customer_carts where cart_status in ('abandoned', 'open')"
    ) == (743,)


def test_what_is_delivered_twice_counts_once(shop: Warehouse) -> None:
    assert shop.row(
        "select sum(rows_found) from data_quality_findings where check_name = 'exact_duplicate'"
    ) == (30,)
    assert shop.row("select sum(events) from customer_sessions") == (31_106 - 30,)
