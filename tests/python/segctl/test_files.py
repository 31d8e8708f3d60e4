"""The destination `files`."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import duckdb
import pytest
from engine_rig import Desired, silent

from segctl.destinations.files import Files, FilesSettings
from segctl.destinations.files.destination import _stem
from segctl.errors import DestinationError
from segctl.state import StateFile
from segctl.sync.guards import GUARDS
from segctl.sync.sync import Sync

BOTH = Desired({"c1": "Linz", "c2": "Graz", "c3": "Wien"}, {"vip": ["c2", "c1"], "new": ["c3"]})


def apply(directory: Path, desired: Desired, state: str = "state.db") -> int:
    sync = Sync(
        desired,
        Files("out", FilesSettings(type="files", path=str(directory / "out"))),
        StateFile(directory / state),
    )
    return sync.apply(silent, allowed=list(GUARDS))[1].acknowledged


def members(directory: Path, name: str) -> list[str]:
    with (directory / "out" / f"{name}.csv").open(newline="") as file:
        found = [row["customer_id"] for row in csv.DictReader(file)]
    parquet = duckdb.sql(f"select customer_id from '{directory}/out/{name}.parquet'").fetchall()
    assert found == [key for (key,) in parquet]
    return found


def snapshot(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.name: (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(directory.iterdir())
        if path.is_file()
    }


def test_files_hold_exactly_the_audiences_in_a_fixed_order(tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    assert members(tmp_path, "vip") == ["c1", "c2"]
    assert members(tmp_path, "new") == ["c3"]
    assert members(tmp_path, "profiles") == ["c1", "c2", "c3"]
    apply(tmp_path, Desired({"c1": "Linz", "c3": "Bonn"}, {"vip": ["c3"], "new": []}))
    assert members(tmp_path, "vip") == ["c3"]
    assert (tmp_path / "out" / "new.csv").read_text() == "customer_id,email,entered_on\n"
    assert "Bonn" in (tmp_path / "out" / "profiles.csv").read_text()


def test_files_are_private_and_keep_the_mode_that_they_were_given(tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    path = tmp_path / "out" / "vip.csv"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    apply(tmp_path, Desired(BOTH.profiles, {**BOTH.audiences, "vip": ["c3"]}))
    assert path.stat().st_mode & 0o777 == 0o640


def test_an_audience_that_left_the_catalogue_is_removed_and_nothing_else(tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    foreign = tmp_path / "out" / "notes.csv"
    foreign.write_text("mine")
    apply(tmp_path, Desired(BOTH.profiles, {"vip": ["c1"]}))
    assert not list((tmp_path / "out").glob("new.*"))
    assert foreign.read_text() == "mine"


def test_somebody_elses_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    foreign = tmp_path / "out" / "vip.csv"
    foreign.write_text("mine")
    with pytest.raises(DestinationError, match="in the way"):
        apply(tmp_path, BOTH)
    assert foreign.read_text() == "mine"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["vip.csv"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, not a directory")
    with pytest.raises(DestinationError, match="cannot be read or written"):
        apply(tmp_path, BOTH)
    assert (tmp_path / "out").read_text() == "a file, not a directory"


def test_no_change_writes_nothing(tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    files, state = snapshot(tmp_path / "out"), snapshot(tmp_path)["state.db"]
    assert apply(tmp_path, BOTH) == 0
    assert snapshot(tmp_path / "out") == files
    assert snapshot(tmp_path)["state.db"] == state


@pytest.mark.parametrize("name", ["vip.csv", "vip.parquet"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("edited")])
def test_a_lost_or_edited_file_is_written_anew(tmp_path: Path, name: str, damage: object) -> None:
    apply(tmp_path, BOTH)
    before = (tmp_path / "out" / name).read_bytes()
    damage(tmp_path / "out" / name)  # type: ignore[operator]
    apply(tmp_path, BOTH)
    assert (tmp_path / "out" / name).read_bytes() == before


def test_a_touched_file_is_still_ours(tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    os.utime(tmp_path / "out" / "vip.csv", (0, 0))
    assert apply(tmp_path, BOTH) == 0


def test_a_first_run_adopts_what_is_there(tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    files = snapshot(tmp_path / "out")
    lists = 3  # are declared again, which changes nothing; nobody in them is sent again
    assert apply(tmp_path, BOTH, state="new.db") == lists
    assert snapshot(tmp_path / "out") == files
    apply(tmp_path, Desired(BOTH.profiles, {"vip": ["c1"], "new": []}), state="other.db")
    assert members(tmp_path, "vip") == ["c1"]


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_is_run_as_a_formula(tmp_path: Path, start: str) -> None:
    city = f"{start}cmd|' /C calc'!A0"
    apply(tmp_path, Desired({"c1": city}, {}))
    with (tmp_path / "out" / "profiles.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["city"] == f"'{city}"
    parquet = duckdb.sql(f"select city from '{tmp_path}/out/profiles.parquet'").fetchall()
    assert parquet == [(city,)]


def test_file_names_are_safe_and_distinct() -> None:
    names = [
        "vip",
        "VIP",
        "profiles",
        "../../etc/passwd",
        "größe",
        "grösse",
        "",
        "a/b",
        "a b",
        "con",
    ]
    stems = [_stem(name) for name in names if name]
    assert len(set(stems)) == len(stems)
    assert stems[0] == "vip"
    assert all(set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") for stem in stems)
