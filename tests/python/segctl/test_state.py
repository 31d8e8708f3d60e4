"""The state file."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path

import pytest
from engine_rig import Bench, Desired

from segctl.errors import LockHeld, StateError
from segctl.privacy import digests
from segctl.state import StateFile
from segctl.state.schema import VERSION
from segctl.sync.status import read_status


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply(Desired({"a": 1}, {"vip": ["a"]}))
    assert bench.state_file.path.stat().st_mode & 0o777 == 0o600
    assert bench.state_file.directory.stat().st_mode & 0o777 == 0o700


def test_it_holds_no_address_and_no_attribute(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"refused": frozenset("a")})
    bench.apply(Desired({"a": "Castrop-Rauxel", "b": "Linz"}, {"vip": ["a", "b"]}))
    for path in bench.state_file.directory.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"example.com" not in content and b"Castrop" not in content


def test_looking_creates_nothing(tmp_path: Path) -> None:
    assert not any(read_status(StateFile(tmp_path / "none" / "state.db")).values())
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(StateError, match="another version"):
        StateFile(path).open()


def test_a_file_of_the_version_before_goes_on_being_used(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.apply(Desired({"a": 1, "b": 2}, {"vip": ["a", "b"]}))
    with bench.state_file.open() as state:
        # As that version would have made it of A@example.com, not folded as it is now.
        old = digests(state.digest_key(), "\u0130@example.com")[-1]
    with sqlite3.connect(bench.state_file.path) as db:
        db.execute("drop table optouts")
        db.execute("alter table tombstones drop column digest_key")
        db.execute("pragma user_version = 2")
        db.execute("insert into tombstones values (?, ?, '2026-01-01')", [old, old])
    with bench.state_file.read() as state:
        assert [stone.digest for stone in state.tombstones()] == [old]
        assert state.optouts("fake").num_rows == 0
    bench.tool.calls()
    bench.apply(Desired({"a": 1, "b": 2, "\u0130": 3}, {"vip": ["a", "\u0130"]}))
    assert bench.tool.content()[1] == {"vip": {"a"}}
    with sqlite3.connect(bench.state_file.path) as db:
        assert db.execute("pragma user_version").fetchone() == (VERSION,)
    assert [stone.digest for stone in bench.state_file.tombstones.read()] == [old]


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_text("certainly not a database " * 100)
    with pytest.raises(StateError, match="cannot be used"):
        StateFile(path).open()


def test_the_trail_is_forgotten_after_its_time_and_what_is_held_is_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    desired = Desired({"a": 1, "b": 2}, {"vip": ["a", "b"]})
    bench.apply(desired)
    with bench.state_file.open() as state:
        state.write("update log set answered_at = '2001-01-01T00:00:00+00:00'", {"none": None})
    bench.apply(Desired({"a": 1, "b": 2, "c": 3}, {"vip": ["a", "b"]}))
    with bench.state_file.read() as state:
        answered = state.select("select distinct substr(answered_at, 1, 4) as year from log")
    assert "2001" not in {row["year"] for row in answered}
    bench.tool.calls()
    bench.apply(Desired({"a": 1, "c": 3}, {"vip": ["a"]}))
    assert sorted(kind for kind, _, _ in bench.tool.calls()) == ["revoke", "withdraw"]


def test_an_empty_file_is_no_state(tmp_path: Path) -> None:
    store = StateFile(tmp_path / "state.db")
    store.path.touch()
    for use in (store.read, store.open):
        with pytest.raises(StateError, match="is an empty file"):
            use()
    assert store.path.stat().st_size == 0


def test_it_comes_into_being_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that dies while it makes the state leaves nothing that looks like one."""

    def dies(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("segctl.state.database.Database._create", dies)
    store = StateFile(tmp_path / "state" / "state.db")
    with pytest.raises(KeyboardInterrupt):
        store.open()
    assert not store.path.exists()
    monkeypatch.undo()
    with store.open() as state:
        assert state.digest_key()
    assert [path.name for path in store.directory.iterdir()] == ["state.db"]


def test_destinations_of_similar_names_have_locks_of_their_own(tmp_path: Path) -> None:
    store = StateFile(tmp_path / "state.db")
    names = ["klaviyo:x_y", "klaviyo:x-y", "klaviyo-x:y", "files:target/a b", "files:target/a_b"]
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(store.lock(name))
        for name in names:
            with pytest.raises(LockHeld), store.lock(name):
                pass
