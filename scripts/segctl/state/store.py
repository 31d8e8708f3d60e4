"""Where the state is kept: a file beside the project by default, or a PostgreSQL database."""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import sqlalchemy as sa

from segctl.durable import PRIVATE, sync
from segctl.errors import LockHeld, StateError
from segctl.state.database import unusable
from segctl.state.state import State
from segctl.state.tombstones import TombstoneFile, Tombstones, TombstoneTable

_PG_SCHEMA = "segctl"


class StateStore(Protocol):
    """Opens the state and keeps two runs from working on the same destination."""

    @property
    def directory(self) -> Path:
        """A private local directory for the scratch files of a run."""

    @property
    def tombstones(self) -> Tombstones:
        """The second home of tombstones."""

    def read(self) -> State:
        """Open it to look; an absent state counts as empty, and nothing is created."""

    def open(self) -> State:
        """Open it to write, creating it if needed."""

    def lock(self, destination: str) -> Any:
        """Context manager: one run per destination, or LockHeld. A killed run keeps no lock."""


def open_store(location: str | Path, directory: Path) -> StateStore:
    """The store at a path or a URL (postgresql://...); the latter's scratch is in `directory`."""
    text = str(location)
    if re.match(r"postgres(ql)?(\+\w+)?://", text):
        return StateDatabase(text, directory)
    if "://" in text:
        raise StateError(
            f"The state cannot be kept in {text.partition('://')[0]}.",
            "Give a path, or the URL of a PostgreSQL database: postgresql://user@host/database.",
        )
    return StateFile(Path(location))


@dataclass(frozen=True)
class StateFile:
    """The state in one SQLite file, and the locks beside it."""

    path: Path

    @property
    def directory(self) -> Path:
        """Private to the owner; holds the state, its locks and the scratch files of a run."""
        return self.path.parent

    @property
    def tombstones(self) -> Tombstones:
        """A file beside the state's directory, which a restored backup does not overwrite."""
        directory = self.path.absolute().parent
        return TombstoneFile(directory.with_name(f"{directory.name}-erased.jsonl"))

    def read(self) -> State:
        """Open it to look; an absent file counts as empty."""
        with _faults_of(str(self.path)):
            self._require_content()
            return State(self._engine(self.path, read_only=True), str(self.path), read_only=True)

    def open(self) -> State:
        """Open it to write, creating it if needed."""
        with _faults_of(str(self.path)):
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self.path.exists():
                self._create()
            self._require_content()
            self.path.chmod(PRIVATE)
            return State(self._engine(self.path, read_only=False), str(self.path), read_only=False)

    def _create(self) -> None:
        """In one step: a run that is killed meanwhile leaves no file that looks like a state."""
        newborn = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        newborn.unlink(missing_ok=True)
        os.close(os.open(newborn, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE))
        try:
            with State(self._engine(newborn, read_only=False), str(self.path), read_only=False):
                pass
            with suppress(FileExistsError):  # somebody else was quicker
                os.link(newborn, self.path)
            sync(self.directory)
        finally:
            newborn.unlink(missing_ok=True)

    def _require_content(self) -> None:
        """An empty file is what a full disk or half a copy leaves behind, not a new state."""
        if self.path.exists() and self.path.stat().st_size == 0:
            raise StateError(
                f"The state {self.path} is an empty file: somebody or something cut it short.",
                "Restore it from a backup. To start without one, delete the file; what that means "
                "is in docs/sync-audiences.md.",
            )

    def _engine(self, path: Path, *, read_only: bool) -> sa.Engine:
        if read_only and not path.exists():
            address = ":memory:"
        else:
            mode = "ro" if read_only else "rw"
            address = f"{path.absolute().as_uri()}?mode={mode}"

        def connect() -> sqlite3.Connection:
            db = sqlite3.connect(
                address,
                uri=address != ":memory:",
                isolation_level=None,
                timeout=30,
                check_same_thread=False,
            )
            if not read_only:
                db.execute("pragma journal_mode = wal")
                db.execute("pragma synchronous = full")
            return db

        engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.StaticPool)
        # The driver would begin only before the first write; we say when.
        begin = "begin" if read_only else "begin immediate"
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
        return engine

    @contextmanager
    def lock(self, destination: str) -> Iterator[None]:
        """The kernel drops the lock when its holder dies, however."""
        name = quote(destination.replace(":", "."), safe="")
        path = self.path.with_name(f"{self.path.name}.{name}.lock")
        with _faults_of(str(self.path)):
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise _held(destination) from None
        try:
            yield
        finally:
            os.close(handle)


@dataclass(frozen=True)
class StateDatabase:
    """The state in the schema `segctl` of a PostgreSQL database, for machines without a disk."""

    url: str = field(repr=False)
    directory: Path

    @property
    def _name(self) -> str:
        return sa.make_url(self.url).render_as_string(hide_password=True)

    @property
    def tombstones(self) -> Tombstones:
        """A table in another schema of the same database."""
        return TombstoneTable(self._engine)

    def read(self) -> State:
        """Open it to look; nothing is created."""
        with _faults_of(self._name):
            return State(self._engine(), self._name, read_only=True)

    def open(self) -> State:
        """Open it to write, creating schema and tables if needed."""
        with _faults_of(self._name):
            return State(self._engine(), self._name, read_only=False)

    def _engine(self) -> sa.Engine:
        url = sa.make_url(self.url).set(drivername="postgresql+psycopg2")
        return sa.create_engine(
            url,
            # One connection for as long as the state is open: connecting takes longer than asking.
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"options": f"-csearch_path={_PG_SCHEMA}", "connect_timeout": 10},
        )

    @contextmanager
    def lock(self, destination: str) -> Iterator[None]:
        """The server drops the lock with the connection, so also when its holder is killed."""
        with _faults_of(self._name):
            engine = self._engine()
            connection = engine.connect()
        try:
            got = connection.execute(
                sa.text("select pg_try_advisory_lock(hashtextextended(:name, 7421))"),
                {"name": destination},
            ).scalar()
            connection.commit()
            if not got:
                raise _held(destination)
            yield
        finally:
            connection.close()
            engine.dispose()


def _held(destination: str) -> LockHeld:
    return LockHeld(f"Another run is working on {destination}.", "Wait until it has finished.")


@contextmanager
def _faults_of(name: str) -> Iterator[None]:
    """Whatever a driver says becomes one sentence; passwords are not in it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise StateError(
            f"The state in PostgreSQL needs the package {error.name}.",
            "Install it: pip install 'segctl[postgres]'",
        ) from None
    except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise unusable(name, error) from None
