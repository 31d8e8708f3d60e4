"""`segctl explain`."""

from __future__ import annotations

import click

from segctl.commands.options import format_option, project_options
from segctl.display.output import show, to_json
from segctl.display.segments import explanation
from segctl.segments.explain import explain as explain_person
from segctl.warehouse.project import Project


@click.command("explain", short_help="Say why a customer is in or out.")
@click.argument("person", metavar="EMAIL|CUSTOMER_ID")
@click.option("--segment", "-s", help="Explain one segment (or one family) only.")
@project_options
@format_option
def command(project: Project, person: str, segment: str | None, form: str) -> None:
    """Say for each segment whether a customer is in or out, and why.

    Every condition of the segment's rule is shown with the customer's own values. The rule itself
    is run, not an imitation of it, so the explanation agrees with the membership. Also shows the
    lifecycle stage, the RFM scores, and whether the customer may be mailed.

    Prints personal data; the other commands do not.
    """
    found = explain_person(project, person, segment)
    if form == "json":
        click.echo(to_json(found))
    else:
        show(explanation(found))
