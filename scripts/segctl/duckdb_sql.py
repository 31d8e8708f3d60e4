"""Pieces of SQL for DuckDB, which compares and keeps what is sent."""

from __future__ import annotations

from collections.abc import Mapping


def quote(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as a quoted SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def digest_of(folded: str, key: str) -> str:
    """SQL for the keyed digest of what `privacy.fold` made of an address or id."""
    return f"sha256({literal(f'{key}:')} || {folded} || {literal(f':{key}')})[:40]"


def record_of(remote_id: str, ends_at: str) -> str:
    """SQL for the record that a remote id names, without what a tool keeps beside it."""
    return f"split_part({remote_id}, {literal(ends_at)}, 1)" if ends_at else remote_id


def hash_of(columns: Mapping[str, str], alias: str = "") -> str:
    """SQL for a 60-bit digest of the named columns, stable across versions of DuckDB.

    The columns' names and types are part of it: when the shape of the data changes, every row
    counts as changed.
    """
    shape = ", ".join(f"{name} {kind}" for name, kind in columns.items()).replace("'", "''")
    prefix = f"{alias}." if alias else ""
    values = [f"coalesce({prefix}{quote(name)}::varchar, chr(0))" for name in columns]
    joined = ", ".join([f"'{shape}'", *values])
    return f"('0x' || md5(concat_ws(chr(31), {joined}))[:15])::bigint"
