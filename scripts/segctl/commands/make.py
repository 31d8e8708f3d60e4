"""Commands that make something to start with: demo-data, new."""

from __future__ import annotations

from pathlib import Path

import click

from segctl.commands.options import format_option, project_options
from segctl.warehouse.project import Project


@click.command("demo-data", short_help="Invent a shop to try things out.")
@click.option(
    "--customers",
    type=click.IntRange(min=1),
    default=5_000,
    show_default=True,
    help="How many customers the shop has.",
)
@click.option("--seed", type=int, default=42, show_default=True, help="Same seed, same data.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data/demo"),
    show_default=True,
    help="Directory for the Parquet files.",
)
@format_option
def demo_data(customers: int, seed: int, output: Path, form: str) -> None:
    """Invent the raw tables of an online shop, to try the project out without data of your own."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    from segctl.demo_data import generate
    from segctl.display import render

    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("inventing", total=None)

        def progress(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total)

        rows = generate(output, customers, seed, progress=progress)
    if form == "json":
        click.echo(render.to_json({"output": str(output), "rows": rows}))
        return
    for table, count in rows.items():
        click.echo(f"{count:>12,}  {table}")
    click.echo(f"Written to {output}. Next: dbt build")


@click.command(short_help="Start a segment of your own.")
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
def new(
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
    from segctl.display import render
    from segctl.segments.scaffold import VAR, NewSegment, write_segment

    written = write_segment(project, NewSegment(name, title, kind, owner, purpose, family))
    if form == "json":
        click.echo(render.to_json(written))
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
