"""The second home of tombstones, for the day on which the state is lost or an old one comes back.

A file of JSON lines beside the state's directory, or a table beside the state's schema: neither is
in a backup of the state, so neither is overwritten when one is restored. A line holds the digest,
the key that it was made with, and nothing else that says who is meant.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from segctl.durable import PRIVATE, sync, write_text
from segctl.errors import StateError


@dataclass(frozen=True)
class Tombstone:
    """Whoever bears this digest is not sent again."""

    key: str
    """With which the digests of the state were made that it comes from."""
    digest: str
    person: str
    """Digest of the address that the erasure was asked for."""
    erased_at: str = field(compare=False)


def by_key(tombstones: Iterable[Tombstone]) -> dict[str, set[str]]:
    """The digests by the key that they were made with."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for stone in tombstones:
        found[stone.key].add(stone.digest)
    return dict(found)


class Tombstones(Protocol):
    """Where tombstones are kept a second time."""

    def read(self) -> set[Tombstone]:
        """All of them; none if there is no second home yet."""

    def add(self, tombstones: Collection[Tombstone]) -> None:
        """Keep them, durably."""

    def remove(self, persons: Collection[str]) -> int:
        """Forget these people's; returns how many stones there were."""


@dataclass(frozen=True)
class TombstoneFile:
    """A file of JSON lines."""

    path: Path

    def read(self) -> set[Tombstone]:
        """A last line that was cut short was never promised to anybody."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        except FileNotFoundError:
            return set()
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable(type(error).__name__) from None
        if lines and not lines[-1].endswith("\n"):
            del lines[-1]
        try:
            return {Tombstone(**json.loads(line)) for line in lines}
        except (ValueError, TypeError):
            raise self._unusable("a line of it is not ours") from None

    def add(self, tombstones: Collection[Tombstone]) -> None:
        """Append what is not there yet."""
        new = sorted(set(tombstones) - self.read(), key=lambda stone: stone.digest)
        if not new:
            return
        try:
            is_new = not self.path.exists()
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, PRIVATE)
            with os.fdopen(handle, "r+b") as file:
                self._drop_half_a_line(file.fileno())
                file.write(b"".join(json.dumps(asdict(s)).encode() + b"\n" for s in new))
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                sync(self.path.parent)
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from None

    def _drop_half_a_line(self, handle: int) -> None:
        content = self.path.read_bytes()
        if content and not content.endswith(b"\n"):
            os.ftruncate(handle, content.rfind(b"\n") + 1)

    def remove(self, persons: Collection[str]) -> int:
        """Written anew without them."""
        before = self.read()
        kept = [stone for stone in before if stone.person not in persons]
        if len(kept) < len(before):
            lines = [json.dumps(asdict(s)) for s in sorted(kept, key=lambda s: s.digest)]
            write_text(self.path, "".join(f"{line}\n" for line in lines))
        return len(before) - len(kept)

    def _unusable(self, why: str) -> StateError:
        return StateError(
            f"The list of erased people {self.path} cannot be used: {why}.",
            "Without it, nobody knows whom an old state would bring back. Restore it, or make it "
            "readable and writable for this user.",
        )


_SCHEMA = "segctl_erased"


@dataclass(frozen=True)
class TombstoneTable:
    """A table in a schema of its own."""

    engine: Callable[[], sa.Engine]
    """Makes one, for as long as it is needed."""

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        engine = self.engine()
        try:
            with engine.begin() as db:
                yield db
        except sa.exc.SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip().splitlines()
            raise StateError(
                f"The list of erased people {_SCHEMA}.tombstones cannot be used: "
                f"{said[0] if said else type(error).__name__}.",
                "May the role of the state read and write that schema?",
            ) from None
        finally:
            engine.dispose()

    def read(self) -> set[Tombstone]:
        """Nothing is created by looking."""
        with self._transaction() as db:
            if not db.execute(sa.text(f"select to_regclass('{_SCHEMA}.tombstones')")).scalar():
                return set()
            rows = db.execute(sa.text(f"select * from {_SCHEMA}.tombstones")).mappings()
            return {Tombstone(**row) for row in rows}

    def add(self, tombstones: Collection[Tombstone]) -> None:
        """Schema and table are made with the first one."""
        if not tombstones:
            return
        with self._transaction() as db:
            db.execute(sa.text(f"create schema if not exists {_SCHEMA}"))
            db.execute(
                sa.text(
                    f"create table if not exists {_SCHEMA}.tombstones (key varchar(80) not null, "
                    "digest varchar(64) not null, person varchar(64) not null, "
                    "erased_at varchar(40) not null, primary key (key, digest))"
                )
            )
            db.execute(
                sa.text(
                    f"insert into {_SCHEMA}.tombstones values (:key, :digest, :person, :erased_at) "
                    "on conflict do nothing"
                ),
                [asdict(stone) for stone in tombstones],
            )

    def remove(self, persons: Collection[str]) -> int:
        """By the persons' digests."""
        if not self.read():
            return 0
        with self._transaction() as db:
            statement = sa.text(f"delete from {_SCHEMA}.tombstones where person = :p")
            return sum(db.execute(statement, {"p": person}).rowcount for person in persons)
