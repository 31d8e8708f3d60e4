"""How results look: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.segment import Segments
from rich.table import Table
from rich.text import Text

from segctl.people.erasure import Receipt
from segctl.plain import plain, plain_segments
from segctl.quality.gate import GateResult
from segctl.segments.explain import Condition, Explanation, Reason
from segctl.state.audit import SCHEMA
from segctl.sync.engine import RunResult
from segctl.sync.plan import ListChange, Plan
from segctl.sync.verify import Verification

_WIDE = 200
_AUDIENCES = 30


def to_json(value: Any) -> str:
    """Any result as JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def catalogue(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """`segctl list`."""
    if not rows:
        return Text("There are no segments yet.")
    table = _table()
    table.add_column(
        "segment", no_wrap=True, min_width=min(30, max(len(r["segment"]) for r in rows))
    )
    table.add_column("members", justify="right", no_wrap=True, min_width=8)
    table.add_column("mailable", justify="right", no_wrap=True, min_width=8)
    table.add_column("share", justify="right", no_wrap=True, min_width=6)
    table.add_column("title", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    for row in rows:
        table.add_row(
            Text(str(row["segment"]), "bold"),
            f"{row['members']:,}",
            f"{row['mailable_members']:,}" if row.get("mailable_members") is not None else "",
            f"{float(row['share'] or 0):.1%}",
            str(row["title"]),
            str(row["kind"]),
        )
    return Group(table, Text(f"As of {rows[0]['as_of_on']}.", "dim"))


def explanation(found: Explanation) -> RenderableType:
    """`segctl explain`."""
    parts: list[RenderableType] = [
        Text.assemble("Customer ", (found.customer_id, "bold"), f", as of {found.as_of}"),
        _facts("lifecycle", found.lifecycle),
        _facts("RFM", found.rfm),
        Text.assemble(
            "mailable: ",
            ("yes", "green") if found.mailable else ("no", "red"),
            "" if found.mailable else " (in no audience: no consent, no address, or suppressed)",
        ),
    ]
    return Group(*parts, *(_reason(reasons) for reasons in _alike(found.reasons)))


def _alike(reasons: Iterable[Reason]) -> Iterator[list[Reason]]:
    """Variants of a family that the person is not in for one and the same reason, together."""
    together: dict[Any, list[Reason]] = {}
    for reason in reasons:
        key: Any = reason.segment
        if reason.family and not reason.is_member and not reason.note:
            said = [(c.text.partition(" is ")[0], c.met, str(c.values)) for c in reason.conditions]
            if said[0][0] == "variant" and not said[0][1]:
                key = (reason.family, *said)
        together.setdefault(key, []).append(reason)
    yield from together.values()


def _facts(label: str, facts: Mapping[str, Any]) -> Text:
    if not facts:
        return Text(f"{label}: nothing known", "dim")
    shown = ", ".join(f"{key} {_value(value)}" for key, value in facts.items())
    return Text.assemble(f"{label}: ", (shown, "dim"))


def _reason(alike: Sequence[Reason]) -> RenderableType:
    reason = alike[0]
    head = Text.assemble(
        "\n",
        (" in  ", "bold green") if reason.is_member else (" out ", "bold red"),
        (", ".join(reason.segment for reason in alike), "bold"),
        (f"  {reason.title}" if len(alike) == 1 else "", "dim"),
        (f"  since {reason.entered_on}" if reason.is_member else "", "dim"),
    )
    conditions = list(reason.conditions)
    if len(alike) > 1:
        conditions[0] = replace(conditions[0], text="variant is one of these")
    lines = [_condition(condition) for condition in conditions]
    if not lines and not reason.note:
        lines = [Text("everybody is in", "dim")]
    for experiment, variant in reason.experiments.items():
        meaning = ": in no audience of this segment" if variant == "holdout" else ""
        lines.append(Text(f"experiment {experiment}, variant {variant}{meaning}", "magenta"))
    if reason.note:
        lines.append(Text(reason.note, "yellow"))
    return Group(head, Padding(Group(*lines), (0, 0, 0, 5), expand=False))


def _condition(condition: Condition) -> Text:
    values = ", ".join(f"{name} = {_value(value)}" for name, value in condition.values.items())
    return Text.assemble(
        ("✓ ", "green") if condition.met else ("✗ ", "red"),
        condition.text,
        (f"   {values}" if values else "", "cyan"),
    )


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, float | Decimal):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value)


def plan(found: Plan, *, show_all: bool = False) -> RenderableType:
    """`segctl plan`: what changes most, or every audience."""
    shown = found.lists if show_all else _largest(found.lists)
    table = _table()
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
        _count(change.adds, "green"),
        _count(change.updates, "yellow"),
        _count(change.removals, "red"),
    ]
    if has_left_out:
        cells += [_count(change.suppressed, "magenta"), _count(change.held, "magenta")]
    return [*cells, "  ".join(change.samples)]


def _count(number: int, style: str) -> Text:
    return Text(f"{number:,}", style) if number else Text("-", "dim")


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
    table = _table()
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
            _count(drift.missing, "red"),
            _count(drift.unexpected, "yellow"),
            _count(drift.strangers, "dim"),
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


def receipts(found: Sequence[Receipt]) -> RenderableType:
    """`segctl erase`."""
    table = _table()
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
    table = _table()
    for name in SCHEMA.names:
        table.add_column(name, overflow="fold")
    for rows in trail:
        for row in rows.to_pylist():
            table.add_row(*("" if value is None else str(value) for value in row.values()))
    return table if table.row_count else Text("Nothing has been sent from here yet.")


def gate(result: GateResult) -> RenderableType:
    """`segctl check`."""
    table = _table()
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
    table = _table()
    for name in columns:
        numbers = all(isinstance(row[name], int) for row in rows)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in columns))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else plain(str(value))


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, header_style="bold")


def show(result: RenderableType) -> None:
    """Print to standard output; in a pipe or a file, lines are as long as they need to be."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDE
    console.print(Segments(plain_segments(console.render(result))), end="")
