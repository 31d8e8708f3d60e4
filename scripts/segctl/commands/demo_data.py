"""`segctl demo-data`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress as Bar

from segctl.commands.options import format_option
from segctl.demo_data import generate
from segctl.display.output import to_json


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
def command(customers: int, seed: int, output: Path, form: str) -> None:
    """Invent the raw tables of an online shop, to try the project out without data of your own."""
    console = Console(stderr=True)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("inventing", total=None)

        def progress(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total)

        rows = generate(output, customers, seed, progress=progress)
    if form == "json":
        click.echo(to_json({"output": str(output), "rows": rows}))
        return
    for table, count in rows.items():
        click.echo(f"{count:>12,}  {table}")
    click.echo(f"Written to {output}. Next: dbt build")
