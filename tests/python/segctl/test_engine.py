"""Sending over a bad line, and being killed."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from children import start as start_process
from engine_rig import Bench, Desired, silent

from segctl.errors import LockHeld, SyncInterrupted
from segctl.protocol import Capabilities
from segctl.sync import engine
from segctl.sync.status import read_status


@pytest.fixture(autouse=True)
def no_long_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_PAUSE", 0.0)


def people(count: int, city: object = "Linz", start: int = 0) -> dict[str, object]:
    return {f"c{number:04}": city for number in range(start, start + count)}


def test_a_bad_record_costs_one_record(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    desired = Desired(people(30), {"vip": list(people(30))})
    bad = frozenset({"c0003", "c0017"})
    result = bench.apply(desired, poison=bad)
    assert (result.dead, result.blocked) == (2, 2)  # whose profile is bad is in no list either
    assert bench.holds(desired, without=bad)


def test_a_dead_letter_is_held_until_its_row_changes(tmp_path: Path) -> None:
    bench, bad = Bench(tmp_path), frozenset({"c0003"})
    desired = Desired(people(9), {})
    assert bench.apply(desired, refused=bad).reasons == {"not a mailbox": 1}
    bench.tool.calls()
    assert bench.sync(desired).plan().lists[0].held == 1
    assert bench.apply(desired).dead == 0
    assert bench.tool.calls() == []
    changed = Desired({**people(9), "c0003": "Graz"}, {})
    bench.apply(changed)
    assert bench.holds(changed)
    assert read_status(bench.state_file)["dead_letters"] == []


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_bad_line_loses_nothing(tmp_path: Path, asynchronous: bool, concurrency: int) -> None:
    bench = Bench(
        tmp_path,
        {
            "capabilities": Capabilities(batch_size=5, concurrency=concurrency),
            "failure_rate": 0.1,
            "lost_answer_rate": 0.05,
            "throttle_rate": 0.1,
            "asynchronous": asynchronous,
        },
    )
    for start in (0, 40):
        desired = Desired(people(100, start, start), {"vip": list(people(60, start=start))})
        bench.apply(desired)
        assert bench.holds(desired)


def test_a_dead_line_stops_the_run_and_the_next_one_finishes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    desired = Desired(people(50), {"vip": list(people(50))})
    with pytest.raises(SyncInterrupted, match="did not answer"):
        bench.apply(desired, failure_rate=0.7)
    assert read_status(bench.state_file)["runs"][0]["status"] == "interrupted"
    bench.apply(desired)
    assert bench.holds(desired)


def test_who_left_while_an_answer_was_missing_is_removed(tmp_path: Path) -> None:
    """The request arrived, its answer did not, and then the segment was left."""
    bench = Bench(tmp_path)
    with pytest.raises(SyncInterrupted):
        bench.apply(Desired(people(3), {"vip": list(people(3))}), lost_answer_rate=1.0)
    bench.apply(Desired(people(3), {"vip": ["c0002"]}))
    assert bench.holds(Desired(people(3), {"vip": ["c0002"]}))


def test_one_run_per_destination(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.state_file.lock("fake:test"), pytest.raises(LockHeld):
        bench.apply(Desired({}, {}))
    bench.apply(Desired({}, {}))


def _apply_in_child(directory: Path, city: int, asynchronous: bool, seed: int) -> None:
    bench = Bench(directory, {"asynchronous": asynchronous, "dice": random.Random(seed)})  # noqa: S311
    bench.sync(_state(city), lost_answer_rate=0.02).apply(silent, allowed=["removals", "shrank"])


def _state(turn: int) -> Desired:
    members = list(people(300, start=turn * 37 % 200))
    return Desired(people(500, turn), {"vip": members, "new": members[:50]})


@pytest.mark.parametrize("asynchronous", [False, True])
def test_kill_nine_at_any_moment_then_rerun(tmp_path: Path, asynchronous: bool) -> None:
    bench = Bench(tmp_path, {"asynchronous": asynchronous})
    dice = random.Random(11)  # noqa: S311
    killed = 0
    for turn in range(12):
        child = start_process(_apply_in_child, tmp_path, turn, asynchronous, turn)
        time.sleep(dice.uniform(0.05, 0.6))
        if child.is_alive():
            os.kill(child.pid or 0, signal.SIGKILL)
            killed += 1
        child.join()
        if turn % 2:
            # Sometimes the same state again, sometimes the next one on top of the ruins.
            bench.apply(_state(turn))
            assert bench.holds(_state(turn))
    assert killed >= 3
    assert not list(bench.state_file.directory.glob("work-*")), "scratch files were left behind"
