"""Desired minus acknowledged = operations. Pure: reads and writes only the workspace.

The difference is computed by key *and* payload hash against what the destination last acknowledged,
not against everything ever sent: somebody whose attribute goes A, B, A is sent three times.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from segctl.destinations.base import PROFILES, SENDING_ORDER, Batch, Capabilities, Kind
from segctl.errors import PlanMoved, SegctlError
from segctl.privacy import mask_email, mask_emails
from segctl.workspace import Workspace, quote

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

    version: int = 1
    destination: str
    created_at: str
    as_of: str
    desired_digest: str
    ledger_digest: str
    lists: tuple[ListChange, ...]
    operations: int
    requests: int
    seconds: float
    guards: tuple[Guard, ...] = ()

    @property
    def first_run(self) -> bool:
        """Whether the destination has never acknowledged anything."""
        return not any(change.known for change in self.lists)

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


def read_plan(path: Path) -> Plan:
    """A plan from its file."""
    try:
        return Plan.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, ValueError) as error:
        raise SegctlError(
            f"{path} is not a plan that this version of segctl can read.",
            "Write one with `segctl plan --out FILE`.",
        ) from error


_KIND = f"""
    case
        when person_key = '' and wanted then '{Kind.CREATE_LIST}'
        when person_key = '' then '{Kind.DROP_LIST}'
        when audience = '{PROFILES}' and wanted then '{Kind.UPSERT}'
        when audience = '{PROFILES}' then '{Kind.WITHDRAW}'
        when not wanted and mailable then '{Kind.REMOVE}'
        when not wanted then '{Kind.REVOKE}'
        when known then '{Kind.UPDATE}'
        else '{Kind.ADD}'
    end
"""

_DIFFERENCE = f"""
create table operations as
with desired as (
    select audience, '' as person_key, payload_hash from lists
    union all
    select '{PROFILES}', person_key, payload_hash from profiles
    union all
    select audience, person_key, payload_hash from memberships
),

different as (
    select
        coalesce(desired.audience, acknowledged.audience) as audience,
        coalesce(desired.person_key, acknowledged.person_key) as person_key,
        desired.payload_hash,
        desired.person_key is not null as wanted,
        acknowledged.person_key is not null as known
    from desired
    full join acknowledged
        on desired.audience = acknowledged.audience
        and desired.person_key = acknowledged.person_key
    where desired.person_key is null
        or desired.payload_hash is distinct from acknowledged.payload_hash
),

explained as (
    select
        different.*,
        profiles.person_key is not null as mailable,
        different.wanted and suppressed.person_key is not null as is_suppressed,
        different.wanted and dead.person_key is not null as is_held
    from different
    left join profiles on different.person_key = profiles.person_key
    left join suppressed on different.person_key = suppressed.person_key
    left join dead
        on different.audience = dead.audience
        and different.person_key = dead.person_key
        and different.payload_hash = dead.payload_hash
),

named as (
    select
        audience,
        person_key,
        payload_hash,
        {_KIND} as kind,
        case when is_suppressed then 'suppressed' when is_held then 'held' else 'send' end as fate
    from explained
)

select
    row_number() over (
        partition by fate
        order by list_position({[str(kind) for kind in SENDING_ORDER]}, kind), audience, person_key
    ) as seq,
    *
from named
"""


def compute_operations(workspace: Workspace) -> None:
    """Fill the workspace's table of operations, numbered in the order in which they are sent."""
    workspace.execute(_DIFFERENCE)
    # A row that is twice in the warehouse cannot be put into a state that holds it once.
    twice = workspace.execute(
        "select audience, count(*) from (select audience, person_key from operations "
        "group by all having count(*) > 1) group by audience order by 1 limit 1"
    ).fetchone()
    if twice:
        table = "audience_memberships" if twice[0] else "audience_profiles"
        raise SegctlError(
            f"{table} has more than one row for {twice[1]} customers ({twice[0] or 'profiles'}).",
            "Each customer may appear once per audience; `segctl check` shows more.",
        )


def list_changes(workspace: Workspace) -> tuple[ListChange, ...]:
    """Per list: how many are there, should be there, come and go."""
    counts = workspace.execute(
        f"""
        with known as (
            select audience, count(*) filter (where person_key <> '') as known
            from acknowledged group by audience
        ),
        wanted as (
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
            from operations group by audience
        )
        select
            audience, lists.title, coalesce(known, 0), coalesce(wanted, 0),
            lists.audience is not null, coalesce(adds, 0), coalesce(updates, 0),
            coalesce(removals, 0), coalesce(revocations, 0), coalesce(suppressed, 0),
            coalesce(held, 0)
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
    row = workspace.execute(
        f"""
        select count(*) filter (where k.person_key is null), count(k.person_key)
        from operations as o
        left join (select person_key from acknowledged where audience = '{PROFILES}') as k
            on o.person_key = k.person_key
        where o.kind = '{Kind.UPSERT}' and o.fate = 'send'
        """
    ).fetchone()
    return row if row else (0, 0)


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


def digest_of(workspace: Workspace, tables: Sequence[str]) -> str:
    """A fingerprint of what tables hold, whatever the order of their rows."""
    parts = []
    for table in tables:
        row = workspace.execute(f"select count(*), sum(hash(t)) from {table} as t").fetchone()
        parts.append(f"{table}:{row}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def effort(workspace: Workspace, limits: Capabilities) -> tuple[int, int, float]:
    """Operations, requests, and seconds at the tool's limits."""
    groups = workspace.execute(
        "select count(*) from operations where fate = 'send' group by kind, audience"
    ).fetchall()
    operations = sum(count for (count,) in groups)
    requests = sum(math.ceil(count / limits.batch_size) for (count,) in groups)
    rate = limits.requests_per_second
    return operations, requests, max(0, requests - limits.burst) / rate if rate else 0.0


def outbox_rows(workspace: Workspace) -> Iterator[pa.RecordBatch]:
    """Every operation as the outbox keeps it: keys and hashes, no payload."""
    yield from (
        workspace.connection.cursor()
        .sql(
            "select seq, kind, audience, person_key, payload_hash from operations "
            "where fate = 'send' order by seq"
        )
        .to_arrow_reader(100_000)
    )


def phases(workspace: Workspace) -> list[tuple[Kind, list[str]]]:
    """The kinds of operations there are, in sending order, with the lists they concern."""
    rows = workspace.execute(
        "select kind, list(distinct audience order by audience) from operations "
        "where fate = 'send' group by kind"
    ).fetchall()
    found = {Kind(kind): audiences for kind, audiences in rows}
    return [(kind, found[kind]) for kind in SENDING_ORDER if kind in found]


def batches(workspace: Workspace, kind: Kind, audience: str, size: int) -> Iterator[Batch]:
    """The operations of one kind for one list, with their payload, in requests of `size`."""
    columns, joins = ["o.seq", "o.person_key"], ""
    if kind is Kind.UPSERT:
        columns += [f"p.{quote(name)}" for name in ("email", *workspace.profile_columns)]
        joins = "join profiles as p on o.person_key = p.person_key"
    elif kind in (Kind.ADD, Kind.UPDATE):
        columns += ["m.email", "m.entered_on"]
        joins = "join memberships as m on o.audience = m.audience and o.person_key = m.person_key"
    sql = (
        f"select {', '.join(columns)} from operations as o {joins} "
        "where o.kind = ? and o.audience = ? and o.fate = 'send' order by o.seq"
    )
    query = workspace.connection.cursor().sql(sql, params=[str(kind), audience])
    for rows in _regroup(query.to_arrow_reader(size), size):
        yield Batch(kind, audience, rows)


def _regroup(reader: pa.RecordBatchReader, size: int) -> Iterator[pa.Table]:
    """Tables of exactly `size` rows (the last may be smaller) from batches of any size."""
    rest: pa.Table | None = None
    for arrived in reader:
        table = pa.Table.from_batches([arrived])
        rest = table if rest is None else pa.concat_tables([rest, table])
        while rest.num_rows >= size:
            yield rest.slice(0, size)
            rest = rest.slice(size)
    if rest is not None and rest.num_rows:
        yield rest
