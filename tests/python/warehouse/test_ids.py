"""What an id means: whose it is, and when it is nobody's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from small_shop import MAX_EMAILS, MAX_PER_EMAIL, Lines, Shop

DAY = "2026-03-01"
VARIABLES = {"segmentation_sources": {"files": ["customers", "orders", "consents"]}}
GUESTS = 5
PLACEHOLDERS = [
    *("0", "00", "000000", "0.0", "-1", "-", "--", "?", ".", "#", "NULL", "null", " Null ", "N/A"),
    *(
        "None",
        "NaN",
        "undefined",
        "Unknown",
        "(not set)",
        "guest",
        "00000000-0000-0000-0000-000000000000",
    ),
]
NO_PLACEHOLDERS = [
    "10",
    "007",
    "0a",
    "N1",
    "nonesuch",
    "7-0",
    "-12",
    "Anna",
    "NA7",
    "0.1",
    "1000",
    "é",
]
NO_ADDRESSES = [
    "noemail@example.org",
    "None@shop.example",
    "no-reply@shop.example",
    "ann@shop.invalid",
]
# Written differently, meant as one. The first is how everybody writes it.
SPELLINGS = {
    "josé@example.org": [
        unicodedata.normalize("NFD", "josé@example.org"),
        "JOSÉ@EXAMPLE.ORG",
        " josé@example.org\u00a0",
        "\ufeffjosé@example.org",
        "jo\u200bsé@example.org",
        "josé@example.org\u3000",
        unicodedata.normalize("NFD", "\u2009JOSÉ@example.ORG\u200e"),
    ],
    "ilker@example.org": ["İLKER@example.org", "ILKER@EXAMPLE.ORG", "I\u0307lker@example.org"],
    "ж@example.org": ["Ж@example.org"],
    "ann@example.org": ["Ann@Example.org", "\tann@example.org", "ann@example.org\r"],
}
ORDER_IDS = ["D1", " D1", "D1 ", "D1\u00a0", "\ufeffD1", "D1\u200b", "\tD1"]
CUSTOMER_IDS = ["C77", " C77", "C77\u00a0", "\u2003C77\ufeff"]
ADDRESS_OF_TILL = "store@shop.example"
NUMBERS = count(1)


def order(email: str = "", customer: str = "", **values: str) -> dict[str, str]:
    return {
        "order_id": f"o{next(NUMBERS)}",
        "source_customer_id": customer,
        "email": email,
        "ordered_at": "2026-02-01 12:00:00",
        "order_status": "completed",
        "currency": "EUR",
        "order_amount": "10.00",
        "anonymous_id": "",
        **values,
    }


def record(customer: str, email: str = "", **values: str) -> dict[str, str]:
    return {"source_customer_id": customer, "email": email, "signed_up_at": "2025-01-01", **values}


def orders() -> Iterator[dict[str, str]]:
    for number, word in enumerate(PLACEHOLDERS):
        for guest in range(GUESTS):
            yield order(f"p{number}-{guest}@example.org", word)
            yield order(f"v{number}-{guest}@example.org", anonymous_id=word)
    for number, word in enumerate(NO_PLACEHOLDERS):
        for guest in range(2):
            yield order(f"n{number}-{guest}@example.org", word)
    for address in NO_ADDRESSES:
        for _ in range(GUESTS):
            yield order(address)
    for name, others in SPELLINGS.items():
        for spelling in (name, *others):
            yield order(spelling)
    for written in ORDER_IDS:
        yield order("d1@example.org", order_id=written)
    for written in CUSTOMER_IDS:
        yield order("", written)
    # An account that many use, a till's customer: each order counts for its address.
    for guest in range(MAX_EMAILS + 1):
        yield order(f"house{guest}@example.org", "H1")
        yield order(f"two{guest % 2}@example.org", "H2")
    yield order("", "H1")
    yield from (order("", f"T{number}") for number in range(8))
    yield from (order(f"b{number}@example.org", f"B{number}") for number in range(MAX_PER_EMAIL))
    yield from (order("kasse-2@shop.example") for _ in range(8))
    yield from (order("info@firm.example") for _ in range(8))
    yield order("pos@lonely.example")
    # Ids as another program writes them.
    for customer in ("007", "007", "MISM01", "C-88", "99.0", "nowhere", "7"):
        yield order(f"{customer.lower()}@example.org", customer)


def customers() -> Lines:
    return [
        record("7"),
        record("mism01"),
        record("C88"),
        record("99"),
        *(record(customer) for customer in ("C77", "H1", "H2", *NO_PLACEHOLDERS)),
        *(record(f"T{number}", ADDRESS_OF_TILL, first_name="Till") for number in range(8)),
        *(record(f"B{number}", "berlin@shop.example") for number in range(MAX_PER_EMAIL + 1)),
        *(record(f"F{number}", "family@example.org") for number in range(MAX_PER_EMAIL)),
        record("NULL", "erika@example.org"),
        record("K1", "keine@example.org"),
    ]


def consents() -> Lines:
    said = {
        "channel": "email",
        "purpose": "marketing",
        "consent_status": "granted",
        "recorded_at": "2026-01-05 10:00:00",
    }
    by_id = [{"source_customer_id": f"T{number}", "email": ""} for number in range(8)]
    by_address = [
        {"source_customer_id": "", "email": address}
        for address in (
            ADDRESS_OF_TILL,
            "kasse-2@shop.example",
            "berlin@shop.example",
            "ann@example.org",
        )
    ]
    return [
        {"consent_id": f"c{number}", **who, **said}
        for number, who in enumerate([*by_id, *by_address])
    ]


@pytest.fixture(scope="module")
def shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("ids"), package)
    shop.bring({"orders": list(orders()), "customers": customers(), "consents": consents()})
    shop.build(segmentation_as_of=DAY, **VARIABLES).succeeded()
    return shop


@pytest.fixture(scope="module")
def orders_of(shop: Shop) -> dict[str, int]:
    """Customer id or address -> orders of the person who has it."""
    return dict(
        shop.warehouse.rows(
            "select identifier_value, orders from customer_identifiers "
            "inner join customer_features using (customer_id) "
            "where identifier_type != 'anonymous_id'"
        )
    )


def findings(shop: Shop, check: str, table: str = "orders") -> dict[str, tuple[str | None, int]]:
    """Record key -> value and number of rows."""
    rows = shop.warehouse.rows(
        "select record_key, value, rows_found from data_quality_findings "
        f"where check_name = '{check}' and table_name = '{table}'"
    )
    assert len({row[0] for row in rows}) == len(rows)
    return {key: (value, number) for key, value, number in rows}


@pytest.mark.parametrize("number", range(len(PLACEHOLDERS)), ids=PLACEHOLDERS)
def test_placeholders_are_no_ids(number: int, orders_of: dict[str, int], shop: Shop) -> None:
    for guest in range(GUESTS):
        assert orders_of[f"p{number}-{guest}@example.org"] == 1
        assert orders_of[f"v{number}-{guest}@example.org"] == 1
    assert f"source_customer_id {PLACEHOLDERS[number].strip().lower()}" in findings(
        shop, "placeholder_id"
    )


def test_placeholders_are_counted(shop: Shop) -> None:
    found = findings(shop, "placeholder_id")
    assert found["source_customer_id 0"] == (None, GUESTS)
    assert found["anonymous_id 0"] == (None, GUESTS)
    assert found["source_customer_id null"] == (None, 3 * GUESTS)
    assert found["email noemail"] == (None, GUESTS)
    assert findings(shop, "placeholder_id", "customers") == {
        "source_customer_id null": (None, 1),
        "email keine": (None, 1),
    }
    assert findings(shop, "missing_value", "customers")


@pytest.mark.parametrize("customer", NO_PLACEHOLDERS)
def test_ids_that_look_like_placeholders_are_ids(customer: str, orders_of: dict[str, int]) -> None:
    assert orders_of[customer] == (2 if customer != "007" else 4)


def test_addresses_that_say_there_is_none_are_nobody(orders_of: dict[str, int], shop: Shop) -> None:
    assert not {address.lower() for address in NO_ADDRESSES} & orders_of.keys()
    nobody = findings(shop, "order_without_customer")
    assert len(nobody) == GUESTS * len(NO_ADDRESSES)


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings_of_an_address_are_one_person(name: str, orders_of: dict[str, int]) -> None:
    assert orders_of[name] == 1 + len(SPELLINGS[name])


def test_spellings_of_an_id_are_one(orders_of: dict[str, int], shop: Shop) -> None:
    assert orders_of["d1@example.org"] == 1
    assert findings(shop, "exact_duplicate") == {"D1": (None, len(ORDER_IDS) - 1)}
    assert orders_of["C77"] == len(CUSTOMER_IDS)


def test_an_id_of_many_people_is_nobody(orders_of: dict[str, int], shop: Shop) -> None:
    assert [orders_of[f"house{guest}@example.org"] for guest in range(MAX_EMAILS + 1)] == [1] * (
        MAX_EMAILS + 1
    )
    assert "H1" not in orders_of
    assert orders_of["H2"] == MAX_EMAILS + 1
    assert findings(shop, "shared_customer_id", "customers") == {
        "H1": (f"{MAX_EMAILS + 1} e-mails", 1)
    }


def test_an_address_of_a_till_is_nobody(orders_of: dict[str, int], shop: Shop) -> None:
    assert [orders_of[f"T{number}"] for number in range(8)] == [1] * 8
    assert [orders_of[f"B{number}"] for number in range(MAX_PER_EMAIL + 1)] == [1] * 3 + [0]
    shared = {ADDRESS_OF_TILL, "kasse-2@shop.example", "berlin@shop.example"}
    assert not shared & orders_of.keys()
    assert orders_of["F0"] == orders_of["family@example.org"] == 0
    assert orders_of["info@firm.example"] == 8
    assert orders_of["pos@lonely.example"] == 1
    told = findings(shop, "shared_identifier", "customers").values()
    assert sorted(str(value) for value, _ in told) == sorted(
        [
            "8 customer records or guest orders at a till's address",
            "8 customer records or guest orders at a till's address",
            f"{MAX_PER_EMAIL + 1} customer records",
        ]
    )


def test_nobody_is_mailed_at_an_address_of_many(shop: Shop) -> None:
    assert shop.warehouse.rows("select email from audience_profiles") == [("ann@example.org",)]
    assert shop.warehouse.row(
        "select count(*) from customer_profiles where email like '%shop.example'"
    ) == (0,)


def test_customers_that_the_source_lacks_are_named(shop: Shop) -> None:
    assert findings(shop, "unknown_customer") == {
        "MISM01": ("customers has mism01", 1),
        "C-88": ("customers has C88", 1),
        "99.0": ("customers has 99", 1),
        "nowhere": (None, 1),
    }
    (share,) = shop.warehouse.row(
        "select share from data_quality_summary "
        "where check_name = 'unknown_customer' and table_name = 'orders'"
    )
    (delivered,) = shop.warehouse.row("select count(*) from stg_files__orders")
    assert float(share) == pytest.approx(4 / delivered, abs=1e-6)


def test_the_data_tests_agree(shop: Shop) -> None:
    tests = "test_name:orders_reconcile test_name:one_row_per_person "
    tests += "test_name:identity_reaches_every_link"
    shop.dbt("test", "--select", tests, segmentation_as_of=DAY, **VARIABLES).succeeded()
