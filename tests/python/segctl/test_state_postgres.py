"""The state in PostgreSQL: a real server, real locks, real kills."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from children import start
from engine_rig import Bench, Desired, FakeDestination, silent
from portability.postgres import connect, running_server

from segctl.errors import LockHeld, StateError
from segctl.people.erasure import erase_people, lift_tombstones
from segctl.state import StateDatabase, housekeeping, open_store
from segctl.state.tables import write_tables
from segctl.sync import engine
from segctl.sync.guards import GUARDS
from segctl.sync.status import read_status
from segctl.sync.sync import Sync

KILLS = 6


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with running_server(tmp_path_factory.mktemp("server")) as found:
        yield found


@dataclass
class DatabaseBench(Bench):
    """An imaginary tool, and a state in a database."""

    url: str = ""

    @property
    def state_file(self) -> StateDatabase:  # type: ignore[override]
        store = open_store(self.url, self.directory / "scratch")
        assert isinstance(store, StateDatabase)
        return store


@pytest.fixture
def bench(environment: dict[str, str], tmp_path: Path) -> DatabaseBench:
    """With an empty database. Beside a user's own tables, which are none of our business."""
    with connect(environment) as connection, connection.cursor() as cursor:
        cursor.execute("drop schema if exists segctl cascade")
        cursor.execute("drop schema if exists segctl_erased cascade")
        cursor.execute("create table if not exists public.log (theirs integer)")
    address = sa.URL.create(
        "postgresql",
        environment["PGUSER"],
        environment["PGPASSWORD"] or None,
        database=environment["PGDATABASE"],
        query={"host": environment["PGHOST"]},
    )
    return DatabaseBench(tmp_path, url=address.render_as_string(hide_password=False))


def desired(turn: int = 0) -> Desired:
    keys = [f"c{number:03}" for number in range(turn * 10 % 60, turn * 10 % 60 + 120)]
    return Desired(dict.fromkeys(keys, turn), {"vip": keys[:60], "new": keys[turn % 7 : 30]})


def schemas(environment: dict[str, str]) -> set[str]:
    with connect(environment) as connection, connection.cursor() as cursor:
        cursor.execute("select schema_name from information_schema.schemata")
        return {name for (name,) in cursor.fetchall()}


def test_looking_creates_nothing(bench: DatabaseBench, environment: dict[str, str]) -> None:
    assert bench.sync(desired()).plan().operations > 0
    assert not any(read_status(bench.state_file).values())
    assert "segctl" not in schemas(environment)


def test_plan_apply_and_status(
    bench: DatabaseBench, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "FOLD_PEOPLE", 50)
    for turn in range(3):
        plan = bench.sync(desired(turn)).plan()
        _, result = bench.sync(desired(turn)).apply(silent, expected=plan, allowed=tuple(GUARDS))
        assert result.acknowledged == plan.operations
        assert bench.holds(desired(turn))
    bench.tool.calls()
    assert bench.apply(desired(2)).run_id is None
    assert bench.tool.calls() == []
    with connect(environment) as connection, connection.cursor() as cursor:
        cursor.execute("select sum(people) from segctl.ledger")
        assert cursor.fetchone()[0] > 0, "the log was never folded into the ledger"
        cursor.execute("select count(*) from public.log")
        assert cursor.fetchone() == (0,)
    status = read_status(bench.state_file)
    assert [run["status"] for run in status["runs"]] == ["finished"] * 3
    assert {row["audience"]: row["members"] for row in status["lists"]} == {
        "new": 28,
        "vip": 60,
        "profiles": 120,
    }
    write_tables(bench.state_file, bench.directory / "tables")
    assert list((bench.directory / "tables").glob("*.parquet"))


def test_dead_letters_and_erasure(bench: DatabaseBench) -> None:
    everybody = desired()
    result = bench.apply(everybody, refused=frozenset({"c003"}))
    assert result.dead >= 1
    bench.apply(everybody)
    assert bench.holds(everybody, without=frozenset({"c003"}))
    (receipt,) = erase_people(bench.state_file, [FakeDestination(bench.tool)], ["c007@example.com"])
    assert receipt.status == "absent"
    with bench.state_file.read() as state:
        assert "c007" not in str([change.rows for change in state.changes("fake:test")])
    bench.tool.calls()
    bench.apply(everybody)
    assert not [call for call in bench.tool.calls() if call[2] == "c007"]


def test_who_was_erased_is_known_without_the_state(
    bench: DatabaseBench, environment: dict[str, str]
) -> None:
    bench.apply(desired())
    erase_people(bench.state_file, [FakeDestination(bench.tool)], ["c007@example.com"])
    with connect(environment) as connection, connection.cursor() as cursor:
        cursor.execute("drop schema segctl cascade")  # as before an old dump is restored
    plan = bench.sync(desired()).plan()
    assert "stale-state" in {guard.name for guard in plan.guards}
    bench.tool.calls()
    changed = Desired(dict.fromkeys(desired().profiles, 9), desired().audiences)
    bench.apply(changed)
    told = {person for kind, _, person in bench.tool.calls() if kind == "upsert"}
    assert "c008" in told and "c007" not in told
    assert lift_tombstones(bench.state_file, ["C007@example.com"]) == 1
    assert bench.state_file.tombstones.read() == set()
    bench.apply(changed)
    assert "c007" in {person for kind, _, person in bench.tool.calls() if kind == "upsert"}


def _hold_the_lock(url: str, scratch: Path, mark: Path) -> None:
    with StateDatabase(url, scratch).lock("fake:test"):
        mark.touch()
        time.sleep(60)


def test_one_run_per_destination_and_the_dead_hold_no_lock(bench: DatabaseBench) -> None:
    mark = bench.directory / "locked"
    child = start(_hold_the_lock, bench.url, bench.directory, mark)
    wait_until(mark.exists)
    with pytest.raises(LockHeld, match="fake:test"):
        bench.apply(desired())
    with bench.state_file.lock("fake:another"):
        pass
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    wait_until(lambda: is_free(bench.state_file))
    bench.apply(desired())
    assert bench.holds(desired())


def is_free(store: StateDatabase) -> bool:
    try:
        with store.lock("fake:test"):
            return True
    except LockHeld:
        return False


def wait_until(condition: object) -> None:
    end = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def runs(bench: DatabaseBench, status: str = "%") -> int:
    """How many runs have begun, and are in this state by now."""
    with bench.state_file.read() as state:
        (row,) = state.select("select count(*) as n from runs where status like :s", s=status)
    return int(row["n"])


def _apply_in_child(url: str, directory: Path, turn: int) -> None:
    engine._FIRST_PAUSE = 0.0
    dice = random.Random(turn)  # noqa: S311
    bench = DatabaseBench(directory, {"asynchronous": turn % 2 == 1, "dice": dice}, url)
    bench.apply(desired(turn), lost_answer_rate=0.02)


def test_killed_at_any_moment_then_rerun(
    bench: DatabaseBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_FIRST_PAUSE", 0.0)
    dice = random.Random(5)  # noqa: S311
    kills = turn = 0
    # Where a kill falls is chance and depends on the machine: enough of them must fall in a run.
    while kills < KILLS or runs(bench, "killed") <= KILLS // 2:
        turn += 1
        assert turn <= 10 * KILLS, "nearly every run ends before it can be killed"
        begun = runs(bench)
        child = start(_apply_in_child, bench.url, bench.directory, turn)
        if turn % 4:
            wait_until(lambda: runs(bench) > begun or not child.is_alive())  # noqa: B023
        child.join(dice.uniform(0.0, 0.3))
        if child.is_alive():
            os.kill(child.pid or 0, signal.SIGKILL)
            kills += 1
        child.join()
        wait_until(lambda: is_free(bench.state_file))
        if turn % 2:
            _settle(bench, turn)
    _settle(bench, turn)
    assert not list(bench.state_file.directory.glob("work-*"))
    assert runs(bench, "finished") + runs(bench, "killed") == runs(bench)
    assert read_status(bench.state_file)["outbox"] == []


def _settle(bench: DatabaseBench, turn: int) -> None:
    bench.apply(desired(turn))
    assert bench.holds(desired(turn))


def test_a_password_appears_in_no_message(bench: DatabaseBench) -> None:
    url = "postgresql://somebody:open-sesame@127.0.0.1:1/nothing"
    store = open_store(url, bench.directory)
    assert "open-sesame" not in repr(store)
    sync = Sync(desired(), FakeDestination(bench.tool), store)
    for attempt in (store.open, store.read, sync.plan, lambda: sync.apply(silent)):
        with pytest.raises(StateError) as stopped:
            attempt()
        assert "open-sesame" not in f"{stopped.value} {stopped.value.hint}"
        assert stopped.value.__cause__ is None
