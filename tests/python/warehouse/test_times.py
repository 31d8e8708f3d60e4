"""What a time means that a source delivers: UTC, whatever it is written in, or a stopped build."""

from __future__ import annotations

import datetime as dt

import pytest
from compiled import Compiled, connect, fill
from odd_times import READABLE, UNREADABLE, WITH_WORDS
from row_shop import findings
from small_shop import Shop


@pytest.mark.parametrize("session_zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_a_text_is_read_as_utc_in_every_session(compiled: Compiled, session_zone: str) -> None:
    with connect() as connection:
        connection.execute(f"set TimeZone = '{session_zone}'")
        texts = [*READABLE, *UNREADABLE, None]
        fill(connection, "times", "delivered varchar", [(text,) for text in texts])
        read = connection.execute(compiled.sql("probe_readable_times")).fetchall()
    assert dict(read) == {text: dt.datetime.fromisoformat(utc) for text, utc in READABLE.items()}


def test_words_after_a_time_are_told_apart_from_other_faults(compiled: Compiled) -> None:
    with connect() as connection:
        texts = [*READABLE, *UNREADABLE, None]
        fill(connection, "times", "delivered varchar", [(text,) for text in texts])
        found = connection.execute(compiled.sql("probe_times_with_words")).fetchall()
    assert {text for (text,) in found} == WITH_WORDS


@pytest.mark.parametrize("session_zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_a_point_in_time_becomes_utc_in_every_session(
    compiled: Compiled, session_zone: str
) -> None:
    with connect() as connection:
        connection.execute(f"set TimeZone = '{session_zone}'")
        fill(connection, "times", "delivered timestamptz", [("2026-02-28 23:30:00-05:00",)])
        read = connection.execute(compiled.sql("probe_zoned_times")).fetchall()
    assert read == [(dt.datetime(2026, 3, 1, 4, 30),) * 2]


def test_times_before_the_first_day_of_data_are_found_and_set_aside(odd_shop: Shop) -> None:
    assert findings(odd_shop, "orders", "implausible_date") == {
        "year 1900": "1900-01-01 00:00:00",
        "year 24": "0024-04-02 00:00:00",
        "year 1": "0001-01-01 00:00:00",
        "epoch": "1970-01-01 00:00:00",
    }
    assert set(findings(odd_shop, "orders", "future_date")) == {"year 2099"}
    assert findings(odd_shop, "customers", "implausible_date") == {
        "ordinary": "signed_up_at 1900-01-01 00:00:00"
    }
    signed_up = odd_shop.warehouse.rows(
        "select customer_id, cast(signed_up_on as varchar) from customer_features "
        "where customer_id in ('files:ordinary', 'files:whole') order by customer_id"
    )
    assert signed_up == [("files:ordinary", None), ("files:whole", "2025-12-31")]


def test_cohorts_are_bounded_by_the_customers(odd_shop: Shop) -> None:
    cohorts = odd_shop.warehouse.rows(
        "select cast(cohort_on as varchar), count(*), max(cohort_customers) "
        "from cohort_retention group by cohort_on order by cohort_on"
    )
    bought_in = {cohort: (periods, customers) for cohort, periods, customers in cohorts}
    assert set(bought_in) == {"1990-01-01", "2026-01-01", "2026-02-01"}
    assert bought_in["1990-01-01"] == (434, 1)
    assert bought_in["2026-02-01"] == (1, 2)
