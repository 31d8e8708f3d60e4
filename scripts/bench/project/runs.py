"""Everything that is measured at one scale, each in a process of its own, and checked."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from child import ChildFailed, Cost, measure
from compare import core_equals_models, cores_equal, warehouses_equal
from data import CUSTOMERS_OF_SF1, Data
from project import REPOSITORY, Project

RULES = REPOSITORY / "seeds" / "rules"
WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")
CORE_MODELS = (
    "customer_order_features",
    "customer_rfm",
    "customer_lifecycle",
    "cohort_retention",
    "customer_web_features",
    "customer_email_features",
)
IDENTITY = ("identity_sightings", "identity_edges", "customer_identifiers", "web_login_days")
PANDAS_GB_PER_SF = 3.5
"""Memory that pandas needs per SF1, roughly: a run that the machine cannot hold is left out."""

Say = Callable[[str], None]


@dataclass
class Results:
    """Costs by name, and what was compared."""

    costs: dict[str, Cost] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def run_all(data: Data, folder: Path, say: Say) -> Results:
    """Measure all of it; raises Differs where two ways do not end with the same rows."""
    results = Results()
    project_runs(data, folder, results, say)
    people = folder / "people.parquet"
    export_people(folder / "full" / "segmentation.duckdb", people)
    by_hand(data, people, folder, results, say)
    core_models(data, folder, results, say)
    little_memory(data, folder, results, say)
    return results


def project_runs(data: Data, folder: Path, results: Results, say: Say) -> None:
    """The project from nothing, with tests, and one more day."""
    costs = results.costs
    for name in ("daily", "full", "tested", "core", "core_given", "small"):
        shutil.rmtree(folder / name, ignore_errors=True)
    before, complete = (data.before, data.day_before), (data.complete, data.last_day)

    say("all but the last day, from nothing")
    Project(folder / "daily").dbt(before, "build", *WITHOUT_TESTS)
    # A rebuild keeps the log of segment changes, the one thing that it cannot know.
    shutil.copytree(folder / "daily", folder / "full")

    say("all days, --full-refresh")
    full = Project(folder / "full")
    costs["full"] = full.dbt(complete, "build", "--full-refresh", *WITHOUT_TESTS)
    say("one more day")
    daily = Project(folder / "daily")
    costs["daily"] = daily.dbt(complete, "run")
    tables = warehouses_equal(daily.warehouse, full.warehouse)
    results.checks.append(
        f"one more day ends where a rebuild ends: {tables} public tables, row by row"
    )
    if data.customers > CUSTOMERS_OF_SF1:
        results.left_out.append("all tests: the goal is one for SF1")
    else:
        say("all days with all tests")
        costs["tested"] = Project(folder / "tested").dbt(complete, "build")
        shutil.rmtree(folder / "tested")


def core_models(data: Data, folder: Path, results: Results, say: Say) -> None:
    """The models that hold what the core holds, with and without finding out who is who."""
    costs, complete = results.costs, (data.complete, data.last_day)
    say("the models of the core")
    selected = ("--select", *(f"+{name}" for name in CORE_MODELS))
    core = Project(folder / "core")
    core.dbt(complete, "seed")
    shutil.copytree(folder / "core", folder / "core_given")
    costs["core"] = core.dbt(complete, "run", *selected)
    shutil.rmtree(folder / "core")
    given = Project(folder / "core_given")
    given.dbt(complete, "run", "--select", "+customer_identifiers")
    without = ("--exclude", *IDENTITY)
    costs["core_given"] = given.dbt(complete, "run", "--full-refresh", *selected, *without)
    shutil.rmtree(folder / "core_given")


def little_memory(data: Data, folder: Path, results: Results, say: Say) -> None:
    """The project from nothing, with little memory: whether it passes is the question."""
    say("all days, with 1 GB for DuckDB")
    small = Project(folder / "small", memory_limit="1GB")
    try:
        results.costs["small"] = small.dbt((data.complete, data.last_day), "build", *WITHOUT_TESTS)
    except ChildFailed as failed:
        models = sorted(set(re.findall(r"ERROR\W+in model (\w+)", str(failed))))
        results.left_out.append(f"1 GB for DuckDB, which did not suffice: {', '.join(models)}")
    shutil.rmtree(small.folder, ignore_errors=True)


def by_hand(data: Data, people: Path, folder: Path, results: Results, say: Say) -> None:
    """The core in SQL, polars and pandas, and that all of them say what the models say."""
    environment = {"PYTHONPATH": str(Path(__file__).parent), "POLARS_MAX_THREADS": "2"}
    for name in ("sql", "polars", "pandas"):
        target = folder / f"by_{name}"
        if name == "pandas" and not _fits(data):
            results.left_out.append("pandas: the memory that it needs is not free on this machine")
            continue
        say(f"the core in {name}")
        command = [sys.executable, "-m", f"core.by_{name}", str(data.complete), str(people)]
        command += [str(RULES), str(data.last_day), str(target)]
        results.costs[name] = measure(command, folder, environment)
        if name == "sql":
            rows = core_equals_models(target, folder / "full" / "segmentation.duckdb")
            results.checks.append(f"hand-written SQL equals the models: {rows:,} rows")
        else:
            rows = cores_equal(folder / "by_sql", target)
            results.checks.append(f"{name} equals the hand-written SQL: {rows:,} rows")


def export_people(warehouse: Path, target: Path) -> None:
    """Who is who and who may be mailed, as the project found it: given to those who write the core
    by hand."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        connection.execute(
            "copy (select identifier_type, source, identifier_value, customer_id "
            "from segmentation_internal.customer_identifiers union all "
            "select 'may be mailed', null, null, customer_id "
            "from segmentation_internal.email_permissions "
            f"where is_permitted and purpose = 'marketing' order by all) to '{target}'"
        )


def _fits(data: Data) -> bool:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():  # Linux knows better what could be freed.
        lines = dict(line.split(":") for line in meminfo.read_text().splitlines())
        free = int(lines["MemAvailable"].split()[0]) / 1e6
    return PANDAS_GB_PER_SF * data.customers / 100_000 < free
