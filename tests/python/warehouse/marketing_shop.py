"""A shop of rows for the source `files`: what each test asks about is written down beside it, and
all of it is built once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from small_shop import Lines, Shop

AS_OF = "2026-03-01"
MIDNIGHT = datetime.fromisoformat(AS_OF)
TABLES = (
    "orders",
    "order_lines",
    "products",
    "customers",
    "web_events",
    "email_events",
    "consents",
)
VARIABLES = {"segmentation_as_of": AS_OF, "segmentation_sources": {"files": list(TABLES)}}


def ago(days: float, hour: float = 12) -> str:
    """A time on the day so many days before the as-of day, UTC."""
    return str(MIDNIGHT - timedelta(days=days) + timedelta(hours=hour))


def after(at: str, seconds: float) -> str:
    return str(datetime.fromisoformat(at) + timedelta(seconds=seconds))


@dataclass
class Rows:
    """Rows of each table; ids are counted."""

    tables: dict[str, Lines] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, **values: str) -> str:
        self.tables[table].append(values)
        return values.get("order_id", "")

    def person(self, name: str, **values: str) -> str:
        signed_up = values.pop("signed_up_at", ago(900))
        self.add(
            "customers",
            source_customer_id=name,
            email=f"{name}@example.org",
            signed_up_at=signed_up,
            **values,
        )
        return name

    def consent(self, name: str, **values: str) -> None:
        self.add(
            "consents",
            consent_id=f"c{len(self.tables['consents'])}",
            source_customer_id=name,
            channel="email",
            purpose="marketing",
            consent_status="granted",
            **{"recorded_at": ago(800)} | values,
        )

    def mail(self, name: str, kind: str, at: str, **values: str) -> None:
        """Something that happened to a mail; to=... where it is not known by the address."""
        to = {"email": f"{name}@example.org"}
        self.add(
            "email_events",
            email_event_id=f"e{len(self.tables['email_events'])}",
            occurred_at=at,
            event_type=kind,
            **to | values,
        )

    def order(self, name: str, at: str, amount: float = 100, **values: str) -> str:
        return self.add(
            "orders",
            **{
                "order_id": f"o{len(self.tables['orders'])}",
                "source_customer_id": name,
                "ordered_at": at,
                "order_status": "completed",
                "currency": "EUR",
                "order_amount": f"{amount:.2f}",
                **values,
            },
        )

    def bought(self, name: str, category: str, at: str) -> None:
        """One order of one product of a category."""
        product = f"p{len(self.tables['products'])}"
        self.add("products", product_id=product, category=category, currency="EUR")
        order = self.order(name, at)
        self.add(
            "order_lines",
            order_id=order,
            line_number="1",
            product_id=product,
            quantity="1",
            line_amount="100.00",
        )

    def visit(self, name: str, kind: str, at: str, **values: str) -> None:
        self.add(
            "web_events",
            event_id=f"w{len(self.tables['web_events'])}",
            anonymous_id=f"v-{name}",
            source_customer_id=name,
            occurred_at=at,
            event_type=kind,
            **values,
        )

    def write(self, shop: Shop) -> None:
        shop.file("orders").parent.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            rows = self.tables[table]
            names = dict.fromkeys(name for row in rows for name in row)
            complete = [dict.fromkeys(names, "") | row for row in rows]
            shop.file(table).write_text(",".join(names) + "\n")
            shop.write(table, complete)


def mails(rows: Rows) -> None:
    """People by what became of their mails."""
    for number in range(10):
        day = 60 - 5 * number
        rows.mail("flow", "sent", ago(day))
        rows.mail("flow", "delivered", ago(day, 12.01))
        rows.mail("sends", "sent", ago(day), campaign_id=f"c{number}")
        if number < 8:
            rows.mail("sends", "open", ago(day, 15), campaign_id=f"c{number}")
        rows.mail("soft", "sent", ago(day), campaign_id=f"c{number}")
        rows.mail(
            "ids", "delivered", ago(60, number / 9), campaign_id="daily", message_id=f"{number}"
        )
        rows.mail("machine", "delivered", ago(200 - number), campaign_id=f"c{number}")
        rows.mail("machine", "machine_open", ago(200 - number, 13), campaign_id=f"c{number}")
        rows.mail("machine", "delivered", ago(day), campaign_id=f"d{number}")
        rows.mail("silent", "delivered", ago(200 - number), campaign_id=f"c{number}")
        rows.mail("silent", "delivered", ago(day), campaign_id=f"d{number}")
        rows.mail("new", "delivered", ago(5, number), campaign_id=f"d{number}")
        rows.mail("back", "delivered", ago(800 - number), campaign_id=f"c{number}")
        rows.mail("back", "delivered", ago(5, number), campaign_id=f"d{number}")
    rows.mail("flow", "open", ago(33))
    rows.mail("ids", "open", ago(40), message_id="3")
    rows.mail("soft", "bounce", ago(20), campaign_id="c8", bounce_type="soft")
    rows.mail("hard", "sent", ago(20), campaign_id="c8")
    rows.mail("hard", "bounce", ago(20), campaign_id="c8", bounce_type="hard")
    rows.mail("one", "delivered", ago(20), campaign_id="c8")
    for hour in (13, 14, 15):
        rows.mail("one", "open", ago(20, hour), campaign_id="c8")
    for number in range(3):
        rows.mail("several", "delivered", ago(20), campaign_id=f"c{number}")
        rows.mail("several", "open", ago(19), campaign_id=f"c{number}")
    for name, gap in {"scanned": 5, "slow": 6}.items():
        rows.mail(name, "delivered", ago(20), message_id=f"m-{name}", campaign_id="c8")
        for number, topic in enumerate(("Shoes", "Bags", "Hats")):
            at = after(ago(20), 60 + gap * number)
            rows.mail(name, "click", at, message_id=f"m-{name}", link_category=topic)
    rows.mail("told", "delivered", ago(20), campaign_id="c8")
    rows.mail("told", "machine_click", ago(20, 13), campaign_id="c8", link_category="Shoes")
    for number in range(5):
        named = {"email": "", "source_customer_id": "by_id", "campaign_id": f"c{number}"}
        rows.mail("by_id", "delivered", ago(30 + number), **named)
        rows.mail("by_id", "open", ago(30 + number, 15), **named)
    named = {"source_customer_id": "moved", "campaign_id": "c8"}
    rows.mail("old.address", "delivered", ago(20), **named)
    rows.mail("old.address", "click", ago(20, 13), **named)
    names = {str(row["email"]).split("@")[0] for row in rows.tables["email_events"]} - {""}
    for name in sorted(names - {"old.address"} | {"by_id", "moved"}):
        rows.person(name)
        rows.consent(name, **({"recorded_at": ago(5, 0)} if name == "new" else {}))


def carts(rows: Rows) -> None:
    """People by what became of the cart of 80 that they filled five days ago."""
    cart = {"event_value": "80.00", "currency": "EUR", "quantity": "2"}
    names = ("left", "paying", "cancelled", "emptied", "emptied_later", "half", "unvalued", "late")
    for name in names:
        rows.person(name)
        value = {"quantity": "2"} if name == "unvalued" else cart
        rows.visit(
            name, "add_to_cart", ago(9 if name == "late" else 5, 10), product_id="p", **value
        )
    rows.order("paying", ago(5, 10.3), order_status="pending")
    rows.order("cancelled", ago(5, 10.3), order_status="cancelled", cancelled_at=ago(4))
    rows.visit("emptied", "remove_from_cart", ago(5, 10.1), product_id="p", **cart)
    rows.visit("emptied_later", "remove_from_cart", ago(4, 10), product_id="p", **cart)
    half = cart | {"event_value": "40.00", "quantity": "1"}
    rows.visit("half", "remove_from_cart", ago(5, 10.1), product_id="p", **half)
    rows.order("late", ago(0.5, 0))
    rows.add("products", product_id="dear", category="Tents", unit_price="200.00", currency="EUR")
    for name in ("looked_after", "looked_before", "looked_then", "looked"):
        rows.person(name)
        rows.visit(name, "product_view", ago(3, 12), product_id="dear")
    rows.order("looked_after", ago(3, 11))
    rows.order("looked_before", ago(3, 13), order_status="pending")
    rows.order("looked_then", ago(3, 12))


CATEGORIES = (
    *(
        "Обувь",
        "靴",
        "كتب",
        "Küche",
        "Kuche",
        "C",
        "C++",
        "C#",
        "A B",
        "A-B",
        "A_B",
        "A & B",
        "A/B",
    ),
    *(
        "18-24",
        "18 24",
        "1824",
        "☕",
        "☕☕",
        "Ⅷ",
        "viii",
        "Home Decor",
        "home  decor",
        "a1b2c3d4e5",
    ),
)
"""All different but the last but one, which is the one before with another blank."""


def categories(rows: Rows) -> None:
    for number, category in enumerate(CATEGORIES):
        rows.bought(rows.person(f"category{number}"), category, ago(300))


def buyers(rows: Rows) -> None:
    """People by when they bought, and for how much."""

    def bought(name: str, *days: int, amount: float = 1, **values: str) -> None:
        rows.person(name)
        for day in days:
            rows.order(name, ago(day), amount, **values)

    back = {"order_status": "refunded", "refunded_amount": "1.00", "refunded_at": ago(1)}
    bought("first", 60)
    bought("once", 61)
    bought("twice_a_day", 10, 10)
    bought("repeat", 40, 10)
    bought("sent_back", 40, 10, **back)
    bought("rich", 100, 70, 40, 10, amount=900)
    bought("rich_and_gone", 800, 790, 780, 770, amount=900)
    rows.person("nobody")


def marketing_rows() -> Rows:
    rows = Rows()
    mails(rows)
    carts(rows)
    categories(rows)
    buyers(rows)
    return rows
