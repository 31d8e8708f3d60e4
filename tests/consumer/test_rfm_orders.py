"""The orders of the R package rfm against the segments that it reports."""

from __future__ import annotations

import duckdb
import pytest
from layers import assert_layers_agree, layer_totals
from support import BuildConsumer, Warehouse, raw_data

FILE = "rfm_orders/rfm_data_orders.csv"
SEGMENTS = {
    "Potential Loyalist": 342,
    "Loyal Customers": 170,
    "Lost": 148,
    "New Customers": 104,
    "About To Sleep": 102,
    "Can't Lose Them": 47,
    "Champions": 35,
    "At Risk": 28,
    "Need Attention": 10,
    "Promising": 9,
}


@pytest.fixture(scope="module")
def shop(build_consumer: BuildConsumer) -> Warehouse:
    return build_consumer("rfm_orders", with_tests=False, raw_data=raw_data(FILE))


def test_segments_of_the_r_package(shop: Warehouse) -> None:
    counts = shop.rows("select rfm_segment, count(*) from customer_rfm group by rfm_segment")
    assert dict(counts) == SEGMENTS


def test_measures_of_every_customer(shop: Warehouse) -> None:
    raw = duckdb.execute(
        f"""
        select customer_id, date '2006-12-31' - max(order_date), count(*), sum(revenue)
        from '{raw_data(FILE) / FILE}'
        group by customer_id
        """
    ).fetchall()
    ours = shop.rows(
        "select split_part(customer_id, ':', 2), recency_days, frequency, cast(monetary as bigint) "
        "from customer_rfm"
    )
    assert len(ours) == 995
    assert sorted(ours) == sorted(raw)


def test_layers_agree_with_the_raw_file(shop: Warehouse) -> None:
    totals = layer_totals(shop)
    assert totals["delivered"] == (4_906, 464_158.0)
    assert totals["set aside"] == totals["not yet"] == totals["unattributed"] == (0, 0.0)
    assert_layers_agree(totals)
