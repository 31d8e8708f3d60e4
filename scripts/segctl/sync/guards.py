"""Blast-radius guards: changes that are more often a mistake than a wish."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from segctl.destinations.settings import GuardSettings
from segctl.errors import StoppedByGuard
from segctl.protocol import PROFILES
from segctl.sync.plan import Guard, ListChange, Plan

GUARDS = {
    "removals": "more than 10 % of a list would be removed",
    "emptied": "an audience that had members has none",
    "vanished": "an audience left the catalogue of segments",
    "deleted": "a list was deleted at the tool and would be made again",
    "unpermitted": "a list that the state does not know holds people who should not be in it",
    "stale-state": "the state was lost, or an old one was restored",
    "grew": "a list would more than double",
    "shrank": "a list would lose more than half of its members",
    "first-run": "the first run is larger than the destination's limit",
    "daily-limit": "more lists are to be made than the tool takes in a day",
    "rejections": "nearly everything sent was rejected for one reason (in the middle of a run)",
    "quality": "the quality gate failed",
}
"""Name on the command line -> what it guards against."""


def judge(plan: Plan, settings: GuardSettings) -> tuple[Guard, ...]:
    """Every guard that the plan trips, list by list."""
    guards = [guard for change in plan.lists for guard in _judge_list(change, settings)]
    guards += [
        Guard(
            name="deleted",
            audience=audience,
            message=f"{audience}: its list was deleted in {plan.destination}, would be made again",
        )
        for audience in plan.deleted
        if any(change.audience == audience and change.in_catalogue for change in plan.lists)
    ]
    guards += [
        Guard(
            name="unpermitted",
            audience=audience,
            message=f"{audience}: its list at {plan.destination} holds {people:,} people whom the "
            "warehouse does not permit there and the state does not know; let through, they stay, "
            "unless the list is `exclusive`",
        )
        for audience, people in plan.unpermitted.items()
    ]
    guards += [
        Guard(
            name="daily-limit",
            audience="",
            message=f"{count:,} operations of the kind {kind} are more than {plan.destination} "
            "takes in a day; let through, the rest follows on other days, with `audiences:` in "
            "sync.yml there may be fewer",
        )
        for kind, count in plan.over_a_day.items()
    ]
    if plan.first_run and settings.first_run is not None and plan.operations > settings.first_run:
        guards.append(
            Guard(
                name="first-run",
                audience="",
                message=f"first run with {plan.operations:,} operations, the limit is "
                f"{settings.first_run:,}",
            )
        )
    return tuple(guards)


def _judge_list(change: ListChange, settings: GuardSettings) -> Iterator[Guard]:
    def guard(name: str, message: str) -> Guard:
        return Guard(name=name, audience=change.audience, message=f"{change.label}: {message}")

    if not change.in_catalogue:
        yield guard(
            "vanished",
            f"no longer a segment of this destination, {change.known:,} members would go",
        )
        return
    if not change.known:
        return
    if not change.wanted:
        yield guard("emptied", f"had {change.known:,} members and would have none")
        return
    removed = change.removals / change.known
    if removed > settings.removal_share:
        yield guard(
            "removals",
            f"{change.removals:,} of {change.known:,} members ({removed:.0%}) would be removed, "
            f"the limit is {settings.removal_share:.0%}",
        )
    gained = change.wanted - change.known
    if gained > max(settings.growth_floor, change.known * settings.growth_share):
        yield guard("grew", f"would grow from {change.known:,} to {change.wanted:,} members")
    if -gained > change.known * settings.shrink_share and change.audience != PROFILES:
        yield guard("shrank", f"would shrink from {change.known:,} to {change.wanted:,} members")


def stop_unless_allowed(guards: Collection[Guard], allowed: Collection[str]) -> None:
    """Stop the run if a guard was tripped that nobody let through."""
    blocking = [guard for guard in guards if guard.name not in allowed]
    if not blocking:
        return
    names = sorted({guard.name for guard in blocking})
    more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
    raise StoppedByGuard(
        f"Nothing was sent: {blocking[0].message}{more}.",
        "If that is right, let it through: " + " ".join(f"--allow {name}" for name in names),
    )
