"""The parts that a batch is sent in: around records that spoil it, and once for each id."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from segctl.protocol import Batch, Kind, Outcome
from segctl.state import OR_ALSO

Part = tuple[Batch, Outcome]
_LEAVES_BY = {Kind.REVOKE: "remote_id", Kind.REMOVE: "remote_id", Kind.UPDATE: "previous_id"}
"""Under which id somebody leaves a list; it may be several, see `state.OR_ALSO`."""


def around(batch: Batch, culprits: Mapping[int, str]) -> tuple[list[Part], Sequence[Batch]]:
    """Whom the tool named, as refused, and what is to be tried again: the others, or halves."""
    named = {row: why for row, why in culprits.items() if 0 <= row < len(batch)}
    if not named:
        return [], batch.halves()
    keys = batch.keys()
    others = [row for row in range(len(batch)) if row not in named]
    refused = replace(batch, rows=batch.rows.take(sorted(named)))
    answer = Outcome(dead={keys[row]: why for row, why in named.items()})
    return [(refused, answer)], [replace(batch, rows=batch.rows.take(others))] if others else []


def by_id(batch: Batch) -> list[Batch]:
    """The whole batch, and as many parts more as anybody in it has ids to leave the list under."""
    column = _LEAVES_BY.get(batch.kind)
    if column is None or not pc.any(pc.match_substring(batch.rows[column], OR_ALSO)).as_py():
        return [batch]
    ids = [
        list(dict.fromkeys((found or "").split(OR_ALSO)))
        for found in batch.rows[column].to_pylist()
    ]
    at = batch.rows.column_names.index(column)
    parts = []
    for turn in range(max(map(len, ids))):
        chosen = [number for number, found in enumerate(ids) if len(found) > turn]
        named = pa.array([ids[number][turn] or None for number in chosen], pa.string())
        rows = batch.rows.take(chosen).set_column(at, column, named)
        parts.append(Batch(batch.kind, batch.audience, rows, batch.list_id))
    return parts


def with_more(outcome: Outcome, extra: Sequence[Part]) -> Outcome:
    """An outcome with what became of the same people in other parts."""
    if not extra:
        return outcome
    outcomes = [other for _, other in extra]
    return replace(
        outcome,
        dead=ChainMap(dict(outcome.dead), *(dict(other.dead) for other in outcomes)),
        lost=outcome.lost.union(*(other.lost for other in outcomes)),
    )
