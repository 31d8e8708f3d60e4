"""Whatever is read in pages is read to its end, or not at all: who was not read counts as away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest
from fakes.klaviyo_model import cursor
from fakes.server import Answer, Request
from rig import READ_BACK, Rig, Shop, people, running, title

from segctl.errors import DestinationError
from segctl.protocol import Destination, ListSpec, Member

MANY = [f"p{number}" for number in range(20)]
WHAT = ("members", "suppressed")


@pytest.fixture(params=[(tool, what) for tool in READ_BACK for what in WHAT], ids="-".join)
def reading(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A tool with twenty members of a list, of whom ten say no; and what is read of it."""
    tool, what = request.param
    with running(tool, tmp_path) as rig:
        rig.apply(Shop(people(*MANY), {"vip": MANY}))
        for key in MANY[:10]:
            rig.fake.suppress(f"{key}@example.com")
        yield rig, what


def read(rig: Rig, what: str) -> list[str]:
    """The addresses of whoever is told."""

    async def whole(tool: Destination) -> list[str]:
        try:
            pages: AsyncIterator[list[Member]]
            if what == "members":
                found = await tool.find_lists([ListSpec("vip", title("vip"))])
                pages = tool.members(found["vip"])
            else:
                pages = tool.suppressed()
            return [str(who.email) async for page in pages for who in page]
        finally:
            await tool.close()

    return asyncio.run(whole(rig.destination()))


def is_about(rig: Rig, what: str, request: Request) -> bool:
    """Whether a request reads a page of it."""
    path = request.path
    # All of Mailchimp is in a list: what we call one is a segment there.
    of_a_list = ("/segments/" if rig.tool == "mailchimp" else "/lists/") in path
    if rig.tool == "hubspot":
        return path.endswith("/memberships" if what == "members" else "/contacts/search")
    ends = {"klaviyo": "/profiles", "brevo": "/contacts", "mailchimp": "/members"}[rig.tool]
    is_whole = request.method == "GET" and path.endswith(ends)
    return is_whole and of_a_list == (what == "members")


def empty_page(rig: Rig, request: Request, following: str) -> Answer:
    """Nobody is on this page, but there is another one."""
    if rig.tool == "klaviyo":
        link = f"https://a.klaviyo.com{request.path}?page%5Bcursor%5D={following}"
        return Answer(200, {"data": [], "links": {"next": link}}, content_type=_JSON_API)
    return Answer(200, {"results": [], "total": 9, "paging": {"next": {"after": following}}})


_JSON_API = "application/vnd.api+json"
BY_CURSOR = {"klaviyo": cursor(0), "hubspot": "00"}
"""Tool -> another name of the first page."""


def _of(tools: Collection[str]) -> list[tuple[str, str]]:
    return [(tool, what) for tool in sorted(tools) for what in WHAT]


@pytest.mark.parametrize("reading", _of(BY_CURSOR), indirect=True, ids="-".join)
def test_an_empty_page_is_not_the_end(reading: tuple[Rig, str]) -> None:
    rig, what = reading
    left = ["once"]

    def instead(request: Request) -> Answer | None:
        if is_about(rig, what, request) and left:
            left.clear()
            return empty_page(rig, request, BY_CURSOR[rig.tool])
        return None

    rig.fake.faults.instead = instead
    found = read(rig, what)
    assert not left and len(found) == len(set(found)) == (20 if what == "members" else 10)


def test_a_cursor_that_does_not_move_stops_with_a_sentence(reading: tuple[Rig, str]) -> None:
    rig, what = reading

    def instead(request: Request) -> Answer | None:
        if not is_about(rig, what, request):
            return None
        if rig.tool in BY_CURSOR:
            return empty_page(rig, request, BY_CURSOR[rig.tool])
        counts = {"brevo": {"contacts": [], "count": 30}}
        return Answer(200, counts.get(rig.tool, {"members": [], "total_items": 30}))

    rig.fake.faults.instead = instead
    before = len(rig.fake.requests)
    with pytest.raises(DestinationError, match=r"tells the same page of .* again and again"):
        read(rig, what)
    assert len(rig.fake.requests) - before < 12


@pytest.mark.parametrize("reading", _of({"mailchimp", "brevo"}), indirect=True, ids="-".join)
def test_an_empty_page_before_the_end_is_not_everybody(reading: tuple[Rig, str]) -> None:
    """By offset, a page after the first one is empty although there are more."""
    rig, what = reading
    asked: list[Request] = []
    key, total = ("contacts", "count") if rig.tool == "brevo" else ("members", "total_items")
    member = {"id": 1, "email": "p1@example.com", "emailBlacklisted": True}
    first = [member] if rig.tool == "brevo" else [{"id": "1", "email_address": "p1@example.com"}]

    def instead(request: Request) -> Answer | None:
        if not is_about(rig, what, request):
            return None
        asked.append(request)
        return Answer(200, {key: first if len(asked) == 1 else [], total: 20})

    rig.fake.faults.instead = instead
    with pytest.raises(DestinationError, match="tells the same page"):
        read(rig, what)
