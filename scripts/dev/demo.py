"""What `make demo` runs once the environment and the demo data stand: build, check, plan, apply.

Each step is the command that a user would type, so what is shown is what the product does.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from segctl import cli

WAREHOUSE = Path("segmentation.duckdb")
BUILT = Path("target/demo_built")
"""Newer than all that was built from, unless something has changed since."""
SOURCES = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "data/demo")
DBT = Path(sys.executable).with_name("dbt")

STARTED = re.compile(r"(\d+) of (\d+) START (?:sql |unit )?(.*?) \.*")
# What dbt says when all is well; the rest is shown.
FINE = re.compile(
    r"^\S+ +($|\d+ of \d+ (OK|PASS)|Running with|Registered|Found|Concurrency|Finished|"
    r"Unable to do partial parsing|Completed)"
)

os.environ["GX_ANALYTICS_ENABLED"] = "False"
console = Console(highlight=False)

SUMMARY = """
[bold]What is where[/]
  [cyan]segmentation.duckdb[/]         the warehouse; its schema `segmentation` has {tables} tables:
    customer_features         {customers:,} customers, one row each
    segments, segment_members {segments} segments, and who is in them
    cohort_retention          who comes back, month by month
    audience_memberships      the {mailable:,} customers who may be mailed
  [cyan]target/segctl/audiences/[/]    a CSV and a Parquet file per audience, to import
  [cyan]target/segctl/quality.html[/]  the quality report, for a browser

[bold]What to type next[/]
  [cyan]. .venv/bin/activate[/]        so that dbt and segctl are found
  [cyan]segctl list[/]                 all segments with their sizes
  [cyan]segctl explain {somebody}[/]
                              why somebody is in a segment, or not
  [cyan]segctl --help[/]               everything else
  [cyan]docs/connect-your-tables.md[/] your own orders instead of invented ones
  [cyan]docs/add-a-segment.md[/]       a segment of your own, in one SQL file
"""


def main() -> int:
    """Run the steps; the first one that fails ends the demo with its exit code."""
    # Six seconds of imports for the later steps, while dbt works.
    threading.Thread(target=import_module, args=["great_expectations"], daemon=True).start()
    for command in ("dbt build", "segctl check", "segctl plan", "segctl apply"):
        started = time.monotonic()
        console.print(f"\n[bold]$ {command}[/]")
        tool, verb = command.split()
        if tool == "dbt" and is_built():
            console.print("Built already, and nothing has changed since.")
            continue
        code = build() if tool == "dbt" else cli.run([verb])
        if code:
            return code
        console.print(f"[dim]{time.monotonic() - started:.0f} s[/]")
    summarise()
    return 0


def is_built() -> bool:
    """Whether the warehouse is that of the files as they are."""
    if not (WAREHOUSE.exists() and BUILT.exists()):
        return False
    since = BUILT.stat().st_mtime
    # The warehouse too: somebody may have built it with other vars.
    files = (file for name in SOURCES for file in (Path(name), *Path(name).rglob("*")))
    return all(file.stat().st_mtime < since for file in (WAREHOUSE, *files))


def build() -> int:
    """`dbt build` with a bar instead of two lines per model; what failed is shown in full.

    With all data tests, as a user's own build; the package's unit tests are `make build`'s.
    """
    command = [str(DBT), "--no-use-colors", "build", "--exclude-resource-type", "unit_test"]
    BUILT.unlink(missing_ok=True)
    unusual: list[str] = []
    columns = (TextColumn("{task.description:<40.40}"), BarColumn(), TimeElapsedColumn())
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,  # noqa: S603
        Progress(*columns, console=console, transient=True) as bar,
    ):
        task = bar.add_task("reading the project", total=None)
        for line in process.stdout or ():
            if step := STARTED.search(line):
                done, total, what = step.groups()
                bar.update(task, completed=int(done), total=int(total), description=what)
            elif not FINE.search(line):
                unusual.append(re.sub(r"^\d\d:\d\d:\d\d +", "", line))
    print(*unusual, sep="", end="")
    if not process.returncode:
        BUILT.touch()
    return process.returncode


def summarise() -> None:
    """What is where, and what to type next."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as warehouse:
        found = warehouse.execute(
            """
            with public as (select * from duckdb_tables() where schema_name = 'segmentation')
            select
                (select count(*) from public) as tables,
                (select count(*) from segmentation.segmentation.customer_features) as customers,
                (select count(*) from segmentation.segmentation.segments) as segments,
                (select count(*) from segmentation.segmentation.audience_profiles) as mailable,
                (select min(email) from segmentation.segmentation.audience_memberships
                 where audience = 'vip') as somebody
            """
        ).fetchdf()
    console.print(SUMMARY.format(**found.iloc[0]), soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
