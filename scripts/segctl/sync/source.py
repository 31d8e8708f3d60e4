"""The desired state: what the models of `activation/` say, cut to what a destination gets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from segctl.destinations.settings import Settings
from segctl.errors import SegctlError
from segctl.sync import renames
from segctl.sync.workspace import MAIN_ADDRESS, Workspace, attribute_columns
from segctl.warehouse.project import Project
from segctl.warehouse.warehouse import Warehouse

DESIRED = ("segments", "as_of_day", "audience_profiles", "audience_memberships")
"""All that a sync reads, and audience_events where events are told. Consent is applied in these
models, so nothing can be sent around it."""


@dataclass(frozen=True)
class WarehouseSource:
    """The audiences that the project's models deliver."""

    project: Project
    settings: Settings = field(default_factory=lambda: Settings(type="files"))
    known: Collection[str] = ()
    """Audiences that the ledger knows: when they vanish, a guard speaks up."""
    unknown_audience: Callable[[str, Collection[str]], SegctlError] = lambda name, all_names: (
        SegctlError(f"There is no segment {name}.")
    )
    """Makes the error for an audience that the settings name and the project does not have."""

    def load(self, workspace: Workspace) -> str:
        """Stream everything, then let go of the warehouse."""
        names = [*DESIRED, *(["audience_events"] if self.settings.events else [])]
        with Warehouse(self.project) as warehouse:
            segments, day, profiles, memberships, *events = warehouse.require(*names)
            workspace.load_lists(self._chosen(warehouse.rows(f"select * from {segments.relation}")))
            given = warehouse.columns(memberships)
            workspace.load_memberships(
                warehouse.stream(f"select * from {memberships.relation}"), given
            )
            if MAIN_ADDRESS in given:
                audiences = ", ".join(map(warehouse.literal, workspace.list_titles()))
                (row,) = warehouse.rows(
                    f"select count(*) as found from {memberships.relation} "
                    f"where not {MAIN_ADDRESS} and audience in ({audiences})"
                )
                workspace.at_other_addresses = int(row["found"])
            columns = warehouse.columns(profiles)
            workspace.load_profiles(
                warehouse.stream(f"select * from {profiles.relation}"),
                columns,
                self.settings.attribute_names(attribute_columns(columns)),
                members_only=self._members_only,
            )
            for model in events:
                workspace.load_events(warehouse.stream(f"select * from {model.relation}"))
            return str(warehouse.rows(f"select as_of_on from {day.relation}")[0]["as_of_on"])

    def present_names(self, names: Sequence[str]) -> dict[str, str]:
        """What those of these customers are called today who are called otherwise."""
        with Warehouse(self.project) as warehouse:
            return renames.present_names(warehouse, names)

    @property
    def _members_only(self) -> bool:
        if self.settings.profiles is not None:
            return self.settings.profiles == "members"
        return self.settings.audiences is not None

    def _chosen(self, catalogue: list[dict[str, object]]) -> list[dict[str, object]]:
        """The segments that the destination gets, under the titles that they have there."""
        wanted = self.settings.audiences
        if wanted is None:
            return catalogue
        known = {str(row["segment"]): row for row in catalogue}
        for name in wanted:
            if name not in known and name not in self.known:
                raise self.unknown_audience(name, known)
        chosen = []
        for name in sorted(set(wanted) & set(known)):
            own = wanted[name] if isinstance(wanted, dict) else None
            title = (own and own.title) or known[name]["title"]
            chosen.append({**known[name], "title": title})
        return chosen
