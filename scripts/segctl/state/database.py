"""The state's database: connection, transactions, creation; in SQLite and PostgreSQL alike."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa

from segctl.errors import StateError
from segctl.state import schema


class Database:
    """The state's tables. Opened read-only they are never created or changed."""

    def __init__(self, engine: sa.Engine, name: str, *, read_only: bool) -> None:
        self.name = name
        self._engine = engine
        self._db: sa.Connection | None = None
        version = self._version()
        if version == 0 and read_only:
            engine.dispose()
            self._engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
        self.version = version or schema.VERSION
        """Of the tables as they are: an older one stays as it is until somebody writes."""
        if version == 0:
            self._create()
        elif schema.OLDEST <= version < schema.VERSION:
            if not read_only:
                self._upgrade(version)
        elif version != schema.VERSION:
            raise StateError(
                f"The state {name} was written by another version of segctl.", "Update segctl."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """All or nothing; inside another one, a part of that."""
        if self._db is not None:
            yield self._db
            return
        try:
            with self._engine.begin() as db:
                self._db = db
                yield db
        except sa.exc.SQLAlchemyError as error:
            raise unusable(self.name, error) from None
        finally:
            self._db = None

    def _version(self) -> int:
        with self.transaction() as db:
            if db.dialect.name == "sqlite":
                return int(db.exec_driver_sql("pragma user_version").scalar() or 0)
            if not db.execute(sa.text("select to_regclass('segctl.meta')")).scalar():
                return 0
            found = db.execute(sa.text("select content from meta where name = 'version'"))
            return int(found.scalar() or 0)

    def _create(self) -> None:
        dialect = self._engine.dialect.name
        with self.transaction() as db:
            if dialect == "postgresql":
                db.exec_driver_sql("create schema if not exists segctl")
            for statement in schema.statements(dialect):
                db.exec_driver_sql(statement)
            self._set_version(db)
            for name, content in (
                ("version", str(schema.VERSION)),
                ("digest_key", secrets.token_hex(32)),
            ):
                db.execute(
                    sa.text("insert into meta values (:name, :content)"),
                    {"name": name, "content": content},
                )

    def _upgrade(self, version: int) -> None:
        with self.transaction() as db:
            for statement in schema.upgrades(version):
                db.exec_driver_sql(statement)
            self._set_version(db)
            db.execute(
                sa.text("update meta set content = :version where name = 'version'"),
                {"version": str(schema.VERSION)},
            )
        self.version = schema.VERSION

    def _set_version(self, db: sa.Connection) -> None:
        if db.dialect.name == "sqlite":
            db.exec_driver_sql(f"pragma user_version = {schema.VERSION}")

    def select(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Rows of a query on the state."""
        with self.transaction() as db:
            return [dict(row) for row in db.execute(sa.text(sql), values).mappings()]

    def write(self, sql: str, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> int:
        """Execute a statement for one or many sets of values; returns how many rows changed."""
        if not rows:
            return 0
        with self.transaction() as db:
            return db.execute(sa.text(sql), rows).rowcount


def now() -> str:
    """The time as the state keeps it: UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def moment() -> str:
    """The same to the microsecond, by which one run can be told from another."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def unusable(name: str, error: Exception) -> StateError:
    """The sentence for a state that cannot be opened or written."""
    original = getattr(error, "orig", None) or error
    reason = original.strerror if isinstance(original, OSError) else str(original)
    first = (reason or type(original).__name__).strip().splitlines()[0]
    return StateError(
        f"The state {name} cannot be used: {first}.",
        "Name another one with --state, or restore it from a backup.",
    )
