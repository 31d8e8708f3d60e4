"""What a time means that a source delivers: UTC, whatever it is written in, or a stopped build."""

from __future__ import annotations

import datetime as dt

import pytest
from compiled import Compiled, connect, fill

READABLE = {
    "2026-02-28T23:30:00-05:00": "2026-03-01 04:30:00",
    "2026-02-28 23:30:00 -0500": "2026-03-01 04:30:00",
    "2026-02-28T23:30:00.000-05": "2026-03-01 04:30:00",
    "2026-03-01 01:30+02": "2026-02-28 23:30:00",
    "2026-03-01 01:30:00 +02:00": "2026-02-28 23:30:00",
    "2026-03-01T05:00:00+0530": "2026-02-28 23:30:00",
    "2026-01-01 00:00:00+14:00": "2025-12-31 10:00:00",
    "2026-02-28T23:30:00Z": "2026-02-28 23:30:00",
    "2026-02-28 23:30 UTC": "2026-02-28 23:30:00",
    "2026-02-28 23:30:00GMT": "2026-02-28 23:30:00",
    "2026-02-28 23:30:00": "2026-02-28 23:30:00",
    " 2026-02-28T23:30 ": "2026-02-28 23:30:00",
    "2026-2-8 5:00": "2026-02-08 05:00:00",
    "2026/02/28 23:30:00+01:00": "2026-02-28 22:30:00",
    "2026-02-28 23:59:59.9999999": "2026-02-28 23:59:59.999999",
    "2026-02-28T23:59:59.123456789-01:00": "2026-03-01 00:59:59.123456",
    "24-04-02": "0024-04-02 00:00:00",
    "24-04-02 00:30:00+01:00": "0024-04-01 23:30:00",
    "2026-02-28": "2026-02-28 00:00:00",
    "2026/02/28": "2026-02-28 00:00:00",
    " 2026-02-28 ": "2026-02-28 00:00:00",
}
DAYS = {"24-04-02", "2026-02-28", "2026/02/28", " 2026-02-28 "}
WITH_WORDS = {
    "2026-02-28 23:30:00 CET",
    "2026-02-28 23:30 EST",
    "2026-02-28 23:30:00 Europe/Berlin",
    "2026-02-28T23:30:00+01:00[Europe/Berlin]",
    "2026-02-28 23:30:00 GMT+0100 (CET)",
    "2026-02-28 11:30 PM",
}
UNREADABLE = WITH_WORDS | {
    "03/04/2026",
    "31.01.2026",
    "2026-02-30",
    "2026-13-01",
    "2026-02-28 23:30:00+99:00",
    "2026-02-28 25:30:00",
    "20260228",
    "1772321400",
    "infinity",
    "now",
    "",
}


@pytest.mark.parametrize("session_zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_a_text_is_read_as_utc_in_every_session(compiled: Compiled, session_zone: str) -> None:
    with connect() as connection:
        connection.execute(f"set TimeZone = '{session_zone}'")
        texts = [*READABLE, *UNREADABLE, None]
        fill(connection, "times", "delivered varchar", [(text,) for text in texts])
        read = connection.execute(compiled.sql("probe_readable_times")).fetchall()
    assert {text: utc for text, utc, _ in read} == {
        text: dt.datetime.fromisoformat(utc) for text, utc in READABLE.items()
    }
    assert {text for text, _, is_day in read if is_day} == DAYS


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
