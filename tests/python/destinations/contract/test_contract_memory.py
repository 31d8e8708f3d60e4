"""Whom nobody may bring back: who said no under whatever address, and who had themselves erased."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.server import Answer
from rig import ABC, READ_BACK, Person, Rig, Shop, people, running, silent, title

from segctl.errors import SegctlError, StoppedByGuard, SyncInterrupted
from segctl.people.erasure import erase_people, lift_tombstones
from segctl.state.audit import read_trail
from segctl.sync.guards import GUARDS

MOVED = Shop({**ABC.people, "ada": Person("ada@new.example.org")}, ABC.audiences)


def allowed_but(*names: str) -> list[str]:
    return [name for name in GUARDS if name not in names]


def is_nowhere(rig: Rig, email: str) -> None:
    assert email not in {found for members in rig.fake.snapshot().values() for found in members}
    assert rig.fake.profile(email) is None


# Who said no


def test_who_opted_out_gets_no_other_address(reading_rig: Rig) -> None:
    """Put there by us, opted out since, and in the warehouse under a new address."""
    rig = reading_rig
    rig.apply(ABC)
    rig.fake.suppress("ada@example.com")
    status = rig.fake.statuses()["ada@example.com"]
    for _ in range(2):
        plan = rig.sync(MOVED).plan()
        assert plan.opted_out == 1
        rig.apply(MOVED)
        is_nowhere(rig, "ada@new.example.org")
        assert rig.fake.statuses()["ada@example.com"] == status
        assert "ada@new.example.org" not in rig.fake.statuses()
    told = [row for rows in read_trail(rig.store) for row in rows.to_pylist()]
    assert [row["customer_id"] for row in told if row["operation"] == "opt_out"] == ["ada"]
    writes = len(rig.fake.writes())
    rig.apply(MOVED)
    assert len(rig.fake.writes()) == writes


def test_who_opted_out_before_our_first_run_is_known_by_person(reading_rig: Rig) -> None:
    rig = reading_rig
    rig.fake.suppress("ada@example.com")
    rig.apply(ABC)
    rig.apply(MOVED)
    is_nowhere(rig, "ada@new.example.org")
    assert "ada@new.example.org" not in rig.fake.statuses()
    rig.holds(MOVED, without=["ada"])


def test_an_opt_out_outlives_the_record_and_other_changes(reading_rig: Rig) -> None:
    rig = reading_rig
    rig.fake.suppress("ada@example.com")
    rig.apply(ABC)
    rig.fake.delete_person("ada@example.com")
    for orders in (2, 3):
        again = {**MOVED.people, "ada": Person("ada@new.example.org", orders=orders)}
        rig.apply(Shop(again, ABC.audiences))
        is_nowhere(rig, "ada@new.example.org")


def test_who_signs_up_again_at_the_tool_is_sent_again(reading_rig: Rig) -> None:
    rig = reading_rig
    rig.fake.suppress("ada@example.com")
    rig.apply(ABC)
    rig.apply(MOVED)
    rig.fake.forgive("ada@example.com")
    rig.apply(ABC)
    rig.holds(ABC)
    rig.apply(MOVED)
    rig.holds(MOVED)


def test_what_was_refused_during_a_run_is_remembered_too(rig: Rig) -> None:
    """A receiver cannot be asked beforehand: it says no when it is told of somebody."""
    rig.fake.suppress("ada@example.com")
    rig.apply(ABC)
    rig.apply(MOVED)
    is_nowhere(rig, "ada@new.example.org")


def test_who_takes_over_an_address_says_no_under_it(reading_rig: Rig) -> None:
    rig = reading_rig
    rig.apply(ABC)
    rig.fake.suppress("ada@example.com")
    swapped = {
        "ada": Person("bob@example.com"),
        "bob": Person("ada@example.com"),
        "cy": ABC.people["cy"],
    }
    before = rig.fake.statuses()
    for _ in range(3):
        rig.apply(Shop(swapped, ABC.audiences))
    after = rig.fake.statuses()
    assert after["ada@example.com"] == before["ada@example.com"]
    assert after["bob@example.com"] == before["bob@example.com"]


# Who was erased


def test_an_old_state_brings_nobody_back(rig: Rig, tmp_path: Path) -> None:
    rig.apply(ABC)
    state = Path(str(rig.store.directory))
    shutil.copytree(state, tmp_path / "backup")
    erase_people(rig.store, [rig.destination()], ["ada@example.com"])
    finish(rig)
    shutil.rmtree(state)
    shutil.copytree(tmp_path / "backup", state)
    _is_stopped_and_stays_away(rig)


def test_a_lost_state_brings_nobody_back(rig: Rig) -> None:
    rig.apply(ABC)
    erase_people(rig.store, [rig.destination()], ["ada@example.com"])
    finish(rig)
    shutil.rmtree(rig.store.directory)
    _is_stopped_and_stays_away(rig)


def test_who_is_erased_without_being_in_a_list_stays_away_under_the_id(rig: Rig) -> None:
    rig.apply(Shop(people("ada")))
    erase_people(rig.store, [rig.destination()], ["ada@example.com"])
    finish(rig)
    rig.apply(Shop({"ada": Person("ada@new.example.org")}))
    is_nowhere(rig, "ada@new.example.org")


def test_who_is_erased_under_two_names_of_a_destination_is_forgotten(rig: Rig) -> None:
    rig.apply(ABC)
    for name in ("letters", "post"):
        rig.name = name
        erase_people(
            rig.store,
            [rig.destination()],
            ["ada@example.com"],
            siblings=[rig.destination().identity],
        )
        finish(rig)
    rig.apply(ABC)
    is_nowhere(rig, "ada@example.com")
    told = [row for rows in read_trail(rig.store) for row in rows.to_pylist()]
    assert "ada" not in {row["customer_id"] for row in told}


def test_a_pause_under_a_new_name_does_not_hide_the_old_one(rig: Rig) -> None:
    rig.apply(ABC)
    rig.name = "letters"
    with rig.store.open() as state:
        state.remember_account(f"{rig.tool}:letters", "", datetime.now(UTC) - timedelta(hours=1))
    assert not rig.sync(ABC).plan().first_run
    assert rig.apply(ABC).run_id is None
    rig.holds(ABC)


def finish(rig: Rig) -> None:
    if hasattr(rig.fake, "finish_deletions"):
        rig.fake.finish_deletions()


def _is_stopped_and_stays_away(rig: Rig) -> None:
    changed = Shop({**ABC.people, "ada": Person("ada@example.com", orders=9)}, ABC.audiences)
    writes = len(rig.fake.writes())
    with pytest.raises(StoppedByGuard, match="does not know of the erasure of 1 people"):
        rig.apply(changed, allowed=allowed_but("stale-state"))
    assert len(rig.fake.writes()) == writes
    rig.apply(changed)
    rig.apply(changed, allowed=allowed_but("stale-state"))  # from now on the state knows
    is_nowhere(rig, "ada@example.com")
    assert lift_tombstones(rig.store, ["Ada@Example.com"]) == 1
    # Not every tool takes an address again that it has erased.
    back = Shop({**ABC.people, "ada": Person("ada@elsewhere.example.org")}, ABC.audiences)
    rig.apply(back, allowed=allowed_but("stale-state"))
    rig.holds(back)


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("İlker@example.org", "İlker@example.org"),
        ("İlker@example.org", "i\u0307lker@example.org"),
        ("ADA@EXAMPLE.ORG", " ada@example.org"),
        ("Zoe\u0308@example.org", "zoë@example.org"),
        ("strasse@example.org", "straße@example.org"),
        ("ΣΑΣ@example.org", "σας@example.org"),
        ("\u00a0ada@example.org\t", "Ada@example.org\n"),
    ],
)
def test_an_address_is_the_same_in_every_spelling(tmp_path: Path, asked: str, held: str) -> None:
    with running("webhook", tmp_path) as rig:
        rig.apply(ABC)
        erase_people(rig.store, [rig.destination()], [asked])
        rig.apply(Shop({**ABC.people, "x": Person(held)}, {"vip": ["x"], "win_back": []}))
        is_nowhere(rig, held)


def test_one_mailbox_of_two_customers_is_refused(rig: Rig) -> None:
    twice = {**people("ada", "bob"), "ben": Person("BOB@example.com ")}
    with pytest.raises(SegctlError, match="several customers each") as stopped:
        rig.apply(Shop(twice, {"vip": ["bob", "ben"]}))
    assert "bob@" not in stopped.value.message.lower()
    assert not any(rig.fake.snapshot().values())


# Whose ledger it is


def test_a_renamed_destination_keeps_its_ledger(rig: Rig) -> None:
    rig.apply(ABC)
    later = Shop(people("ada", "cy"), {"vip": ["ada"], "win_back": ["cy"]})
    rig.name = "letters"
    sync = rig.sync(later)
    assert [(c.audience, c.removals) for c in sync.plan().lists if c.removals] != []
    sync.apply(silent, allowed=list(GUARDS))
    rig.holds(later)
    done, result = rig.sync(later).apply(silent)
    assert result.run_id is None and done.destination == f"{rig.tool}:letters"


def test_two_destinations_of_one_account_keep_a_ledger_each(rig: Rig) -> None:
    rig.apply(ABC)
    rig.name = "letters"
    sync = replace(rig.sync(ABC), siblings=[f"{rig.tool}:letters", f"{rig.tool}:news"])
    assert sync.plan().first_run


def test_who_may_not_be_there_shows_when_the_state_is_lost(reading_rig: Rig) -> None:
    rig = reading_rig
    rig.apply(ABC)
    shutil.rmtree(rig.store.directory)
    fewer = Shop(people("ada", "cy"), {"vip": ["ada"], "win_back": ["cy"]})  # bob has revoked
    writes = len(rig.fake.writes())
    with pytest.raises(StoppedByGuard, match=r"vip: its list .* holds 1 people"):
        rig.apply(fewer, allowed=allowed_but("unpermitted"))
    assert len(rig.fake.writes()) == writes
    rig.apply(fewer, rig.settings(exclusive=True), allowed=allowed_but("unpermitted"))
    rig.holds(fewer)


@pytest.mark.parametrize("name", ["news", "letters"])
def test_a_state_that_misses_runs_is_noticed(rig: Rig, tmp_path: Path, name: str) -> None:
    """Whatever the destination is called by now, and however often somebody looks."""
    rig.tables = tmp_path / "tables"
    rig.apply(ABC)
    state, backup = Path(str(rig.store.directory)), tmp_path / "backup"
    shutil.copytree(state, backup)
    fewer = Shop(people("ada", "bob", "dora"), {"vip": ["dora"], "win_back": []})
    rig.apply(fewer)
    assert rig.apply(fewer).run_id is None
    rig.name = name
    shutil.rmtree(state)
    shutil.copytree(backup, state)
    # dora was put there by the run that the state does not know of, ada and bob taken out.
    later = Shop(people("ada", "bob", "eve"), {"vip": ["ada", "bob", "eve"], "win_back": []})
    for _ in range(2):
        with pytest.raises(StoppedByGuard, match="does not know of the run"):
            rig.apply(later, allowed=allowed_but("stale-state"))
    if rig.tool in READ_BACK:
        with pytest.raises(StoppedByGuard, match=r"vip: its list .* holds 1 people"):
            rig.apply(later, allowed=allowed_but("unpermitted"))
    rig.apply(later)
    assert rig.apply(later, allowed=allowed_but("stale-state")).run_id is None
    there = rig.fake.snapshot()[title("vip")]
    assert there == {"ada@example.com", "bob@example.com", "eve@example.com", "dora@example.com"}


def test_an_old_state_in_doubt_outlives_an_interrupted_run(rig: Rig, tmp_path: Path) -> None:
    rig.tables = tmp_path / "tables"
    rig.apply(ABC)
    state, backup = Path(str(rig.store.directory)), tmp_path / "backup"
    shutil.copytree(state, backup)
    rig.apply(Shop(ABC.people, {"vip": [], "win_back": ["cy"]}))
    shutil.rmtree(state)
    shutil.copytree(backup, state)
    sync = rig.sync(ABC)
    rig.fake.faults.instead = lambda request: (
        Answer(503, b"") if rig.fake.changes(request) else None
    )
    with pytest.raises(SyncInterrupted):
        sync.apply(silent, allowed=list(GUARDS))
    rig.fake.faults.instead = None
    rig.apply(ABC, allowed=allowed_but("stale-state"))
    rig.holds(ABC)


def test_runs_of_others_stay_written_down(tmp_path: Path) -> None:
    """Of two destinations, the first one's run does not hide that the other's is missed."""
    tables = tmp_path / "tables"
    with running("webhook", tmp_path / "one") as one, running("brevo", tmp_path / "two") as two:
        two.store = one.store
        one.tables = two.tables = tables
        one.apply(ABC)
        two.apply(ABC)
        state, backup = Path(str(one.store.directory)), tmp_path / "backup"
        shutil.copytree(state, backup)
        more = Shop({**ABC.people, **people("dora")}, ABC.audiences)
        one.apply(more)
        two.apply(more)
        shutil.rmtree(state)
        shutil.copytree(backup, state)
        one.apply(ABC)
        with pytest.raises(StoppedByGuard, match="does not know of the run"):
            two.apply(ABC, allowed=allowed_but("stale-state"))
