"""Scores from 1 to 5: customers with the same value share one, whatever the method."""

from __future__ import annotations

import csv
from decimal import Decimal
from itertools import pairwise

import duckdb
import pytest
from compiled import RFM_METHODS, Compiled, connect, fill
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import REPOSITORY

BUYER_COLUMNS = (
    "customer_id varchar, as_of_on date, recency_days integer, frequency bigint, "
    "monetary decimal(18, 2)"
)
AMOUNTS = st.decimals(min_value=-50, max_value=5000, places=2)
# Few different values, so that ties are the rule.
BUYERS = st.lists(
    st.tuples(
        st.integers(0, 12) | st.integers(0, 2000),
        st.integers(1, 3) | st.integers(1, 60),
        st.sampled_from([Decimal("0.00"), Decimal("19.99"), Decimal("49.50")]) | AMOUNTS,
    ),
    min_size=1,
    max_size=40,
)

Buyer = tuple[int, int, Decimal]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = connect()
    with (REPOSITORY / "seeds" / "rules" / "rfm_fixed_thresholds.csv").open() as file:
        thresholds = [tuple(row.values()) for row in csv.DictReader(file)]
    fill(
        connection,
        "rfm_fixed_thresholds",
        "measure varchar, score integer, lower_bound integer",
        thresholds,
    )
    return connection


def scores(
    connection: duckdb.DuckDBPyConnection, query: str, buyers: dict[str, Buyer]
) -> dict[str, tuple[int, int, int]]:
    fill(
        connection,
        "buyers_to_score",
        BUYER_COLUMNS,
        [(name, "2026-01-01", *values) for name, values in buyers.items()],
    )
    rows = connection.execute(
        f"select customer_id, recency_score, frequency_score, monetary_score from ({query})"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("method", RFM_METHODS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=BUYERS)
def test_score_depends_on_the_value_alone(
    method: str, compiled: Compiled, connection: duckdb.DuckDBPyConnection, values: list[Buyer]
) -> None:
    query = compiled.sql(f"probe_{method}")
    buyers = {f"c{number}": value for number, value in enumerate(values)}
    found = scores(connection, query, buyers)
    assert set(found) == set(buyers)

    # Who has which value, and in which order they come, changes nothing.
    renamed = {f"c{number}": value for number, value in enumerate(reversed(values))}
    again = scores(connection, query, renamed)
    assert [found[f"c{n}"] for n in range(len(values))] == [
        again[f"c{n}"] for n in reversed(range(len(values)))
    ]

    for measure in range(3):
        # More is better, but for days since the last order; equal values have equal scores.
        sign = -1 if measure == 0 else 1
        ranked = sorted((sign * buyers[name][measure], found[name][measure]) for name in buyers)
        for (value, score), (next_value, next_score) in pairwise(ranked):
            assert 1 <= score <= next_score <= 5
            assert value != next_value or score == next_score
