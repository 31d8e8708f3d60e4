"""How the tests of HubSpot talk to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import batches
import pytest
from fakes.hubspot import FakeHubSpot

from segctl.destinations.hubspot import HubSpot, HubSpotSettings
from segctl.errors import SegctlError
from segctl.protocol import Batch, Outcome

ATTRIBUTES = {
    "firstname": "VARCHAR",
    "orders": "BIGINT",
    "revenue": "DECIMAL(18,2)",
    "last_order": "DATE",
    "vip": "BOOLEAN",
    "seen_at": "TIMESTAMP",
}
ADA = {
    "firstname": "Ada",
    "orders": 3,
    "revenue": Decimal("1200.50"),
    "last_order": date(2026, 3, 1),
    "vip": True,
    "seen_at": datetime(2026, 3, 1, 8, 30),
}
ADA_THERE = {
    "firstname": "Ada",
    "orders": "3",
    "revenue": "1200.50",
    "last_order": "2026-03-01",
    "vip": "true",
    "seen_at": "2026-03-01T08:30:00.000Z",
}


def connect(fake: FakeHubSpot, **more: Any) -> HubSpot:
    token = fake.key
    hub = HubSpot("crm", HubSpotSettings(**fake.settings(), **more), lambda reference: token)

    async def nap(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.002))

    hub.limiter._sleep = nap
    return hub


def run(hub: HubSpot, *works: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """One after the other in one event loop; the last one's result."""

    async def work() -> Any:
        try:
            result = None
            for one in works:
                result = await one()
            return result
        finally:
            await hub.close()

    return asyncio.run(work())


def send(hub: HubSpot, *told: Batch) -> Outcome:
    return run(hub, *((lambda batch=batch: hub.send(batch)) for batch in told))


def prepare(hub: HubSpot, attributes: dict[str, str] = ATTRIBUTES) -> None:
    run(hub, lambda: hub.prepare(attributes, Path()))


def upsert(hub: HubSpot, *keys: str) -> dict[str, str]:
    return dict(send(hub, batches.upsert({key: {} for key in keys})).remote_ids)


def make_list(hub: HubSpot, title: str = "VIPs") -> str:
    return send(hub, batches.create_list("vip", title)).remote_ids[""]


def collect(hub: HubSpot, pages: Callable[[], AsyncIterator[list[Any]]]) -> list[Any]:
    async def work() -> list[Any]:
        return [item async for page in pages() for item in page]

    return run(hub, work)


def only_error(hub: HubSpot, *works: Callable[[], Coroutine[Any, Any, Any]]) -> SegctlError:
    with pytest.raises(SegctlError) as caught:
        run(hub, *works)
    said = f"{caught.value.message} {caught.value.hint}"
    assert "@" not in said
    assert "pat-na1" not in said
    return caught.value
