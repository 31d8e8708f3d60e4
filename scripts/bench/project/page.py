"""docs/benchmarks.md: the head is written by hand, the section of each scale by this module."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from child import Cost
from data import Data
from project import REPOSITORY
from runs import Results
from scans import Scanned

PAGE = REPOSITORY / "docs" / "benchmarks.md"
TABLES = ("orders", "order_lines", "web_events", "email_events")
PACKAGES = ("duckdb", "polars", "pandas", "dbt-core", "dbt-duckdb")


@dataclass(frozen=True)
class Line:
    """A row of the table of costs; `ratio` and `goal` may be empty."""

    name: str
    cost: Cost
    ratio: str = ""
    goal: str = ""

    def cells(self) -> list[str]:
        """As the page and the terminal show it."""
        peak = f"{self.cost.peak_mb / 1000:.1f} GB"
        return [self.name, f"{self.cost.cpu_seconds:.1f}", peak, self.ratio, self.goal]


HEADINGS = ["", "CPU s", "peak memory", "ratio", "goal"]


def lines(results: Results) -> list[Line]:
    """What was measured, with the goals beside the figures."""
    costs = results.costs
    found = [Line("core, hand-written SQL", costs["sql"])]

    def against(name: str, others: dict[str, str]) -> tuple[str, str]:
        told, goals = [], []
        for other, goal in others.items():
            if other in costs:
                ratio = costs[name].cpu_seconds / costs[other].cpu_seconds
                told.append(f"{ratio:.2f} of {NAMES[other]}")
                goals.append(goal)
        return ", ".join(told), ", ".join(goals)

    for name in ("polars", "pandas"):
        if name in costs:
            found.append(Line(f"core, {name}", costs[name], *against(name, {"sql": ""})))
    core_goals = {"sql": "≤ 1.25", "polars": "≤ 0.60", "pandas": "≤ 0.33"}
    titles = {
        "core_given": "core models, people given",
        "core": "core models with all they need",
    }
    for name, title in titles.items():
        if name in costs:
            found.append(Line(title, costs[name], *against(name, core_goals)))
    found.append(
        Line(
            "everything, no tests",
            costs["full"],
            against("full", {"sql": ""})[0],
            "peak ≤ 2 GB at SF10",
        )
    )
    if "tested" in costs:
        ratio = against("tested", {"full": "≤ 4 at SF1"})
        found.append(Line("everything, all tests", costs["tested"], *ratio))
    found.append(Line("one more day", costs["daily"], *against("daily", {"full": "≤ 0.20"})))
    if "small" in costs:
        found.append(Line("everything, 1 GB for DuckDB", costs["small"], "", "passes"))
    return found


NAMES = {"sql": "SQL", "polars": "polars", "pandas": "pandas", "full": "no tests"}


def section(data: Data, results: Results, scanned: list[Scanned], remarks: str) -> str:
    """The section of a scale, in Markdown."""
    sizes = ", ".join(f"{data.rows(table):,} {table.replace('_', ' ')}" for table in TABLES)
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    parts = [
        f"## {scale(data)}",
        "",
        f"{data.customers:,} customers, {sizes}. {date.today():%d %B %Y}: {machine()}; "
        f"Python {platform.python_version()}, {versions}.",
        "",
        _table(HEADINGS, [line.cells() for line in lines(results)]),
        "",
        *(f"- Checked in this run: {check}." for check in results.checks),
        *(f"- Left out: {what}." for what in results.left_out),
        "",
        *([remarks, ""] if remarks else []),
        f"### Bytes that a cloud warehouse would bill at {scale(data)}",
        "",
        _table(
            ["table", "full, its own query", "daily", "full, with all it needs", "daily"],
            [row.cells() for row in scanned],
        ),
        "",
    ]
    return "\n".join(parts)


def scale(data: Data) -> str:
    """SF1, SF10, or so many customers."""
    factor = data.customers / 100_000
    return f"SF{factor:g}"


def machine() -> str:
    """Model of the CPU, cores, memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    info = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*: (.*)$", info.read_text(), re.M) if info.exists() else None
    model = named.group(1) if named else platform.processor() or platform.machine()
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GB"


def write(data: Data, text: str) -> None:
    """Put a section in the place of the one of the same scale; the others stay."""
    mark = f"<!-- {scale(data)} -->", f"<!-- end of {scale(data)} -->"
    block = f"{mark[0]}\n{text}{mark[1]}\n"
    page = PAGE.read_text(encoding="utf-8")
    between = re.compile(f"{re.escape(mark[0])}.*?{re.escape(mark[1])}\n", re.S)
    if between.search(page):
        page = between.sub(lambda _: block, page)
    else:
        page = f"{page.rstrip()}\n\n{block}"
    PAGE.write_text(page, encoding="utf-8")


def remarks(data: Data) -> str:
    """What somebody wrote about this scale's figures, which a new run keeps."""
    pattern = f"<!-- remarks on {scale(data)} -->.*?<!-- end of remarks -->"
    found = re.search(pattern, PAGE.read_text(encoding="utf-8"), re.S)
    return found.group(0) if found else ""


def _table(headings: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in [headings, *rows]]
    rule = "|" + "|".join("---" if number == 0 else "--:" for number in range(len(headings))) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])
