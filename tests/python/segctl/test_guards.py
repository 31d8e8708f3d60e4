"""What should make a person look."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_rig import Bench, Desired, silent

from segctl.destinations.settings import GuardSettings
from segctl.errors import ExitCode, StoppedByGuard
from segctl.sync.guards import judge
from segctl.sync.status import read_status


def keys(count: int) -> list[str]:
    return [f"c{number}" for number in range(count)]


ALL = dict.fromkeys(keys(400), "Linz")
BEFORE = Desired(ALL, {"vip": keys(100), "new": keys(10)})


@pytest.mark.parametrize(
    ("audiences", "expected"),
    [
        ({"vip": keys(90), "new": keys(10)}, set()),
        ({"vip": keys(89), "new": keys(10)}, {"removals"}),
        ({"vip": keys(40), "new": keys(10)}, {"removals", "shrank"}),
        ({"vip": [], "new": keys(10)}, {"emptied"}),
        ({"new": keys(10)}, {"vanished"}),
        ({"vip": keys(200), "new": keys(60)}, set()),
        ({"vip": keys(201), "new": keys(10)}, {"grew"}),
    ],
)
def test_guards_stop_the_run_unless_allowed(
    tmp_path: Path, audiences: dict[str, list[str]], expected: set[str]
) -> None:
    bench = Bench(tmp_path)
    bench.sync(BEFORE).apply(silent)
    sync = bench.sync(Desired(ALL, audiences))
    assert {guard.name for guard in sync.plan().guards} == expected
    if expected:
        with pytest.raises(StoppedByGuard, match="Nothing was sent") as stopped:
            sync.apply(silent)
        assert stopped.value.exit_code is ExitCode.STOPPED_BY_GUARD
        assert all(f"--allow {name}" in stopped.value.hint for name in expected)
        assert bench.holds(BEFORE)
    sync.apply(silent, allowed=sorted(expected))
    assert bench.holds(Desired(ALL, audiences))
    if expected:
        recorded = read_status(bench.state_file)["runs"][0]["allowed"]
        assert all(name in recorded for name in expected)


def test_a_large_first_run_has_a_limit_where_the_destination_has_one(tmp_path: Path) -> None:
    plan = Bench(tmp_path).sync(BEFORE).plan()
    assert judge(plan, GuardSettings()) == ()
    assert [guard.name for guard in judge(plan, GuardSettings(first_run=10))] == ["first-run"]
