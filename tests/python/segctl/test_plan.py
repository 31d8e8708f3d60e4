"""Desired minus acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_rig import Bench, Desired
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segctl.errors import PlanMoved, SegctlError
from segctl.protocol import SENDING_ORDER, Kind

KEYS = st.sampled_from([f"c{number}" for number in range(8)])
CITIES = st.sampled_from(["Linz", "Graz", "Wien"])


@st.composite
def desired_states(draw: st.DrawFn) -> Desired:
    profiles = draw(st.dictionaries(KEYS, CITIES, max_size=8))
    keys = st.sampled_from(sorted(profiles)) if profiles else st.nothing()
    members = st.lists(keys, unique=True, max_size=8 if profiles else 0)
    names = st.sampled_from(["vip", "new", "lapsed"])
    return Desired(profiles, draw(st.dictionaries(names, members, max_size=3)))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(states=st.lists(desired_states(), min_size=2, max_size=4))
def test_applying_the_difference_always_gives_the_desired_state(
    states: list[Desired], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench = Bench(tmp_path_factory.mktemp("bench"))
    for desired in states:
        bench.apply(desired)
        assert bench.holds(desired)
        calls = bench.tool.calls()
        assert len({call[1:] for call in calls}) == len(calls), "somebody was sent twice"
        bench.apply(desired)
        assert bench.tool.calls() == [], "no change, but something was sent"


def test_a_value_that_changes_back_is_sent_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for city in ("Linz", "Graz", "Linz"):
        bench.apply(Desired({"c1": city}, {"vip": ["c1"]}))
        assert bench.tool.content()[0] == {"c1": city}
        assert ("upsert", "", "c1") in bench.tool.calls()


def test_out_comes_before_in_and_revoked_consent_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply(Desired(dict.fromkeys("abcd", 1), {"vip": list("abc"), "old": ["a"]}))
    bench.tool.calls()
    bench.apply(Desired(dict.fromkeys("bcde", 1), {"vip": list("cde")}))
    kinds = [Kind(kind) for kind, _, _ in bench.tool.calls()]
    assert kinds == sorted(kinds, key=SENDING_ORDER.index)
    assert kinds[0] is Kind.REVOKE and Kind.REMOVE in kinds and kinds[-1] is Kind.ADD


def test_the_plan_counts_what_happens(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply(Desired(dict.fromkeys("abc", 1), {"vip": list("abc")}))
    plan = bench.sync(Desired(dict.fromkeys("bcd", 1), {"vip": list("cd")})).plan()
    profiles, vip = plan.lists
    assert (profiles.known, profiles.wanted, profiles.adds, profiles.removals) == (3, 3, 1, 1)
    assert (vip.known, vip.wanted, vip.adds, vip.removals, vip.revocations) == (3, 2, 1, 2, 1)
    assert plan.operations == 5


def test_a_customer_twice_in_an_audience_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SegctlError, match="more than one row"):
        Bench(tmp_path).sync(Desired({"a": 1}, {"vip": ["a", "a"]})).plan()


def test_suppressed_people_are_left_out_and_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"suppressed_keys": frozenset("a")})
    desired = Desired(dict.fromkeys("ab", 1), {"vip": list("ab")})
    assert [change.suppressed for change in bench.sync(desired).plan().lists] == [1, 1]
    bench.apply(desired)
    assert bench.holds(desired, without=frozenset("a"))


def test_a_plan_is_refused_once_the_warehouse_or_the_ledger_has_moved_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    before, after = Desired({"a": 1}, {"vip": ["a"]}), Desired({"a": 2}, {"vip": ["a"]})
    plan = bench.sync(before).plan()
    plan.require_same(bench.sync(before).plan())
    with pytest.raises(PlanMoved, match="the warehouse changed"):
        plan.require_same(bench.sync(after).plan())
    bench.apply(before)
    with pytest.raises(PlanMoved, match="the ledger changed"):
        plan.require_same(bench.sync(before).plan())
