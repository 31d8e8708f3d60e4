"""`segctl list`."""

from __future__ import annotations

import click

from segctl.commands.options import format_option, project_options
from segctl.display.output import show, to_json
from segctl.display.segments import catalogue
from segctl.warehouse.project import Project
from segctl.warehouse.warehouse import Warehouse


@click.command("list", short_help="Show all segments with their sizes.")
@project_options
@format_option
def command(project: Project, form: str) -> None:
    """Show all segments with title, kind, size and share of all customers."""
    with Warehouse(project) as warehouse:
        (model,) = warehouse.require("segments")
        rows = warehouse.rows(f"select * from {model.relation} order by segment")
    if form == "json":
        click.echo(to_json(rows))
    else:
        show(catalogue(rows))
