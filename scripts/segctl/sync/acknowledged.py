"""What a destination is known to hold: the ledger with the log on top, in a workspace.

The table `acknowledged` has a row per list and person; a null hash means: perhaps there, send it
again. Everybody at once is what a look at the state needs. A plan compares a group of lists after
the other, so that ten million people never lie side by side in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from segctl.duckdb_sql import literal
from segctl.protocol import EVENTS, PROFILES, Kind
from segctl.state import ERASED, Change
from segctl.sync.workspace import Workspace

T = TypeVar("T")
_ENTRIES = 500
"""Entries of the log that are read at once."""
_GROUP = 1_000_000
"""People of the ledger from which on a group is large enough."""
_TAKES_AWAY = (*(str(kind) for kind in Kind if kind.takes_away), "rename")
_COLUMNS = "audience, person_key, payload_hash, remote_id, digest"
_UNTOUCHED = """
    audience not in (select audience from void) and not exists (
        select 1 from latest
        where latest.audience = arrived.audience and latest.person_key = arrived.person_key
    )
"""


_DOUBT = f"update acknowledged set payload_hash = null where audience <> '{EVENTS}'"
"""What a state knows that is not the newest: everybody is perhaps there. (What was told stays told:
an event that is told again is the same one to the tool.)"""


def load(
    workspace: Workspace,
    ledger: Iterable[pa.Table],
    changes: Iterable[Change],
    *,
    in_doubt: bool = False,
) -> None:
    """Fill `acknowledged` with everybody; `in_doubt` if the state is not the newest."""
    untouched = _load_log(workspace, changes)
    workspace.insert_stream("acknowledged", _batches(ledger), f"from arrived where {untouched}")
    workspace.execute(f"insert into acknowledged select {_COLUMNS} from latest where not gone")
    if in_doubt:
        workspace.execute(_DOUBT)


def load_in_groups(
    workspace: Workspace,
    ledger: Iterable[pa.Table],
    changes: Iterable[Change],
    *,
    in_doubt: bool = False,
) -> Iterator[str]:
    """Fill `acknowledged` with the people of some lists at a time.

    Yields a condition on `audience` that is true for the lists of the group and no others. Besides,
    `known_profiles` and the counts in `known` are there for good once the last group has passed.
    """
    untouched = _load_log(workspace, changes)
    done: list[str] = []
    for audiences, batches in _groups(_batches(ledger)):
        workspace.insert_stream("acknowledged", batches, f"from arrived where {untouched}")
        done += audiences
        yield from _group(workspace, f"in ({_listed(audiences)})", in_doubt)
    yield from _group(workspace, f"not in ({_listed(done)})" if done else "is not null", in_doubt)


def _group(workspace: Workspace, chosen: str, in_doubt: bool) -> Iterator[str]:
    condition = f"audience {chosen}"
    workspace.execute(
        f"""
        insert into acknowledged select {_COLUMNS} from latest where not gone and {condition};
        insert into acknowledged select {_COLUMNS} from adopted where {condition};
        insert into known_profiles
        select person_key, remote_id from acknowledged where audience = '{PROFILES}';
        insert into known
        select audience, count(*) from acknowledged where audience <> '{EVENTS}' group by audience
        """
    )
    if in_doubt:
        workspace.execute(_DOUBT)
    yield condition
    workspace.execute("truncate acknowledged")


def _groups(
    batches: Iterator[pa.RecordBatch],
) -> Iterator[tuple[list[str], list[pa.RecordBatch]]]:
    """Lists with all their people, several together; the ledger is sorted by list."""
    group: list[pa.RecordBatch] = []
    people = 0
    for batch in batches:
        group.append(batch)
        people += batch.num_rows
        if people >= _GROUP:
            newest = batch["audience"][-1]
            start = pc.index(batch["audience"], newest).as_py()
            if start == 0 and group[0]["audience"][0] == newest:
                continue  # one list that is larger than a group
            # The newest list may go on in the next batch: it waits for that as a whole.
            waiting = [part for part in group[:-1] if part["audience"][-1] == newest]
            whole = group[: len(group) - 1 - len(waiting)]
            whole += [_before(part, newest) for part in (*waiting, batch)]
            yield _names(whole), whole
            group = [_from(part, newest) for part in (*waiting, batch)]
            people = sum(part.num_rows for part in group)
    if group:
        yield _names(group), group


def _before(batch: pa.RecordBatch, audience: pa.Scalar) -> pa.RecordBatch:
    return batch.slice(0, pc.index(batch["audience"], audience).as_py())


def _from(batch: pa.RecordBatch, audience: pa.Scalar) -> pa.RecordBatch:
    return batch.slice(pc.index(batch["audience"], audience).as_py())


def _names(batches: Iterable[pa.RecordBatch]) -> list[str]:
    return sorted({name for batch in batches for name in pc.unique(batch["audience"]).to_pylist()})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(literal, names))


def _batches(ledger: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    return (batch for chunk in ledger for batch in chunk.to_batches() if batch.num_rows)


def _load_log(workspace: Workspace, changes: Iterable[Change]) -> str:
    """Fill `latest` with the newest word on everybody whom the log names, and `void` with the lists
    of which nothing is left; returns the condition under which the ledger's word still holds."""
    workspace.execute(
        "create temp table changed (entry bigint, audience varchar, person_key varchar, "
        "payload_hash bigint, remote_id varchar, digest varchar, gone boolean);"
        "create temp table void (entry bigint, audience varchar)"
    )
    for piece in _pieces(changes):
        _load_entries(workspace, piece)
    workspace.execute(
        """
        create temp table latest as
        select * from changed
        where entry > coalesce(
            (select max(entry) from void where void.audience = changed.audience), -1)
        qualify row_number() over (partition by audience, person_key order by entry desc) = 1;
        drop table changed
        """
    )
    changed = workspace.count("latest") + workspace.count("void") > 0
    return _UNTOUCHED if changed else "true"


def _load_entries(workspace: Workspace, piece: Sequence[Change]) -> None:
    """Some entries of the log at once: one by one they would take longer than their people."""
    tables = []
    for change in piece:
        if change.rows is None:
            workspace.connection.execute(
                "insert into void values (?, ?)", [change.entry, change.audience]
            )
            continue
        count = change.rows.num_rows
        gone = change.certain and change.kind in _TAKES_AWAY
        marks = {"entry": change.entry, "audience": change.audience, "gone": gone}
        marks["certain"] = change.certain
        columns = [pa.repeat(pa.scalar(value), count) for value in marks.values()]
        names = ("person_key", "payload_hash", "remote_id", "digest")
        tables.append(
            pa.table([*columns, *(change.rows[name] for name in names)], names=[*marks, *names])
        )
    if tables:
        # Of a removal in doubt, too, the person is perhaps still there.
        workspace.insert(
            "changed",
            pa.concat_tables(tables),
            "select entry, audience, person_key, case when certain then payload_hash end, "
            f"remote_id, digest, gone from arrived where not starts_with(person_key, '{ERASED}')",
        )


def _pieces(changes: Iterable[Change]) -> Iterator[list[Change]]:
    waiting = iter(changes)
    while piece := list(islice(waiting, _ENTRIES)):
        yield piece


def people(workspace: Workspace) -> pa.RecordBatchReader:
    """Everybody in `acknowledged`, in the order of the ledger."""
    query = f"select {_COLUMNS} from acknowledged order by audience, person_key"
    return workspace.connection.cursor().sql(query).to_arrow_reader(200_000)
