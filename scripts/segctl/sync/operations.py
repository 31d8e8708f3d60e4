"""Desired minus acknowledged = operations. Pure: reads and writes only the workspace.

The difference is computed by key *and* payload hash against what the destination last acknowledged,
not against everything ever sent: somebody whose attribute goes A, B, A is sent three times.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa

from segctl.duckdb_sql import literal
from segctl.errors import SegctlError
from segctl.privacy import mask_email
from segctl.protocol import EVENTS, PROFILES, SENDING_ORDER, Capabilities, Kind
from segctl.state import OR_ALSO, Change
from segctl.sync import acknowledged
from segctl.sync.workspace import Workspace

_KIND = f"""
    case
        when audience = '{EVENTS}' then '{Kind.EVENT}'
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
insert into difference
with desired as (
    select '{PROFILES}' as audience, person_key, payload_hash from profiles
    union all
    select audience, person_key, payload_hash from memberships
    union all
    select '{EVENTS}', person_key, 1 from events
),

of_group as (
    select * from desired where {{group}}
)

select
    coalesce(of_group.audience, acknowledged.audience) as audience,
    coalesce(of_group.person_key, acknowledged.person_key) as person_key,
    of_group.payload_hash,
    acknowledged.remote_id as previous_id,
    acknowledged.digest as previous_digest,
    acknowledged.payload_hash as previous_hash,
    of_group.person_key is not null as wanted,
    acknowledged.person_key is not null as known,
    known and acknowledged.payload_hash is null as in_doubt
from of_group
full join acknowledged
    on of_group.audience = acknowledged.audience
    and of_group.person_key = acknowledged.person_key
where
    -- What was told stays told: an event that is no longer new is not taken back.
    (of_group.person_key is null and acknowledged.audience <> '{EVENTS}')
    or (of_group.person_key is not null
        and of_group.payload_hash is distinct from acknowledged.payload_hash)
"""

_UNPERMITTED = f"""
insert into unpermitted
select there.audience, count(*)
from (
    select distinct audience, remote_id, digest from there
    where audience <> '{PROFILES}' and {{group}}
) as there
left join (
    select distinct audience, unnest(string_split(remote_id, {literal(OR_ALSO)})) as remote_id
    from acknowledged where remote_id is not null
) as ours
    on there.audience = ours.audience and there.remote_id = ours.remote_id
left join (
    select distinct memberships.audience, profiles.digest
    from memberships inner join profiles on memberships.person_key = profiles.person_key
) as wanted
    on there.audience = wanted.audience and there.digest = wanted.digest
where ours.remote_id is null and wanted.digest is null
group by there.audience
"""

_LISTS = f"""
insert into difference
select
    coalesce(lists.audience, list_records.audience),
    '',
    lists.payload_hash,
    null,
    null,
    null,
    lists.audience is not null,
    list_records.audience is not null,
    false
from (
    select * from lists where audience <> '{PROFILES}' or {{profiles_are_a_list}}
) as lists
full join list_records on lists.audience = list_records.audience
where coalesce(lists.audience, list_records.audience) <> '{EVENTS}'
    and lists.payload_hash is distinct from list_records.payload_hash
"""

_OPERATIONS = f"""
create table operations as
with explained as (
    select
        difference.*,
        -- Who gives up an address comes before who takes it over, in one batch if possible.
        difference.audience = '{PROFILES}' and difference.known and staying.person_key is null
            as is_moving,
        mailable.person_key is not null as mailable,
        difference.wanted and (
            suppressed.person_key is not null
            or coalesce(dead.suppressed, blocked.suppressed, 0) = 1
        ) as is_suppressed,
        difference.wanted and (dead.person_key is not null or blocked.person_key is not null)
            as is_held
    from difference
    left join events
        on difference.audience = '{EVENTS}' and difference.person_key = events.person_key
    left join staying on difference.person_key = staying.person_key
    left join mailable on difference.person_key = mailable.person_key
    left join suppressed
        on coalesce(events.customer_id, difference.person_key) = suppressed.person_key
    left join dead
        on difference.audience = dead.audience
        and difference.person_key = dead.person_key
        and difference.payload_hash = dead.payload_hash
    -- Whose profile the tool refuses, it cannot put into a list under that address either.
    left join (
        select dead.person_key, dead.suppressed from dead
        inner join profiles
            on dead.person_key = profiles.person_key and dead.payload_hash = profiles.payload_hash
        where dead.audience = '{PROFILES}' and dead.person_key not in
            (select person_key from staying)
    ) as blocked
        on coalesce(events.customer_id, difference.person_key) = blocked.person_key
),

named as (
    select
        audience,
        person_key,
        payload_hash,
        -- Whose profile may be another record by now may be in the list under that.
        case when known and audience not in ('{PROFILES}', '{EVENTS}') and either.ids is not null
            then concat_ws({literal(OR_ALSO)}, previous_id, either.ids) else previous_id
        end as previous_id,
        in_doubt,
        is_moving,
        {_KIND} as kind,
        case when is_suppressed then 'suppressed' when is_held then 'held' else 'send' end as fate
    from explained
    left join (
        select person_key, remote_id as ids from known_profiles
        where contains(remote_id, {literal(OR_ALSO)})
    ) as either using (person_key)
)

select
    row_number() over (
        partition by fate
        order by
            list_position({[str(kind) for kind in SENDING_ORDER]}, kind),
            audience,
            is_moving desc,
            person_key
    ) as seq,
    * exclude (is_moving)
from named
order by seq
"""


def compute_difference(
    workspace: Workspace,
    ledger: Iterable[pa.Table],
    changes: Iterable[Change],
    *,
    profiles_are_a_list: bool,
    in_doubt: bool = False,
) -> bool:
    """Find what differs; returns whether anything of it is to be put into the destination."""
    is_seen = workspace.count("there") > 0
    for group in acknowledged.load_in_groups(workspace, ledger, changes, in_doubt=in_doubt):
        workspace.execute(_DIFFERENCE.format(group=group))
        if is_seen:
            workspace.execute(_UNPERMITTED.format(group=group))
    workspace.execute(_LISTS.format(profiles_are_a_list=profiles_are_a_list))
    # A row that is twice in the warehouse cannot be put into a state that holds it once.
    twice = workspace.execute(
        "select audience, count(*) from (select audience, person_key from difference "
        "group by all having count(*) > 1) group by audience order by 1"
    ).fetchall()
    if twice:
        audience, rows = twice[0]
        table = "audience_memberships" if audience else "audience_profiles"
        raise SegctlError(
            f"{table} has more than one row for {rows} customers ({audience or 'profiles'}).",
            "Each customer may appear once per audience; `segctl check` shows more.",
        )
    _require_one_customer_an_address(workspace)
    return workspace.count("difference where wanted and person_key <> ''") > 0


def _require_one_customer_an_address(workspace: Workspace) -> None:
    """Tools know one record of an address, so whoever of two customers leaves takes both along."""
    shared = workspace.execute(
        """
        select min(profiles.email), min(profiles.person_key), max(profiles.person_key)
        from (
            select distinct profiles.digest from profiles
            inner join difference on profiles.person_key = difference.person_key
        ) as touched
        inner join profiles on touched.digest = profiles.digest
        group by profiles.digest having count(*) > 1
        order by 2
        """
    ).fetchall()
    if shared:
        email, one, other = shared[0]
        raise SegctlError(
            f"audience_profiles has {len(shared):,} addresses of several customers each, as tools "
            f"compare them (without case and blanks): {mask_email(email)} of {one} and {other}.",
            "A tool keeps one record of an address. Join the customers, or leave one of them out; "
            "`segctl check` counts them.",
        )


def compute_operations(workspace: Workspace) -> None:
    """Decide what becomes of each difference, and number what is sent in the order of sending."""
    workspace.execute(
        # Whose profile changes, but not the address that the tool knows the person by.
        "create table staying as select person_key from difference inner join profiles "
        f"using (person_key) where audience = '{PROFILES}' and not in_doubt "
        "and previous_digest = digest"
    )
    workspace.execute(_OPERATIONS)
    workspace.execute(
        # An id that two people share, because one has taken over the other's address, says nothing.
        f"create table remote_ids as select person_key, "
        f"string_split(remote_id, {literal(OR_ALSO)})[-1] as remote_id "
        "from known_profiles where remote_id is not null "
        "qualify count(*) over (partition by remote_id) = 1;"
        "create table learned as from remote_ids limit 0;"
        "create table failed (person_key varchar)"
    )


@dataclass(frozen=True)
class OperationRange:
    """Operations of one kind for one list: the numbers of the first and the one after the last."""

    kind: Kind
    audience: str
    start: int
    stop: int


@dataclass(frozen=True)
class BatchRange:
    """One batch: its number, and the stretch of operations that it takes."""

    number: int
    kind: Kind
    audience: str
    start: int
    stop: int


def operation_ranges(workspace: Workspace) -> list[OperationRange]:
    """What is to be sent, in sending order."""
    rows = workspace.execute(
        "select kind, audience, min(seq), max(seq) + 1 from operations where fate = 'send' "
        "group by kind, audience order by 3"
    ).fetchall()
    return [
        OperationRange(Kind(kind), audience, start, stop) for kind, audience, start, stop in rows
    ]


def batch_ranges(found: Iterable[OperationRange], limits: Capabilities) -> list[BatchRange]:
    """The batches, each at most as large as the destination takes."""
    pieces = [
        (stretch, start)
        for stretch in found
        for start in range(stretch.start, stretch.stop, limits.size(stretch.kind))
    ]
    return [
        BatchRange(
            number,
            stretch.kind,
            stretch.audience,
            start,
            min(stretch.stop, start + limits.size(stretch.kind)),
        )
        for number, (stretch, start) in enumerate(pieces)
    ]


def phases(found: Sequence[BatchRange]) -> list[tuple[Kind, list[BatchRange]]]:
    """The batches by kind, in sending order."""
    return [(kind, list(group)) for kind, group in groupby(found, key=lambda cut: cut.kind)]
