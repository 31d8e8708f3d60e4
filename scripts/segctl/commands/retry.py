"""`segctl retry`."""

from __future__ import annotations

import click

from segctl.commands.options import SyncOptions, project_options, sync_options
from segctl.commands.wiring import Setup
from segctl.warehouse.project import Project


@click.command("retry", short_help="Try rejected records again.")
@click.option("--audience", "-a", help="Only those of this audience.")
@sync_options
@project_options
def command(project: Project, options: SyncOptions, audience: str | None) -> None:
    """Forget that records were rejected, so that the next apply tries them again.

    Records are tried again by themselves once their rows change; this is for rejections whose
    cause was at the tool.
    """
    setup = Setup(project, options)
    for destination in setup.destinations():
        with setup.store.lock(destination.identity), setup.store.open() as state:
            count = state.forget_dead(destination.identity, audience)
        click.echo(f"{destination.name}: {count:,} records are tried again by the next apply.")
