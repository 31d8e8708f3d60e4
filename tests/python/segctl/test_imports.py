"""Who may know whom in segctl: the rooms stand in an order, and imports lead to the left only."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import TOOLS

ROOT = Path(__file__).parents[3] / "scripts"
ROOMS = (
    # What anybody may use; each of these is one module.
    *("errors", "plain", "privacy", "durable", "duckdb_sql", "protocol", "demo_data"),
    *("state", "warehouse", "destinations", "segments"),
    *("sync", "quality", "people", "display"),
    *("config", "commands", "cli", "__main__"),
)
SHARED = ("http", "many", "moves", "no_answer", "rate_limit", "secret", "settings")
"""Of destinations: what all tools use."""


def modules() -> dict[str, Path]:
    """Name without `segctl.` -> file."""
    found = {}
    for file in (ROOT / "segctl").rglob("*.py"):
        parts = file.relative_to(ROOT / "segctl").with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = file
    return found


def imports() -> Iterator[tuple[str, str]]:
    """Every import of one module of segctl by another, wherever in the file it stands."""
    known = modules()
    for name, file in known.items():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                module = node.module or ""
                wanted = [f"{module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                module, wanted = "", [alias.name for alias in node.names]
            else:
                continue
            for full in wanted:
                target = full.removeprefix("segctl.")
                if full.startswith("segctl.") and target not in known:
                    target = module.removeprefix("segctl").removeprefix(".")
                if full.startswith("segctl.") and target != name:
                    yield name, target


def room(module: str) -> str:
    return module.partition(".")[0]


def test_every_module_is_in_a_room() -> None:
    assert {room(name) for name in modules()} - {""} == set(ROOMS)


def test_imports_lead_to_the_left() -> None:
    place = {name: number for number, name in enumerate(ROOMS)}
    found = [(here, there) for here, there in imports() if room(here) and room(there)]
    assert len(found) > 200
    assert [
        f"{here} imports {there}" for here, there in found if place[room(there)] > place[room(here)]
    ] == []


@pytest.mark.parametrize("tool", [*TOOLS, "files"])
def test_a_tool_knows_what_tools_share_and_nothing_else_of_them(tool: str) -> None:
    own = f"destinations.{tool}"
    allowed = {f"destinations.{name}" for name in SHARED}
    assert [
        there
        for here, there in imports()
        if f"{here}.".startswith(f"{own}.")
        and room(there) == "destinations"
        and not f"{there}.".startswith(f"{own}.")
        and there not in allowed
    ] == []


def test_tools_are_known_by_the_registry_alone() -> None:
    packages = {f"destinations.{tool}" for tool in (*TOOLS, "files")}
    assert {
        here
        for here, there in imports()
        for package in packages
        if f"{there}.".startswith(f"{package}.") and not f"{here}.".startswith(f"{package}.")
        # Without sync.yml there is one destination, a directory of files.
    } == {"commands.wiring"}


def test_a_command_brings_only_what_it_needs() -> None:
    """What takes long to import comes with the commands that use it, dbt with the first query."""
    dear = {"dbt", "duckdb", "great_expectations", "httpx", "pandas", "pyarrow", "sqlalchemy"}
    look = f"import sys, segctl.cli, segctl.commands.list; print({dear!r} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
