"""The operations of a workspace as batches: for the outbox, and with their payload to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from segctl.duckdb_sql import literal, quote
from segctl.protocol import Batch, Kind
from segctl.state import OR_ALSO, OutboxEntry
from segctl.sync.operations import BatchRange
from segctl.sync.workspace import Workspace

_PIECE = 200
"""Outbox entries that are made durable at once."""

_REMOTE_ID = f"""
    case
        when o.kind not in ('revoke', 'remove') or o.previous_id is null then r.remote_id
        -- Who leaves goes by the id under which he was put into the list. If he has another one
        -- by now, the list may hold that as well: the run that moved him there may have died.
        when string_split(o.previous_id, {literal(OR_ALSO)})[-1] = r.remote_id then o.previous_id
        else concat_ws({literal(OR_ALSO)}, o.previous_id, r.remote_id)
    end
"""
_KEPT_ID = f"""
    case when o.kind = 'upsert' and r.remote_id is not null then o.previous_id
        else {_REMOTE_ID} end
"""
_LEAVING = f"""
    left join (
        select seq, string_agg(id, {literal(OR_ALSO)}) as ids
        from (
            select one.seq, one.id
            from (
                select seq, audience, unnest(string_split(previous_id, {literal(OR_ALSO)})) as id
                from operations
                where kind = '{Kind.UPDATE}' and fate = 'send' and previous_id is not null
            ) as one
            left join remote_ids as r on one.id = r.remote_id
            left join memberships as m
                on one.audience = m.audience and r.person_key = m.person_key
            group by all
            -- What was one member's record may have become another's: then it stays in the list.
            having count(m.person_key) = 0
        )
        group by seq
    ) as leaving on o.seq = leaving.seq
"""
_EITHER_ID = f"nullif(concat_ws({literal(OR_ALSO)}, leaving.ids, r.remote_id), '')"
"""Until the tool has answered, a member may be in the list under each of these."""


def _log(remote_id: str = _KEPT_ID) -> str:
    """What the state keeps of an operation, marked so that it is never mistaken for payload."""
    return f"""
        o.person_key as "~person_key",
        o.payload_hash as "~payload_hash",
        {remote_id} as "~remote_id",
        case when o.kind = 'upsert' then p.digest end as "~digest",
        coalesce(m.consent_purpose, p.consent_purpose) as "~purpose",
        coalesce(m.consented_at, p.consented_at)::varchar as "~consented_at"
    """


def _logged(rows: pa.Table) -> pa.Table:
    names = [name for name in rows.column_names if name.startswith("~")]
    return rows.select(names).rename_columns([name[1:] for name in names])


def _sent(rows: pa.Table) -> pa.Table:
    return rows.select([name for name in rows.column_names if not name.startswith("~")])


def outbox(workspace: Workspace, found: Sequence[BatchRange]) -> Iterator[list[OutboxEntry]]:
    """Every batch as the outbox keeps it: keys and digests, no payload; some at a time."""
    reader = (
        workspace.connection.cursor()
        .sql(
            f"""
            select {_log()} from operations as o
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


def with_payload(
    workspace: Workspace, kind: Kind, found: Sequence[BatchRange], list_ids: Mapping[str, str]
) -> Iterator[tuple[OutboxEntry, Batch]]:
    """The batches of one kind, as the state keeps them and with their payload.

    People whose profile was refused just before are left out, and so is everybody of a list that
    the tool does not have.
    """
    columns, joins = _payload(workspace, kind)
    query = f"""
        select {_log(_EITHER_ID if kind is Kind.UPDATE else _KEPT_ID)},
            o.person_key, {_REMOTE_ID} as remote_id {columns}
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
    if kind is Kind.ADD:
        return ", p.email, m.entered_on, null::varchar as previous_id", ids
    if kind is Kind.UPDATE:
        # Who is in doubt may not be there at all, not even under the present id.
        previous = (
            "coalesce(leaving.ids, case when o.previous_id = r.remote_id and not o.in_doubt "
            "then o.previous_id end) as previous_id"
        )
        return f", p.email, m.entered_on, {previous}", f"{ids} {_LEAVING}"
    if kind is Kind.CREATE_LIST:
        return ", l.title", f"{ids} join lists as l on o.audience = l.audience"
    if kind is Kind.EVENT:
        return (
            ", e.email, e.segment, e.changed_on, e.customer_id, "
            "case e.change when 'left' then 'exited' else e.change end as change",
            "join events as e on o.person_key = e.person_key "
            "left join remote_ids as r on e.customer_id = r.person_key",
        )
    if kind in (Kind.REMOVE, Kind.REVOKE):
        return ", p.email", ids
    return "", ids


def _slices(
    reader: pa.RecordBatchReader, found: Sequence[BatchRange]
) -> Iterator[tuple[BatchRange, pa.Table]]:
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
        "select person_key from arrived where person_key not in (select person_key from staying)",
    )
    workspace.execute(
        """
        delete from remote_ids where person_key in (select person_key from learned);
        insert into remote_ids from learned;
        truncate learned
        """
    )
