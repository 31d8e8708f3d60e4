"""The CDNOW sample against the summary that Fader and Hardie published of it."""

from __future__ import annotations

import duckdb
import pytest
from layers import assert_layers_agree, layer_totals
from support import BuildConsumer, Warehouse, raw_data

pytestmark = pytest.mark.full(
    "a build of public data of its own; Online Retail and rfm_orders are in every run"
)

PURCHASES = "cdnow/CDNOW_sample.txt"
SUMMARY = "cdnow/cdnow_customers_summary_with_transactions.csv"


@pytest.fixture(scope="module")
def shop(build_consumer: BuildConsumer) -> Warehouse:
    return build_consumer("cdnow", with_tests=False, raw_data=raw_data(PURCHASES, SUMMARY))


@pytest.fixture(scope="module")
def published() -> dict[int, tuple[float, ...]]:
    """By customer: repeat purchases, weeks to the last, weeks observed, mean repeat spend."""
    rows = duckdb.execute(f"select * from '{raw_data(SUMMARY) / SUMMARY}'").fetchall()
    return {row[0]: row[1:] for row in rows}


def test_summary_of_every_customer(
    shop: Warehouse, published: dict[int, tuple[float, ...]]
) -> None:
    ours = shop.rows(
        """
        select
            cast(split_part(customer_id, ':', 2) as integer),
            purchase_days - 1,
            round((last_order_on - first_order_on) / 7, 2),
            round((as_of_on - 1 - first_order_on) / 7, 2)
        from customer_features
        """
    )
    assert len(ours) == 2_357
    assert {customer: tuple(values) for customer, *values in ours} == {
        customer: tuple(values[:3]) for customer, values in published.items()
    }


def test_mean_spend_of_repeat_days(
    shop: Warehouse, published: dict[int, tuple[float, ...]]
) -> None:
    """Purchases of one day are one, and the first day does not count."""
    ours = shop.rows(
        """
        with days as (
            select
                cast(split_part(customer_id, ':', 2) as integer) as customer,
                ordered_on,
                sum(order_cents) as cents,
                min(ordered_on) over (partition by customer_id) as first_on
            from customer_orders
            group by customer_id, ordered_on
        )
        select customer, coalesce(avg(cents) filter (where ordered_on > first_on), 0) / 100
        from days
        group by customer
        """
    )
    # Printed to cents: half a cent off at most.
    assert {c for c, mean in ours if abs(mean - published[c][3]) > 0.005001} == set()
    assert len(ours) == len(published)


def test_layers_agree_with_the_raw_file(shop: Warehouse) -> None:
    totals = layer_totals(shop)
    lines = (raw_data(PURCHASES) / PURCHASES).read_text().split("\n")
    fields = [line.split() for line in lines if line.strip()]
    later = [field for field in fields if field[2] > "19970930"]
    assert totals["delivered"] == (6_919, round(sum(float(field[4]) for field in fields), 2))
    assert totals["not yet"] == (len(later), round(sum(float(field[4]) for field in later), 2))
    assert totals["set aside"] == totals["unattributed"] == (0, 0.0)
    assert_layers_agree(totals)


def test_nothing_after_the_day_is_read(shop: Warehouse) -> None:
    (newest,) = shop.row("select max(last_order_on) < '1997-10-01' from customer_features")
    assert newest
