"""Commands that keep a destination in step: plan, apply."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click

from segctl.commands.options import (
    format_option,
    log_option,
    output_option,
    project_options,
    state_option,
)
from segctl.errors import ExitCode
from segctl.guards import GUARDS
from segctl.plan import Guard
from segctl.project import Project

_GUARD_HELP = "\b\nGuards:\n" + "\n".join(f"  {name:<12}{what}" for name, what in GUARDS.items())


@click.command(epilog=_GUARD_HELP, short_help="Show what would be sent.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the plan. Default: target/segctl/plan.json.",
)
@click.option(
    "--all", "show_all", is_flag=True, help="Show every audience, not the largest changes."
)
@output_option
@project_options
@state_option
@format_option
@log_option
def plan(
    project: Project,
    out: Path | None,
    show_all: bool,
    output: Path | None,
    state: Path | None,
    form: str,
    log_format: str,
) -> None:
    """Show what `apply` would send: who joins, who leaves, who changed.

    Compares the audiences in the warehouse with what the destination has acknowledged so far, and
    writes the plan to a file. `apply PLAN` carries out exactly this plan, or refuses if the
    warehouse or the ledger has moved on. Guards that would stop an apply are shown, but do not
    change the exit code. Sends nothing and changes nothing; the quality gate is left to `check`
    and `apply`.
    """
    from segctl import render
    from segctl.commands.build import make_sync
    from segctl.durable import write_text
    from segctl.progress import Log

    found = make_sync(project, output, state, Log(log_format).say).plan()
    out = out or project.options.work_dir / "plan.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, found.model_dump_json(indent=1) + "\n")
    if form == "json":
        click.echo(render.to_json(found.model_dump(mode="json")))
    else:
        render.show(render.plan(found, show_all=show_all))
        click.echo(f"Plan: {out}")


@click.command(epilog=_GUARD_HELP, short_help="Send it.")
@click.argument(
    "plan_file",
    metavar="[PLAN]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--allow",
    multiple=True,
    metavar="GUARD",
    type=click.Choice(list(GUARDS)),
    help="Let a guard through, once; it is recorded. Repeatable.",
)
@output_option
@project_options
@state_option
@format_option
@log_option
def apply(
    project: Project,
    plan_file: Path | None,
    allow: tuple[str, ...],
    output: Path | None,
    state: Path | None,
    form: str,
    log_format: str,
) -> int:
    """Make the destination hold exactly the audiences of the warehouse.

    Runs the quality gate, plans, writes everything down, and only then sends: removals before
    additions, revoked consent first. May be killed at any moment; the next run finishes the work.
    A run without changes writes nothing. With PLAN, carries out that plan or refuses.
    """
    from segctl import render
    from segctl.commands.build import make_sync
    from segctl.gate import run_gate
    from segctl.plan import read_plan
    from segctl.progress import Log
    from segctl.quality_page import write_quality_page

    log = Log(log_format)
    expected = read_plan(plan_file) if plan_file else None

    def gate() -> Collection[Guard]:
        log.say("Checking the quality of the data ...")
        result = run_gate(project)
        if not result.passed:
            page = project.options.work_dir / "quality.html"
            write_quality_page(result, page)
            log.say(f"The quality gate failed, see {page}")
        return result.guards()

    done, result = make_sync(project, output, state, log.say).apply(
        log.reporting, expected, allow, gate
    )
    if form == "json":
        click.echo(render.to_json({"plan": done.summary(), "result": result.__dict__}))
    else:
        render.show(render.run_result(result, done.destination))
    return ExitCode.REJECTED_ROWS if result.dead else ExitCode.CLEAN
