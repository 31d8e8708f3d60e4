"""Time the project on an engine: a day from nothing, and the next one on top of it.

Prints wall seconds, and CPU seconds of dbt and of the engine's server, beside those of DuckDB. All
events are loaded. `--customers 100000` is SF1 of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from portability.builds import DAYS, ENGINES, Shop, build, running
from portability.engine import Engine
from rich.console import Console
from rich.table import Table

console = Console(width=100, highlight=False)


def main() -> None:
    """Run the builds and print the table."""
    parser = argparse.ArgumentParser(prog="python -m portability.timing", description=__doc__)
    parser.add_argument("engines", nargs="+", metavar="ENGINE", help=f"of {', '.join(ENGINES)}")
    parser.add_argument("--customers", type=int, default=2000, help="size of the demo shop")
    parser.add_argument("--seed", type=int, default=42, help="of the demo shop")
    options = parser.parse_args()
    table = Table("engine", "build", "wall s", "dbt CPU s", "server CPU s", box=None)
    with tempfile.TemporaryDirectory(prefix="timing-") as scratch:
        shop = Shop(Path(scratch), options.customers, options.seed, events_since="0001-01-01")
        shop.generate()
        with running(options.engines, shop.folder) as engines:
            for day, name in zip(DAYS, ("from nothing", "one more day"), strict=True):
                shop.deliver(day, engines)
                for engine in engines:
                    table.add_row(engine.name, name, *_costs(engine, day))
    console.print(table)


def _costs(engine: Engine, day: str) -> list[str]:
    """Seconds on the wall, of dbt, of the server."""
    wall, dbt, server = time.monotonic(), _cpu_of_children(), engine.server_cpu_seconds()
    build(engine, day)
    costs = (
        time.monotonic() - wall,
        _cpu_of_children() - dbt,
        engine.server_cpu_seconds() - server,
    )
    return [f"{cost:.0f}" for cost in costs]


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
