"""`plan` and `apply`: from the warehouse to a destination, one step after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from segctl import plan as planning
from segctl.destinations.base import PROFILES, Destination, Survey
from segctl.engine import Engine, Reporter, RunResult
from segctl.guards import Limits, judge, stop_unless_allowed
from segctl.plan import Guard, Plan
from segctl.project import Project
from segctl.state import State, StateFile
from segctl.warehouse import Warehouse
from segctl.workspace import Workspace, open_workspace

Gate = Callable[[], Collection[Guard]]
Reporting = Callable[[Plan], AbstractContextManager[Reporter]]

DESIRED = ("segments", "as_of_day", "audience_profiles", "audience_memberships")
"""All that a sync reads. Consent is applied in these models, so nothing can be sent around it."""


class Source(Protocol):
    """Where the desired state comes from."""

    def load(self, workspace: Workspace) -> str:
        """Fill lists, profiles and memberships; returns the day that they are as of."""


@dataclass(frozen=True)
class WarehouseSource:
    """The audiences that the project's models deliver."""

    project: Project

    def load(self, workspace: Workspace) -> str:
        """Stream everything, then let go of the warehouse."""
        with Warehouse(self.project) as warehouse:
            segments, day, profiles, memberships = warehouse.require(*DESIRED)
            workspace.load_lists(warehouse.rows(f"select segment, title from {segments.relation}"))
            workspace.load_profiles(
                warehouse.stream(f"select * from {profiles.relation}"), warehouse.columns(profiles)
            )
            workspace.load_memberships(
                warehouse.stream(
                    f"select audience, customer_id, email, entered_on from {memberships.relation}"
                )
            )
            return str(warehouse.rows(f"select as_of_on from {day.relation}")[0]["as_of_on"])


@dataclass(frozen=True)
class Sync:
    """One destination kept in step with one source."""

    source: Source
    destination: Destination
    state_file: StateFile
    limits: Limits = field(default_factory=Limits)
    say: Callable[[str], None] = lambda message: None

    def plan(self) -> Plan:
        """What an apply would do. Changes nothing, neither here nor there."""
        with self._planned() as (plan, _, _):
            return plan

    def apply(
        self,
        reporting: Reporting,
        expected: Plan | None = None,
        allowed: Collection[str] = (),
        gate: Gate = tuple,
    ) -> tuple[Plan, RunResult]:
        """Make the destination hold what the warehouse says, or stop at a guard."""
        with self.state_file.lock(self.destination.identity):
            failures = tuple(gate())
            stop_unless_allowed(failures, allowed)
            self._settle_leftovers()
            with self._planned() as (plan, workspace, survey):
                plan = plan.model_copy(update={"guards": (*failures, *plan.guards)})
                if expected is not None:
                    expected.require_same(plan)
                stop_unless_allowed(plan.guards, allowed)
                if not plan.operations and not self._needs_tidying(workspace):
                    return plan, RunResult()
                with self.state_file.open() as state, reporting(plan) as report:
                    engine = Engine(state, self.destination, report)
                    return plan, engine.run(plan, workspace, survey.lost, allowed)

    def _settle_leftovers(self) -> None:
        """Learn what became of jobs that a killed run had started."""
        identity = self.destination.identity
        with self.state_file.read() as state:
            unsettled = state.unsettled_jobs(identity)
        if unsettled:
            self.say("Asking after what an earlier run had started ...")
            with self.state_file.open() as state:
                Engine(state, self.destination).resume()

    def _needs_tidying(self, workspace: Workspace) -> bool:
        """Whether the state has to change although there is nothing to send."""
        with self.state_file.read() as state:
            return workspace.has_adopted() or state.has_outbox(self.destination.identity)

    @contextmanager
    def _planned(self) -> Iterator[tuple[Plan, Workspace, Survey]]:
        with open_workspace(self.state_file.directory) as workspace:
            self.say("Reading the audiences from the warehouse ...")
            as_of = self.source.load(workspace)
            self.say("Comparing with what the destination has acknowledged ...")
            with self.state_file.read() as state:
                survey = self._load_known(workspace, state)
            planning.compute_operations(workspace)
            yield self._describe(workspace, as_of), workspace, survey

    def _load_known(self, workspace: Workspace, state: State) -> Survey:
        identity = self.destination.identity
        wanted = [name for name in workspace.list_names() if name != PROFILES]
        survey = self.destination.survey(state.known_lists(identity), [PROFILES, *wanted])
        workspace.load_acknowledged(state.acknowledged(identity, survey.lost))
        workspace.load_adopted(survey.adopted)
        workspace.load_dead(state.dead(identity))
        workspace.load_suppressed(survey.suppressed)
        return survey

    def _describe(self, workspace: Workspace, as_of: str) -> Plan:
        operations, requests, seconds = planning.effort(workspace, self.destination.capabilities)
        plan = Plan(
            destination=self.destination.identity,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            as_of=as_of,
            desired_digest=planning.digest_of(workspace, ["lists", "profiles", "memberships"]),
            ledger_digest=planning.digest_of(workspace, ["acknowledged", "dead", "suppressed"]),
            lists=planning.list_changes(workspace),
            operations=operations,
            requests=requests,
            seconds=seconds,
        )
        return plan.model_copy(update={"guards": judge(plan, self.limits)})
