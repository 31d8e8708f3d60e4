"""On Snowflake's dialect, as far as fakesnow knows it, every public table says what DuckDB says."""

from __future__ import annotations

from pathlib import Path

from portability.builds import DAYS, Shop, build, running
from portability.equality import compare


def test_two_days_and_a_full_refresh_are_equal(tmp_path: Path) -> None:
    shop = Shop(tmp_path, customers=100, seed=11)
    shop.generate()
    with running(["duckdb", "snowflake"], tmp_path) as engines:
        for day, arguments in ((DAYS[0], ()), (DAYS[1], ()), (DAYS[1], ("--full-refresh",))):
            shop.deliver(day, engines)
            for engine in engines:
                build(engine, day, *arguments)
            compared = list(compare(engines))
            assert len(compared) > 30
            assert not [found.difference for found in compared if found.difference]
