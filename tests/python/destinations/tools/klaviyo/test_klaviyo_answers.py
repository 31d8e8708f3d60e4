"""What Klaviyo may answer, and its description allows, although it hardly ever does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.klaviyo_model import error
from fakes.server import Answer
from rig import ABC, Rig, Shop, people, running

from segctl.destinations.klaviyo import destination as klaviyo
from segctl.errors import DestinationError, StoppedByGuard, SyncInterrupted
from segctl.sync import engine
from segctl.sync.guards import GUARDS
from segctl.sync.status import read_status
from segctl.sync.verify import verify

MANY = [f"p{number}" for number in range(60)]
SHOP = Shop(people(*MANY), {"vip": MANY})


@pytest.fixture
def rig(tmp_path: Path) -> Any:
    with running("klaviyo", tmp_path) as found:
        yield found


def dead(rig: Rig) -> set[str]:
    with rig.store.read() as state:
        return {row["person_key"] for row in state.select("select person_key from dead_letters")}


@pytest.mark.parametrize("unsaid", [("original_payload",), ("original_payload", "source")])
def test_who_was_refused_is_known_without_the_payload(rig: Rig, unsaid: tuple[str, ...]) -> None:
    """Half of them have a profile that we know: two imports, and the errors of both."""
    rig.apply(Shop(people(*MANY[::2]), {"vip": MANY[::2]}))
    changed = Shop(people(*MANY, orders=3), {"vip": MANY})
    rig.fake.unsaid = unsaid
    rig.fake.invalid.update(f"p{number}@example.com" for number in (4, 7, 11, 58))
    result = rig.apply(changed)
    assert dead(rig) == {"p4", "p7", "p11", "p58"} and result.dead == 4
    rig.fake.invalid.clear()
    rig.apply(Shop(people(*MANY, orders=4), {"vip": MANY}))
    assert dead(rig) == set()


def test_refused_records_of_a_killed_run_are_known_too(rig: Rig) -> None:
    rig.fake.unsaid = ("original_payload",)
    rig.fake.invalid.add("p7@example.com")
    rig.fake.imports_end = "never"
    _give_up_soon(rig)
    with pytest.raises(SyncInterrupted):
        rig.apply(SHOP)
    with rig.store.open() as state:  # as if that run had been killed while it waited
        state.write("update log set status = 'accepted' where job is not null", {"none": None})
    rig.fake.imports_end = "complete"
    rig.apply(SHOP)
    assert dead(rig) == {"p7"}


def test_an_import_that_stands_still_ends_with_a_sentence(rig: Rig) -> None:
    rig.apply(SHOP)
    _give_up_soon(rig)
    rig.fake.imports_end = "never"
    later = Shop(people(*MANY[1:], orders=8), {"vip": MANY[1:]})
    for _ in range(2):
        before = len(rig.fake.requests)
        with pytest.raises(SyncInterrupted, match="has not got on with a job"):
            rig.apply(later)
        assert len(rig.fake.requests) - before < 200
        # Whoever has to leave does not wait for it.
        assert "p0@example.com" not in rig.fake.snapshot()["Vip"]
    rig.fake.imports_end = "complete"
    rig.apply(later)
    rig.holds(later)


def _give_up_soon(rig: Rig) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(engine, "_LONGEST_STANDSTILL", 0.05)
    patch.setattr(engine, "_WAIT_FOR_OLD", 0.02)
    patch.setattr(engine, "_LONGEST_PAUSE", 0.01)
    rig.undo = patch.undo  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def as_patient_as_before() -> Any:
    kept = [getattr(engine, n) for n in ("_LONGEST_STANDSTILL", "_WAIT_FOR_OLD", "_LONGEST_PAUSE")]
    yield
    engine._LONGEST_STANDSTILL, engine._WAIT_FOR_OLD, engine._LONGEST_PAUSE = kept


def test_an_import_that_klaviyo_cancels_is_called_so(rig: Rig) -> None:
    rig.fake.imports_end = "cancelled"
    with pytest.raises(SyncInterrupted, match="Klaviyo cancelled an import"):
        rig.apply(SHOP)
    rig.fake.imports_end = "complete"
    rig.apply(SHOP)
    rig.holds(SHOP)


def test_malformed_records_that_are_named_take_two_imports(rig: Rig) -> None:
    malformed = [f"p{number}" for number in range(0, 60, 7)]
    rig.fake.poison.update(f"{key}@example.com" for key in malformed)
    rig.apply(SHOP)
    imports = [one for one in rig.fake.requests if one[:2] == ("POST", _IMPORTS)]
    assert [status for _, _, status in imports] == [400, 202]
    assert dead(rig) == set(malformed)
    rig.holds(SHOP, without=malformed)


_IMPORTS = "/api/profile-bulk-import-jobs"


@pytest.mark.parametrize("into", ["p0.new@example.com", "p5@example.com"])
def test_who_was_merged_there_leaves_as_the_survivor(rig: Rig, into: str) -> None:
    rig.apply(SHOP)
    if rig.fake.find(into) is None:
        rig.fake.make_profile(into)
    rig.fake.merge("p0@example.com", into)
    rig.apply(Shop(people(*MANY[1:]), {"vip": MANY[1:]}))
    members = rig.fake.snapshot()["Vip"]
    # A profile that two of ours were merged into is still the other one's.
    assert (into in members) == (into == "p5@example.com")
    assert "p0@example.com" not in members


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, error(400, "invalid", "Invalid revision.", "The revision is not known.")),
        Answer(404, error(404, "not_found", "Not found.", "The resource does not exist.")),
        Answer(406, error(406, "not_acceptable", "Not acceptable.", "Not acceptable.")),
        Answer(410, error(410, "gone", "Gone.", "This revision has been retired.")),
    ],
    ids=lambda answer: str(answer.status),
)
def test_a_retired_revision_is_named_everywhere(rig: Rig, answer: Answer) -> None:
    rig.apply(ABC)
    rig.fake.refuses_revision = answer
    later = Shop(people("ada"), {"vip": ["ada"], "win_back": []})
    for ask in (
        lambda: rig.sync(later).plan(),
        lambda: rig.apply(later),
        lambda: verify(rig.store, rig.destination()),
    ):
        with pytest.raises(DestinationError, match=r"revision 2026-07-15.*HTTP 4") as stopped:
            ask()
        assert "Update segctl" in stopped.value.hint
    assert read_status(rig.store)["dead_letters"] == []


def test_more_new_lists_than_a_day_allows_are_made_in_days(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(klaviyo, "LISTS_PER_DAY", 3)
    names = [f"seg{number}" for number in range(7)]
    first = Shop(people("ada"), {names[0]: ["ada"]})
    rig.apply(first)
    wanted = Shop(people("ada", "bob"), {name: ["ada", "bob"] for name in names})
    plan = rig.sync(wanted).plan()
    assert plan.over_a_day == {"create_list": 6} and plan.seconds > 86_400
    with pytest.raises(StoppedByGuard, match="more than klaviyo:news takes in a day"):
        rig.apply(wanted, allowed=[name for name in GUARDS if name != "daily-limit"])
    made = []
    for _ in range(4):
        try:
            result = rig.apply(wanted)
        except SyncInterrupted as interrupted:
            assert "to be resumed at" in interrupted.message
            # Who belongs to lists that exist is there already.
            assert rig.fake.snapshot()["Seg0"] == {"ada@example.com", "bob@example.com"}
        else:
            assert result.blocked == 0
        made.append(len(rig.fake.lists))
        with rig.store.open() as state:  # a day passes
            state.write(
                "update log set answered_at = '2026-01-01T00:00:00+00:00' "
                "where kind = 'create_list'",
                {"none": None},
            )
    assert made == [3, 6, 7, 7]
    rig.holds(wanted)
