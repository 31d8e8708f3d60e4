"""Rows as no source should deliver them, added to every table of the contract, and what the package
promises to say about each."""

from __future__ import annotations

from hashlib import md5
from typing import NamedTuple

from small_shop import MAX_EMAILS, MAX_PER_EMAIL, Shop

FUTURE = "2099-06-01 00:00:00"
EPOCH = "1970-01-01 00:00:00"
# A column that no contract knows, in every file.
UNHEARD_OF = "unheard_of"
EARLIER, LATER = "2026-01-05 00:00:00", "2026-01-06 00:00:00"
NO_EMAIL = "nobody at example.com"
SHARED = "info@example.com"
STRANGER, HOUSE = "nobody-knows", "house-account"
BOT_EVENTS = 5_001
LONG_EMAIL = "a" * 288 + "@example.com"
EMOJI = "\N{WINKING FACE} Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} \N{FAMILY}"
PLACE, FAR = {"latitude": "48", "longitude": "16"}, {"longitude": "-5000000"}


# Both bounced; the seed bounce_corrections of the tests says that the second is right after all.
ALIVE, CORRECTED, CORRECTION = "alive@example.com", "corrected@example.com", "It was full."


def address_key(email: str) -> str:
    """As findings name an address."""
    return "email " + md5(email.encode(), usedforsecurity=False).hexdigest()


class Table(NamedTuple):
    key: tuple[str, ...]
    content: str  # a column that may differ between two copies of a row
    required: str
    happened_at: str | None = None
    has_email: bool = False
    closed_list: str | None = None


TABLES = {
    "orders": Table(("order_id",), "channel", "currency", "ordered_at", True),
    "order_lines": Table(("order_id", "line_number"), "unit_price", "line_amount"),
    "refunds": Table(("refund_id",), "line_number", "refund_amount", "refunded_at"),
    "products": Table(("product_id",), "brand", "product_id"),
    "customers": Table(("source_customer_id",), "city", "source_customer_id", "signed_up_at", True),
    "web_events": Table(
        ("event_id",), "page_path", "occurred_at", "occurred_at", closed_list="event_type"
    ),
    "email_events": Table(
        ("email_event_id",), "link_category", "event_type", "occurred_at", closed_list="bounce_type"
    ),
    "campaigns": Table(("campaign_id",), "topic", "campaign_id"),
    "consents": Table(("consent_id",), "consent_source", "purpose", "recorded_at", True),
    "preferences": Table(
        ("preference_id",), "preference_value", "preference_type", "recorded_at", True
    ),
    "survey_responses": Table(("response_id",), "answer", "survey", "responded_at", True),
    "campaign_costs": Table(("campaign_id", "cost_date"), "cost_amount", "currency"),
    "support_tickets": Table(("ticket_id",), "topic", "opened_at", "opened_at", True),
    "external_scores": Table(("score_id",), "score_value", "score_name", "scored_at", True),
}


class Finding(NamedTuple):
    """A row of data_quality_findings."""

    table_name: str
    check_name: str
    source: str | None
    record_key: str
    value: str | None
    action: str
    rows_found: int = 1


class Dirt:
    """Dirty rows of one table, made from a clean one."""

    def __init__(self, name: str, template: dict[str, str]) -> None:
        self.name = name
        self.table = TABLES[name]
        self.template = template
        self.rows: list[dict[str, str]] = []
        self.findings: list[Finding] = []

    def add(self, number: int, **changes: str) -> str:
        """A row of its own, known by the number; returns its key as the findings spell it."""
        row = {**self.template, "loaded_at": LATER}
        # Lines stay on an order that exists.
        row[self.table.key[-1]] = {
            "line_number": str(number),
            "cost_date": f"2025-03-{number - 900:02}",
        }.get(self.table.key[-1], f"{self.name}-{number}")
        row.update(changes)
        self.rows.append({name: row.get(name, "") for name in self.template})
        return " / ".join(row[column] or "?" for column in self.table.key)

    def expect(
        self, check: str, key: str, value: str | None = None, did: str = "set aside", rows: int = 1
    ) -> None:
        self.findings.append(Finding(self.name, check, "files", key, value, did, rows))

    def add_all(self) -> None:
        table = self.table
        for loaded_at in (EARLIER, LATER, LATER):
            key = self.add(901, loaded_at=loaded_at)
        self.expect("exact_duplicate", key, rows=2)
        for loaded_at, content in ((EARLIER, "11"), (LATER, "12")):
            key = self.add(902, loaded_at=loaded_at, **{table.content: content})
        self.expect("conflicting_duplicate", key)
        self.expect("missing_value", self.add(903, **{table.required: ""}))
        if table.happened_at:
            key = self.add(904, **{table.happened_at: FUTURE})
            self.expect("future_date", key, FUTURE)
            if self.name != "customers":
                key = self.add(1960, **{table.happened_at: EPOCH})
                self.expect("implausible_date", key, EPOCH)
        optional = {"customers": "signed_up_at", "campaigns": "sent_at"}
        if self.name in optional:
            key = self.add(1960, **{optional[self.name]: EPOCH})
            self.expect("implausible_date", key, f"{optional[self.name]} {EPOCH}", "repaired")
        if self.name == "campaign_costs":
            key = self.add(906, cost_date=EPOCH[:10])
            self.expect("implausible_date", key, EPOCH[:10])
            key = self.add(907, cost_amount="1.234", currency="EUR")
            self.expect("too_many_decimals", key, "cost_amount 1.234000 EUR", "kept apart")
        if self.name in ("orders", "refunds"):
            self.add_odd_amounts()
        if table.has_email:
            self.expect("malformed_email", self.add(905, email=NO_EMAIL), NO_EMAIL, "repaired")
        if table.closed_list:
            self.add_odd_events()
        if "source_customer_id" in self.template:
            self.add_odd_ids()
        if self.name == "orders":
            self.expect("negative_amount", self.add(907, order_amount="-5.00"), "-5.000000")
            key = self.add(908, source_customer_id="", email="")
            self.expect("order_without_customer", key, None, "kept apart")
        if self.name == "order_lines":
            self.expect("negative_quantity", self.add(907, quantity="-1"), "-1.0000")
            self.expect("negative_quantity", self.add(908, quantity="0"), "0.0000")
            key = self.add(912, line_amount="1.2345")
            self.expect("too_many_decimals", key, "line_amount 1.234500 EUR", "kept apart")
            self.expect(
                "unknown_product", self.add(909, product_id="no-such"), "no-such", "repaired"
            )
            key = self.add(910, order_id="no-such")
            self.expect("unknown_order", key, "no-such", "kept apart")
        if self.name == "customers":
            # Copies that differ only before the e-mail is cleared, or only in where a name ends.
            for email in ("nobody either", NO_EMAIL):
                key = self.add(920, email=email)
            self.expect("conflicting_duplicate", key)
            # Both arrived at once; the content decides, always the same way.
            self.expect("malformed_email", key, email, "repaired")
            for first_name, last_name in (("A|B", "C"), ("A", "B|C")):
                key = self.add(921, first_name=first_name, last_name=last_name)
            self.expect("conflicting_duplicate", key)
            self.add_impossible_people()
            for number, email in ((951, ALIVE), (952, CORRECTED)):
                self.add(number, email=email)
            for number in range(910, 911 + MAX_PER_EMAIL):
                self.add(number, email=SHARED)
            key = address_key(SHARED)
            value = f"{MAX_PER_EMAIL + 1} customer records"
            self.findings.append(
                Finding("customers", "shared_identifier", None, key, value, "kept apart")
            )
            value = f"{MAX_EMAILS + 1} e-mails"
            self.expect("shared_customer_id", HOUSE, value, "kept apart")
        if self.name == "web_events":
            self.add(930, event_type="search", search_term=EMOJI, search_results="0")
        if self.name == "consents":
            key = self.add(950, source_customer_id="", email="", consent_status="revoked")
            self.expect("refusal_of_nobody", key, None, "kept apart")
            key = self.add(951, purpose="all", channel="sms", consent_status="granted")
            self.expect("consent_to_everything", key, "sms / all", "kept apart")
        if self.name == "email_events":
            self.add_odd_refusals()
        if self.name == "survey_responses":
            key = self.add(907, survey="nps", score="11")
            self.expect("impossible_score", key, "nps 11", "repaired")
        if self.name == "support_tickets":
            key = self.add(907, satisfaction_score="0")
            self.expect("impossible_score", key, "0", "repaired")
            key = self.add(1961, closed_at=EPOCH)
            self.expect("implausible_closing_date", key, f"closed_at {EPOCH}", "repaired")

    def add_odd_ids(self) -> None:
        """Ids that say that there is none, that many share and that `customers` lacks."""
        if self.name == "customers":
            self.add(960, email="noemail@example.com")
            self.expect("placeholder_id", "email noemail", None, "repaired")
            return
        alone = {name: "" for name in ("email", "anonymous_id") if self.name != "email_events"}
        self.add(960, **alone | {"source_customer_id": "N/A", "anonymous_id": "reader"})
        self.expect("placeholder_id", "source_customer_id n/a", None, "repaired")
        if self.name != "email_events":
            self.add(961, **alone | {"source_customer_id": STRANGER})
            self.expect("unknown_customer", STRANGER, None, "kept apart")
        if self.name == "orders":
            for number in range(MAX_EMAILS + 1):
                house = {"source_customer_id": HOUSE, "email": f"house{number}@example.com"}
                self.add(970 + number, **alone | house)
            self.expect("unknown_customer", HOUSE, None, "kept apart", MAX_EMAILS + 1)

    def add_odd_amounts(self) -> None:
        if self.name == "refunds":
            key = self.add(1970, order_id="no-such")
            self.expect("unknown_order", key, "no-such", "kept apart")
            key = self.add(1971, refund_amount="-5", refunded_at=EARLIER)
            self.expect("negative_refund", key, "-5.000000", "repaired")
            key = self.add(1972, refund_amount="1.2345", refunded_at=EARLIER)
            self.expect("too_many_decimals", key, "refund_amount 1.234500 EUR", "kept apart")
            key = self.add(1973, refund_amount="9999", refunded_at=LATER)
            self.expect("refund_above_amount", key, "orders-1970", "repaired")
            return
        order = {"currency": "EUR", "order_amount": "100", "refunded_at": ""}
        self.add(1970, **order)
        for number, check, did, value, changes in (
            (1971, "refund_without_amount", "repaired", "100.000000", {"order_status": "refunded"}),
            (1972, "refunds_disagree", "kept apart", "5.000000", {"refunded_amount": "5"}),
            (1973, "negative_discount", "repaired", "-5.000000", {"discount_amount": "-5"}),
            (1974, "negative_shipping", "repaired", "-5.000000", {"shipping_amount": "-5"}),
            (1975, "impossible_refund_date", "repaired", EPOCH, {"refunded_at": EPOCH}),
            (1976, "unknown_refund", "kept apart", "100.000000", {}),
        ):
            status = {"order_status": "partially_refunded"} if number == 1976 else {}
            key = self.add(number, **order | changes | status)
            self.expect(check, key, value, did)
        # A refund that is odd in one way disagrees with the table of refunds, too.
        self.expect("refunds_disagree", "orders-1971", "0.000000", "kept apart")
        for number, check, refunded in (
            (1977, "refund_above_amount", "110"),
            (1978, "negative_refund", "-20"),
        ):
            key = self.add(number, **order | {"refunded_amount": refunded})
            self.expect(check, key, f"{refunded}.000000", "repaired")
            self.expect("refunds_disagree", key, f"{refunded}.000000", "kept apart")
        key = self.add(1979, **order | {"order_amount": "1.2345"})
        self.expect("too_many_decimals", key, "order_amount 1.234500 EUR", "kept apart")

    def add_odd_events(self) -> None:
        """What a source may get wrong for all of its events is told once, with their number."""
        bounced = {"event_type": "bounce"} if self.name == "email_events" else {}
        column = str(self.table.closed_list)
        for number in (906, 907):
            self.add(number, **bounced, **{column: "dirty"})
        first = f"for example {self.name}-906"
        did = "repaired" if bounced else "set aside"
        self.expect(f"unknown_{column}", "dirty", first, did, rows=2)
        self.add(940, occurred_at=LATER.replace("00:00:00", "00:06:00"))
        self.expect("clock_skew", "all", f"for example {self.name}-940", "kept apart")
        nobody = "anonymous_id" if self.name == "web_events" else "email"
        self.add(941, **{nobody: "", "source_customer_id": ""})
        self.expect("event_of_nobody", "all", f"for example {self.name}-941", "kept apart")
        if self.name == "web_events":
            customer = self.template["source_customer_id"]
            self.add(942, occurred_at="2020-01-01 00:00:00", anonymous_id="early")
            self.expect("event_before_signup", customer, "2020-01-01 00:00:00", "kept apart")
            for number in (943, 944):
                self.add(number, event_value="1.2345", currency="EUR")
            first = "for example web_events-943"
            self.expect("too_many_decimals", "all", first, "kept apart", rows=2)
            for number in range(BOT_EVENTS):
                self.add(100_000 + number, anonymous_id="bot", source_customer_id="")
            self.expect(
                "bot_traffic", "bot", f"{BOT_EVENTS} events on one day", "kept apart", BOT_EVENTS
            )

    def add_odd_refusals(self) -> None:
        hard = {"event_type": "bounce", "bounce_type": "hard", "source_customer_id": ""}
        self.add(950, **hard | {"email": "", "source_customer_id": "no-such"})
        self.expect("refusal_of_nobody", "no-such", "bounce", "kept apart")
        self.expect("unknown_customer", "no-such", None, "kept apart")
        for number, email in ((951, ALIVE), (952, CORRECTED)):
            self.add(number, email=email, occurred_at="2025-09-01 10:00:00", **hard)
        alive = {"occurred_at": "2025-09-02 10:00:00", "event_type": "delivered", "bounce_type": ""}
        self.add(953, email=ALIVE, source_customer_id="", **alive)
        value = "1 delivered and 0 opened or clicked since"
        self.expect("mail_after_bounce", address_key(ALIVE), value, "kept apart")
        self.expect("bounce_corrected", address_key(CORRECTED), CORRECTION, "repaired")

    def add_impossible_people(self) -> None:
        key = self.add(930, email=LONG_EMAIL, first_name=EMOJI, last_name=EMOJI, city=EMOJI)
        self.expect("malformed_email", key, LONG_EMAIL[:200], "repaired")
        for number, check, value, changes in (
            (931, "unknown_time_zone", "Mars/Olympus", {"time_zone": "Mars/Olympus"}),
            (932, "impossible_birth_date", "2099-06-01", {"birth_date": "2099-06-01"}),
            (933, "impossible_birth_date", "1900-01-01", {"birth_date": "1900-01-01"}),
            (934, "impossible_coordinates", "999.000000 16.000000", PLACE | {"latitude": "999"}),
            (935, "impossible_coordinates", "48.000000 -5000000.000000", PLACE | FAR),
        ):
            key = self.add(number, email=f"{number}@example.com", **changes)
            self.expect(check, key, value, "repaired")


def dirty_rows(shop: Shop) -> list[Dirt]:
    """All of them, table by table, made from the rows that the shop delivers."""
    dirt = []
    for name, table in TABLES.items():
        delivered = shop.read(name)
        content = [*table.key, table.required, table.happened_at or table.required]
        template = next(
            row
            for row in delivered
            if all(row[column] for column in content)
            and row.get("order_status", "completed") == "completed"
            and row.get("is_test", "false") == "false"
            and row.get("source_customer_id", "somebody")
        )
        if name == "refunds":  # of an order that nothing else was paid back of
            template = {**template, "order_id": "orders-1970", "refund_amount": "1"}
        made = Dirt(name, template)
        made.add_all()
        made.expect("unknown_column", UNHEARD_OF, None, "noted", rows=len(delivered))
        dirt.append(made)
    return dirt


def add_refunds(shop: Shop) -> None:
    """What orders tell of refunds, as a table of its own."""
    refunds = [
        {
            "refund_id": f"R{order['order_id']}-{number}",
            "order_id": order["order_id"],
            "line_number": "",
            "refunded_at": order["refunded_at"],
            "refund_amount": order["refunded_amount"],
            "currency": "",
            "loaded_at": order["refunded_at"],
        }
        for number, order in enumerate(shop.read("orders"))
        if float(order["refunded_amount"] or 0) > 0
    ]
    shop.file("refunds").write_text(",".join(refunds[0]) + "\n")
    shop.write("refunds", refunds)


def add_dirty_rows(shop: Shop) -> None:
    add_refunds(shop)
    for table in TABLES:
        shop.change(table, lambda rows: [{**row, UNHEARD_OF: ""} for row in rows])
    for dirt in dirty_rows(shop):
        shop.write(dirt.name, [*shop.read(dirt.name), *dirt.rows])
