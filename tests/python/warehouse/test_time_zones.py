"""Every time zone of the seed converts a time; a name that does not would stop a build."""

from __future__ import annotations

import csv

import duckdb
from support import REPOSITORY


def test_duckdb_knows_every_time_zone_of_the_seed() -> None:
    with (REPOSITORY / "seeds" / "rules" / "time_zones.csv").open() as file:
        names = [row["time_zone"] for row in csv.DictReader(file)]
    assert len(names) > 500
    converted = duckdb.execute(
        "select count(timezone(name, timestamp '2026-01-01 12:00:00')) "
        "from (select unnest(?) as name)",
        [names],
    ).fetchone()
    assert converted == (len(names),)
