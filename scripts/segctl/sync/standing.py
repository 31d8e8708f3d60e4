"""Whether the state is the newest that there is, and whose it is: asked before anything is planned.

A state that was lost, or restored from a backup, believes that people are where they are not, and
does not know whom it must never send again. Nothing in it can tell; its second home (tombstones)
and the tables of runs can.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from segctl.errors import DestinationError
from segctl.protocol import Destination
from segctl.state import State, StateStore, Tombstone
from segctl.sync.plan import Guard

STALE = "stale-state"


@dataclass(frozen=True)
class Standing:
    """What a look at the state showed."""

    known_as: str
    """The name under which the ledger of this account is kept as yet."""
    unknown_dead: frozenset[Tombstone]
    """Tombstones that the state has lost, or never had."""
    missed: Mapping[str, str]
    """Runs that the state does not know of: the destination's name then, and when they began."""

    @property
    def is_stale(self) -> bool:
        """Whether something is known elsewhere that is not in the state."""
        return bool(self.unknown_dead or self.missed)

    def guards(self) -> tuple[Guard, ...]:
        """What a person should look at."""
        reasons = []
        if self.missed:
            newest = max(self.missed.values())
            reasons.append(f"the run of {newest[:16].replace('T', ' ')} UTC")
        if self.unknown_dead:
            persons = {stone.person for stone in self.unknown_dead}
            reasons.append(f"the erasure of {len(persons):,} people")
        if not reasons:
            return ()
        message = (
            f"the state does not know of {' and '.join(reasons)}: it was lost, or an old one was "
            "restored. Restore the newest; `segctl verify` shows what the tool holds"
        )
        return (Guard(name=STALE, audience="", message=message),)


def examine(
    store: StateStore,
    state: State,
    destination: Destination,
    account: str,
    siblings: Collection[str] | None,
    newest_runs: Mapping[str, str],
) -> Standing:
    """`siblings` are all destinations in sync.yml, `newest_runs` what the tables of runs know."""
    name = known_as(state, destination, account, siblings)
    missed = {
        run: began
        for run, began in newest_runs.items()
        if (run in (name, destination.identity) or _may_be(run, destination, siblings))
        and not state.has_run(began)
    }
    missing = store.tombstones.read() - set(state.tombstones())
    return Standing(name, frozenset(missing), missed)


def _may_be(name: str, destination: Destination, siblings: Collection[str] | None) -> bool:
    """Whether a destination that is not in sync.yml any more may be what this one was called."""
    kind = destination.identity.partition(":")[0]
    return siblings is not None and name not in siblings and name.partition(":")[0] == kind


def known_as(
    state: State, destination: Destination, account: str, siblings: Collection[str] | None
) -> str:
    """The name under which its ledger is kept: one renamed in sync.yml is known by its account."""
    identity = destination.identity
    accounts = state.accounts()
    if siblings is None or not account or identity in accounts:
        return identity
    before = [
        name
        for name, known in accounts.items()
        if known == account and _may_be(name, destination, siblings)
    ]
    if len(before) > 1:
        raise DestinationError(
            f"{destination.name} belongs to the same account as {' and '.join(before)}, which "
            "are not in sync.yml any more.",
            f"Call it {before[-1].partition(':')[2]} again, or name all of them: what segctl put "
            "there under another name, it would not take out under this one.",
        )
    return before[0] if before else identity
