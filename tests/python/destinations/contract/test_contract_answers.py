"""Which answers are about a record: nothing else may ever cost one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.server import Answer, Request
from rig import Rig, Shop, people, running

from segctl.errors import DestinationError, SegctlError
from segctl.sync.guards import GUARDS
from segctl.sync.status import read_status

_LOGIN = {"Location": "https://login.example.org/?from=api"}
_JSON = {"message": "not today", "code": "x", "title": "Not today", "detail": "not today"}
_ERRORS = {**_JSON, "errors": [{"detail": "not today"}], "reason": "not today"}
BESIDE = {
    "login page": Answer(302, b"<html>log in</html>", _LOGIN, "text/html"),
    "moved": Answer(307, None, _LOGIN),
    "unpaid": Answer(402, _ERRORS),
    "page not found": Answer(404, b"<html>no such page</html>", content_type="text/html"),
    "not found": Answer(404, _ERRORS),
    "method": Answer(405, _ERRORS),
    "not acceptable": Answer(406, _ERRORS),
    "gone": Answer(410, _ERRORS),
    "media type": Answer(415, _ERRORS),
    "teapot": Answer(418, _ERRORS),
    "legal": Answer(451, b"blocked"),
}
ABOUT = {status: Answer(status, _ERRORS) for status in (400, 409, 413, 422)}
MANY = [f"p{number}" for number in range(24)]
SHOP = Shop(people(*MANY), {"vip": MANY[:20], "win_back": MANY[12:]})
LATER = Shop(people(*MANY[4:], orders=5), {"vip": MANY[8:20], "win_back": MANY[4:14]})
BUT_REJECTIONS = [name for name in GUARDS if name != "rejections"]


def instead(rig: Rig, answer: Answer) -> Callable[[Request], Answer | None]:
    return lambda request: answer if rig.fake.changes(request) else None


def stopped(rig: Rig, shop: Shop) -> SegctlError:
    with pytest.raises(SegctlError) as caught:
        rig.apply(shop, allowed=BUT_REJECTIONS)
    assert "@" not in f"{caught.value.message} {caught.value.hint}"
    return caught.value


def well_again(rig: Rig, shop: Shop) -> None:
    """The next day nobody is missing, and nobody is held back."""
    rig.fake.faults.instead = None
    assert read_status(rig.store)["dead_letters"] == []
    result = rig.apply(shop, allowed=BUT_REJECTIONS)
    assert result.dead == 0
    rig.holds(shop)
    done, again = rig.sync(shop).apply(_unused, allowed=BUT_REJECTIONS)
    assert again.run_id is None and done.held == 0


def _unused(plan: object) -> object:
    raise AssertionError("nothing may be sent")


@pytest.mark.parametrize("kind", BESIDE)
def test_what_is_beside_the_point_costs_nobody(rig: Rig, kind: str) -> None:
    answer = BESIDE[kind]
    rig.apply(SHOP)
    before = len(rig.fake.requests)
    rig.fake.faults.instead = instead(rig, answer)
    error = stopped(rig, LATER)
    assert isinstance(error, DestinationError)
    if kind == "login page":
        assert "HTTP 302" in error.message and "login.example.org" in error.message
    assert len(rig.fake.requests) - before < 60, "nothing is looked for in such an answer"
    well_again(rig, LATER)


@pytest.mark.parametrize("kind", ["login page", "unpaid", "not found", "page not found"])
def test_a_first_run_against_it_costs_nobody(rig: Rig, kind: str) -> None:
    rig.apply(Shop({}, {"vip": [], "win_back": []}))
    rig.fake.faults.instead = instead(rig, BESIDE[kind])
    stopped(rig, SHOP)
    well_again(rig, SHOP)


@pytest.mark.parametrize("status", ABOUT)
def test_nobody_is_held_when_everybody_is_refused(rig: Rig, status: int) -> None:
    rig.apply(Shop({}, {"vip": [], "win_back": []}))
    before = len(rig.fake.requests)
    rig.fake.faults.instead = instead(rig, ABOUT[status])
    error = stopped(rig, SHOP)
    assert "not today" in error.message
    assert len(rig.fake.requests) - before < 120
    well_again(rig, SHOP)


def test_small_batches_do_not_hide_it(rig: Rig) -> None:
    settings = rig.settings(limits={"batch_size": 2, "concurrency": 1})
    rig.apply(Shop({}, {"vip": [], "win_back": []}))
    rig.fake.faults.instead = instead(rig, ABOUT[422] if rig.tool == "webhook" else ABOUT[400])
    with pytest.raises(SegctlError, match="not today"):
        rig.apply(SHOP, settings, allowed=BUT_REJECTIONS)
    well_again(rig, SHOP)


def test_many_bad_records_can_be_set_aside(rig: Rig) -> None:
    rig.fake.invalid.update(person.email for person in people(*MANY[:22]).values())
    error = stopped(rig, SHOP)
    assert "--allow rejections" in error.hint
    rig.apply(SHOP, allowed=[*BUT_REJECTIONS, "rejections"])
    rig.holds(SHOP, without=MANY[:22])


def test_who_is_held_is_counted_while_anybody_is(rig: Rig) -> None:
    rig.fake.invalid.add("p4@example.com")
    rig.apply(SHOP)
    plan, result = rig.sync(SHOP).apply(_unused)
    assert result.run_id is None and plan.held > 0
    rig.fake.invalid.clear()
    changed = Shop({**SHOP.people, **people("p4", orders=9)}, SHOP.audiences)
    rig.apply(changed)
    assert rig.sync(changed).plan().held == 0


def test_every_status_is_of_one_kind(tmp_path: Path) -> None:
    """Three people: too few for it to be suspicious. So the status alone decides."""
    shop = Shop(people(*MANY[:3]), {"vip": MANY[:3]})
    waits = {408, 425, 429}
    with running("brevo", tmp_path) as rig:
        rig.apply(Shop({}, {"vip": []}))
        for status in sorted({*range(300, 500, 9), *range(300, 309), *range(400, 432)} - waits):
            rig.fake.faults.instead = instead(rig, Answer(status, _ERRORS))
            if status in ABOUT:
                assert rig.apply(shop).dead == 3, status
            else:
                stopped(rig, shop)
            assert bool(read_status(rig.store)["dead_letters"]) == (status in ABOUT), status
            with rig.store.open() as state:
                state.forget_dead(rig.destination().identity)
