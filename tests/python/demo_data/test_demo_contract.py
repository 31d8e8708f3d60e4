"""The files against the contract of the dbt project, and against each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from segctl.demo_data.schema import COLUMNS

CONTRACT = Path(__file__).parents[3] / "models" / "unified"
DUCKDB_NAMES = {"string": "varchar", "numeric": "decimal"}


def columns_by_input(model: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Names and DuckDB types of a model's columns: the required, optional and derived ones."""
    found: dict[str, dict[str, str]] = {}
    for column in model.get("columns", []):
        if asked := column.get("config", {}).get("meta", {}).get("input"):
            kind = re.sub("^(string|numeric)", lambda m: DUCKDB_NAMES[m[0]], column["data_type"])
            found.setdefault(asked, {})[column["name"]] = kind
    return found


def contract() -> dict[str, dict[str, Any]]:
    """Per table: input columns with their types, the required ones among them, and the key."""
    tables: dict[str, dict[str, Any]] = {}
    for file in sorted(CONTRACT.glob("_*.yml")):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            if columns := columns_by_input(model):
                tables[model["name"].removeprefix("unified_")] = {
                    "columns": columns["required"] | columns.get("optional", {}),
                    "required": list(columns["required"]),
                    "key": model["config"]["meta"]["key"],
                }
    return tables


# What a shop need not deliver, and the demo shop does not: a table, and columns of another.
NOT_DELIVERED = {"refunds"}
COLUMNS_NOT_DELIVERED = {"email_events": {"message_id", "link_url"}}
TABLES = {table: told for table, told in contract().items() if table not in NOT_DELIVERED}


def test_the_tables_are_those_of_the_contract(demo):
    directory, counts = demo
    assert COLUMNS.keys() == TABLES.keys() == counts.keys()
    assert sorted(path.name for path in directory.iterdir()) == sorted(
        f"{table}.parquet" for table in TABLES
    )


@pytest.mark.parametrize("table", TABLES)
def test_columns_types_and_row_counts(demo, table):
    directory, counts = demo
    file = duckdb.connect().sql(f"from read_parquet('{directory / table}.parquet')")
    written = dict(zip(file.columns, [str(kind).lower() for kind in file.types], strict=True))
    asked = TABLES[table]["columns"]
    left_out = COLUMNS_NOT_DELIVERED.get(table, set())
    assert left_out <= asked.keys()
    assert written == {name: kind for name, kind in asked.items() if name not in left_out}
    assert len(file.fetchall()) == counts[table] > 0


@pytest.mark.parametrize("table", TABLES)
def test_required_columns_are_filled(rows, table):
    empty = " or ".join(f"{column} is null" for column in TABLES[table]["required"])
    assert rows(f"select count(*) from {table} where {empty}") == [(0,)]


@pytest.mark.parametrize("table", TABLES)
def test_keys_are_unique_but_for_the_documented_duplicates(rows, table):
    key = ", ".join(TABLES[table]["key"])
    ((most, repeated, keys),) = rows(
        f"""
        select max(n), count(*) filter (n > 1), count(*)
        from (select count(*) as n from {table} group by {key})
        """
    )
    if table in ("orders", "order_lines", "customers", "web_events", "email_events"):
        assert most == 2
        assert 0 < repeated < 0.01 * keys
    else:
        assert most == 1


@pytest.mark.parametrize(
    ("table", "column", "allowed"),
    [
        ("orders", "order_status", "pending completed partially_refunded refunded cancelled"),
        ("orders", "currency", "EUR GBP USD CHF"),
        (
            "web_events",
            "event_type",
            "page_view product_view category_view content_view search add_to_cart "
            "remove_from_cart begin_checkout purchase form_submit download",
        ),
        ("web_events", "device_type", "desktop mobile tablet"),
        (
            "email_events",
            "event_type",
            "sent delivered open machine_open click bounce unsubscribe complaint",
        ),
        ("email_events", "bounce_type", "hard soft"),
        ("consents", "channel", "email sms post"),
        ("consents", "consent_status", "granted pending revoked"),
        ("preferences", "preference_type", "topic product_interest email_frequency"),
        ("survey_responses", "survey", "nps satisfaction values interests feedback"),
    ],
)
def test_closed_lists_are_used_in_full_and_not_left(rows, table, column, allowed):
    found = rows(f"select distinct {column} from {table} where {column} is not null")
    assert {value for (value,) in found} == set(allowed.split())


@pytest.mark.parametrize(
    ("child", "column", "parent"),
    [
        ("order_lines", "order_id", "orders"),
        ("orders", "source_customer_id", "customers"),
        ("web_events", "source_customer_id", "customers"),
        ("web_events", "product_id", "products"),
        ("email_events", "campaign_id", "campaigns"),
        ("email_events", "source_customer_id", "customers"),
        ("campaign_costs", "campaign_id", "campaigns"),
        ("consents", "source_customer_id", "customers"),
        ("preferences", "source_customer_id", "customers"),
        ("survey_responses", "source_customer_id", "customers"),
        ("support_tickets", "source_customer_id", "customers"),
        ("external_scores", "source_customer_id", "customers"),
    ],
)
def test_references_lead_somewhere(rows, child, column, parent):
    lost = rows(
        f"select count(*) from {child} where {column} is not null "
        f"and {column} not in (select {column} from {parent})"
    )
    assert lost == [(0,)]


def test_every_order_has_lines_that_add_up_to_its_amount(rows):
    differing = rows(
        """
        with clean as (select distinct order_id, line_number, line_amount from order_lines
            where quantity > 0),
        sums as (select order_id, sum(line_amount) as amount from clean group by order_id)
        select count(*) from purchases left join sums using (order_id)
        where order_amount is distinct from amount
        """
    )
    assert differing == [(0,)]


def test_money_and_times_of_orders_make_sense(rows):
    strange = rows(
        """
        select order_id from orders
        where order_amount <= 0 or discount_amount < 0 or shipping_amount < 0
            or refunded_amount not between 0 and order_amount
            or (refunded_amount > 0) is distinct from (refunded_at is not null)
            or refunded_at < ordered_at or refunded_at >= '2026-01-01'
            or (order_status = 'refunded') and refunded_amount <> order_amount
            or (order_status = 'cancelled') is distinct from (cancelled_at is not null)
            or cancelled_at < ordered_at or cancelled_at >= '2026-01-01'
            or ordered_at < '2023-01-01'
            or (discount_amount > 0 and coupon_code is null)
        """
    )
    assert strange == []


def test_scores_are_on_their_scales(rows):
    assert rows("select min(score), max(score) from survey_responses where survey = 'nps'") == [
        (0, 10)
    ]
    assert rows(
        "select min(score), max(score) from survey_responses where survey = 'satisfaction'"
    ) == [(1, 5)]


def test_tickets_are_rated_from_one_to_five_and_closed_after_they_were_opened(rows):
    found = rows(
        """
        select min(satisfaction_score), max(satisfaction_score), count(closed_at) = count(*),
            bool_and(coalesce(closed_at > opened_at, true)), bool_and(closed_at < '2026-01-01')
        from support_tickets
        """
    )
    assert found == [(1, 5, False, True, True)]


def test_scores_of_the_outside_platform_are_given_twice(rows):
    assert rows(
        "select score_name, count(*) / count(distinct coalesce(source_customer_id, email)) "
        "from external_scores group by all order by all"
    ) == [("churn_risk", 2), ("expected_value", 2)]


def test_all_addresses_are_at_example_domains(rows):
    for table in ("orders", "customers", "email_events", "consents"):
        assert (
            rows(
                f"select email from {table} "
                r"where not regexp_matches(lower(email), 'example[. ](com|net|org)\s*$')"
            )
            == []
        )
