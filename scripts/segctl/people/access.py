"""Everything that is held about a person, in one file: the answer to a request of access."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from segctl.durable import write_text
from segctl.errors import SegctlError, UnknownCustomer
from segctl.privacy import digest, digests
from segctl.protocol import Destination
from segctl.segments.explain import find_customer
from segctl.state import StateStore
from segctl.state.audit import read_trail
from segctl.warehouse.project import Model, Project
from segctl.warehouse.warehouse import Warehouse


def export(
    project: Project,
    store: StateStore,
    destinations: Sequence[Destination],
    email: str,
    out: Path | None = None,
    say: Callable[[str], None] = lambda message: None,
) -> Path:
    """Write it down, readable by the owner only; returns where."""
    with store.read() as state:
        person = digest(state.digest_key(), email)
    say("Looking through the warehouse ...")
    found: dict[str, Any] = {
        "person": email,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "warehouse": _from_warehouse(project, email),
        "sent": [row for rows in read_trail(store, email) for row in rows.to_pylist()],
        "tools": {},
    }
    for destination in destinations:
        say(f"Asking {destination.name} ...")
        found["tools"][destination.name] = asyncio.run(_from_tool(store, destination, email))
    if not found["warehouse"] and not found["sent"] and not any(found["tools"].values()):
        raise UnknownCustomer(
            "Nothing is held about that address, neither here nor in the tools.",
            "Addresses are compared in lower case and in full.",
        )
    path = out or project.options.work_dir / f"person-{person[:12]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n")
    return path


def _from_warehouse(project: Project, email: str) -> dict[str, list[dict[str, Any]]]:
    """The person's rows in every table that names a customer or an address."""
    with Warehouse(project) as warehouse:
        try:
            customer_id = find_customer(warehouse, email)
        except UnknownCustomer:
            customer_id = None
        return dict(_rows_of(warehouse, customer_id, email))


def _rows_of(
    warehouse: Warehouse, customer_id: str | None, email: str
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for name, model in sorted(warehouse.project.models.items()):
        if not warehouse.holds(model):
            continue
        condition = _condition(warehouse, model, customer_id, email)
        if condition is None:
            continue
        rows = warehouse.rows(f"select * from {model.relation} where {condition}")
        if rows:
            yield name, rows


def _condition(
    warehouse: Warehouse, model: Model, customer_id: str | None, email: str
) -> str | None:
    """How to find the person in the table; None if it names nobody."""
    columns = warehouse.columns(model)
    parts = []
    if "customer_id" in columns and customer_id is not None:
        parts.append(f"customer_id = {warehouse.literal(customer_id)}")
    if "email" in columns:
        parts.append(f"lower(email) = {warehouse.literal(email.strip().lower())}")
    return " or ".join(parts) or None


async def _from_tool(store: StateStore, destination: Destination, email: str) -> dict[str, Any]:
    with store.read() as state:
        named = digests(state.digest_key(), email)
        ids = [remote for remote in state.keys_of(destination.identity, named).values() if remote]
    try:
        await destination.connect()
        return dict(await destination.held(email.strip(), ids[0] if ids else None))
    except SegctlError as error:
        return {"error": error.message}
    finally:
        await destination.close()
