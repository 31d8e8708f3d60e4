"""Draws segctl.svg anew from the demo warehouse: `python docs/images/draw.py` after `make demo`."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from segctl import render
from segctl.explain import explain
from segctl.project import Project, ProjectOptions
from segctl.warehouse import Warehouse

# Rich's own template loads its font from elsewhere, and is set for that font alone.
LOCAL_FONTS = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "font-size: {char_height}px", "font-size: 18px"
)


def main() -> None:
    """Two commands, as a terminal of 100 columns shows them."""
    project = Project(ProjectOptions(Path()))
    with Warehouse(project) as warehouse:
        (model,) = warehouse.require("segments")
        rows = warehouse.rows(f"select * from {model.relation} order by members desc, segment")
    found = explain(project, "adam.beispieler1184@example.com", "vip")
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=True)
    console.print("[bold]$ segctl list[/]")
    console.print(render.catalogue(rows[:9]))
    console.print("\n[bold]$ segctl explain adam.beispieler1184@example.com --segment vip[/]")
    console.print(render.explanation(found))
    target = str(Path(__file__).with_name("segctl.svg"))
    console.save_svg(target, title="segctl", code_format=LOCAL_FONTS)


if __name__ == "__main__":
    main()
