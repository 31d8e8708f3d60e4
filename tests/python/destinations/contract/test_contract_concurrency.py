"""Requests overtake each other: what one batch reads, another one changes meanwhile."""

from __future__ import annotations

import random

import pytest
from fakes.server import Request
from rig import Rig, Shop, people

from segctl.destinations.brevo import api as brevo_api
from segctl.destinations.hubspot import destination as hubspot
from segctl.destinations.klaviyo import api as klaviyo_account
from segctl.destinations.mailchimp import api as mailchimp_api
from segctl.destinations.mailchimp import destination as mailchimp

MANY = [f"p{number}" for number in range(90)]
SHOP = Shop(people(*MANY), {"vip": MANY, "win_back": MANY[:40]})


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pages for a list of ninety, of every tool."""
    for module, name in (
        (mailchimp, "PAGE"),
        (mailchimp_api, "PAGE"),
        (brevo_api, "_MEMBER_PAGE"),
        (hubspot, "MEMBERS_PER_PAGE"),
        (klaviyo_account, "PER_PAGE"),
    ):
        monkeypatch.setattr(module, name, 10)


def some_are_slow(rig: Rig, seed: int) -> None:
    """Most requests are quick, some are overtaken by ten others."""
    dice = random.Random(seed)  # noqa: S311

    def delay(request: Request) -> float:
        return dice.choice((0.0, 0.0, 0.002, 0.02))

    rig.fake.faults.delay = delay


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("seed", range(4))
def test_nobody_stays_when_many_leave_in_batches(rig: Rig, seed: int) -> None:
    settings = rig.settings(limits={"batch_size": 15, "concurrency": 4})
    rig.apply(SHOP, settings)
    fewer = Shop(SHOP.people, {"vip": MANY[::3], "win_back": []})
    some_are_slow(rig, seed)
    rig.apply(fewer, settings)
    rig.holds(fewer)


@pytest.mark.usefixtures("small_pages")
def test_nobody_stays_of_whom_a_page_did_not_tell(reading_rig: Rig) -> None:
    """Somebody else takes members out while ours leave: pages shift, and hide others."""
    settings = reading_rig.settings(limits={"batch_size": 50, "concurrency": 1})
    reading_rig.apply(SHOP, settings)
    strangers = [f"s{number}@example.org" for number in range(60)]
    for email in strangers:
        reading_rig.fake.plant("Vip", email)
    fewer = Shop(SHOP.people, {"vip": MANY[::9], "win_back": MANY[:40]})

    def shift(request: Request) -> float:
        if request.method == "GET" and strangers:
            with reading_rig.fake.lock:
                for _ in range(min(4, len(strangers))):
                    reading_rig.fake.kick("Vip", strangers.pop())
        return 0.0

    reading_rig.fake.faults.delay = shift
    reading_rig.apply(fewer, settings)
    reading_rig.fake.faults.delay = None
    wanted = {fewer.people[key].email for key in fewer.audiences["vip"]}
    assert reading_rig.fake.snapshot()["Vip"] - set(strangers) == wanted
