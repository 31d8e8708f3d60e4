"""What the project costs beside the same by hand: scripts/bench/project/main.py (make bench).

BENCH_SF is the scale (1: 100,000 customers and 10 million events); BENCH_DIR keeps data and
warehouses. Every figure is of a process of its own, all of them of one run on one machine.
"""

from __future__ import annotations

import os
import sys

import page
from child import ChildFailed
from compare import Differs
from data import CUSTOMERS_OF_SF1, cache_folder, shop
from project import REPOSITORY
from rich.console import Console
from rich.table import Table
from runs import run_all
from scans import scanned


def main() -> int:
    """Measure, print the table, and write its section of docs/benchmarks.md."""
    console = Console(width=130)
    customers = int(CUSTOMERS_OF_SF1 * float(os.environ.get("BENCH_SF", "1")))
    console.print(f"[dim]data of {customers:,} customers[/]")
    data = shop(customers, cache_folder())
    try:
        results = run_all(data, data.folder, lambda what: console.print(f"[dim]{what}[/]"))
    except (ChildFailed, Differs) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    table = Table(*page.HEADINGS, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for line in page.lines(results):
        table.add_row(*line.cells())
    console.print(table)
    console.print(*results.checks, *results.left_out, sep="\n", markup=False)
    bytes_read = scanned(data.folder / "full", data.folder / "daily")
    page.write(data, page.section(data, results, bytes_read, page.remarks(data)))
    console.print(f"[dim]written to {page.PAGE.relative_to(REPOSITORY)}[/]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
