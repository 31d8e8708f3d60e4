"""Who said no is not mailed, however it was said; who said yes is, at the address it is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from consent_cases import CASES, Case, address_of, number_of
from consent_shop import LEAVERS, VARIABLES, consent_package, consent_shop
from small_shop import Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    package = consent_package(tmp_path_factory.mktemp("package"))
    return consent_shop(tmp_path_factory.mktemp("shop"), package)


@pytest.fixture(scope="module")
def audiences(shop: Shop) -> dict[tuple[str, str], str]:
    """Audience and customer id -> address."""
    return {
        (audience, customer.removeprefix("files:")): email
        for audience, customer, email in shop.warehouse.rows(
            "select audience, customer_id, email from audience_memberships"
        )
    }


@pytest.fixture(scope="module")
def held_out(shop: Shop) -> set[str]:
    return {
        customer.removeprefix("files:")
        for (customer,) in shop.warehouse.rows(
            "select customer_id from experiment_assignments where is_holdout and is_running"
        )
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_is_mailed_where_consent_is(
    case: Case, audiences: dict[tuple[str, str], str], held_out: set[str]
) -> None:
    name = number_of(case)
    wanted = "" if name in held_out else address_of(case, case.marketing)
    assert audiences.get(("news", name), "") == wanted
    assert audiences.get(("service_notes", name), "") == address_of(case, case.service)


def test_some_are_held_out(held_out: set[str]) -> None:
    mailed = {number_of(case) for case in CASES if case.marketing}
    assert held_out & mailed
    assert mailed - held_out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_preference_says_the_same(case: Case, shop: Shop) -> None:
    found = shop.warehouse.row(
        "select is_suppressed, suppression_reason from customer_preferences "
        f"where customer_id = 'files:{number_of(case)}'"
    )
    assert found == (case.suppressed is not None, case.suppressed)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.lifecycle], ids=lambda case: case.name
)
def test_a_subscriber_can_be_written_to(case: Case, shop: Shop) -> None:
    assert shop.warehouse.row(
        "select lifecycle_stage from customer_lifecycle "
        f"where customer_id = 'files:{number_of(case)}'"
    ) == (case.lifecycle,)


def test_what_is_mailed_is_what_was_delivered(shop: Shop) -> None:
    """The data tests, and one is enough to see them fail."""
    tests = "test_name:only_consented test_name:members_of_segments"
    shop.dbt("test", "--select", tests, segmentation_as_of="2026-03-01", **VARIABLES).succeeded()


def test_who_left_is_told_and_not_mailed(shop: Shop, audiences: dict[tuple[str, str], str]) -> None:
    told = shop.warehouse.rows(
        "select customer_id from audience_events where event = 'left' and audience = 'news'"
    )
    assert 0 < len(told) <= LEAVERS
    assert not any(("news", customer.removeprefix("files:")) in audiences for (customer,) in told)


def test_the_size_that_can_be_mailed_is_told(shop: Shop) -> None:
    for segment, wanted in (
        ("news", sum(bool(case.marketing) for case in CASES)),
        ("service_notes", sum(bool(case.service) for case in CASES)),
    ):
        assert shop.warehouse.row(
            f"select members, mailable_members from segments where segment = '{segment}'"
        ) == (sum(bool(case.orders_under) for case in CASES), wanted)


@pytest.mark.parametrize(
    ("table", "check", "rows"),
    [
        ("email_events", "unknown_bounce_type", 3),
        ("email_events", "bounce_corrected", 2),
    ],
)
def test_what_is_odd_is_found(shop: Shop, table: str, check: str, rows: int) -> None:
    assert shop.warehouse.row(
        "select coalesce(sum(rows_found), 0) from data_quality_findings "
        f"where table_name = '{table}' and check_name = '{check}'"
    ) == (rows,)


def test_an_unknown_event_stops_the_build(shop: Shop, tmp_path: Path) -> None:
    broken = shop.copy(tmp_path)
    broken.change(
        "email_events",
        lambda rows: [*rows, {**rows[0], "email_event_id": "odd", "event_type": "Dropped"}],
    )
    run = broken.build(segmentation_as_of="2026-03-01", **VARIABLES)
    assert run.code != 0
    for words in (
        "unified_email_events.event_type: 'dropped' is none of sent, delivered",
        "(1 row, for example event files odd)",
        "add the word to the seed email_event_words",
    ):
        assert words in run.output
    assert broken.warehouse.contents() == shop.warehouse.contents()
