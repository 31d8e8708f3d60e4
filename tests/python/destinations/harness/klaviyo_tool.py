"""The destination Klaviyo in the hands of its tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any, TypeVar

import pytest
from batches import create_list, email_of, upsert
from fakes.klaviyo import FakeKlaviyo
from tools import hurry, told_by

from segctl.destinations.klaviyo import Klaviyo, KlaviyoSettings
from segctl.errors import SegctlError
from segctl.protocol import Batch, BatchRejected, Kind, Outcome

T = TypeVar("T")
TOUR = "Wine lovers"


def make(fake: FakeKlaviyo, **settings: Any) -> Klaviyo:
    """A destination that does not wait long."""
    key = fake.key
    made = Klaviyo("shop", KlaviyoSettings(**(fake.settings() | settings)), lambda reference: key)
    hurry(made.limiter)
    return made


def run(tool: Klaviyo, work: Callable[[Klaviyo], Awaitable[T]]) -> T:
    async def whole() -> T:
        try:
            return await work(tool)
        finally:
            await tool.close()

    return asyncio.run(whole())


async def settled(tool: Klaviyo, batch: Batch) -> Outcome:
    """Send, and settle what works in the background."""
    outcome = await tool.send(batch)
    assert outcome.job
    while (end := await tool.settle(outcome.job)) is None:
        await asyncio.sleep(0)
    return end


def send(tool: Klaviyo, batch: Batch) -> Outcome:
    work = settled if batch.kind is Kind.UPSERT else Klaviyo.send
    return run(tool, lambda t: work(t, batch))


def learn(tool: Klaviyo, *keys: str, **attributes: Any) -> dict[str, str | None]:
    """Import people; returns what Klaviyo calls them."""
    outcome = send(tool, upsert(dict.fromkeys(keys, attributes)))
    assert not outcome.dead
    return dict(outcome.remote_ids)


def new_list(tool: Klaviyo, title: str = TOUR) -> str:
    return send(tool, create_list("wine", title)).remote_ids[""]


def failure(tool: Klaviyo, work: Callable[[Klaviyo], Awaitable[Any]]) -> str:
    """What a call complains about, in which nothing is secret."""
    with pytest.raises((SegctlError, BatchRejected)) as caught:
        run(tool, work)
    return told_by(caught.value, "pk_")


def new_id(fake: FakeKlaviyo) -> str:
    return next(iter(fake.lists))


async def gather(pages: AsyncIterator[list[T]]) -> list[T]:
    return [item async for page in pages for item in page]


def told(key: str, change: str = "entered", remote_id: str | None = None) -> dict[str, Any]:
    return {
        "person_key": key,
        "customer_id": "a",
        "remote_id": remote_id,
        "email": email_of("a"),
        "segment": "wine",
        "change": change,
        "changed_on": date(2026, 3, 31),
    }
