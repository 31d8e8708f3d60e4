"""How fast the sync is, beside its goals: python scripts/bench/sync (make bench-sync).

Everything is measured over loopback with 500 records a request, the receiver in a process of its
own on the same machine, in the same run as the ceiling: the same bodies sent by the bare HTTP
client. Each figure is the median of three runs, the large plan of one.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
RUNS = 3
LATENCY = 0.05
RATE = 40


@contextmanager
def receiver(latency: float = 0.0, limit: int = 0) -> Iterator[int]:
    """A sink on a free port."""
    command = [sys.executable, str(HERE / "sink.py"), str(latency), str(limit)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield int(process.stdout.readline() if process.stdout else 0)
        finally:
            process.terminate()


def measure(what: str, *numbers: int, runs: int = RUNS) -> dict[str, float]:
    """The medians of what a process of its own measures."""
    command = [sys.executable, str(HERE / "measure.py"), what, *map(str, numbers)]
    found: list[dict[str, Any]] = []
    for _ in range(runs):
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
        found.append(json.loads(done.stdout))
    return {name: statistics.median(run[name] for run in found) for name in found[0]}


def main() -> None:
    """Measure and print the table."""
    table = Table("measured", "figure", "goal", "CPU s", "peak MB", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"

    def row(name: str, figure: str, goal: str, found: dict[str, float]) -> None:
        table.add_row(name, figure, goal, f"{found['cpu_seconds']:.1f}", f"{found['peak_mb']:.0f}")

    with receiver() as port:
        top = measure("ceiling", 200_000, port)
        ceiling = 200_000 / top["seconds"]
        row("ceiling: 200,000 rows, bare client", f"{ceiling:,.0f} rows/s", "", top)
        small = measure("send", 20_000, port)
        row("20,000 rows", f"{20_000 / small['seconds']:,.0f} rows/s", "", small)
        large = measure("send", 200_000, port)
        rate = 200_000 / large["seconds"]
        row("200,000 rows", f"{rate:,.0f} rows/s", "50,000 rows/s", large)
        row("  of the ceiling", f"{rate / ceiling:.0%}", "", large)
        seconds = large["unchanged_seconds"]
        row("no change, 200,000 rows", f"{seconds:.1f} s, 0 writes", "0 writes", large)
    with receiver(LATENCY) as port:
        slow = measure("send", 20_000, port)
        name = f"20,000 rows, {LATENCY * 1000:.0f} ms latency"
        row(name, f"{20_000 / slow['seconds']:,.0f} rows/s", "15,000 rows/s", slow)
        slow = measure("send", 200_000, port)
        name = f"200,000 rows, {LATENCY * 1000:.0f} ms latency"
        row(name, f"{200_000 / slow['seconds']:,.0f} rows/s", "", slow)
    with receiver(limit=RATE) as port:
        kept = measure("limit", RATE, port, runs=1)
        row(f"use of a limit of {RATE} requests/s", f"{kept['share']:.1%}", "95 %", kept)
        turned_away = kept["throttled"] / kept["requests"]
        row("  throttled answers", f"{turned_away:.2%}", "0.10 %", kept)
    plan = measure("plan", 1_000_000, 10, runs=1)
    compared = plan["seconds"] - plan["loading_seconds"]
    row("plan: 10 million members, 4 % changed", f"{plan['seconds']:.1f} s", "10 s", plan)
    row(
        "  reading and digesting the warehouse's rows", f"{plan['loading_seconds']:.1f} s", "", plan
    )
    row("  comparing with the ledger", f"{compared:.1f} s", "", plan)
    row("  peak memory", f"{plan['peak_mb']:.0f} MB", "700 MB", plan)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
