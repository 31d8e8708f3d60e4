"""Where the files of the destination `files` lie: a local directory, or an object store.

DuckDB reads and writes local files; an object store gets finished files in one piece each.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from segctl.durable import remove_files, replace_files, sha256, write_text
from segctl.errors import DestinationError


class FileRecord(BaseModel):
    """What a file looked like when we left it."""

    size: int
    stamp: str
    """Changes with every write: the time of the last one, or the object's tag."""
    sha256: str


class Storage(Protocol):
    """A place for files, which are called by their names."""

    def holds(self, name: str) -> bool:
        """Whether there is a file of this name."""

    def is_still(self, name: str, record: FileRecord) -> bool:
        """Whether the file is as we left it."""

    def record(self, name: str, digest: str) -> FileRecord:
        """What the file looks like now; `digest` is known already."""

    def local(self, name: str) -> Path:
        """The file's content as a local file."""

    def temporary(self, name: str) -> Path:
        """A local file to write, to be put in place later."""

    def replace(self, names: Iterable[str]) -> None:
        """Put the temporary files in place: each is the old or the new one, never half of it."""

    def remove(self, names: Iterable[str]) -> None:
        """Delete files; it does not matter if they are gone already."""

    def read_text(self, name: str) -> str | None:
        """A small file's content, None if there is none."""

    def write_text(self, name: str, text: str) -> None:
        """Write a small file in one piece."""

    def clear(self) -> None:
        """Remove what a killed run left half written; makes the place if it is not there."""

    def describe(self, name: str) -> str:
        """The file's full name, for messages."""


class LocalStorage:
    """A directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def holds(self, name: str) -> bool:
        return (self.directory / name).exists()

    def is_still(self, name: str, record: FileRecord) -> bool:
        path = self.directory / name
        try:
            found = path.stat()
        except OSError:
            return False
        # The content decides if only the time differs: the directory may have been copied.
        same = found.st_size == record.size
        return same and (str(found.st_mtime_ns) == record.stamp or sha256(path) == record.sha256)

    def record(self, name: str, digest: str) -> FileRecord:
        found = (self.directory / name).stat()
        return FileRecord(size=found.st_size, stamp=str(found.st_mtime_ns), sha256=digest)

    def local(self, name: str) -> Path:
        return self.directory / name

    def temporary(self, name: str) -> Path:
        return self.directory / f".segctl-{name}.tmp"

    def replace(self, names: Iterable[str]) -> None:
        replace_files({self.temporary(name): self.directory / name for name in names})

    def remove(self, names: Iterable[str]) -> None:
        remove_files(*(self.directory / name for name in names))

    def read_text(self, name: str) -> str | None:
        path = self.directory / name
        return path.read_text(encoding="utf-8") if path.exists() else None

    def write_text(self, name: str, text: str) -> None:
        write_text(self.directory / name, text)

    def clear(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        for leftover in self.directory.glob(".segctl-*.tmp"):
            leftover.unlink()

    def describe(self, name: str) -> str:
        return str(self.directory / name)


class RemoteStorage:
    """A folder of an object store, through fsspec: s3://, gs://, abfs:// and others."""

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        try:
            import fsspec

            self._store, self._root = fsspec.core.url_to_fs(url, **(options or {}))
        except (ImportError, ValueError) as error:
            scheme = url.partition("://")[0]
            extra = {"s3": "s3", "gs": "gcs", "gcs": "gcs", "abfs": "azure", "az": "azure"}
            raise DestinationError(
                f"Files in {scheme}:// need a package that is not installed.",
                f"Install it: pip install 'segctl[{extra.get(scheme, scheme)}]'",
            ) from error
        self.url = url
        self._work = Path(tempfile.mkdtemp(prefix="segctl-"))

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _info(self, name: str) -> dict[str, Any] | None:
        self._store.invalidate_cache()
        try:
            found: dict[str, Any] = self._store.info(self._path(name))
        except FileNotFoundError:
            return None
        return found

    def holds(self, name: str) -> bool:
        return self._info(name) is not None

    def is_still(self, name: str, record: FileRecord) -> bool:
        found = self._info(name)
        return found is not None and found["size"] == record.size and _stamp(found) == record.stamp

    def record(self, name: str, digest: str) -> FileRecord:
        found = self._info(name)
        if found is None:
            raise DestinationError(f"{self.describe(name)} vanished while it was being written.")
        return FileRecord(size=found["size"], stamp=_stamp(found), sha256=digest)

    def local(self, name: str) -> Path:
        target = self._work / f"copy-{name}"
        self._store.get_file(self._path(name), str(target))
        return target

    def temporary(self, name: str) -> Path:
        self._work.mkdir(exist_ok=True)
        return self._work / name

    def replace(self, names: Iterable[str]) -> None:
        for name in names:
            self._store.put_file(str(self.temporary(name)), self._path(name))
            self.temporary(name).unlink()

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            if self.holds(name):
                self._store.rm_file(self._path(name))

    def read_text(self, name: str) -> str | None:
        if not self.holds(name):
            return None
        return bytes(self._store.cat_file(self._path(name))).decode()

    def write_text(self, name: str, text: str) -> None:
        self._store.pipe_file(self._path(name), text.encode())

    def clear(self) -> None:
        shutil.rmtree(self._work, ignore_errors=True)
        self._work.mkdir()

    def describe(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{name}"


def _stamp(info: Mapping[str, Any]) -> str:
    """Whatever the store changes with each write."""
    for key in ("ETag", "etag", "generation", "md5Hash", "mtime", "created", "LastModified"):
        if info.get(key):
            return str(info[key])
    return ""


def open_storage(location: str) -> Storage:
    """The storage at a path or a URL."""
    return RemoteStorage(location) if "://" in location else LocalStorage(Path(location))
