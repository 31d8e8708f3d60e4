"""Build the project on every engine that is installed, and compare all public tables.

Two days are built, one on top of the other, from the same demo data, and the second day once more
with --full-refresh, which has to change nothing. Exits with 1 if a table differs, naming a row.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from portability.builds import DAYS, ENGINES, Shop, build, installed, running
from portability.engine import DbtFailed, Engine
from portability.equality import as_table, compare
from rich.console import Console

console = Console(width=140, highlight=False)


def main() -> int:
    """Run the comparison; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m portability", description=__doc__)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=f"of {', '.join(ENGINES)}")
    parser.add_argument("--customers", type=int, default=300, help="size of the demo shop")
    parser.add_argument("--seed", type=int, default=11, help="of the demo shop")
    parser.add_argument(
        "--test", action="append", default=[], metavar="ENGINE", help="run dbt's tests there, too"
    )
    options = parser.parse_args()
    names = options.engines or installed()
    if unknown := set(names) - set(installed()):
        parser.error(f"not installed: {', '.join(sorted(unknown))}")
    # Servers are stopped on the way out, so a polite request to stop has to take that way, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="equality-") as scratch:
        shop = Shop(Path(scratch), options.customers, options.seed)
        try:
            return 0 if _is_equal_every_day(names, shop, tested=options.test) else 1
        except DbtFailed as failure:
            print(failure, file=sys.stderr)
            return 1


def _is_equal_every_day(names: Sequence[str], shop: Shop, *, tested: Collection[str]) -> bool:
    shop.generate()
    started = time.monotonic()
    with running(names, shop.folder) as engines:
        console.print(f"Started {', '.join(names)} in {time.monotonic() - started:.0f} s.")
        # A list: later builds are compared even where an earlier one differs.
        return all(
            [
                _is_equal(engines, shop, DAYS[0], tested=tested),
                _is_equal(engines, shop, DAYS[1]),
                _is_equal(engines, shop, DAYS[1], "--full-refresh"),
            ]
        )


def _is_equal(
    engines: Sequence[Engine], shop: Shop, day: str, *arguments: str, tested: Collection[str] = ()
) -> bool:
    console.print(f"\n[bold]dbt build {' '.join(arguments)} as of {day}[/bold]")
    shop.deliver(day, engines)
    for engine in engines:
        started = time.monotonic()
        told = build(engine, day, *arguments, with_tests=engine.name in tested)
        summary = re.findall(r"Done\. (.+)", told)[-1]
        console.print(f"{engine.name:<9} {time.monotonic() - started:5.0f} s  {summary}")
    comparisons = list(compare(engines))
    console.print(as_table(comparisons, engines))
    differences = [found.difference for found in comparisons if found.difference]
    console.print(
        f"{len(comparisons) - len(differences)} of {len(comparisons)} public tables are equal.",
        *differences,
        sep="\n",
        markup=False,
    )
    return not differences


if __name__ == "__main__":
    sys.exit(main())
