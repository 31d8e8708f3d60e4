"""`segctl apply`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import click

from segctl.commands.options import (
    SyncOptions,
    format_option,
    log_option,
    project_options,
    sync_options,
)
from segctl.commands.wiring import GUARD_HELP, Setup, worse
from segctl.display.output import show, to_json
from segctl.display.progress import Log
from segctl.display.quality_page import write_quality_page
from segctl.display.syncs import run_result
from segctl.errors import ExitCode, SegctlError
from segctl.quality.gate import run_gate
from segctl.sync.guards import GUARDS
from segctl.sync.plan import Guard, read_plans
from segctl.warehouse.project import Project


@click.command("apply", epilog=GUARD_HELP, short_help="Send it.")
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
@sync_options
@project_options
@format_option
@log_option
def command(
    project: Project,
    options: SyncOptions,
    plan_file: Path | None,
    allow: tuple[str, ...],
    form: str,
    log_format: str,
) -> int:
    """Make the destinations hold exactly the audiences of the warehouse.

    Runs the quality gate, plans, writes everything down, and only then sends: removals before
    additions, revoked consent first. May be killed at any moment; the next run finishes the work.
    A run without changes writes nothing. With PLAN, carries out that plan or refuses. When one
    destination fails, the others are still served, and the exit code tells.
    """
    log = Log(log_format)
    setup = Setup(project, options)
    expected = read_plans(plan_file) if plan_file else None
    gate = _gate(project, log)
    syncs = setup.syncs(log.say)
    if expected is not None:
        syncs = [sync for sync in syncs if sync.destination.identity in expected]
        if not syncs:
            raise SegctlError(
                f"{plan_file} is about none of these destinations.", "Make a new plan."
            )
    results: list[dict[str, object]] = []
    code = ExitCode.CLEAN
    for sync in syncs:
        before = expected[sync.destination.identity] if expected else None
        try:
            done, result = sync.apply(log.reporting, before, allow, gate)
        except SegctlError as error:
            if len(syncs) == 1:
                raise
            log.error(f"{sync.destination.name}: {error.message}", error.hint, error.exit_code)
            code = worse(code, error.exit_code)
            results.append({"destination": sync.destination.identity, "error": error.message})
            continue
        identity = sync.destination.identity
        results.append({"destination": identity, "plan": done.summary(), "result": result.__dict__})
        if form != "json":
            show(run_result(result, done))
        if result.dead or done.held:
            code = worse(code, ExitCode.REJECTED_ROWS)
    if form == "json":
        click.echo(to_json({"destinations": results}))
    return code


def _gate(project: Project, log: Log) -> Callable[[], Collection[Guard]]:
    """The quality gate, run once for all destinations."""
    found: list[tuple[Guard, ...]] = []

    def gate() -> Collection[Guard]:
        if not found:
            log.say("Checking the quality of the data ...")
            result = run_gate(project)
            if not result.passed:
                page = project.options.work_dir / "quality.html"
                write_quality_page(result, page)
                log.say(f"The quality gate failed, see {page}")
            found.append(result.guards())
        return found[0]

    return gate
