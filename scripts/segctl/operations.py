"""Desired minus acknowledged = operations. Pure: reads and writes only the workspace.

The difference is computed by key *and* payload hash against what the destination last acknowledged,
not against everything ever sent: somebody whose attribute goes A, B, A is sent three times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa

from segctl import acknowledged
from segctl.destinations.base import (
    EVENTS,
    PROFILES,
    SENDING_ORDER,
    Batch,
    Capabilities,
    Kind,
)
from segctl.errors import SegctlError
from segctl.state import Change, OutboxEntry
from segctl.workspace import Workspace, literal, quote

_PIECE = 200
"""Outbox entries that are made durable at once."""

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

_LISTS = f"""
insert into difference
select
    coalesce(lists.audience, list_records.audience),
    '',
    lists.payload_hash,
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
        previous_id,
        in_doubt,
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
order by seq
"""


def compute_difference(
    workspace: Workspace,
    ledger: Iterable[pa.Table],
    changes: Iterable[Change],
    *,
    profiles_are_a_list: bool,
) -> bool:
    """Find what differs; returns whether anything of it is to be put into the destination."""
    workspace.execute(
        "create table difference (audience varchar, person_key varchar, payload_hash bigint, "
        "previous_id varchar, previous_digest varchar, wanted boolean, known boolean, "
        "in_doubt boolean)"
    )
    for group in acknowledged.load_in_groups(workspace, ledger, changes):
        workspace.execute(_DIFFERENCE.format(group=group))
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
    return workspace.count("difference where wanted and person_key <> ''") > 0


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
        "create table remote_ids as from known_profiles where remote_id is not null "
        "qualify count(*) over (partition by remote_id) = 1;"
        "create table learned as from remote_ids limit 0;"
        "create table failed (person_key varchar)"
    )


@dataclass(frozen=True)
class Stretch:
    """Operations of one kind for one list: the numbers of the first and the one after the last."""

    kind: Kind
    audience: str
    start: int
    stop: int


@dataclass(frozen=True)
class Cut:
    """One batch: its number, and the stretch of operations that it takes."""

    number: int
    kind: Kind
    audience: str
    start: int
    stop: int


def stretches(workspace: Workspace) -> list[Stretch]:
    """What is to be sent, in sending order."""
    rows = workspace.execute(
        "select kind, audience, min(seq), max(seq) + 1 from operations where fate = 'send' "
        "group by kind, audience order by 3"
    ).fetchall()
    return [Stretch(Kind(kind), audience, start, stop) for kind, audience, start, stop in rows]


def cuts(found: Iterable[Stretch], limits: Capabilities) -> list[Cut]:
    """The batches, each at most as large as the destination takes."""
    pieces = [
        (stretch, start)
        for stretch in found
        for start in range(stretch.start, stretch.stop, limits.size(stretch.kind))
    ]
    return [
        Cut(
            number,
            stretch.kind,
            stretch.audience,
            start,
            min(stretch.stop, start + limits.size(stretch.kind)),
        )
        for number, (stretch, start) in enumerate(pieces)
    ]


def phases(found: Sequence[Cut]) -> list[tuple[Kind, list[Cut]]]:
    """The batches by kind, in sending order."""
    return [(kind, list(group)) for kind, group in groupby(found, key=lambda cut: cut.kind)]


_REMOTE_ID = """
    -- Who leaves goes by the id under which he was put into the list, not by the newest one.
    case when o.kind in ('revoke', 'remove') then coalesce(o.previous_id, r.remote_id)
        else r.remote_id end
"""
_LOGGED = f"""
    o.person_key as "~person_key",
    o.payload_hash as "~payload_hash",
    {_REMOTE_ID} as "~remote_id",
    case when o.kind = 'upsert' then p.digest end as "~digest",
    coalesce(m.consent_purpose, p.consent_purpose) as "~purpose",
    coalesce(m.consented_at, p.consented_at)::varchar as "~consented_at"
"""
"""What the state keeps of an operation. Marked, so that it is never mistaken for what is sent."""


def _logged(rows: pa.Table) -> pa.Table:
    names = [name for name in rows.column_names if name.startswith("~")]
    return rows.select(names).rename_columns([name[1:] for name in names])


def _sent(rows: pa.Table) -> pa.Table:
    return rows.select([name for name in rows.column_names if not name.startswith("~")])


def outbox(workspace: Workspace, found: Sequence[Cut]) -> Iterator[list[OutboxEntry]]:
    """Every batch as the outbox keeps it: keys and digests, no payload; some at a time."""
    reader = (
        workspace.connection.cursor()
        .sql(
            f"""
            select {_LOGGED} from operations as o
            left join profiles as p on o.kind = 'upsert' and o.person_key = p.person_key
            left join memberships as m
                on o.audience = m.audience and o.person_key = m.person_key
            left join remote_ids as r on o.person_key = r.person_key
            where o.fate = 'send' order by o.seq
            """
        )
        .to_arrow_reader(100_000)
    )
    piece: list[OutboxEntry] = []
    for cut, rows in _slices(reader, found):
        piece.append(OutboxEntry(cut.number, cut.kind, cut.audience, _logged(rows)))
        if len(piece) == _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def batches(
    workspace: Workspace, kind: Kind, found: Sequence[Cut], list_ids: Mapping[str, str]
) -> Iterator[tuple[OutboxEntry, Batch]]:
    """The batches of one kind, as the state keeps them and with their payload.

    People whose profile was refused just before are left out, and so is everybody of a list that
    the tool does not have.
    """
    columns, joins = _payload(workspace, kind)
    query = f"""
        select {_LOGGED}, o.person_key, {_REMOTE_ID} as remote_id {columns}
        from operations as o
        left join profiles as p on o.person_key = p.person_key
        left join memberships as m on o.audience = m.audience and o.person_key = m.person_key
        {joins}
        where o.kind = {literal(kind)} and o.fate = 'send' order by o.seq
    """
    reader = workspace.connection.cursor().sql(query).to_arrow_reader(50_000)
    failed = {key for (key,) in workspace.execute("from failed").fetchall()}
    person = "customer_id" if kind is Kind.EVENT else "person_key"
    for cut, rows in _slices(reader, found):
        list_id = list_ids.get(cut.audience)
        if kind in (Kind.ADD, Kind.UPDATE) and list_id is None:
            rows = rows.slice(0, 0)
        elif failed and kind in (Kind.ADD, Kind.UPDATE, Kind.EVENT):
            keep = [key not in failed for key in rows[person].to_pylist()]
            rows = rows.filter(pa.array(keep, pa.bool_()))
        # What the tool calls people may have been learnt since the outbox was written.
        is_revised = kind in (Kind.ADD, Kind.UPDATE, Kind.EVENT)
        entry = OutboxEntry(cut.number, kind, cut.audience, _logged(rows), is_revised)
        yield entry, Batch(kind, cut.audience, _sent(rows), list_id)


def _payload(workspace: Workspace, kind: Kind) -> tuple[str, str]:
    """Columns that a batch of this kind has beyond keys, and the joins that deliver them."""
    ids = "left join remote_ids as r on o.person_key = r.person_key"
    if kind is Kind.UPSERT:
        names = ("email", *workspace.profile_columns)
        return "".join(f", p.{quote(name)}" for name in names), ids
    if kind in (Kind.ADD, Kind.UPDATE):
        # What was one member's record may have become another's: then it stays in the list.
        taken = (
            "left join (select m.audience, r.remote_id from memberships as m "
            "inner join remote_ids as r on m.person_key = r.person_key group by all) as taken "
            "on o.audience = taken.audience and o.previous_id = taken.remote_id"
        )
        # Who is in doubt may not be there at all, not even under the present id.
        previous = (
            "case when taken.remote_id is null then o.previous_id "
            "when o.previous_id = r.remote_id and not o.in_doubt then o.previous_id end "
            "as previous_id"
        )
        return f", p.email, m.entered_on, {previous}", f"{ids} {taken}"
    if kind is Kind.CREATE_LIST:
        return ", l.title", f"{ids} join lists as l on o.audience = l.audience"
    if kind is Kind.EVENT:
        return (
            ", e.email, e.segment, e.changed_on, e.customer_id, "
            "case e.change when 'left' then 'exited' else e.change end as change",
            "join events as e on o.person_key = e.person_key "
            "left join remote_ids as r on e.customer_id = r.person_key",
        )
    return "", ids


def _slices(reader: pa.RecordBatchReader, found: Sequence[Cut]) -> Iterator[tuple[Cut, pa.Table]]:
    """Exactly the rows of each cut, from record batches of any size."""
    rest: pa.Table | None = None
    for cut in found:
        wanted = cut.stop - cut.start
        while rest is None or rest.num_rows < wanted:
            arrived = pa.Table.from_batches([reader.read_next_batch()])
            rest = arrived if rest is None else pa.concat_tables([rest, arrived])
        yield cut, rest.slice(0, wanted)
        rest = rest.slice(wanted)


def note_profiles(workspace: Workspace, remote_ids: Mapping[str, str]) -> None:
    """Take down what the tool calls people, until `know_profiles`."""
    if remote_ids:
        known = pa.table(
            {
                "person_key": pa.array(list(remote_ids), pa.string()),
                "remote_id": pa.array(list(remote_ids.values()), pa.string()),
            }
        )
        workspace.insert("learned", known)


def know_profiles(workspace: Workspace, failed: Iterable[str]) -> None:
    """For the phases to come: what the tool calls people now, and whom it does not have."""
    refused = pa.table({"person_key": pa.array(sorted(failed), pa.string())})
    # Whom the tool knows by the present address can still be put into lists.
    workspace.insert(
        "failed",
        refused,
        "select person_key from arrived where person_key not in "
        "(select person_key from staying)",
    )
    workspace.execute(
        """
        delete from remote_ids where person_key in (select person_key from learned);
        insert into remote_ids from learned;
        truncate learned
        """
    )
