"""Amounts are what was written, whatever type they come in; what is odd is found."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from row_shop import build_rows, findings, row_shop
from small_shop import Shop
from support import Run

AMOUNTS = 4000


def test_more_decimals_than_the_currency_has_are_found(odd_shop: Shop) -> None:
    assert findings(odd_shop, "orders", "too_many_decimals") == {
        "three decimals": "order_amount 1.234000 EUR",
        "half a cent": "order_amount 1.005000 EUR",
        "nearly half a cent": "order_amount 1.004999 EUR",
        "dinars and more": "order_amount 12.345600 KWD",
        "yen and more": "order_amount 1200.500000 JPY",
    }
    assert set(findings(odd_shop, "order_lines", "too_many_decimals")) == {"whole later / 1"}


def test_parts_of_a_piece_are_kept(odd_shop: Shop) -> None:
    assert odd_shop.warehouse.rows(
        "select quantity from unified_order_lines where order_id = 'by weight'"
    ) == [(Decimal("0.5"),)]


@pytest.fixture(scope="module")
def typed_shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Amounts as floating numbers and as other types, times with a zone, in Parquet files."""
    written = [f"{n * 7919 % 100_000}.{n * 373 % 1000:03d}" for n in range(AMOUNTS - 3)]
    values = ", ".join(
        f"({number}, '{amount}')"
        for number, amount in enumerate([*written, "1.005", "1e-7", "999999999.995"])
    )
    orders = (
        "select 'd' || n as order_id, 'c' || n as source_customer_id, "
        "timestamptz '2026-02-28 18:30:00-05' as ordered_at, 'completed' as order_status, "
        "'EUR' as currency, amount::double as order_amount, amount::float as discount_amount, "
        f"amount as order_number from (values {values}) as given (n, amount)"
    )
    lines = (
        "select 'd' || n as order_id, (n * 1.0)::double as line_number, 'p' as product_id, "
        "1::utinyint as quantity, 1.0049999::decimal(18, 9) as line_amount "
        "from range(1, 3) as numbers (n)"
    )
    shop = row_shop(
        tmp_path_factory.mktemp("typed"), package, {"orders": orders, "order_lines": lines}
    )
    build_rows(
        shop,
        "data_quality_summary",
        "customer_category_days",
        tables=["orders", "order_lines"],
        segmentation_files_format="parquet",
    ).succeeded()
    return shop


def test_floating_amounts_are_rounded_half_up_on_their_decimal_text(typed_shop: Shop) -> None:
    rows = typed_shop.warehouse.rows(
        "select raw.order_number, counted.order_value from unified_orders as counted "
        "inner join stg_files__orders as raw using (order_id)"
    )
    assert len(rows) == AMOUNTS
    wrong = [
        (written, value)
        for written, value in rows
        if value != Decimal(written).quantize(Decimal("0.01"), ROUND_HALF_UP)
    ]
    assert wrong == []


def test_floating_amounts_are_said_once_for_each_column(typed_shop: Shop) -> None:
    assert typed_shop.warehouse.rows(
        "select table_name, record_key, value, rows_found, action from data_quality_findings "
        "where check_name = 'floating_amount' order by record_key"
    ) == [
        ("orders", "discount_amount", "float", AMOUNTS, "noted"),
        ("orders", "order_amount", "double", AMOUNTS, "noted"),
    ]
    assert findings(typed_shop, "orders", "too_many_decimals") == {}
    assert set(findings(typed_shop, "order_lines", "too_many_decimals")) == {"d1 / 1", "d2 / 2"}


def test_what_is_noted_closes_no_gate(typed_shop: Shop) -> None:
    assert typed_shop.warehouse.rows(
        "select rows_found, is_within_limit from data_quality_summary "
        "where check_name = 'floating_amount' and table_name = 'orders'"
    ) == [(2 * AMOUNTS, True)]


def test_cut_decimals_round_as_the_whole_number_does(typed_shop: Shop) -> None:
    assert typed_shop.warehouse.rows(
        "select distinct revenue_cents from customer_category_days"
    ) == [(100,)]


def test_a_point_in_time_counts_in_utc(typed_shop: Shop) -> None:
    assert typed_shop.warehouse.rows(
        "select distinct cast(ordered_at as varchar) from unified_orders"
    ) == [("2026-02-28 23:30:00",)]


def test_numbers_that_are_none_stop_the_build(package: Path, tmp_path: Path) -> None:
    def build(amount: str, line_number: str, folder: str) -> Run:
        shop = row_shop(
            tmp_path / folder,
            package,
            {
                "orders": (
                    "select 'o' as order_id, timestamp '2026-01-01' as ordered_at, "
                    "'completed' as order_status, 'EUR' as currency, "
                    f"{amount} as order_amount, 'nan'::double as shipping_amount"
                ),
                "order_lines": (
                    f"select 'o' as order_id, {line_number} as line_number, 'p' as product_id, "
                    "1 as quantity, 1 as line_amount"
                ),
            },
        )
        return build_rows(
            shop,
            "unified_orders",
            "unified_order_lines",
            tables=["orders", "order_lines"],
            segmentation_files_format="parquet",
        )

    told = " ".join(build("'-infinity'::double", "1.5::double", "floating").output.split())
    assert "stg_files__orders.order_amount (numeric(18,6)) has 1 row" in told
    assert "stg_files__orders.shipping_amount (numeric(18,6)) has 1 row" in told
    assert "stg_files__order_lines.line_number (integer) has 1 row" in told
    told = " ".join(build("'Infinity'", "'1.5'", "text").output.split())
    assert "stg_files__orders.order_amount (numeric(18,6)) has 1 row" in told
    assert "stg_files__order_lines.line_number (integer) has 1 row" in told
