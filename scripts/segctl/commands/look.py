"""Commands that only look: list, explain, check, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from segctl.commands.options import format_option, project_options, sync_options
from segctl.errors import ExitCode
from segctl.warehouse.project import Project

if TYPE_CHECKING:
    from segctl.commands.wiring import SyncOptions


@click.command("list", short_help="Show all segments with their sizes.")
@project_options
@format_option
def list_segments(project: Project, form: str) -> None:
    """Show all segments with title, kind, size and share of all customers."""
    from segctl.display import render
    from segctl.warehouse.warehouse import Warehouse

    with Warehouse(project) as warehouse:
        (model,) = warehouse.require("segments")
        rows = warehouse.rows(f"select * from {model.relation} order by segment")
    if form == "json":
        click.echo(render.to_json(rows))
    else:
        render.show(render.catalogue(rows))


@click.command(short_help="Say why a customer is in or out.")
@click.argument("person", metavar="EMAIL|CUSTOMER_ID")
@click.option("--segment", "-s", help="Explain one segment (or one family) only.")
@project_options
@format_option
def explain(project: Project, person: str, segment: str | None, form: str) -> None:
    """Say for each segment whether a customer is in or out, and why.

    Every condition of the segment's rule is shown with the customer's own values. The rule itself
    is run, not an imitation of it, so the explanation agrees with the membership. Also shows the
    lifecycle stage, the RFM scores, and whether the customer may be mailed.

    Prints personal data; the other commands do not.
    """
    from segctl.display import render
    from segctl.segments.explain import explain as explain_person

    found = explain_person(project, person, segment)
    if form == "json":
        click.echo(render.to_json(found))
    else:
        render.show(render.explanation(found))


@click.command(short_help="Check the data before it is mailed.")
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the report. Default: target/segctl/quality.html.",
)
@project_options
@format_option
def check(project: Project, page: Path | None, form: str) -> int:
    """Check the data before it is mailed: the quality gate.

    Looks at the input contract (keys, codes, amounts, currencies, times), at what the models found
    and mended, and at the audiences (addresses, uniqueness, consent). `apply` runs the same gate
    and stops when it fails. Writes an HTML report without personal data. Exit code 4 on failure.
    """
    from segctl.display import render
    from segctl.display.quality_page import write_quality_page
    from segctl.quality.gate import run_gate

    result = run_gate(project)
    page = page or project.options.work_dir / "quality.html"
    write_quality_page(result, page)
    if form == "json":
        click.echo(render.to_json(result))
    else:
        render.show(render.gate(result))
        click.echo(f"Report: {page}")
    return ExitCode.CLEAN if result.passed else ExitCode.STOPPED_BY_GUARD


@click.command(short_help="Show what was sent so far.")
@sync_options
@project_options
@format_option
def status(project: Project, options: SyncOptions, form: str) -> None:
    """Show the last runs, what each destination holds and rejected, and when it may be asked again.

    Reads the state only, neither the warehouse nor the tools.
    """
    from segctl.commands.wiring import Setup
    from segctl.display import render
    from segctl.sync.status import read_status

    found = read_status(Setup(project, options).store)
    if form == "json":
        click.echo(render.to_json(found))
    else:
        render.show(render.status(found))
