"""The user's warehouse, through the user's own dbt profile: rows out, nothing in.

Works with every dbt adapter. Connections are kept short: DuckDB lets no writer in while a reader is
there, and no warehouse should hold a query open while an email tool thinks.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from segctl.errors import NotBuilt, ProjectError, SegctlError, WarehouseError
from segctl.privacy import mask_emails
from segctl.warehouse.project import Model, Project, let_go_of_duckdb

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

ROWS_PER_BATCH = 50_000

_PLAIN_TYPES = (
    *("boolean", "tinyint", "smallint", "int", "bigint", "decimal", "float", "double"),
    *("date", "timestamp", "timestamptz", "text", "varchar", "char"),
)


class Warehouse:
    """A connection to the warehouse; use it as a context manager."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._adapter: Any = None
        self._connection: Any = None
        self._handle: Any = None

    def __enter__(self) -> Warehouse:
        # Parsing first: dbt drops all adapters of the process when one of its commands ends.
        _ = self.project.manifest
        self._adapter = _register_adapter(self.project)
        try:
            self._connection = self._adapter.connections.set_connection_name("segctl")
            self._handle = self._connection.handle
            if self.dialect == "postgres":
                # One moment in time for all queries, even while dbt swaps tables; and no writes.
                self._handle.set_session(isolation_level="REPEATABLE READ", readonly=True)
        except Exception as error:
            self.close()
            raise _cannot_open(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back and, on DuckDB, let go of the file."""
        if self._adapter is not None:
            with suppress(Exception):
                self._connection.handle.rollback()
            with suppress(Exception):
                self._adapter.connections.cleanup_all()
            let_go_of_duckdb()
        self._adapter = self._connection = self._handle = None

    @property
    def dialect(self) -> str:
        """The adapter's type ('duckdb', 'postgres', ...), which sqlglot knows as dialects too."""
        return str(self._adapter.type())

    def literal(self, value: str) -> str:
        """A string as a literal of the adapter's SQL, safe to put into a query."""
        from sqlglot import exp

        return exp.Literal.string(value).sql(dialect=self.dialect)

    def require(self, *names: str) -> list[Model]:
        """The models of these names, each known to dbt and present in the warehouse."""
        models = [self.project.model(name) for name in names]
        missing = [model for model in models if not self.holds(model)]
        if missing:
            raise NotBuilt(
                f"The warehouse does not hold {_enumerate(model.name for model in missing)} yet.",
                "Build the project first: dbt build",
            )
        return models

    def holds(self, model: Model) -> bool:
        """Whether the model's table or view is there and can be read."""
        try:
            self.rows(f"select 1 as present from {model.relation} where 1 = 0")
        except SegctlError:
            return False
        return True

    def columns(self, model: Model) -> dict[str, str]:
        """The model's columns in the table's order, each with its type in DuckDB's words."""
        if self.dialect == "duckdb":
            described = self.rows(f"describe select * from {model.relation}")
            return {str(row["column_name"]): str(row["column_type"]) for row in described}
        relation = self._adapter.Relation.create_from(self._adapter.config, self._node(model))
        found = self._adapter.get_columns_in_relation(relation)
        return {column.name: self._duckdb_type(column.data_type) for column in found}

    def _node(self, model: Model) -> Any:
        return self.project.manifest.nodes[model.unique_id]

    def _duckdb_type(self, data_type: str) -> str:
        from sqlglot import exp
        from sqlglot.errors import SqlglotError

        try:
            kind = exp.DataType.build(data_type, dialect=self.dialect)
        except SqlglotError:
            return "VARCHAR"
        if kind.is_type("decimal") and not kind.expressions:
            return "DOUBLE"  # an unbounded numeric, which DuckDB does not have
        return kind.sql("duckdb") if kind.is_type(*_PLAIN_TYPES) else "VARCHAR"

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The result of a query that returns few rows."""
        cursor = self._execute(sql)
        names = [str(column[0]) for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def frame(self, sql: str) -> pd.DataFrame:
        """The result of a query that returns few rows, as a data frame."""
        import pandas as pd

        cursor = self._execute(sql)
        names = [str(column[0]) for column in cursor.description]
        return pd.DataFrame([tuple(row) for row in cursor.fetchall()], columns=names)

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The result of a query of any size, in batches, without ever holding all of it."""
        if self.dialect == "duckdb":
            yield from self._stream_arrow(sql)
        elif self.dialect in ("postgres", "redshift"):
            yield from self._stream_named_cursor(sql)
        else:
            cursor = self._execute(sql)
            yield from _batches(cursor, [str(column[0]) for column in cursor.description])

    def _stream_arrow(self, sql: str) -> Iterator[pa.RecordBatch]:
        # Arrow spares Python from touching each row. A cursor of its own, so that two streams can
        # be read side by side.
        try:
            yield from self._handle.cursor().cursor().sql(sql).to_arrow_reader(ROWS_PER_BATCH)
        except Exception as error:
            raise _refused(error) from error

    def _stream_named_cursor(self, sql: str) -> Iterator[pa.RecordBatch]:
        # A plain PostgreSQL cursor would load the whole result into this process first.
        with self._handle.cursor(name="segctl") as cursor:
            cursor.itersize = ROWS_PER_BATCH
            self._execute(sql, cursor)
            first = cursor.fetchmany(ROWS_PER_BATCH)
            names = [str(column[0]) for column in cursor.description]
            yield from _batches(cursor, names, first)

    def _execute(self, sql: str, cursor: Any = None) -> Any:
        cursor = cursor if cursor is not None else self._handle.cursor()
        try:
            cursor.execute(sql)
        except Exception as error:
            with suppress(Exception):
                self._handle.rollback()
            raise _refused(error) from error
        return cursor


def _register_adapter(project: Project) -> Any:
    """Load the profile as dbt does and make its adapter ready to connect."""
    from dbt.adapters.factory import get_adapter, register_adapter, reset_adapters
    from dbt.config.runtime import RuntimeConfig
    from dbt.flags import set_from_args
    from dbt.mp_context import get_mp_context

    options = project.options
    arguments = Namespace(
        project_dir=str(options.project_dir),
        profiles_dir=str(options.profiles_dir) if options.profiles_dir else None,
        target=options.target,
        profile=None,
        threads=1,
        vars=dict(options.vars),
        target_path=str(options.work_dir / "dbt"),
    )
    try:
        if options.profiles_dir is None:
            from dbt.cli.resolvers import default_profiles_dir

            arguments.profiles_dir = str(default_profiles_dir())
        set_from_args(arguments, {})
        config = RuntimeConfig.from_args(arguments)
    except Exception as error:
        raise ProjectError(
            f"dbt cannot load the project's profile: {_first_line(error)}",
            "`dbt debug` shows what is missing.",
        ) from error
    _read_only(config.credentials)
    reset_adapters()  # type: ignore[no-untyped-call]
    register_adapter(config, get_mp_context())
    return get_adapter(config)


def _read_only(credentials: Any) -> None:
    """Where the adapter can promise not to write, have it promise."""
    if credentials.type == "duckdb" and credentials.path != ":memory:":
        options = dict(credentials.config_options or {})
        options["access_mode"] = "read_only"
        credentials.config_options = options


def _batches(
    cursor: Any, names: Sequence[str], first: list[tuple[Any, ...]] | None = None
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    rows = first if first is not None else cursor.fetchmany(ROWS_PER_BATCH)
    while rows:
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, names=list(names))
        rows = cursor.fetchmany(ROWS_PER_BATCH)


def _refused(error: Exception) -> WarehouseError:
    return WarehouseError(
        f"The warehouse refused a query: {_first_line(error)}",
        "If a model changed lately, build it again: dbt build",
    )


def _cannot_open(error: Exception) -> WarehouseError:
    text = _first_line(error)
    if "Could not set lock" in text or "Conflicting lock" in text:
        return WarehouseError(
            "The warehouse file is in use by another process.",
            "Wait until dbt or the other tool has finished, or close it.",
        )
    if "does not exist" in text and "read-only" in text:
        return WarehouseError(
            "The warehouse file does not exist yet.",
            "Build the project first: dbt build (a relative path in profiles.yml counts from the "
            "current directory).",
        )
    return WarehouseError(
        f"The warehouse cannot be reached: {text}", "`dbt debug` tests the connection."
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return mask_emails(" ".join(lines[:2])) or type(error).__name__


def _enumerate(names: Iterable[str]) -> str:
    return ", ".join(names)
