"""Puts a sync together from what the user asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from segctl.destinations.files import Files
from segctl.guards import Limits
from segctl.project import Project
from segctl.state import StateFile
from segctl.sync import Sync, WarehouseSource


def make_sync(
    project: Project, output: Path | None, state: Path | None, say: Callable[[str], None]
) -> Sync:
    """A sync to the destination `files`, with the defaults filled in."""
    root = project.options.project_dir.resolve()
    directory = (output or project.options.work_dir / "audiences").resolve()
    # Relative to the project where possible, so that a project may be moved with its state.
    inside = directory.relative_to(root) if directory.is_relative_to(root) else directory
    destination = Files(directory, str(inside))
    return Sync(
        WarehouseSource(project),
        destination,
        StateFile(state or project.options.state_path),
        Limits(first_run=destination.capabilities.first_run_limit),
        say,
    )
