"""Commands that keep destinations in step: plan, apply, verify, retry."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from segctl.commands.options import format_option, log_option, project_options, sync_options
from segctl.errors import ExitCode, SegctlError
from segctl.guards import GUARDS
from segctl.plan import Guard, PlanFile
from segctl.project import Project

if TYPE_CHECKING:
    from segctl.commands.build import SyncOptions
    from segctl.progress import Log

T = TypeVar("T")

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
@sync_options
@project_options
@format_option
@log_option
def plan(
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
    from segctl import render
    from segctl.commands.build import Setup
    from segctl.durable import write_text
    from segctl.progress import Log

    syncs = Setup(project, options).syncs(Log(log_format).say)
    file = PlanFile(plans=tuple(_named(sync.destination.name, sync.plan) for sync in syncs))
    out = out or project.options.work_dir / "plan.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    write_text(out, file.model_dump_json(indent=1) + "\n")
    if form == "json":
        click.echo(render.to_json(file.model_dump(mode="json")))
        return
    for found in file.plans:
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
@sync_options
@project_options
@format_option
@log_option
def apply(
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
    from segctl import render
    from segctl.commands.build import Setup
    from segctl.plan import read_plans
    from segctl.progress import Log

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
            code = _worse(code, error.exit_code)
            results.append({"destination": sync.destination.identity, "error": error.message})
            continue
        identity = sync.destination.identity
        results.append({"destination": identity, "plan": done.summary(), "result": result.__dict__})
        if form != "json":
            render.show(render.run_result(result, done))
        if result.dead or done.held:
            code = _worse(code, ExitCode.REJECTED_ROWS)
    if form == "json":
        click.echo(render.to_json({"destinations": results}))
    return code


def _named(name: str, work: Callable[[], T]) -> T:
    """Do something for a destination; an error says for which."""
    try:
        return work()
    except SegctlError as error:
        if not error.message.startswith(name):
            error.message = f"{name}: {error.message}"
        raise


def _worse(one: ExitCode, other: ExitCode) -> ExitCode:
    """An error outweighs a guard, a guard outweighs rejected rows."""
    order = (
        ExitCode.CLEAN,
        ExitCode.REJECTED_ROWS,
        ExitCode.LOCK_HELD,
        ExitCode.STOPPED_BY_GUARD,
        ExitCode.ERROR,
    )
    return max(one, other, key=order.index)


def _gate(project: Project, log: Log) -> Callable[[], Collection[Guard]]:
    """The quality gate, run once for all destinations."""
    from segctl.gate import run_gate
    from segctl.quality_page import write_quality_page

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


@click.command(short_help="Compare with what the tools really hold.")
@click.option(
    "--repair",
    is_flag=True,
    help="Note down who is missing there, so that the next apply puts them back.",
)
@sync_options
@project_options
@format_option
@log_option
def verify(project: Project, options: SyncOptions, repair: bool, form: str, log_format: str) -> int:
    """Ask each tool who is in its lists, and compare with what it has acknowledged.

    Tells who is missing there, who of ours is there without having been put there by segctl, and
    how many strangers a list has. Writes nothing to the tools. Exit code 3 when somebody is missing
    or a list is gone.
    """
    from segctl import render
    from segctl.commands.build import Setup
    from segctl.progress import Log
    from segctl.verify import verify as verify_destination

    log = Log(log_format)
    setup = Setup(project, options)
    found = []
    code = ExitCode.CLEAN
    destinations = setup.destinations()
    for destination in destinations:
        log.say(f"Asking {destination.name} who is in its lists ...")
        try:
            found.append(verify_destination(setup.store, destination, repair=repair))
        except SegctlError as error:
            if len(destinations) == 1:
                raise
            log.error(f"{destination.name}: {error.message}", error.hint, error.exit_code)
            code = _worse(code, error.exit_code)
    if form == "json":
        click.echo(render.to_json([item.__dict__ for item in found]))
    else:
        for item in found:
            render.show(render.verification(item, repaired=repair))
    drifted = not all(item.is_clean for item in found)
    return _worse(code, ExitCode.REJECTED_ROWS) if drifted else code


@click.command(short_help="Try rejected records again.")
@click.option("--audience", "-a", help="Only those of this audience.")
@sync_options
@project_options
def retry(project: Project, options: SyncOptions, audience: str | None) -> None:
    """Forget that records were rejected, so that the next apply tries them again.

    Records are tried again by themselves once their rows change; this is for rejections whose
    cause was at the tool.
    """
    from segctl.commands.build import Setup

    setup = Setup(project, options)
    for destination in setup.destinations():
        with setup.store.lock(destination.identity), setup.store.open() as state:
            count = state.forget_dead(destination.identity, audience)
        click.echo(f"{destination.name}: {count:,} records are tried again by the next apply.")


@click.command(short_help="Lift a tool's pause.")
@sync_options
@project_options
@click.argument("destination", metavar="DESTINATION")
def resume(project: Project, options: SyncOptions, destination: str) -> None:
    """Forget that a tool asked to be left alone until later, so that the next apply asks it again.

    For pauses that were asked for by mistake; a tool that meant it will say so once more.
    """
    from segctl.commands.build import Setup, SyncOptions

    chosen = SyncOptions((destination,), options.config, options.output, options.state)
    setup = Setup(project, chosen)
    for made in setup.destinations():
        with setup.store.lock(made.identity), setup.store.open() as state:
            was_paused = state.lift_pause(made.identity)
        click.echo(f"{made.name} is asked again." if was_paused else f"{made.name} has no pause.")
