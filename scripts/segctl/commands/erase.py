"""`segctl erase`."""

from __future__ import annotations

import click

from segctl.commands.options import (
    SyncOptions,
    format_option,
    log_option,
    project_options,
    sync_options,
)
from segctl.commands.wiring import Setup
from segctl.display.output import show, to_json
from segctl.display.people import receipts
from segctl.display.progress import Log
from segctl.errors import ExitCode
from segctl.people.erasure import erase_people, lift_tombstones
from segctl.warehouse.project import Project


@click.command("erase", short_help="Erase people from every tool.")
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
@click.option("--lift", is_flag=True, help="Undo: let the people be sent again from now on.")
@sync_options
@project_options
@format_option
@log_option
def command(
    project: Project,
    options: SyncOptions,
    emails: tuple[str, ...],
    lift: bool,
    form: str,
    log_format: str,
) -> int:
    """Erase people from every configured tool, for good.

    Each tool's own call for it is made; what segctl remembers about them is removed; and a
    tombstone, a keyed digest of the address, keeps the next sync from bringing them back. Prints a
    receipt. Repeat the same command after an interruption: what is done is not asked again. The
    warehouse is read only for segctl: erase there, too.
    """
    setup = Setup(project, options)
    if lift:
        count = lift_tombstones(setup.store, emails)
        click.echo(f"{count} of {len(emails)} people may be sent again.")
        return ExitCode.CLEAN
    found = erase_people(
        setup.store, setup.destinations(), emails, Log(log_format).say, setup.siblings()
    )
    if form == "json":
        click.echo(to_json([receipt.__dict__ for receipt in found]))
    else:
        show(receipts(found))
    return ExitCode.ERROR if any(item.failed for item in found) else ExitCode.CLEAN
