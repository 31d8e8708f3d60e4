"""What an apply would do, in numbers that a person can look at, and a file that can be kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from segctl.errors import PlanMoved, SegctlError
from segctl.privacy import mask_email, mask_emails
from segctl.protocol import EVENTS, PROFILES, Capabilities, Kind
from segctl.sync.operations import OperationRange, operation_ranges
from segctl.sync.workspace import Workspace

SAMPLES = 3


class ListChange(BaseModel):
    """What would happen to one list."""

    model_config = ConfigDict(frozen=True)

    audience: str
    title: str
    known: int
    """Members that the destination has acknowledged."""
    wanted: int
    """Members that it should have."""
    in_catalogue: bool = True
    adds: int = 0
    updates: int = 0
    removals: int = 0
    revocations: int = 0
    """Part of the removals: people who may not be mailed any more."""
    suppressed: int = 0
    """Left out because the tool refuses to mail them."""
    held: int = 0
    """Left out because the tool rejected exactly this record before."""
    members: int | None = None
    """People in the segment, whether they may be mailed or not."""
    samples: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What to call the list in messages."""
        return self.audience or "profiles"


class Guard(BaseModel):
    """A reason not to go on without a person's consent."""

    model_config = ConfigDict(frozen=True)

    name: str
    audience: str
    message: str


class Plan(BaseModel):
    """What an apply would do, and to which state of affairs that applies."""

    model_config = ConfigDict(frozen=True)

    destination: str
    created_at: str
    as_of: str
    desired_digest: str
    ledger_digest: str
    lists: tuple[ListChange, ...]
    events: int = 0
    """Entries and exits that would be told."""
    operations: int
    requests: int
    seconds: float
    held: int = 0
    """Records that are left out because the tool rejected exactly these before."""
    opted_out: int = 0
    """People who are left out for having said no to the tool under an address of before."""
    unpermitted: dict[str, int] = {}
    """List -> people in it whom neither the warehouse nor the ledger know to belong there."""
    over_a_day: dict[str, int] = {}
    """Kind of operation -> how many, if the tool takes fewer in a day."""
    first_run: bool = False
    """Whether nothing was ever sent to the destination."""
    deleted: tuple[str, ...] = ()
    """Lists that somebody deleted at the tool."""
    at_other_addresses: int = 0
    """Memberships left out, as their consent is for another address than the profile's."""
    guards: tuple[Guard, ...] = ()

    def summary(self) -> dict[str, Any]:
        """The plan for the record: numbers only, without the samples."""
        return self.model_dump(mode="json", exclude={"lists": {"__all__": {"samples"}}})

    def require_same(self, other: Plan) -> None:
        """Refuse if `other`, computed just now, does not start from the same state of affairs."""
        moved = [
            name
            for name, mine, theirs in (
                ("the destination", self.destination, other.destination),
                ("the warehouse", self.desired_digest, other.desired_digest),
                ("the ledger", self.ledger_digest, other.ledger_digest),
            )
            if mine != theirs
        ]
        if moved:
            raise PlanMoved(
                f"The plan no longer holds: {' and '.join(moved)} changed since it was written.",
                "Make a new plan with `segctl plan` and look at it again.",
            )


class PlanFile(BaseModel):
    """The plans of one `segctl plan`, a destination each."""

    model_config = ConfigDict(frozen=True)

    version: int = 2
    plans: tuple[Plan, ...]


def read_plans(path: Path) -> dict[str, Plan]:
    """The plans of a file by destination."""
    try:
        file = PlanFile.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, ValueError) as error:
        raise SegctlError(
            f"{path} is not a plan that this version of segctl can read.",
            "Write one with `segctl plan --out FILE`.",
        ) from error
    return {plan.destination: plan for plan in file.plans}


def list_changes(workspace: Workspace) -> tuple[ListChange, ...]:
    """Per list: how many are there, should be there, come and go."""
    counts = workspace.execute(
        f"""
        with wanted as (
            select audience, count(*) as wanted from memberships group by audience
            union all
            select '{PROFILES}', count(*) from profiles
        ),
        changes as (
            select
                audience,
                count(*) filter (where fate = 'send' and kind = 'add') as adds,
                count(*) filter (where fate = 'send' and kind = 'update') as updates,
                count(*) filter (where kind in ('revoke', 'remove', 'withdraw')) as removals,
                count(*) filter (where kind = 'revoke') as revocations,
                count(*) filter (where fate = 'suppressed') as suppressed,
                count(*) filter (where fate = 'held') as held
            from operations where audience <> '{EVENTS}' group by audience
        )
        select
            audience, lists.title, coalesce(known, 0), coalesce(wanted, 0),
            lists.audience is not null, coalesce(adds, 0), coalesce(updates, 0),
            coalesce(removals, 0), coalesce(revocations, 0), coalesce(suppressed, 0),
            coalesce(held, 0), lists.members
        from lists
        full join known using (audience)
        full join wanted using (audience)
        full join changes using (audience)
        order by audience
        """
    ).fetchall()
    new_profiles = _profile_split(workspace)
    names = list(ListChange.model_fields)
    changes = []
    for row in counts:
        values = dict(zip(names, row, strict=False))
        values["title"] = values["title"] or values["audience"]
        if values["audience"] == PROFILES:
            values["adds"], values["updates"] = new_profiles
        changes.append(ListChange(**values, samples=_samples(workspace, values["audience"])))
    return tuple(changes)


def _profile_split(workspace: Workspace) -> tuple[int, int]:
    """Profiles are upserted either way; people want to know how many are new."""
    (row,) = workspace.execute(
        f"""
        select count(*) filter (where k.person_key is null), count(k.person_key)
        from operations as o
        left join known_profiles as k
            on o.person_key = k.person_key
        where o.kind = '{Kind.UPSERT}' and o.fate = 'send'
        """
    ).fetchall()
    return row


def _samples(workspace: Workspace, audience: str) -> tuple[str, ...]:
    """A few of the changes, recognisable only to those who know the people."""
    rows = workspace.connection.execute(
        f"""
        select o.kind, o.person_key, p.email
        from (
            select kind, person_key from operations
            where audience = ? and fate = 'send' and person_key <> ''
            qualify row_number() over (partition by kind order by seq) = 1
        ) as o
        left join profiles as p on o.person_key = p.person_key
        order by o.kind limit {SAMPLES}
        """,
        [audience],
    ).fetchall()
    sign = {Kind.ADD: "+", Kind.UPSERT: "~", Kind.UPDATE: "~"}
    return tuple(
        f"{sign.get(Kind(kind), '-')} {mask_email(email) if email else mask_emails(key)}"
        for kind, key, email in rows
    )


_DESIRED = (
    "(select audience, title, payload_hash from lists)",
    "(select person_key, payload_hash from profiles)",
    "(select audience, person_key, payload_hash from memberships)",
    "(select person_key from events)",
)


def desired_digest(workspace: Workspace) -> str:
    """A fingerprint of what should be, whatever the order of rows."""
    return _digest_of(workspace, _DESIRED)


def ledger_digest(workspace: Workspace, state: str) -> str:
    """A fingerprint of what is; `state` is the state's own (see `Knowledge.fingerprint`)."""
    return _digest_of(workspace, ("dead", "suppressed", "adopted"), state)


def _digest_of(workspace: Workspace, tables: Iterable[str], *more: str) -> str:
    parts = [*more]
    for table in tables:
        rows = workspace.execute(f"select count(*), sum(hash(t)) from {table} as t").fetchall()
        parts.append(f"{table}:{rows}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def events_to_tell(workspace: Workspace) -> int:
    """How many entries and exits would be told."""
    return workspace.count(f"operations where kind = '{Kind.EVENT}' and fate = 'send'")


def held_back(workspace: Workspace) -> int:
    """How many records are left out because the tool rejected exactly these before."""
    return workspace.count("operations where fate = 'held'")


def effort(workspace: Workspace, limits: Capabilities) -> tuple[int, int, float]:
    """Operations, requests, and seconds at the tool's limits."""
    found = operation_ranges(workspace)
    operations = sum(stretch.stop - stretch.start for stretch in found)
    requests = math.ceil(sum(_requests(found, limits)))
    rate = limits.requests_per_second
    waiting = 86_400.0 * days_of_waiting(workspace, limits)
    return operations, requests, (requests / rate if rate else 0.0) + waiting


def over_a_day(workspace: Workspace, limits: Capabilities) -> dict[str, int]:
    """Kind of operation -> how many there are, if that is more than the account takes in a day."""
    asked = {stretch.kind: 0 for stretch in operation_ranges(workspace)}
    for stretch in operation_ranges(workspace):
        asked[stretch.kind] += stretch.stop - stretch.start
    return {
        str(kind): asked[kind] for kind, most in limits.daily.items() if asked.get(kind, 0) > most
    }


def days_of_waiting(workspace: Workspace, limits: Capabilities) -> int:
    """Days that have to pass because of what an account takes in a day."""
    over = over_a_day(workspace, limits)
    return max([0, *((count - 1) // limits.daily[Kind(kind)] for kind, count in over.items())])


def _requests(found: Iterable[OperationRange], limits: Capabilities) -> Iterable[float]:
    for stretch in found:
        rows, size = stretch.stop - stretch.start, limits.size(stretch.kind)
        per_batch = limits.requests_per_batch.get(stretch.kind, 1)
        # What takes several requests for a full batch takes fewer for a part of one.
        yield math.ceil(rows / size) if per_batch == 1 else rows / size * per_batch
