"""The state in PostgreSQL: the same story as in a file."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench import Bench, Desired, silent
from children import start
from portability.postgres import running_server

from segctl.errors import LockHeld, StateError
from segctl.state import StateDatabase, open_store
from segctl.status import read_status


@dataclass
class DatabaseBench(Bench):
    """A bench whose state is in a database."""

    url: str = ""

    @property
    def state_file(self) -> StateDatabase:  # type: ignore[override]
        return StateDatabase(self.url, self.directory / "scratch")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("postgres")) as environment:
        yield (
            f"postgresql://{environment['PGUSER']}:{environment['PGPASSWORD']}@/"
            f"{environment['PGDATABASE']}?host={environment['PGHOST']}&port={environment['PGPORT']}"
        )


@pytest.fixture
def bench(url: str, tmp_path: Path) -> Iterator[DatabaseBench]:
    yield DatabaseBench(tmp_path, url=url)
    with StateDatabase(url, tmp_path)._engine().begin() as db:
        db.exec_driver_sql("drop schema if exists segctl cascade")


def people(count: int, turn: int = 0) -> Desired:
    keys = [f"c{number:03}" for number in range(turn * 3, turn * 3 + count)]
    return Desired(dict.fromkeys(keys, turn), {"vip": keys[: count // 2], "new": keys[-5:]})


def test_looking_creates_nothing(bench: DatabaseBench) -> None:
    assert not any(read_status(bench.state_file).values())
    with bench.state_file._engine().connect() as db:
        found = db.exec_driver_sql("select to_regnamespace('segctl')").scalar()
    assert found is None


def test_the_difference_is_sent_and_nothing_without_change(bench: DatabaseBench) -> None:
    for turn in range(3):
        bench.apply(people(40, turn))
        assert bench.holds(people(40, turn))
        bench.tool.calls()
        bench.apply(people(40, turn))
        assert bench.tool.calls() == []
    found = read_status(bench.state_file)
    assert [run["status"] for run in found["runs"]] == ["finished"] * 3
    assert {row["audience"]: row["members"] for row in found["lists"]}["vip"] == 20


def test_dead_letters_jobs_and_folding(
    bench: DatabaseBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segctl.state.housekeeping.FOLD_PEOPLE", 10)
    bench.options = {"asynchronous": True}
    bench.apply(people(40), poison=frozenset({"c003"}))
    assert read_status(bench.state_file)["dead_letters"]
    bench.apply(people(40, 1))
    assert bench.holds(people(40, 1))
    with bench.state_file.read() as state:
        assert sum(chunk.num_rows for chunk in state.ledger("fake:test"))


def test_one_run_at_a_time_and_a_killed_one_keeps_no_lock(bench: DatabaseBench) -> None:
    child = start(_hold_lock, bench.url, bench.directory)
    while not (bench.directory / "locked").exists():
        time.sleep(0.01)
    with pytest.raises(LockHeld):
        bench.apply(people(4))
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            bench.apply(people(4))
            break
        except LockHeld:
            time.sleep(0.05)  # the server notices in its own time
    assert bench.holds(people(4))


def _hold_lock(url: str, directory: Path) -> None:
    with StateDatabase(url, directory).lock("fake:test"):
        (directory / "locked").touch()
        time.sleep(60)


def test_kill_nine_then_rerun(bench: DatabaseBench) -> None:
    dice = random.Random(3)  # noqa: S311
    killed = 0
    for turn in range(6):
        child = start(_apply, bench.directory, bench.url, turn)
        child.join(dice.uniform(0.3, 1.2))
        if child.is_alive():
            os.kill(child.pid or 0, signal.SIGKILL)
            killed += 1
        child.join()
        time.sleep(0.2)
        bench.apply(people(150, turn))
        assert bench.holds(people(150, turn))
    assert killed


def _apply(directory: Path, url: str, turn: int) -> None:
    bench = DatabaseBench(directory, {"dice": random.Random(turn)}, url)  # noqa: S311
    bench.sync(people(150, turn), lost_answer_rate=0.02).apply(
        silent, allowed=["removals", "shrank", "first-run", "grew", "emptied"]
    )


def test_a_database_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    address = "postgresql://me:geheim@127.0.0.1:1/none"
    with pytest.raises(StateError, match="cannot be used") as found:
        open_store(address, tmp_path).open()
    assert "geheim" not in f"{found.value} {found.value.hint}"
