"""How plans, runs and what destinations hold look."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from segctl.display.output import cell_of, count_of, table_of

_AUDIENCES = 30

if TYPE_CHECKING:
    from segctl.sync.engine import RunResult
    from segctl.sync.plan import ListChange, Plan
    from segctl.sync.verify import Verification


def plan(found: Plan, *, show_all: bool = False) -> RenderableType:
    """`segctl plan`: what changes most, or every audience."""
    shown = found.lists if show_all else _largest(found.lists)
    table = table_of()
    table.add_column("audience", no_wrap=True)
    for column in ("members", "now", "then", "add", "update", "remove"):
        # Wide enough for the numbers: on a narrow terminal it is the examples that give way.
        largest = max((max(change.wanted, change.members or 0) for change in shown), default=0)
        width = max(len(f"{largest:,}"), len(column))
        table.add_column(column, justify="right", no_wrap=True, min_width=width)
    has_left_out = any(change.suppressed or change.held for change in shown)
    if has_left_out:
        table.add_column("suppressed", justify="right")
        table.add_column("held", justify="right")
    table.add_column("for example", style="dim", no_wrap=True)
    for change in shown:
        table.add_row(*_plan_row(change, has_left_out))
    parts: list[RenderableType] = [table]
    if len(shown) < len(found.lists):
        hidden = [change for change in found.lists if change not in shown]
        changing = sum(_size(change) > 0 for change in hidden)
        parts.append(
            Text(f"{len(hidden)} more, {changing} of them with changes: segctl plan --all", "dim")
        )
    if found.opted_out:
        parts.append(
            Text(
                f"{found.opted_out:,} people said no to the tool under an address that they had "
                "before. They stay out, and their records there stay as they are.",
                "magenta",
            )
        )
    parts.append(Text(_effort(found)))
    if found.at_other_addresses:
        parts.append(
            Text(
                f"{found.at_other_addresses:,} memberships are left out: the consent for their "
                "purpose is for another address than the person's profile has.",
                "dim",
            )
        )
    for guard in found.guards:
        parts.append(
            Text.assemble(("guard ", "yellow"), (guard.name, "bold yellow"), f"  {guard.message}")
        )
    return Group(*parts)


def _largest(lists: Sequence[ListChange]) -> Sequence[ListChange]:
    """Of many audiences those with most changes, in their old order; of few all."""
    if len(lists) <= _AUDIENCES:
        return lists
    by_size = sorted(lists, key=lambda change: (-_size(change), change.label))
    chosen = {change.label for change in by_size[:_AUDIENCES] if _size(change)}
    return [change for change in lists if change.label in chosen or not change.audience]


def _size(change: ListChange) -> int:
    return change.adds + change.updates + change.removals


def _plan_row(change: ListChange, has_left_out: bool) -> list[RenderableType]:
    cells: list[RenderableType] = [
        Text(change.label, "bold" if change.audience else "italic"),
        f"{change.members:,}" if change.members is not None else "",
        f"{change.known:,}",
        f"{change.wanted:,}",
        count_of(change.adds, "green"),
        count_of(change.updates, "yellow"),
        count_of(change.removals, "red"),
    ]
    if has_left_out:
        cells += [count_of(change.suppressed, "magenta"), count_of(change.held, "magenta")]
    return [*cells, "  ".join(change.samples)]


def _effort(found: Plan) -> str:
    if not found.operations:
        return f"Nothing to do as of {found.as_of}: {_up_to_date(found)}"
    time = f", at least {_duration(found.seconds)} at the tool's limits" if found.seconds else ""
    return (
        f"{found.operations:,} operations in {found.requests:,} requests{time}, "
        f"as of {found.as_of}, to {found.destination}."
    )


def _up_to_date(found: Plan) -> str:
    """Never said without the records that are not there."""
    if not found.held:
        return f"{found.destination} is up to date."
    return (
        f"{found.destination} is up to date but for {found.held:,} records that it rejected before "
        "and that are held back until they change: segctl status, segctl retry."
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def run_result(result: RunResult, planned: Plan) -> RenderableType:
    """What an apply did."""
    destination = planned.destination
    if result.run_id is None:
        return Text(f"Nothing to do: {_up_to_date(planned)}")
    parts: list[RenderableType] = [
        Text(f"{result.acknowledged:,} operations acknowledged by {destination}.", "green")
    ]
    if result.dead:
        parts.append(Text(f"{result.dead:,} records were rejected:", "red"))
        parts += [
            Text(f"  {count:,} x {reason}")
            for reason, count in sorted(result.reasons.items(), key=lambda item: -item[1])
        ]
        parts.append(Text("They are tried again once their rows change. See segctl status."))
    if planned.held:
        parts.append(
            Text(
                f"{planned.held:,} records were rejected before and are held back until they "
                "change: segctl status, segctl retry.",
                "red",
            )
        )
    if result.blocked:
        parts.append(Text(f"{result.blocked:,} records wait for those.", "yellow"))
    if result.suppressed:
        parts.append(Text(f"{result.suppressed:,} people have said no to the tool itself.", "dim"))
    return Group(*parts)


def verification(found: Verification, *, repaired: bool) -> RenderableType:
    """`segctl verify`."""
    table = table_of()
    table.add_column("list", no_wrap=True)
    for column in ("held", "missing", "unexpected", "strangers"):
        table.add_column(column, justify="right")
    for drift in found.lists:
        if drift.gone:
            table.add_row(drift.audience, f"{drift.held:,}", Text("the list is gone", "red"))
            continue
        table.add_row(
            drift.audience,
            f"{drift.held:,}",
            count_of(drift.missing, "red"),
            count_of(drift.unexpected, "yellow"),
            count_of(drift.strangers, "dim"),
        )
    parts: list[RenderableType] = [table]
    held = sum(drift.held for drift in found.lists)
    if found.is_clean:
        parts.append(
            Text(f"{found.destination} holds all {held:,} members as acknowledged.", "green")
        )
    else:
        advice = "The next apply puts them back." if repaired else "Put them back: verify --repair"
        parts.append(Text(f"{found.destination} has drifted. {advice}", "bold red"))
    return Group(*parts)


def status(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> RenderableType:
    """`segctl status`."""
    if not any(found.values()):
        return Text("Nothing has been sent from here yet.")
    runs = _runs(found["runs"])
    shown = {**found, "runs": runs, "allowed": [run for run in runs if run["allowed"]]}
    shown["paused"] = [
        {**row, "not before (UTC)": str(row["paused_until"])[:19].replace("T", " ")}
        for row in found["paused"]
    ]
    parts: list[RenderableType] = []
    for title, key, columns in (
        ("Last runs", "runs", ("run", "started (UTC)", "status", "acknowledged", "rejected")),
        ("Guards let through", "allowed", ("run", "allowed")),
        ("Acknowledged", "lists", ("audience", "members", "unanswered")),
        ("Outbox", "outbox", ("state", "operations")),
        ("To be asked again", "paused", ("not before (UTC)",)),
        ("Rejected records", "dead_letters", ("audience", "operation", "records", "reason")),
        ("Said no to the tool", "suppressed", ("people", "reason")),
        ("Last verified", "verified", ("checked_at", "lists", "drifted")),
        ("Drift", "drift", ("audience", "held", "missing", "unexpected", "strangers")),
        ("Erasures", "erasures", ("status", "people", "last_asked_at")),
    ):
        for destination in dict.fromkeys(row["destination"] for row in shown[key]):
            rows = [row for row in shown[key] if row["destination"] == destination]
            parts += [Text.assemble("\n", (title, "bold"), f", {destination}")]
            parts += [_grid(columns, rows)]
    return Group(*parts)


def _runs(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "destination": run["destination"],
            "run": run["run_id"],
            "started (UTC)": str(run["started_at"])[:16].replace("T", " "),
            "status": run["status"],
            "acknowledged": f"{run['acknowledged']:,} of {run['operations']:,}",
            "rejected": run["rejected"],
            "allowed": ", ".join(json.loads(run["allowed"])),
        }
        for run in runs
    ]


def _grid(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Table:
    table = table_of()
    for name in columns:
        numbers = all(isinstance(row[name], int) for row in rows)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell_of(row[name]) for name in columns))
    return table
