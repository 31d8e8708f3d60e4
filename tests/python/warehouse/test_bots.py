"""A machine that visits a million times a day neither stops a build nor counts as anybody."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from small_shop import Shop
from support import WITHOUT_TESTS

EVENTS = 1_000_000
DAY = "2025-10-01"  # within all windows of the as-of day


@pytest.mark.full("a million events")
def test_a_million_events_of_one_bot(delivered_shop: Shop, tmp_path: Path) -> None:
    shop = delivered_shop.copy(tmp_path)
    customer = next(
        row["source_customer_id"]
        for row in shop.read("web_events")
        if row["source_customer_id"] and row["occurred_at"] < DAY
    )
    # The machine is even logged in once, so all of it is tied to a person.
    duckdb.sql(
        f"""
        create table events as from read_csv('{shop.file("web_events")}', all_varchar = true);
        insert into events by name
        select
            'bot-' || n as event_id,
            strftime(timestamp '{DAY}' + n * interval 80 millisecond, '%Y-%m-%d %H:%M:%S.%g')
                as occurred_at,
            'million' as anonymous_id,
            if(n = 5, '{customer}', null) as source_customer_id,
            'product_view' as event_type,
            'machines' as category,
            'P001' as product_id,
            'machine' as utm_source,
            '{DAY} 23:59:59' as loaded_at
        from range({EVENTS}) as t (n);
        copy events to '{shop.file("web_events")}' (header);
        """
    )
    ran = shop.dbt(
        "build",
        "--select",
        "+data_quality_findings",
        "+customer_web_features",
        "+customer_category_affinity",
        *WITHOUT_TESTS,
    )
    ran.succeeded()

    assert shop.warehouse.row(
        "select record_key, value, rows_found, first_seen_on::varchar from data_quality_findings "
        "where check_name = 'bot_traffic' and record_key = 'million'"
    ) == ("million", f"{EVENTS} events on one day", EVENTS, DAY)
    assert shop.warehouse.row(
        "select count(*) from customer_identifiers where identifier_value = 'million'"
    ) == (1,)
    most = shop.warehouse.row("select max(pages) from customer_web_features")
    assert most[0] < EVENTS // 100
    # Nor does it show an interest, look at products or come from anywhere.
    for table, trace in (
        ("customer_interests", "interest = 'machines'"),
        ("customer_category_affinity", "category = 'machines'"),
        ("customer_web_items", "events > 1000"),
        ("customer_touches", "'machine' in (first_utm_source, last_utm_source)"),
    ):
        assert shop.warehouse.row(f"select count(*) from {table} where {trace}") == (0,), table
