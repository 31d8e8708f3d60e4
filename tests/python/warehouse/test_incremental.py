"""One more day on top of the last one ends where a rebuild ends, in every public table.

The shop delivers day by day; in between it changes its mind about the past in every way that real
sources do. Each day is built twice: on top of the day before, and with --full-refresh in a copy of
the warehouse (which keeps the log of segment changes: the only thing that a rebuild cannot know).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from small_shop import Lines, Shop
from support import WITHOUT_TESTS, Row, differing
from tier import times

FIRST_DAY, SECOND_DAY, THIRD_DAY = "2025-06-01", "2025-06-02", "2025-06-03"
DAILY = (
    "repeated_web_events",
    "repeated_email_events",
    "web_session_days",
    "web_interest_days",
    "web_touches",
    "web_login_days",
    "email_days",
    "email_click_days",
    "web_event_findings",
    "email_event_findings",
)


@dataclass(frozen=True)
class Delivery:
    """What a shop has delivered so far, of everything that it will ever deliver."""

    shop: Shop
    complete: dict[str, Lines]

    def until(self, day: str) -> None:
        """Rows that had arrived before the day; orders as they were known then."""
        self.shop.deliver(self.complete, day)

    def row(self, table: str, **values: str) -> dict[str, str]:
        """A new row, empty but for these values."""
        return dict.fromkeys(self.complete[table][0], "") | values

    def add(self, table: str, *rows: dict[str, str]) -> None:
        self.complete[table] += rows

    def find(self, table: str, *, column: str, before: str, **values: str) -> dict[str, str]:
        """The newest row with these values that happened before a day."""
        found = [
            row
            for row in self.complete[table]
            if row[column] < before
            and row["loaded_at"] < before
            and all(row[name] == value for name, value in values.items())
        ]
        return max(found, key=lambda row: (row[column], *row.values()))


def changes_of_the_second_day(delivery: Delivery) -> Iterator[str]:
    """Change the past and tell, for each case, a query whose answer has to change by it."""
    arrived = f"{FIRST_DAY} 12:00:00"

    def event(identifier: str, at: str, **values: str) -> dict[str, str]:
        return delivery.row(
            "web_events", event_id=identifier, occurred_at=at, loaded_at=arrived, **values
        )

    # Late rows: visits of last week, an opened mail of a month ago.
    delivery.add(
        "web_events",
        *(
            event(
                f"late-{minute}",
                f"2025-05-25 23:{minute}:00",
                anonymous_id="late-visitor",
                source_customer_id=minute_customer(delivery),
                event_type="product_view",
                category="Books",
            )
            for minute in (10, 50)
        ),
        # Half an hour later it is another day, but the same visit.
        event(
            "late-next-day",
            "2025-05-26 00:15:00",
            anonymous_id="late-visitor",
            event_type="add_to_cart",
            category="Toys",
            event_value="80.00",
            currency="EUR",
        ),
    )
    yield "select sum(sessions), sum(carts), sum(pages) from customer_web_features"
    mail = delivery.find(
        "email_events", column="occurred_at", before="2025-05-10", event_type="delivered"
    )
    delivery.add(
        "email_events",
        mail | {"email_event_id": "late-open", "event_type": "open", "loaded_at": arrived},
        mail
        | {
            "email_event_id": "late-click",
            "event_type": "click",
            "link_category": "Books",
            "loaded_at": arrived,
        },
    )
    yield "select sum(opens), sum(clicks) from customer_email_features"
    # Two clicks within a second are a person's, until a third one comes to light.
    delivery.add("email_events", *clicks_in_a_second(delivery, arrived)[:2])
    yield "select clicks from customer_email_features order by customer_id"

    # An order is cancelled, another refunded in part; both came weeks ago.
    order = delivery.find(
        "orders",
        column="ordered_at",
        before="2025-05-20",
        order_status="completed",
        is_test="false",
    )
    order.update(order_status="cancelled", cancelled_at=arrived, loaded_at=arrived)
    yield "select sum(orders) from customer_features"
    order = delivery.find(
        "orders",
        column="ordered_at",
        before="2025-05-19",
        order_status="completed",
        is_test="false",
    )
    order.update(
        order_status="partially_refunded",
        refunded_amount="1.23",
        refunded_at=arrived,
        loaded_at=arrived,
    )
    yield "select sum(refunds) from customer_features"

    # A visitor of last year says who it is: the whole history joins the person.
    visitor = delivery.find(
        "web_events",
        column="occurred_at",
        before="2025-03-01",
        source_customer_id="",
        event_type="page_view",
    )
    buyer = delivery.find(
        "orders", column="ordered_at", before="2025-05-01", order_status="completed"
    )
    delivery.add(
        "web_events",
        event(
            "stitch",
            f"{FIRST_DAY} 10:00:00",
            anonymous_id=visitor["anonymous_id"],
            source_customer_id=buyer["source_customer_id"],
            event_type="page_view",
        ),
    )
    yield "select count(*) from customer_sessions where started_on < '2025-03-01'"

    # Two records turn out to be one person: the same address is given for both.
    first, second = two_customers(delivery)
    delivery.add(
        "consents",
        delivery.row(
            "consents",
            consent_id="merge",
            source_customer_id=first["source_customer_id"],
            email=second["email"].strip().lower(),
            channel="email",
            purpose="marketing",
            consent_status="granted",
            recorded_at=f"{FIRST_DAY} 09:00:00",
            loaded_at=arrived,
        ),
    )
    yield "select count(*) from customer_features where first_seen_on < '2025-05-01'"

    # Somebody takes the consent back.
    with duckdb.connect(delivery.shop.warehouse.path, read_only=True) as connection:
        ((mailable,),) = connection.sql(
            "select email from warehouse.segmentation.audience_profiles order by email limit 1"
        ).fetchall()
    delivery.add(
        "consents",
        delivery.row(
            "consents",
            consent_id="revoke",
            email=mailable,
            channel="email",
            purpose="marketing",
            consent_status="revoked",
            recorded_at=f"{FIRST_DAY} 11:00:00",
            loaded_at=arrived,
        ),
    )
    yield f"select count(*) from audience_profiles where email = '{mailable}'"


def changes_of_the_third_day(delivery: Delivery) -> Iterator[str]:
    """What loaders do to rows that have been delivered before."""
    arrived = f"{SECOND_DAY} 12:00:00"
    delivery.add("email_events", clicks_in_a_second(delivery, arrived)[2])
    yield "select machine_clicks from customer_email_features order by customer_id"
    # An event is delivered again with other content, another twice, a third is taken away.
    view = delivery.find(
        "web_events", column="occurred_at", before="2025-05-30", event_type="product_view"
    )
    delivery.add("web_events", view | {"event_type": "category_view", "loaded_at": arrived})
    yield "select sum(category_views) from web_session_days"
    search = delivery.find(
        "web_events", column="occurred_at", before="2025-05-28", event_type="search"
    )
    delivery.add("web_events", search | {"loaded_at": arrived})
    yield "select sum(rows_found) from data_quality_findings where check_name = 'exact_duplicate'"
    delivery.complete["web_events"] = [
        row for row in delivery.complete["web_events"] if not row["event_id"].startswith("late-")
    ]
    yield "select sum(carts) from customer_web_features"
    # A whole day disappears, as when a loader is set back.
    sent = delivery.find(
        "email_events", column="occurred_at", before="2025-05-15", event_type="sent"
    )
    lost_day = sent["occurred_at"][:10]
    delivery.complete["email_events"] = [
        row for row in delivery.complete["email_events"] if row["occurred_at"][:10] != lost_day
    ]
    yield "select sum(sent) from customer_email_features where last_sent_on < '2025-05-15'"
    # Opens of an old day are delivered again as somebody else's, and neither their number nor the
    # time of the last arrival of that day tells.
    opened = delivery.find(
        "email_events", column="loaded_at", before="2025-05-21", event_type="open"
    )
    same_day = [
        row
        for row in delivery.complete["email_events"]
        if row["occurred_at"][:10] == opened["occurred_at"][:10] and row["loaded_at"] < THIRD_DAY
    ]
    newest = max(row["loaded_at"] for row in same_day)
    for row in same_day:
        if row["event_type"] == "open" and row["loaded_at"] < newest:
            row.update(email=opened["email"], email_event_id=f"again-{row['email_event_id']}")
    yield "select opens from customer_email_features order by opens desc"
    # A new event name, a clock that is wrong, a machine.
    delivery.add(
        "web_events",
        *(
            delivery.row(
                "web_events",
                event_id=f"odd-{number}",
                occurred_at=f"{SECOND_DAY} {time}",
                anonymous_id="odd-visitor",
                event_type=event_type,
                loaded_at=arrived,
            )
            for number, (event_type, time) in enumerate(
                [
                    ("wishlist_add", "10:00:00"),
                    ("wishlist_add", "10:01:00"),
                    ("page_view", "18:00:00"),
                ]
            )
        ),
    )
    for check in ("unknown_event_type", "clock_skew"):
        yield f"select sum(rows_found) from data_quality_findings where check_name = '{check}'"


def clicks_in_a_second(delivery: Delivery, arrived: str) -> list[dict[str, str]]:
    mail = delivery.find(
        "email_events", column="occurred_at", before="2025-04-10", event_type="delivered"
    )
    clicked = {"event_type": "click", "link_category": "Toys", "loaded_at": arrived}
    return [mail | clicked | {"email_event_id": f"second-{n}"} for n in range(3)]


def minute_customer(delivery: Delivery) -> str:
    """Somebody who has an account and has been seen before the first day."""
    return delivery.find("customers", column="signed_up_at", before="2025-01-01")[
        "source_customer_id"
    ]


def two_customers(delivery: Delivery) -> tuple[dict[str, str], dict[str, str]]:
    known = [
        row
        for row in delivery.complete["customers"]
        if row["signed_up_at"] < "2025-04-01"
        and "@" in row["email"]
        and " " not in row["email"].strip()
    ]
    return known[3], known[17]


@pytest.fixture(scope="module")
def delivery(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    shop = Shop(tmp_path_factory.mktemp("daily"), package)
    return Delivery(shop, shop.invent(customers=150, seed=11))


def answers(shop: Shop, queries: list[str]) -> dict[str, list[Row]]:
    return {query: shop.warehouse.rows(query) for query in queries}


def test_one_more_day_is_a_rebuild(delivery: Delivery, tmp_path: Path) -> None:
    delivery.until(FIRST_DAY)
    delivery.shop.build(segmentation_as_of=FIRST_DAY).succeeded()

    days = (
        (SECOND_DAY, changes_of_the_second_day),
        (THIRD_DAY, changes_of_the_third_day),
    )
    for day, changes in days[: times(1, 2)]:
        delivery.until(day)
        unchanged = delivery.shop.copy(tmp_path / f"unchanged-{day}")
        queries = list(changes(delivery))
        delivery.until(day)
        rebuilt = delivery.shop.copy(tmp_path / f"rebuilt-{day}")

        for shop, arguments in (
            (delivery.shop, ()),
            (unchanged, ()),
            (rebuilt, ("--full-refresh",)),
        ):
            shop.dbt("build", *WITHOUT_TESTS, *arguments, segmentation_as_of=day).succeeded()

        assert differing(delivery.shop.warehouse.contents(), rebuilt.warehouse.contents()) == {}
        for table in DAILY:
            query = f"from segmentation_internal.{table} where day_state is null order by all"
            assert delivery.shop.warehouse.rows(query) == rebuilt.warehouse.rows(query), table
        # Each of the changes shows in what the day says; none was merely not noticed by both.
        as_it_was, as_it_is = answers(unchanged, queries), answers(delivery.shop, queries)
        assert [query for query in queries if as_it_was[query] == as_it_is[query]] == []
