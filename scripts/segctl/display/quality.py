"""How the quality gate's result looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from segctl.display.output import table_of

if TYPE_CHECKING:
    from segctl.quality.gate import GateResult


def gate(result: GateResult) -> RenderableType:
    """`segctl check`."""
    table = table_of()
    table.add_column("table", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("checks", justify="right", no_wrap=True)
    table.add_column("result")
    for suite in result.suites:
        failed = [check for check in suite.checks if not check.passed]
        outcome: RenderableType = Text("passed", "green")
        if failed:
            outcome = Group(
                *(Text(f"✗ {check.says}: {check.found:,} found", "red") for check in failed)
            )
        table.add_row(suite.name, f"{suite.rows:,}", str(len(suite.checks)), outcome)
    verdict = (
        Text("Passed.", "bold green")
        if result.passed
        else Text("Failed: nothing would be sent.", "bold red")
    )
    return Group(table, verdict)
