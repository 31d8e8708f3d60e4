"""`segctl status`."""

from __future__ import annotations

import click

from segctl.commands.options import SyncOptions, format_option, project_options, sync_options
from segctl.commands.wiring import Setup
from segctl.display.output import show, to_json
from segctl.display.syncs import status
from segctl.sync.status import read_status
from segctl.warehouse.project import Project


@click.command("status", short_help="Show what was sent so far.")
@sync_options
@project_options
@format_option
def command(project: Project, options: SyncOptions, form: str) -> None:
    """Show the last runs, what each destination holds and rejected, and when it may be asked again.

    Reads the state only, neither the warehouse nor the tools.
    """
    found = read_status(Setup(project, options).store)
    if form == "json":
        click.echo(to_json(found))
    else:
        show(status(found))
