"""A column that nobody reads is named, and so is the one that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from odd_rows import table
from row_shop import build_rows, findings, row_shop
from small_shop import Shop
from support import Run

ORDERS = """
order_id, ordered_at, order_status, currency, order_amount, refund_amount, discount_ammount, _by, x
1, 2026-01-10 10:00:00, completed, EUR, 100, 10, 5, y, z
"""
MISTYPED = {
    "orders": {
        "refund_amount": "refunded_amount",
        "discount_ammount": "discount_amount",
        "x": None,
    },
    "customers": {"e-mail": "email", "signup_at": "signed_up_at"},
}
CUSTOMERS = "source_customer_id, e-mail, signup_at\n1, ada@example.org, 2026-01-01\n"


def mistyped_shop(folder: Path, package: Path) -> Shop:
    return row_shop(folder, package, {"orders": table(ORDERS), "customers": table(CUSTOMERS)})


def build(shop: Shop, model: str, tables: list[str], unknown_columns: str) -> Run:
    variables = {"segmentation_unknown_columns": unknown_columns}
    return build_rows(shop, model, tables=tables, **variables)


def said(run: Run) -> str:
    return " ".join(run.output.split())


SENTENCES = (
    "stg_files__orders delivers columns that the contract of orders does not know",
    "refund_amount (did you mean refunded_amount?)",
    "discount_ammount (did you mean discount_amount?)",
    "stg_files__customers delivers columns that the contract of customers does not know",
    "e-mail (did you mean email?)",
    "signup_at (did you mean signed_up_at?)",
)


def test_unknown_columns_are_told_and_found(package: Path, tmp_path: Path) -> None:
    shop = mistyped_shop(tmp_path, package)
    run = build(shop, "data_quality_findings", [*MISTYPED], "warn").succeeded()
    assert [sentence for sentence in SENTENCES if sentence not in said(run)] == []
    assert "_by" not in said(run)
    for name, expected in MISTYPED.items():
        assert findings(shop, name, "unknown_column") == {
            column: f"did you mean {meant}" if meant else None for column, meant in expected.items()
        }


def test_unknown_columns_stop_the_build_on_demand(package: Path, tmp_path: Path) -> None:
    run = build(mistyped_shop(tmp_path, package), "data_quality_findings", [*MISTYPED], "error")
    assert run.code != 0
    assert [sentence for sentence in SENTENCES if sentence not in said(run)] == []


def with_header(shop: Shop, header: str) -> None:
    lines = shop.file("orders").read_text().splitlines()
    shop.file("orders").write_text("\n".join([header, *lines[1:], ""]))


@pytest.fixture
def plain_shop(package: Path, tmp_path: Path) -> Shop:
    rows = table(
        "order_id, ordered_at, order_status, currency, order_amount, refunded_amount, refund_amt\n"
        "1, 2026-01-10 10:00:00, completed, EUR, 100, 10, 10\n"
    )
    return row_shop(tmp_path, package, {"orders": rows})


@pytest.mark.parametrize(
    "header",
    [
        "order_id,ordered_at,order_status,currency,order_amount,order_amount,x",
        "order_id,ordered_at,order_status,currency,order_amount,Order_Amount,x",
        'order_id,ordered_at,order_status,currency,order_amount,"order_amount ",x',
    ],
)
def test_two_columns_of_one_name_stop_the_build(plain_shop: Shop, header: str) -> None:
    with_header(plain_shop, header)
    run = build(plain_shop, "data_quality_findings", ["orders"], "ignore")
    assert run.code != 0
    assert "orders.csv has two columns named 'order_amount'" in said(run)


def test_capitals_and_blanks_in_names_do_not_matter(plain_shop: Shop) -> None:
    names = 'Order_ID, ordered_at,ORDER_STATUS,"currency ",order_amount,Refunded_Amount,x'
    with_header(plain_shop, "\ufeff" + names)
    run = build(plain_shop, "data_quality_findings", ["orders"], "ignore").succeeded()
    assert "does not know" not in said(run)
    assert plain_shop.warehouse.rows(
        "select order_id, currency, refunded_amount from unified_orders"
    ) == [("1", "EUR", 10)]
