"""The function as a whole: same bytes, any size, nothing half written."""

from __future__ import annotations

import hashlib
import shutil
import time

import duckdb
import pytest

from segctl import demo_data
from segctl.demo_data import generator
from segctl.demo_data.schema import COLUMNS


def checksums(directory):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.iterdir())
    }


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    directory = tmp_path_factory.mktemp("reference")
    demo_data.generate(directory, 300, 5)
    return directory


def test_same_bytes_for_any_number_of_threads_and_time_zone(tmp_path, monkeypatch, reference):
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda: connect(config={"threads": 1}))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        demo_data.generate(tmp_path, 300, 5)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert checksums(tmp_path) == checksums(reference)


def test_rows_are_in_one_piece_whose_size_depends_on_nothing():
    """Small shops are so anyway; at this size DuckDB hands over several pieces."""
    connection = generator.connect(3000, 5)
    generator.run_stages(connection, 0, 3000)
    rows = generator.rows_of(connection, "web_events")
    assert rows.num_rows > 131_072
    assert all(column.num_chunks == 1 for column in rows.columns)


def test_ranges_change_the_grouping_but_not_the_rows(tmp_path, monkeypatch):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    demo_data.generate(whole, 60, 5)
    monkeypatch.setattr(generator, "CHUNK_PEOPLE", 40)
    demo_data.generate(parts, 60, 5)
    for table in COLUMNS:
        read = [
            duckdb.sql(f"from read_parquet('{directory / table}.parquet') order by all").fetchall()
            for directory in (whole, parts)
        ]
        assert read[0] == read[1]


def test_another_seed_gives_other_people():
    emails = []
    for seed in (5, 6):
        connection = generator.connect(50, seed)
        generator.run_stages(connection, 0, 50, ("people",))
        emails.append({email for (email,) in connection.sql("select email from people").fetchall()})
    assert len(emails[0] & emails[1]) < 5


@pytest.mark.parametrize("customers", [1, 10])
def test_tiny_shops(tmp_path, customers):
    counts = demo_data.generate(tmp_path, customers, 0)
    assert counts.keys() == COLUMNS.keys()
    assert counts["customers"] >= 1
    for table, count in counts.items():
        file = duckdb.sql(f"from read_parquet('{tmp_path / table}.parquet')")
        assert file.columns == list(COLUMNS[table])
        assert len(file.fetchall()) == count


@pytest.mark.parametrize("customers", [0, -5, 10**9])
def test_impossible_numbers_of_customers(tmp_path, customers):
    with pytest.raises(ValueError, match=f"customers must be from 1 to .*{customers}"):
        demo_data.generate(tmp_path, customers, 42)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_impossible_seeds(tmp_path, seed):
    with pytest.raises(ValueError, match=f"seed must be from 0 to .*{seed}"):
        demo_data.generate(tmp_path, 10, seed)


def test_a_failure_leaves_what_stood_before(tmp_path, reference):
    directory = tmp_path / "shop"
    shutil.copytree(reference, directory)

    def stop(table, done, total):
        if table == "web_events":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo_data.generate(directory, 20, 2, progress=stop)
    assert checksums(directory) == checksums(reference)


def test_progress_ends_with_everything_done(tmp_path, monkeypatch):
    monkeypatch.setattr(generator, "CHUNK_PEOPLE", 6)
    calls = []
    demo_data.generate(tmp_path, 10, 1, progress=lambda *call: calls.append(call))
    assert [done for table, done, _ in calls if table == "orders"] == [6, 10]
    assert {total for _, _, total in calls} == {10}
    assert {table for table, done, total in calls if done == total} == COLUMNS.keys()
