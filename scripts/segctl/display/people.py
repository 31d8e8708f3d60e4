"""How receipts of erasures and the audit trail look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
from rich.console import Group, RenderableType
from rich.text import Text

from segctl.display.output import table_of
from segctl.state.audit import SCHEMA

if TYPE_CHECKING:
    from segctl.people.erasure import Receipt


def receipts(found: Sequence[Receipt]) -> RenderableType:
    """`segctl erase`."""
    table = table_of()
    for column in ("person", "destination", "status", "at (UTC)", "reference"):
        table.add_column(column, overflow="fold")
    for receipt in found:
        style = "red" if receipt.failed else "green"
        table.add_row(
            receipt.person,
            receipt.destination,
            Text(receipt.status, style),
            receipt.at[:19].replace("T", " "),
            receipt.receipt,
        )
    failed = sum(receipt.failed for receipt in found)
    end = Text(f"{failed} failed: repeat the command.", "red") if failed else Text("Done.", "green")
    return Group(table, end)


def audit(trail: Iterable[pa.Table]) -> RenderableType:
    """`segctl audit`."""
    table = table_of()
    for name in SCHEMA.names:
        table.add_column(name, overflow="fold")
    for rows in trail:
        for row in rows.to_pylist():
            table.add_row(*("" if value is None else str(value) for value in row.values()))
    return table if table.row_count else Text("Nothing has been sent from here yet.")
