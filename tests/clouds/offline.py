"""What dbt would send to a warehouse: it builds with the real adapter, but without a warehouse.

The adapter is the vendor's own, so types, functions, DDL and incremental strategies are what it
makes of them. Only the way to the warehouse is cut off: statements are written down and answered
as an empty warehouse (`first`) would, or one with every table and one stale day (`later`).

    python offline.py TARGET first|later OUTPUT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import agate
from dbt.adapters.base import BaseAdapter
from dbt.adapters.contracts.connection import AdapterResponse
from dbt.adapters.factory import get_adapter_class_by_name, load_plugin
from dbt.cli.main import dbtRunner
from dbt_common.clients.agate_helper import Integer
from dbt_common.events.contextvars import get_node_info

PROJECT = Path(__file__).parents[2]
STALE_DAY = "2025-01-31"


class Recorder:
    """The end of the line: every statement, with the node that it was sent for."""

    def __init__(self, adapter: type[BaseAdapter], has_tables: bool) -> None:
        self.adapter = adapter
        self.has_tables = has_tables
        self.statements: list[dict[str, str]] = []
        self.nodes: dict[str, Any] = {}

    def cut_off(self) -> None:
        """Replace what talks to the warehouse."""
        adapter, manager = self.adapter, self.adapter.ConnectionManager
        recorder = self

        def execute(
            _: Any, sql: str, auto_begin: bool = False, fetch: bool = False, limit: Any = None
        ) -> tuple[AdapterResponse, agate.Table]:
            return AdapterResponse("OK"), recorder.answer(sql)

        def add_query(_: Any, sql: str, *arguments: Any, **options: Any) -> tuple[None, None]:
            recorder.note(sql)
            return None, None

        def connected(connection: Any) -> Any:
            connection.state, connection.handle = "open", Mock()
            return connection

        def nothing(*_: Any, **__: Any) -> None:
            return None

        for place in (adapter, manager):
            place.execute = execute
            place.add_query = add_query
        manager.open = staticmethod(connected)
        for name in ("begin", "commit", "commit_if_has_connection", "clear_transaction"):
            setattr(manager, name, nothing)
        if hasattr(adapter, "load_dataframe"):
            adapter.load_dataframe = lambda _, *arguments: recorder.note_types(arguments)
        adapter.list_schemas = lambda *_: []
        adapter.check_schema_exists = lambda *_: True
        adapter.list_relations_without_caching = lambda _, schema: recorder.relations(schema)
        adapter.get_columns_in_relation = lambda _, relation: recorder.columns(relation.identifier)
        adapter.get_column_schema_from_query = lambda _, sql: recorder.columns()

    def note(self, sql: str) -> None:
        """Write a statement down."""
        node = get_node_info().get("unique_id", "")
        self.statements.append({"node": node, "sql": sql})

    def note_types(self, arguments: tuple[Any, ...]) -> None:
        """BigQuery loads a seed without SQL: the table that it makes stands for it."""
        *_, schema, name, table, types, _delimiter = arguments
        columns = ", ".join(f"{column} {types[column]}" for column in table.column_names)
        self.note(f"create table {schema}.{name} ({columns})")

    def answer(self, sql: str) -> agate.Table:
        """What the warehouse says."""
        self.note(sql)
        if "should_error" in sql:
            return agate.Table(
                [(0, False, False)],
                ["failures", "should_warn", "should_error"],
                [Integer(), agate.Boolean(), agate.Boolean()],
            )
        if "as occurred_on" in sql and "kept.day_state is null" in sql:
            return agate.Table([(STALE_DAY,)], ["occurred_on"], [agate.Text()])
        if "as since_on" in sql:
            return agate.Table([(STALE_DAY,)], ["since_on"], [agate.Text()])
        return agate.Table([], [])

    def relations(self, schema: Any) -> list[Any]:
        """Every table and view of the project that lives in a schema."""
        if not self.has_tables:
            return []
        # Snowflake keeps names without quotes in capitals.
        spelled = str.upper if self.adapter.type() == "snowflake" else str
        return [
            self.adapter.Relation.create(
                database=spelled(node["database"]),
                schema=spelled(node["schema"]),
                identifier=spelled(node["alias"]),
                type="view" if node["config"]["materialized"] == "view" else "table",
            )
            for node in self.nodes.values()
            if node["schema"].lower() == schema.schema.lower()
        ]

    def columns(self, identifier: str = "") -> list[Any]:
        """Columns as the YAML describes them; of the running node if the table is none of ours."""
        running = self.nodes.get(get_node_info().get("unique_id", ""))
        named = (node for node in self.nodes.values() if node["alias"] == identifier.lower())
        node = next(named, running)
        column = self.adapter.Column
        return [
            column(name, column.translate_type(described["data_type"] or "string"))
            for name, described in (node["columns"] if node else {}).items()
        ]

    def schema(self) -> dict[str, Any]:
        """Database -> schema -> table -> column -> type, of tables whose YAML has every type."""
        found: dict[str, Any] = {}
        for node in self.nodes.values():
            types = {name: column["data_type"] for name, column in node["columns"].items()}
            types |= node["config"].get("column_types", {})
            if types and all(types.values()):
                tables = found.setdefault(node["database"], {}).setdefault(node["schema"], {})
                tables[node["alias"]] = types
        return found


def main(target: str, state: str, output: Path) -> int:
    """Build, and write statements, compiled nodes and failures as JSON."""
    options = [
        *("--profiles-dir", str(Path(__file__).parent), "--project-dir", str(PROJECT)),
        *("--target", target, "--target-path", str(output.parent / "target")),
        *("--log-path", str(output.parent), "--quiet", "--no-partial-parse"),
    ]
    runner = dbtRunner()
    parsed = runner.invoke(["parse", *options])
    if not parsed.success:
        print(parsed.exception, file=sys.stderr)
        return 1
    load_plugin(target)
    recorder = Recorder(get_adapter_class_by_name(target), has_tables=state == "later")
    recorder.nodes = {
        key: node.to_dict()
        for key, node in parsed.result.nodes.items()
        if node.resource_type in ("model", "seed")
    }
    recorder.cut_off()
    left_out = ["unit_test"] if state == "first" else ["unit_test", "test", "seed"]
    built = dbtRunner(manifest=parsed.result).invoke(
        [
            "build",
            *options,
            *(f"--exclude-resource-type={kind}" for kind in left_out),
            "--threads",
            "1",
        ]
    )
    outcomes = built.result.results if built.result else []
    output.write_text(
        json.dumps(
            {
                "statements": recorder.statements,
                "failures": {
                    result.node.unique_id: result.message or ""
                    for result in outcomes
                    if result.status not in ("success", "pass")
                },
                "nodes": len(outcomes),
                "schema": recorder.schema(),
                "incremental": [
                    key
                    for key, node in recorder.nodes.items()
                    if node["config"]["materialized"] == "incremental"
                ],
                "exception": str(built.exception or ""),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
