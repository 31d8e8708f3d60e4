"""The whole project builds on a real PostgreSQL, and every public table says what DuckDB says.

`make test-spark` does the same with a Spark cluster as third.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest
from portability.builds import DAYS, Shop, build, running
from portability.engine import Engine
from portability.equality import compare, compare_rows
from tier import FULL, times


def differences(engines: Sequence[Engine]) -> list[str]:
    comparisons = list(compare(engines))
    assert "segment_members" in [found.table for found in comparisons if any(found.rows.values())]
    return [found.difference for found in comparisons if found.difference]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Engine]]:
    """Both engines after one day; in the full tier after two of ten times the customers, the first
    of which was built with all tests on PostgreSQL."""
    folder = tmp_path_factory.mktemp("portability")
    shop = Shop(folder, customers=times(60, 600), seed=11)
    shop.generate()
    with running(["duckdb", "postgres"], folder) as (duckdb, postgres):
        shop.deliver(DAYS[0], [duckdb, postgres])
        build(duckdb, DAYS[0])
        build(postgres, DAYS[0], with_tests=FULL)
        if FULL:
            assert not differences([duckdb, postgres])
            shop.deliver(DAYS[1], [duckdb, postgres])
            build(duckdb, DAYS[1])
            build(postgres, DAYS[1])
        yield [duckdb, postgres]


def test_every_public_table_is_the_same_on_both_engines(engines: Sequence[Engine]) -> None:
    assert not differences(engines)


@pytest.mark.full("a build more on PostgreSQL")
def test_a_full_refresh_keeps_the_history(engines: Sequence[Engine]) -> None:
    postgres = engines[1]
    before = postgres.rows("segment_changes")
    build(postgres, DAYS[1], "--full-refresh")
    assert sorted(postgres.rows("segment_changes"), key=repr) == sorted(before, key=repr)


def test_rows_are_compared_by_value() -> None:
    mine = [(1, "a", 0.1 + 0.2), (2, "b", None), (2, "b", None)]
    found = compare_rows("sums", {"one": mine, "two": [mine[2], mine[1], (1, "a", 0.3)]})
    assert found.is_equal
    assert found.hashes["one"] == found.hashes["two"]


@pytest.mark.parametrize(
    "row",
    [
        (1, "a", Decimal("1.50"), 0.31),
        (1, "a", Decimal("1.51"), 0.3),
        (1, "a ", Decimal("1.50"), 0.3),
        (1, None, Decimal("1.50"), 0.3),
        (True, "a", Decimal("1.50"), 0.3),
    ],
)
def test_a_row_that_differs_is_named(row: tuple[object, ...]) -> None:
    expected = (1, "a", Decimal("1.5"), 0.3)
    found = compare_rows("sums", {"one": [expected, expected], "two": [expected, row]})
    assert found.difference
    assert "1 of 2 rows differ" in found.difference
    assert found.hashes["one"] != found.hashes["two"]
