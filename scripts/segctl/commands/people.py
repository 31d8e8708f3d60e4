"""Commands about one person's rights: erase, export-person, and the audit trail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segctl.commands.options import format_option, log_option, project_options, sync_options
from segctl.errors import ExitCode
from segctl.project import Project

if TYPE_CHECKING:
    from segctl.commands.build import SyncOptions


@click.command(short_help="Erase people from every tool.")
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
@click.option("--lift", is_flag=True, help="Undo: let the people be sent again from now on.")
@sync_options
@project_options
@format_option
@log_option
def erase(
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
    from segctl import render
    from segctl.commands.build import Setup
    from segctl.erasure import erase_people, lift_tombstones
    from segctl.progress import Log

    setup = Setup(project, options)
    if lift:
        count = lift_tombstones(setup.store, emails)
        click.echo(f"{count} of {len(emails)} people may be sent again.")
        return ExitCode.CLEAN
    receipts = erase_people(
        setup.store, setup.destinations(), emails, Log(log_format).say, setup.siblings()
    )
    if form == "json":
        click.echo(render.to_json([receipt.__dict__ for receipt in receipts]))
    else:
        render.show(render.receipts(receipts))
    return ExitCode.ERROR if any(item.failed for item in receipts) else ExitCode.CLEAN


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
def export_person(
    project: Project, options: SyncOptions, email: str, out: Path | None, log_format: str
) -> None:
    """Write everything that is held about a person, for a request of access.

    From the warehouse: every row with the person's customer id. From the tools: what they answer.
    From segctl: what was sent where, when and on what consent. The file is readable by its owner
    only.
    """
    from segctl.access import export
    from segctl.commands.build import Setup
    from segctl.progress import Log

    setup = Setup(project, options)
    path = export(project, setup.store, setup.destinations(), email, out, Log(log_format).say)
    click.echo(f"Written to {path}")


@click.command(short_help="Who was sent where, when, on what consent.")
@click.option("--person", metavar="EMAIL", help="Only what concerns this person.")
@click.option("--run", "run_id", type=int, help="Only what this run did.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a CSV or Parquet file, by its ending, instead of printing.",
)
@sync_options
@project_options
@format_option
def audit(
    project: Project,
    options: SyncOptions,
    person: str | None,
    run_id: int | None,
    out: Path | None,
    form: str,
) -> None:
    """Show the audit trail: every acknowledged operation with its time and consent.

    People are named by the keyed digest of their address and by customer id, never by address.
    """
    from segctl import render
    from segctl.audit import read_trail, write_trail
    from segctl.commands.build import Setup

    trail = read_trail(Setup(project, options).store, person, run_id)
    if out is not None:
        count = write_trail(trail, out)
        click.echo(f"{count:,} entries written to {out}")
    elif form == "json":
        click.echo(render.to_json([row for rows in trail for row in rows.to_pylist()]))
    else:
        render.show(render.audit(trail))
