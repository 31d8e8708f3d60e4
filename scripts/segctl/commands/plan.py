"""`segctl plan`."""

from __future__ import annotations

from pathlib import Path

import click

from segctl.commands.options import (
    SyncOptions,
    format_option,
    log_option,
    project_options,
    sync_options,
)
from segctl.commands.wiring import GUARD_HELP, Setup, named
from segctl.display.output import show, to_json
from segctl.display.progress import Log
from segctl.display.syncs import plan
from segctl.durable import write_text
from segctl.sync.plan import PlanFile
from segctl.warehouse.project import Project


@click.command("plan", epilog=GUARD_HELP, short_help="Show what would be sent.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the plan. Default: target/segctl/plan.json.",
)
@click.option(
    "--all", "show_all", is_flag=True, help="Show every audience, not the largest changes."
)
@sync_options
@project_options
@format_option
@log_option
def command(
    project: Project,
    options: SyncOptions,
    out: Path | None,
    show_all: bool,
    form: str,
    log_format: str,
) -> None:
    """Show what `apply` would send: who joins, who leaves, who changed.

    Compares the audiences in the warehouse with what each destination has acknowledged so far, and
    writes the plan to a file. `apply PLAN` carries out exactly this plan, or refuses if the
    warehouse or the ledger has moved on. Guards that would stop an apply are shown, but do not
    change the exit code. Sends nothing and changes nothing; the quality gate is left to `check`
    and `apply`.
    """
    syncs = Setup(project, options).syncs(Log(log_format).say)
    file = PlanFile(plans=tuple(named(sync.destination.name, sync.plan) for sync in syncs))
    out = out or project.options.work_dir / "plan.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, file.model_dump_json(indent=1) + "\n")
    if form == "json":
        click.echo(to_json(file.model_dump(mode="json")))
        return
    for found in file.plans:
        show(plan(found, show_all=show_all))
    click.echo(f"Plan: {out}")
