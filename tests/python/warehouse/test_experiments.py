"""Experiments deal people out evenly, by who they are and what the experiment is called alone."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Sequence

import duckdb
import pytest
from compiled import Compiled, connect, fill
from scipy.stats import chi2_contingency, chisquare
from support import Row

TODAY = dt.date(2026, 1, 10)
SHARES = {"holdout": 0.1, "offer": 0.45, "reminder": 0.3}
PEOPLE = [f"shop:C{number:09}" for number in range(10_000)]
EXPERIMENT_COLUMNS = (
    "experiment varchar, segment varchar, variant varchar, share numeric(9, 6), "
    "starts_on date, ends_on date"
)
HISTORY_COLUMNS = (
    "segment varchar, customer_id varchar, entered_on date, left_on date, entered_as varchar"
)


def bucket(experiment: str, person: str) -> int:
    """As the macro hash_bucket says."""
    digest = hashlib.md5(f"{experiment}|{person}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % 10_000


class Dealer:
    """The compiled model over tables in memory."""

    def __init__(self, compiled: Compiled) -> None:
        self.connection: duckdb.DuckDBPyConnection = connect()
        self.connection.execute("create schema warehouse.segmentation")
        fill(self.connection, "as_of_day", "as_of_on date", [(TODAY,)])
        self.sql = compiled.sql("experiment_assignments")

    def deal(self, experiment: str, people: Sequence[str]) -> dict[str, tuple[int, str]]:
        rows: list[Row] = [
            (experiment, "vip", variant, share, TODAY, TODAY) for variant, share in SHARES.items()
        ]
        fill(self.connection, "experiments_in_use", EXPERIMENT_COLUMNS, rows)
        history = "warehouse.segmentation.segment_history"
        fill(self.connection, history, HISTORY_COLUMNS, [])
        self.connection.execute(
            f"insert into {history} select 'vip', unnest(?), ?, null, null", [list(people), TODAY]
        )
        found = self.connection.sql(
            f"select customer_id, bucket, variant from ({self.sql}) as dealt"
        ).fetchall()
        assert len(found) == len({person for person, *_ in found})
        return {person: (number, variant) for person, number, variant in found}


@pytest.fixture(scope="module")
def dealer(compiled: Compiled) -> Dealer:
    return Dealer(compiled)


@pytest.mark.parametrize("experiment", ["win_back_offer", "gift", "été 🌞"])
def test_variants_have_the_shares_they_should(dealer: Dealer, experiment: str) -> None:
    dealt = dealer.deal(experiment, PEOPLE)
    sizes = Counter(variant for _, variant in dealt.values())
    sizes["nobody"] = len(PEOPLE) - len(dealt)
    shares = {**SHARES, "nobody": 1 - sum(SHARES.values())}
    expected = [shares[variant] * len(PEOPLE) for variant in sorted(shares)]
    found = [sizes[variant] for variant in sorted(shares)]
    # One in ten thousand fair deals would be called unfair; this one is the same every time.
    assert chisquare(found, expected).pvalue > 1e-4


def test_buckets_are_those_of_the_hash_and_ranges_are_in_alphabetical_order(
    dealer: Dealer,
) -> None:
    dealt = dealer.deal("gift", PEOPLE[:500])
    for person in PEOPLE[:500]:
        number = bucket("gift", person)
        ranges = {"holdout": range(1000), "offer": range(1000, 5500), "reminder": range(5500, 8500)}
        variant = next((name for name, part in ranges.items() if number in part), None)
        assert dealt.get(person) == (None if variant is None else (number, variant))


def test_two_experiments_deal_independently(dealer: Dealer) -> None:
    first, second = (dealer.deal(name, PEOPLE) for name in ("first", "second"))
    both = Counter((first[p][1], second[p][1]) for p in first.keys() & second.keys())
    table = [[both[one, other] for other in SHARES] for one in SHARES]
    assert chi2_contingency(table).pvalue > 1e-4


def test_nobody_is_dealt_anew_when_others_come_and_go(dealer: Dealer) -> None:
    everybody = dealer.deal("gift", PEOPLE)
    some = PEOPLE[2000:9000:10]
    assert dealer.deal("gift", some) == {p: everybody[p] for p in some if p in everybody}
