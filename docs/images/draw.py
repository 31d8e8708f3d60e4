"""Draws segctl.svg anew from the demo warehouse: `python docs/images/draw.py` after `make demo`."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from segctl.explain import explain
from segctl.project import Project, ProjectOptions

from segctl import render
from segctl.warehouse import Warehouse

# Rich's own template loads its font from elsewhere, and is set for that font alone.
LOCAL_FONTS = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "font-size: {char_height}px", "font-size: 18px"
)

# One of each kind; the whole list would not be a picture.
SHOWN = (
    "cart_abandoners_high_value",
    "category_interest_shoes",
    "email_engagement_never",
    "lifecycle_at_risk",
    "near_store",
    "promoters",
    "replenishment_due_beauty",
    "vip",
    "win_back",
)
PERSON, SEGMENT = "anna.madeup13@example.org", "cart_abandoners_high_value"


def main() -> None:
    """Two commands, as a terminal shows them."""
    project = Project(ProjectOptions(Path()))
    with Warehouse(project) as warehouse:
        (model,) = warehouse.require("segments")
        rows = warehouse.rows(f"select * from {model.relation} order by segment")
    found = explain(project, PERSON, SEGMENT)
    console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True)
    console.print("[bold]$ segctl list[/]")
    console.print(render.catalogue([row for row in rows if row["segment"] in SHOWN]))
    console.print(f"\n[bold]$ segctl explain {PERSON} --segment {SEGMENT}[/]")
    console.print(render.explanation(found))
    target = str(Path(__file__).with_name("segctl.svg"))
    console.save_svg(target, title="segctl", code_format=LOCAL_FONTS)


if __name__ == "__main__":
    main()
