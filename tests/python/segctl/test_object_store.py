"""The destination `files` in an object store: a real S3 API on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import pytest
import s3fs
from engine_rig import Desired, silent
from moto.server import ThreadedMotoServer

from segctl.destinations.files import Files, FilesSettings
from segctl.destinations.files.storage import RemoteStorage
from segctl.errors import DestinationError
from segctl.state import StateFile
from segctl.sync.guards import GUARDS
from segctl.sync.sync import Sync

BOTH = Desired({"c1": "Linz", "c2": "Graz", "c3": "Wien"}, {"vip": ["c2", "c1"], "new": ["c3"]})


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[s3fs.S3FileSystem]:
    """A bucket called `shop`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    found = s3fs.S3FileSystem(skip_instance_cache=True)
    found.mkdir("shop")
    yield found
    httpx.post(f"http://{host}:{port}/moto-api/reset")
    server.stop()


def apply(directory: Path, desired: Desired, state: str = "state.db") -> int:
    destination = Files("store", FilesSettings(type="files", path="s3://shop/audiences"))
    sync = Sync(desired, destination, StateFile(directory / state))
    return sync.apply(silent, allowed=list(GUARDS))[1].acknowledged


def members(store: s3fs.S3FileSystem, directory: Path, name: str) -> list[str]:
    copy = directory / "copy.parquet"
    store.get_file(f"shop/audiences/{name}.parquet", str(copy))
    return [key for (key,) in duckdb.sql(f"select customer_id from '{copy}'").fetchall()]


def test_audiences_follow_the_warehouse(store: s3fs.S3FileSystem, tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    assert members(store, tmp_path, "vip") == ["c1", "c2"]
    assert members(store, tmp_path, "profiles") == ["c1", "c2", "c3"]
    assert apply(tmp_path, BOTH) == 0
    apply(tmp_path, Desired({"c1": "Linz", "c3": "Bonn"}, {"vip": ["c3"], "new": []}))
    assert members(store, tmp_path, "vip") == ["c3"] and members(store, tmp_path, "new") == []
    names = {path.rpartition("/")[2] for path in store.ls("shop/audiences", refresh=True)}
    assert names == {
        "manifest.json",
        *(f"{name}.{form}" for name in ("profiles", "vip", "new") for form in ("csv", "parquet")),
    }


def test_an_edited_file_is_written_anew(store: s3fs.S3FileSystem, tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    store.pipe_file("shop/audiences/vip.parquet", b"edited")
    apply(tmp_path, BOTH)
    assert members(store, tmp_path, "vip") == ["c1", "c2"]


def test_a_lost_state_adopts_what_is_there(store: s3fs.S3FileSystem, tmp_path: Path) -> None:
    apply(tmp_path, BOTH)
    apply(tmp_path, Desired(BOTH.profiles, {"vip": ["c1"], "new": []}), state="new.db")
    assert members(store, tmp_path, "vip") == ["c1"]


def test_somebody_elses_object_is_never_replaced(store: s3fs.S3FileSystem, tmp_path: Path) -> None:
    store.pipe_file("shop/audiences/vip.csv", b"mine")
    with pytest.raises(DestinationError, match=r"s3://shop/audiences/vip\.csv is in the way"):
        apply(tmp_path, BOTH)
    assert store.cat_file("shop/audiences/vip.csv") == b"mine"


def test_a_store_without_its_package_says_what_to_install() -> None:
    with pytest.raises(DestinationError, match="not installed") as missing:
        RemoteStorage("gs://bucket/audiences")
    assert "segctl[gcs]" in missing.value.hint
