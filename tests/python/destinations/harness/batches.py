"""Batches as the engine makes them, for tests that talk to a destination directly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from segctl.protocol import PROFILES, Batch, Kind

DAY = date(2026, 3, 31)


def email_of(key: str) -> str:
    return f"{key}@example.com"


def upsert(
    people: Mapping[str, Mapping[str, Any]], remote_ids: Mapping[str, str] | None = None
) -> Batch:
    """Profiles: person key -> attributes. An attribute `email` replaces the usual address."""
    known = remote_ids or {}
    names = sorted({name for values in people.values() for name in values} - {"email"})
    columns: dict[str, Any] = {
        "person_key": pa.array(list(people), pa.string()),
        "remote_id": pa.array([known.get(key) for key in people], pa.string()),
        "email": pa.array([values.get("email", email_of(key)) for key, values in people.items()]),
    }
    columns |= {name: pa.array([p.get(name) for p in people.values()]) for name in names}
    return Batch(Kind.UPSERT, PROFILES, pa.table(columns))


def members(
    kind: Kind,
    audience: str,
    list_id: str,
    remote_ids: Mapping[str, str | None],
    previous_ids: Mapping[str, str] | None = None,
    emails: Mapping[str, str] | None = None,
) -> Batch:
    """Memberships: person key -> what the tool calls the person."""
    keys = list(remote_ids)
    columns: dict[str, Any] = {
        "person_key": pa.array(keys, pa.string()),
        "remote_id": pa.array([remote_ids[key] for key in keys], pa.string()),
    }
    if kind in (Kind.ADD, Kind.UPDATE):
        previous = previous_ids or {}
        columns["previous_id"] = pa.array([previous.get(key) for key in keys], pa.string())
        columns["email"] = pa.array([(emails or {}).get(key, email_of(key)) for key in keys])
        columns["entered_on"] = pa.array([DAY for _ in keys], pa.date32())
    return Batch(kind, audience, pa.table(columns), list_id)


def create_list(audience: str, title: str, remote_id: str | None = None) -> Batch:
    columns = {
        "person_key": pa.array([""], pa.string()),
        "remote_id": pa.array([remote_id], pa.string()),
        "title": pa.array([title], pa.string()),
    }
    return Batch(Kind.CREATE_LIST, audience, pa.table(columns), remote_id)


def events(rows: Sequence[Mapping[str, Any]]) -> Batch:
    """Entries and exits: dictionaries with person_key (the event's id), customer_id, remote_id,
    email, segment, change, changed_on."""
    names = ("person_key", "customer_id", "remote_id", "email", "segment", "change", "changed_on")
    return Batch(
        Kind.EVENT, "~events", pa.table({n: pa.array([row.get(n) for row in rows]) for n in names})
    )
