"""The quality gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., tuple[int, str, str]]
Sql = Callable[[str], list]

ORDERS = """
create table unified_orders as
select 'shop' as source, 'o' || n as order_id, timestamp '2026-03-01' as ordered_at,
    'completed' as order_status, 'EUR' as currency, n * 1.5 as order_amount,
    0 as discount_amount, 0 as shipping_amount, 0 as refunded_amount
from range(1, 100) as t (n)
"""


@pytest.fixture
def orders(project: Path, sql: Sql) -> None:
    """Give the project a contract table, as a user's own source would."""
    (project / "models/unified_orders.sql").write_text("select 1 as replaced_by_the_test")
    sql(ORDERS)


def test_good_data_passes(orders: None, cli: Cli, project: Path) -> None:
    code, out, err = cli("check")
    assert code == 0, err
    assert "Passed." in out and "unified_orders" in out
    page = (project / "target/segctl/quality.html").read_text()
    assert "Passed: all" in page
    assert "http" not in page and "<script" not in page
    assert "prefers-color-scheme: dark" in page and "width=device-width" in page


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("update unified_orders set order_id = null where order_id = 'o1'", "order_id is never"),
        ("update unified_orders set order_id = 'o1' where order_id = 'o2'", "is unique"),
        ("update unified_orders set order_status = 'lost' where order_id = 'o1'", "lost (1 times)"),
        ("update unified_orders set order_amount = -1 where order_id = 'o1'", "never negative"),
        ("update unified_orders set currency = 'eur' where order_id = 'o1'", "capital letters"),
        ("update unified_orders set ordered_at = '1970-01-01'", "between 1990 and tomorrow"),
        ("update audience_profiles set email = 'x' where customer_id = 'c001'", "shape"),
        (
            "update audience_memberships set email = null where customer_id = 'c001'",
            "never missing",
        ),
        ("insert into audience_memberships from audience_memberships limit 1", "is unique"),
        ("delete from audience_profiles where customer_id = 'c001'", "every member has a profile"),
        ("update audience_memberships set audience = 'x'", "in the catalogue"),
        ("update data_quality_summary set is_within_limit = false", "unified_orders: negative_amo"),
    ],
)
def test_bad_data_fails_and_the_page_says_why(
    orders: None, cli: Cli, sql: Sql, project: Path, damage: str, says: str
) -> None:
    sql(damage)
    code, out, _ = cli("check", "--format", "json", "--page", "report.html")
    assert code == 4
    failed = [
        check
        for suite in json.loads(out)["suites"]
        for check in suite["checks"]
        if not check["passed"]
    ]
    assert failed
    page = (project / "report.html").read_text()
    assert says in page and "Nothing is sent" in page
    assert "@example.com" not in page


def test_apply_stops_at_the_gate(cli: Cli, sql: Sql, project: Path) -> None:
    sql("update audience_profiles set email = 'not an address' where customer_id = 'c001'")
    code, _, err = cli("apply")
    assert code == 4 and "--allow quality" in err
    assert not (project / "target/segctl/audiences").exists()
    code, _, _ = cli("apply", "--allow", "quality")
    assert code == 0
