"""What all that is printed shares: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.segment import Segments
from rich.table import Table
from rich.text import Text

from segctl.plain import plain, plain_segments

_WIDE = 200


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


def table_of() -> Table:
    return Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, header_style="bold")


def value_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, float | Decimal):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value)


def count_of(number: int, style: str) -> Text:
    return Text(f"{number:,}", style) if number else Text("-", "dim")


def cell_of(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else plain(str(value))


def show(result: RenderableType) -> None:
    """Print to standard output; in a pipe or a file, lines are as long as they need to be."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDE
    console.print(Segments(plain_segments(console.render(result))), end="")
