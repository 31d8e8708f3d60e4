"""`segctl check`."""

from __future__ import annotations

from pathlib import Path

import click

from segctl.commands.options import format_option, project_options
from segctl.display.output import show, to_json
from segctl.display.quality import gate
from segctl.display.quality_page import write_quality_page
from segctl.errors import ExitCode
from segctl.quality.gate import run_gate
from segctl.warehouse.project import Project


@click.command("check", short_help="Check the data before it is mailed.")
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the report. Default: target/segctl/quality.html.",
)
@project_options
@format_option
def command(project: Project, page: Path | None, form: str) -> int:
    """Check the data before it is mailed: the quality gate.

    Looks at the input contract (keys, codes, amounts, currencies, times), at what the models found
    and mended, and at the audiences (addresses, uniqueness, consent). `apply` runs the same gate
    and stops when it fails. Writes an HTML report without personal data. Exit code 4 on failure.
    """
    result = run_gate(project)
    page = page or project.options.work_dir / "quality.html"
    write_quality_page(result, page)
    if form == "json":
        click.echo(to_json(result))
    else:
        show(gate(result))
        click.echo(f"Report: {page}")
    return ExitCode.CLEAN if result.passed else ExitCode.STOPPED_BY_GUARD
