"""UCI Online Retail against its published totals."""

from __future__ import annotations

import duckdb
import pytest
from layers import assert_layers_agree, layer_totals
from support import BuildConsumer, Warehouse, raw_data

FILE = "online_retail/online_retail.parquet"
DECEMBER_COHORT = [885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235]


@pytest.fixture(scope="module")
def shop(build_consumer: BuildConsumer) -> Warehouse:
    return build_consumer("online_retail", raw_data=raw_data(FILE))


def raw_total(condition: str) -> tuple[int, int, float]:
    """Lines, invoices and revenue of the raw file."""
    lines, invoices, revenue = duckdb.execute(
        f"""
        select
            count(*),
            count(distinct InvoiceNo),
            sum(cast(UnitPrice as decimal(18, 4)) * Quantity)
        from '{raw_data(FILE) / FILE}'
        where {condition}
        """
    ).fetchall()[0]
    return lines, invoices, round(float(revenue), 2)


def test_published_totals(shop: Warehouse) -> None:
    buyers, orders, revenue = shop.row(
        "select count(*), sum(orders), sum(revenue) from customer_features where orders > 0"
    )
    (lines,) = shop.row(
        "select count(*) from unified_order_lines "
        "inner join customer_orders using (source, order_id)"
    )
    assert (lines, buyers, orders, float(revenue)) == (397_884, 4_338, 18_532, 8_911_407.90)


def test_december_cohort(shop: Warehouse) -> None:
    active = shop.rows(
        "select active_customers from cohort_retention "
        "where cohort_on = '2010-12-01' order by period_number"
    )
    assert [customers for (customers,) in active] == DECEMBER_COHORT


def test_layers_agree_with_the_raw_file(shop: Warehouse) -> None:
    totals = layer_totals(shop)
    sale = "Quantity > 0 and UnitPrice > 0 and InvoiceNo not like 'A%'"
    assert totals["delivered"] == raw_total(sale)[1:]
    assert totals["unattributed"] == raw_total(f"{sale} and CustomerID is null")[1:]
    assert totals["customer_orders"] == raw_total(f"{sale} and CustomerID is not null")[1:]
    assert_layers_agree(totals)


def test_every_line_is_accounted_for(shop: Warehouse) -> None:
    (delivered,) = shop.row("select count(*) from screened_order_lines")
    (kept,) = shop.row("select count(*) from unified_order_lines")
    corrections = raw_total("UnitPrice <= 0 or InvoiceNo like 'A%'")[0]
    returns = raw_total("UnitPrice > 0 and Quantity < 0 and InvoiceNo not like 'A%'")[0]
    assert (delivered + corrections, returns) == (541_909, 9_288)
    assert delivered - kept == returns


def test_findings_name_what_was_left_out(shop: Warehouse) -> None:
    found = shop.rows(
        "select check_name, rows_found, is_within_limit from data_quality_summary "
        "where rows_found > 0 order by check_name"
    )
    assert found == [("negative_quantity", 9_288, True), ("order_without_customer", 1_427, True)]


def test_customers_who_only_cancelled_never_bought(shop: Warehouse) -> None:
    known, never_bought = shop.row(
        "select count(*), count(*) filter (where orders = 0) from customer_features"
    )
    assert (known, never_bought) == (4_372, 34)


def test_one_country_each(shop: Warehouse) -> None:
    """Eight customers have two countries; the one of the newest line counts."""
    lines = duckdb.execute(
        f"""
        select cast(CustomerID as integer), Country
        from '{raw_data(FILE) / FILE}'
        where CustomerID is not null
        order by InvoiceDate, Country
        """
    ).fetchall()
    newest = {f"online_retail:{customer}": country for customer, country in lines}
    assert len(set(lines)) == len(newest) + 8
    assert dict(shop.rows("select customer_id, country from customer_features")) == newest
