"""The state file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from bench import Bench, Desired

from segctl.errors import StateError
from segctl.state import StateFile
from segctl.status import read_status


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


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_text("certainly not a database " * 100)
    with pytest.raises(StateError, match="cannot be used"):
        StateFile(path).open()
