"""Whether the public tables of several engines say the same, to the last digit.

Floats may differ by one part in a billion, for engines add them up in different orders. Everything
else has to be equal, types included: 3 is not 3.0, and no text is trimmed or folded.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portability.engine import Engine, Rows
from rich.table import Table

RELATIVE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Comparison:
    """One public table on all engines; the first engine is the one that the others are held to."""

    table: str
    rows: Mapping[str, int]
    hashes: Mapping[str, str]
    difference: str | None
    """What differs, with a row as an example; none if nothing does."""

    @property
    def is_equal(self) -> bool:
        return self.difference is None


def compare(engines: Sequence[Engine]) -> Iterator[Comparison]:
    """Compare every public table that any of the engines has."""
    public = {engine.name: set(engine.public_tables()) for engine in engines}
    for table in sorted(set().union(*public.values())):
        missing = [name for name, tables in public.items() if table not in tables]
        if missing:
            yield Comparison(table, {}, {}, f"{table}: not on {', '.join(missing)}")
        else:
            yield compare_rows(table, {engine.name: engine.rows(table) for engine in engines})


def compare_rows(table: str, rows: Mapping[str, Rows]) -> Comparison:
    """Compare the rows of one table, engine -> rows in any order."""
    reference, *others = rows
    texts = {reference: _texts(rows[reference])}
    for name in others:
        texts[name] = _texts(_with_floats_of(rows[reference], rows[name]))
    faults = [
        _difference(reference, texts[reference], name, texts[name])
        for name in others
        if texts[name] != texts[reference]
    ]
    return Comparison(
        table,
        {name: len(found) for name, found in rows.items()},
        {name: _hash(found) for name, found in texts.items()},
        f"{table}: {'; '.join(faults)}" if faults else None,
    )


def as_table(comparisons: Iterable[Comparison], engines: Sequence[Engine]) -> Table:
    """What to print: a line per public table, with the hash of its sorted rows on each engine."""
    names = [engine.name for engine in engines]
    printed = Table("public table", "rows", *names, "", box=None, pad_edge=False)
    printed.columns[1].justify = "right"
    for found in comparisons:
        rows = " / ".join(f"{count:,}" for count in dict.fromkeys(found.rows.values()))
        hashes = [found.hashes.get(name, "-") for name in names]
        printed.add_row(found.table, rows, *hashes, "equal" if found.is_equal else "DIFFERS")
    return printed


def _with_floats_of(reference: Rows, rows: Rows) -> Rows:
    """The rows, with floats written as in the reference's row wherever they are close enough.

    So equal tables have equal hashes, which no rounding of both sides could promise.
    """
    partners: defaultdict[tuple[str, ...], deque[tuple[Any, ...]]] = defaultdict(deque)
    for row in sorted(reference, key=_order):
        partners[_exact(row)].append(row)
    aligned = []
    for row in sorted(rows, key=_order):
        waiting = partners[_exact(row)]
        aligned.append(tuple(map(_nearly, waiting.popleft(), row)) if waiting else row)
    return aligned


def _nearly(reference: Any, value: Any) -> Any:
    both_floats = isinstance(reference, float) and isinstance(value, float)
    is_close = both_floats and math.isclose(reference, value, rel_tol=RELATIVE_TOLERANCE)
    return reference if is_close else value


def _exact(row: tuple[Any, ...]) -> tuple[str, ...]:
    """The row without its floats."""
    return tuple("float" if isinstance(value, float) else _text(value) for value in row)


def _order(row: tuple[Any, ...]) -> tuple[tuple[str, ...], list[float]]:
    return _exact(row), [value for value in row if isinstance(value, float)]


def _texts(rows: Rows) -> list[str]:
    return sorted(", ".join(map(_text, row)) for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        # 1.50 and 1.5 are the same amount: how many zeros are shown is the driver's choice.
        return f"{value.normalize():f}d"
    if isinstance(value, dt.date):
        return value.isoformat()
    return repr(value)


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


def _difference(reference: str, expected: list[str], name: str, found: list[str]) -> str:
    lacking, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    return (
        f"{max(lacking.total(), extra.total())} of {len(expected)} rows differ, for example\n"
        f"  {reference}: {min(lacking, default='no such row')}\n"
        f"  {name}: {min(extra, default='no such row')}"
    )
