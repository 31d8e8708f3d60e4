"""How segments and explanations look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from segctl.display.output import table_of, value_of

if TYPE_CHECKING:
    from segctl.segments.explain import Condition, Explanation, Reason


def catalogue(rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    """`segctl list`."""
    if not rows:
        return Text("There are no segments yet.")
    table = table_of()
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
    shown = ", ".join(f"{key} {value_of(value)}" for key, value in facts.items())
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
    values = ", ".join(f"{name} = {value_of(value)}" for name, value in condition.values.items())
    return Text.assemble(
        ("✓ ", "green") if condition.met else ("✗ ", "red"),
        condition.text,
        (f"   {values}" if values else "", "cyan"),
    )
