"""What people see when there is a lot to see."""

from __future__ import annotations

import io

from rich.console import Console

from segctl.display import syncs
from segctl.sync.plan import ListChange, Plan


def printed(plan: Plan, *, show_all: bool) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(syncs.plan(plan, show_all=show_all))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def plan_of(*changes: ListChange) -> Plan:
    return Plan.model_construct(
        lists=list(changes),
        guards=[],
        operations=1,
        requests=1,
        seconds=0,
        as_of="2025-11-01",
        destination="files:out",
    )


def change(name: str, adds: int) -> ListChange:
    return ListChange.model_construct(
        audience=name,
        known=0,
        wanted=adds,
        adds=adds,
        updates=0,
        removals=0,
        suppressed=0,
        held=0,
        samples=[],
    )


def test_a_long_plan_shows_the_largest_changes() -> None:
    many = plan_of(change("", 0), *(change(f"segment_{number:02}", number) for number in range(50)))
    short = printed(many, show_all=False)
    assert "profiles" in short and "segment_49" in short and "segment_20" in short
    assert "segment_19" not in short
    assert "20 more, 19 of them with changes: segctl plan --all" in short
    everything = printed(many, show_all=True)
    assert "segment_00" in everything and "more," not in everything


def test_a_short_plan_shows_all_of_it() -> None:
    few = plan_of(change("", 0), change("vip", 0))
    assert "vip" in printed(few, show_all=False) and "more," not in printed(few, show_all=False)
