"""Dirty rows do not stop a build: each is found, named with what was done, and counted."""

from __future__ import annotations

import csv
import random
from collections import Counter
from pathlib import Path

import pytest
from dirty_rows import EMOJI, LATER, NO_EMAIL, SHARED, TABLES, Finding, dirty_rows
from small_shop import SETTINGS, Shop
from support import REPOSITORY, differing

FINDINGS = "select table_name, check_name, source, record_key, value, action, rows_found"


def found(shop: Shop) -> Counter[Finding]:
    rows = shop.warehouse.rows(f"{FINDINGS} from data_quality_findings")
    return Counter(Finding(*row) for row in rows)


@pytest.mark.parametrize("table", TABLES)
def test_every_dirty_row_is_found_with_what_was_done(table: str, built_shop: Shop) -> None:
    (dirt,) = [dirt for dirt in dirty_rows(built_shop) if dirt.name == table]
    keys = {finding.record_key for finding in dirt.findings}
    told = Counter(
        {
            finding: count
            for finding, count in found(built_shop).items()
            if finding.table_name == table and finding.record_key in keys
        }
    )
    assert told == Counter(dirt.findings)


def test_dirt_covers_every_check_that_is_listed(built_shop: Shop) -> None:
    with (REPOSITORY / "seeds" / "rules" / "data_quality_checks.csv").open() as file:
        listed = {
            (row["table_name"], row["check_name"], row["action"]) for row in csv.DictReader(file)
        }
    covered = {
        (finding.table_name, finding.check_name, finding.action)
        for dirt in dirty_rows(built_shop)
        for finding in dirt.findings
    }
    # A file holds no floating numbers (test_money has them).
    assert covered == {check for check in listed if check[1] != "floating_amount"}


@pytest.mark.parametrize("table", TABLES)
def test_delivered_rows_are_kept_or_set_aside(table: str, built_shop: Shop) -> None:
    (kept,) = built_shop.warehouse.row(f"select count(*) from unified_{table}")
    (set_aside,) = built_shop.warehouse.row(
        "select sum(rows_found) from data_quality_findings "
        f"where table_name = '{table}' and action = 'set aside'"
    )
    assert set_aside > 0
    assert len(built_shop.read(table)) == kept + set_aside
    checked = built_shop.warehouse.rows(
        f"select distinct rows_checked from data_quality_summary where table_name = '{table}'"
    )
    assert checked == [(len(built_shop.read(table)),)]


def test_of_conflicting_copies_the_last_to_arrive_is_kept(built_shop: Shop) -> None:
    kept = built_shop.warehouse.rows(
        "select channel, strftime(loaded_at, '%Y-%m-%d %H:%M:%S') "
        "from unified_orders where order_id = 'orders-902'"
    )
    assert kept == [("12", LATER)]


def test_repaired_rows_are_used_without_the_broken_value(built_shop: Shop) -> None:
    emails = built_shop.warehouse.rows(
        "select email from unified_orders where order_id = 'orders-905'"
    )
    assert emails == [(None,)]
    (purchases,) = built_shop.warehouse.row(
        "select count(*) from customer_orders where order_id = 'orders-905'"
    )
    assert purchases == 1
    (categories,) = built_shop.warehouse.row(
        "select count(*) from customer_categories where category = 'uncategorised'"
    )
    assert categories > 0


def test_impossible_people_are_kept_without_what_cannot_be_true(built_shop: Shop) -> None:
    people = built_shop.warehouse.rows(
        "select time_zone is null, age_years is null, next_birthday_in_days is null, "
        "nearest_store_km is null from customer_features "
        "where customer_id between 'files:customers-931' and 'files:customers-935' "
        "order by customer_id"
    )
    assert [row.index(True) for row in people] == [0, 1, 1, 3, 3]
    assert [row[1] for row in people] == [row[2] for row in people]


def test_emoji_pass_through(built_shop: Shop) -> None:
    person = built_shop.warehouse.rows(
        "select first_name, last_name, city, email from customer_profiles "
        "where customer_id = 'files:customers-930'"
    )
    assert person == [(EMOJI, EMOJI, EMOJI, None)]
    terms = built_shop.warehouse.rows(
        "select search_term from unified_web_events where event_id = 'web_events-930'"
    )
    assert terms == [(EMOJI,)]


def test_customers_of_a_shared_mailbox_stay_apart(built_shop: Shop) -> None:
    people = built_shop.warehouse.rows(
        "select customer_id from customer_identifiers where identifier_value like 'customers-91_'"
    )
    assert len(people) == len(set(people)) == 4
    (nobodys,) = built_shop.warehouse.row(
        "select count(*) from customer_identifiers "
        f"where identifier_value in ('{SHARED}', '{NO_EMAIL}') and customer_id like 'files:%'"
    )
    assert nobodys == 0


def test_gate_closes_above_the_share_that_the_vars_allow(built_shop: Shop) -> None:
    allowed = SETTINGS["segmentation_allowed_finding_share_by_check"]
    summary = built_shop.warehouse.rows(
        "select table_name, check_name, rows_found, rows_checked, is_within_limit "
        "from data_quality_summary"
    )
    counted: Counter[tuple[str, str]] = Counter()
    for finding in found(built_shop).elements():
        counted[finding.table_name, finding.check_name] += finding.rows_found
    assert {row[:2]: row[2] for row in summary if row[2]} == dict(counted)
    for table, check, rows, checked, is_within_limit in summary:
        limit = allowed.get(check, SETTINGS["segmentation_allowed_finding_share"])
        # What is about a column closes no gate.
        is_noted = check in ("unknown_column", "floating_amount")
        assert is_within_limit == (is_noted or rows <= limit * checked), (table, check)
    closed = {row[:2] for row in summary if not row[4]}
    assert ("order_lines", "unknown_order") in closed
    assert ("customers", "malformed_email") in closed
    assert ("orders", "exact_duplicate") not in closed


@pytest.mark.full("the whole shop once more, shuffled")
def test_order_of_rows_and_columns_changes_no_public_table(
    built_shop: Shop, delivered_shop: Shop, tmp_path: Path
) -> None:
    shop = delivered_shop.copy(tmp_path)
    order = random.Random(20_260_101)  # noqa: S311
    for table in TABLES:
        rows = shop.read(table)
        order.shuffle(rows)
        columns = order.sample(list(rows[0]), len(rows[0]))
        shop.write(table, [{name: row[name] for name in columns} for row in rows])
    shop.build().succeeded()
    assert differing(built_shop.warehouse.contents(), shop.warehouse.contents()) == {}
