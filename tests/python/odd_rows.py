"""Orders with odd times and amounts, each the only one of its customer, what becomes of them."""

from __future__ import annotations


def table(text: str) -> list[dict[str, str]]:
    """Rows from lines of comma-separated values below a header; blank lines and blanks around
    values do not matter."""
    header, *lines = (line for line in text.splitlines() if line.strip())
    names = [name.strip() for name in header.split(",")]
    rows = []
    for line in lines:
        values = [value.strip() for value in line.split(",")]
        assert len(values) == len(names), line
        rows.append(dict(zip(names, values, strict=True)))
    return rows


COLUMNS = (
    "order_id, ordered_at, order_status, currency, order_amount, "
    "discount_amount, refunded_amount, refunded_at"
)
ORDERS = table(
    COLUMNS
    + """
    whole, 2026-01-10 10:00, refunded, EUR, 100, 0, ,
    whole zero, 2026-01-10 10:00, refunded, EUR, 100, 0, 0, 2026-01-20 00:00:00
    whole later, 2026-01-10 10:00, refunded, EUR, 100, 0, , 2026-03-01 00:00:00
    some unknown, 2026-01-10 10:00, partially_refunded, EUR, 100, 0, ,
    with shipping, 2026-01-10 10:00, refunded, EUR, 100, 0, 110, 2026-01-20 00:00:00
    negative refund, 2026-01-10 10:00, partially_refunded, EUR, 100, 0, -20, 2026-01-20 00:00:00
    negative all, 2026-01-10 10:00, refunded, EUR, 100, 0, -110, 2026-01-20 00:00:00
    negative discount, 2026-01-10 10:00, completed, EUR, 100, -10, 0,
    refunded in 1970, 2026-01-10 10:00, refunded, EUR, 100, 0, 100, 1970-01-01
    refunded in 2062, 2026-01-10 10:00, refunded, EUR, 100, 0, 100, 2062-01-20
    ordinary, 2026-01-10 10:00, completed, EUR, 100, 5, 0,
    year 1900, 1900-01-01, completed, EUR, 100, 0, 0,
    year 24, 24-04-02, completed, EUR, 100, 0, 0,
    year 1, 0001-01-01, completed, EUR, 100, 0, 0,
    epoch, 1970-01-01T00:00:00Z, completed, EUR, 100, 0, 0,
    first day, 1990-01-01 00:00:00, completed, EUR, 100, 0, 0,
    year 2099, 2099-01-01, completed, EUR, 100, 0, 0,
    before midnight, 2026-02-28T23:30:00+01:00, completed, EUR, 100, 0, 0,
    after midnight, 2026-02-28T23:30:00-05:00, completed, EUR, 100, 0, 0,
    ends the day, 2026-02-28 23:59:59 UTC, completed, EUR, 100, 0, 0,
    three decimals, 2026-01-10 10:00, completed, EUR, 1.234, 0, 0,
    half a cent, 2026-01-10 10:00, completed, EUR, 1.005, 0, 0,
    nearly half a cent, 2026-01-10 10:00, completed, EUR, 1.00499999999, 0, 0,
    zeros, 2026-01-10 10:00, completed, EUR, 1.23000, 0, 0,
    dinars, 2026-01-10 10:00, completed, KWD, 12.345, 0, 0,
    dinars and more, 2026-01-10 10:00, completed, KWD, 12.3456, 0, 0,
    yen, 2026-01-10 10:00, completed, JPY, 1200, 0, 0,
    yen and more, 2026-01-10 10:00, completed, JPY, 1200.50, 0, 0,
    large, 2026-01-10 10:00, completed, JPY, 987654321012, 0, 0,
    """
)
# Net cents and discount cents as of 2026-03-01; whoever is not here has no purchase.
EXPECTED = {
    "whole": (0, 0),
    "whole zero": (0, 0),
    "whole later": (10000, 0),
    "some unknown": (10000, 0),
    "with shipping": (0, 0),
    "negative refund": (8000, 0),
    "negative all": (0, 0),
    "negative discount": (10000, 1000),
    "refunded in 1970": (0, 0),
    "refunded in 2062": (0, 0),
    "ordinary": (10000, 500),
    "first day": (10000, 0),
    "before midnight": (10000, 0),
    "ends the day": (10000, 0),
    "three decimals": (123, 0),
    "half a cent": (101, 0),
    "nearly half a cent": (100, 0),
    "zeros": (123, 0),
    "dinars": (3704, 0),  # at 3.00; from 12.35 it would be 3705
    "dinars and more": (3704, 0),
    "yen": (750, 0),
    "yen and more": (750, 0),
    "large": (617283950633, 0),
    "in parts": (7500, 0),
    "in parts later": (4000, 0),
    "line back": (6000, 0),
    "all lines back": (0, 0),
    "both": (6500, 0),
    "table knows nothing": (8800, 0),
    "two copies": (0, 0),
    "two undated copies": (0, 0),
    "cancelled copy": None,
    "copy of a wrong year": (5000, 0),
    "by weight": (1000, 0),
}
ARRIVED = {"whole zero", "whole later", "with shipping", "both"}
ORDERS += table(
    COLUMNS
    + """
    in parts, 2026-01-10 10:00, partially_refunded, EUR, 100, 0, 60, 2026-03-05 00:00:00
    in parts later, 2026-01-10 10:00, refunded, EUR, 100, 0, 100, 2026-03-05 00:00:00
    line back, 2026-01-10 10:00, completed, EUR, 100, 0, ,
    all lines back, 2026-01-10 10:00, completed, EUR, 100, 0, ,
    both, 2026-01-10 10:00, partially_refunded, EUR, 100, 0, 15, 2026-01-20 00:00:00
    table knows nothing, 2026-01-10 10:00, partially_refunded, EUR, 100, 0, 12, 2026-01-20 00:00:00
    two copies, 2026-01-10 10:00, completed, EUR, 100, 0, ,
    two copies, 2026-01-10 10:00, refunded, EUR, 100, 0, 100, 2026-02-01 00:00:00
    two undated copies, 2026-01-10 10:00, refunded, EUR, 100, 0, ,
    two undated copies, 2026-01-10 10:00, completed, EUR, 100, 0, ,
    cancelled copy, 2026-01-10 10:00, completed, EUR, 100, 0, ,
    cancelled copy, 2026-01-10 10:00, cancelled, EUR, 100, 0, ,
    copy of a wrong year, 2062-01-10 10:00, completed, EUR, 100, 0, ,
    copy of a wrong year, 2026-01-10 10:00, completed, EUR, 50, 0, ,
    by weight, 2026-01-10 10:00, completed, EUR, 10, 0, ,
    """
)
for order in ORDERS:
    order["source_customer_id"] = order["order_id"]
    # Many loaders keep the time of the first arrival: a later refund is not in the future for that.
    order["loaded_at"] = "2026-01-10 12:00:00" if order["order_id"] in ARRIVED else ""

REFUNDS = table(
    """
    refund_id, order_id, line_number, refunded_at, refund_amount, currency
    1, in parts, , 2026-02-10 00:00:00, 25, EUR
    2, in parts, , 2026-03-05 00:00:00, 35, EUR
    3, in parts later, , 2026-02-28T20:00:00-05:00, 40, EUR
    4, in parts later, , 2026-02-28T18:00:00-05:00, 60, EUR
    5, line back, 2, 2026-02-10 00:00:00, 40,
    6, all lines back, 1, 2026-02-10 00:00:00, 60,
    7, all lines back, 2, 2026-02-10 00:00:00, -40,
    8, both, , 2026-01-20 00:00:00, 35,
    9, no such order, , 2026-01-20 00:00:00, 35,
    10, ordinary, , 1970-01-01, 35,
    11, ordinary, , 2062-01-01, 35,
    12, ordinary, , , 35,
    """
)
ORDER_LINES = table(
    """
    order_id, line_number, product_id, quantity, line_amount
    line back, 1, tea, 1, 60
    line back, 2, cup, 2, 40
    all lines back, 1, tea, 1, 60
    all lines back, 2, cup, 2, 40
    by weight, 1, tea, 0.5, 10
    whole, 1, tea, 1, 100
    whole later, 1, tea, 1.0, 100.001
    """
)
PRODUCTS = table(
    """
    product_id, category
    tea, Tea
    cup, Cups
    """
)
CUSTOMERS = table(
    """
    source_customer_id, signed_up_at
    ordinary, 1900-01-01
    whole, 2026-01-01T00:30:00+01:00
    """
)
TABLES = {
    "orders": ORDERS,
    "refunds": REFUNDS,
    "order_lines": ORDER_LINES,
    "products": PRODUCTS,
    "customers": CUSTOMERS,
}
MODELS = (
    "customer_features",
    "customer_category_affinity",
    "cohort_retention",
    "data_quality_summary",
)
MORE_RATES = """KWD,EUR,2020-01-01,3.00
JPY,EUR,2020-01-01,0.00625
JPY,EUR,2020-02-01,0.00625
"""
