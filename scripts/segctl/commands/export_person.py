"""`segctl export-person`."""

from __future__ import annotations

from pathlib import Path

import click

from segctl.commands.options import SyncOptions, log_option, project_options, sync_options
from segctl.commands.wiring import Setup
from segctl.display.progress import Log
from segctl.people.access import export
from segctl.warehouse.project import Project


@click.command("export-person", short_help="Write down everything held about a person.")
@click.argument("email", metavar="EMAIL")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it. Default: target/segctl/person-<digest>.json.",
)
@sync_options
@project_options
@log_option
def command(
    project: Project, options: SyncOptions, email: str, out: Path | None, log_format: str
) -> None:
    """Write everything that is held about a person, for a request of access.

    From the warehouse: every row with the person's customer id. From the tools: what they answer.
    From segctl: what was sent where, when and on what consent. The file is readable by its owner
    only.
    """
    setup = Setup(project, options)
    path = export(project, setup.store, setup.destinations(), email, out, Log(log_format).say)
    click.echo(f"Written to {path}")
