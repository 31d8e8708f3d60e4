"""`segctl resume`."""

from __future__ import annotations

import click

from segctl.commands.options import SyncOptions, project_options, sync_options
from segctl.commands.wiring import Setup
from segctl.warehouse.project import Project


@click.command("resume", short_help="Lift a tool's pause.")
@sync_options
@project_options
@click.argument("destination", metavar="DESTINATION")
def command(project: Project, options: SyncOptions, destination: str) -> None:
    """Forget that a tool asked to be left alone until later, so that the next apply asks it again.

    For pauses that were asked for by mistake; a tool that meant it will say so once more.
    """
    chosen = SyncOptions((destination,), options.config, options.output, options.state)
    setup = Setup(project, chosen)
    for made in setup.destinations():
        with setup.store.lock(made.identity), setup.store.open() as state:
            was_paused = state.lift_pause(made.identity)
        click.echo(f"{made.name} is asked again." if was_paused else f"{made.name} has no pause.")
