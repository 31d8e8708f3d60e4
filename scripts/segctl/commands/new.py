"""`segctl new`."""

from __future__ import annotations

import click

from segctl.commands.options import format_option, project_options
from segctl.display.output import to_json
from segctl.segments.scaffold import VAR, NewSegment, write_segment
from segctl.warehouse.project import Project


@click.command("new", short_help="Start a segment of your own.")
@click.argument("name")
@click.option("--title", default="", help="Name for people. Default: NAME in words.")
@click.option("--kind", default="custom", show_default=True, help="What it goes by: value, ...")
@click.option("--owner", default="marketing", show_default=True, help="Who answers for it.")
@click.option(
    "--purpose",
    default="marketing",
    show_default=True,
    help="Consent purpose that a mailing to it needs.",
)
@click.option("--family", is_flag=True, help="A rule that makes one segment per variant.")
@project_options
@format_option
def command(
    project: Project,
    name: str,
    title: str,
    kind: str,
    owner: str,
    purpose: str,
    family: bool,
    form: str,
) -> None:
    """Write a segment to start from: a rule, what people see of it, and a test.

    The rule works as it is (customers who bought within the last 90 days); put your conditions in
    their place. Both files go below models/segments/, and NAME into the var
    segmentation_custom_segments of dbt_project.yml. Existing files are left alone.
    """
    written = write_segment(project, NewSegment(name, title, kind, owner, purpose, family))
    if form == "json":
        click.echo(to_json(written))
        return
    click.echo(f"Rule: {written.rule}")
    click.echo(f"Title, description, owner and a test: {written.description}")
    if written.is_switched_on:
        click.echo(f"Switched on in dbt_project.yml: {VAR}")
        click.echo("Next: write its conditions, then dbt build")
    else:
        click.echo(f"Next: add {name} to the list {VAR} in the vars of dbt_project.yml:")
        click.echo(f"  {VAR}: [{name}]")
        click.echo("Then write its conditions, and dbt build")
