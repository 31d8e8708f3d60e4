"""`segctl audit`."""

from __future__ import annotations

from pathlib import Path

import click

from segctl.commands.options import SyncOptions, format_option, project_options, sync_options
from segctl.commands.wiring import Setup
from segctl.display.output import show, to_json
from segctl.display.people import audit
from segctl.state.audit import read_trail, write_trail
from segctl.warehouse.project import Project


@click.command("audit", short_help="Who was sent where, when, on what consent.")
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
def command(
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
    trail = read_trail(Setup(project, options).store, person, run_id)
    if out is not None:
        count = write_trail(trail, out)
        click.echo(f"{count:,} entries written to {out}")
    elif form == "json":
        click.echo(to_json([row for rows in trail for row in rows.to_pylist()]))
    else:
        show(audit(trail))
