"""`segctl verify`."""

from __future__ import annotations

import click

from segctl.commands.options import (
    SyncOptions,
    format_option,
    log_option,
    project_options,
    sync_options,
)
from segctl.commands.wiring import Setup, worse
from segctl.display.output import show, to_json
from segctl.display.progress import Log
from segctl.display.syncs import verification
from segctl.errors import ExitCode, SegctlError
from segctl.sync.verify import verify as verify_destination
from segctl.warehouse.project import Project


@click.command("verify", short_help="Compare with what the tools really hold.")
@click.option(
    "--repair",
    is_flag=True,
    help="Note down who is missing there, so that the next apply puts them back.",
)
@sync_options
@project_options
@format_option
@log_option
def command(
    project: Project, options: SyncOptions, repair: bool, form: str, log_format: str
) -> int:
    """Ask each tool who is in its lists, and compare with what it has acknowledged.

    Tells who is missing there, who of ours is there without having been put there by segctl, and
    how many strangers a list has. Writes nothing to the tools. Exit code 3 when somebody is missing
    or a list is gone.
    """
    log = Log(log_format)
    setup = Setup(project, options)
    found = []
    code = ExitCode.CLEAN
    destinations = setup.destinations()
    for destination in destinations:
        log.say(f"Asking {destination.name} who is in its lists ...")
        try:
            found.append(verify_destination(setup.store, destination, repair=repair))
        except SegctlError as error:
            if len(destinations) == 1:
                raise
            log.error(f"{destination.name}: {error.message}", error.hint, error.exit_code)
            code = worse(code, error.exit_code)
    if form == "json":
        click.echo(to_json([item.__dict__ for item in found]))
    else:
        for item in found:
            show(verification(item, repaired=repair))
    drifted = not all(item.is_clean for item in found)
    return worse(code, ExitCode.REJECTED_ROWS) if drifted else code
