"""People and what they said about being mailed, and where they may be mailed on 2026-03-01.

In the rows, `@` stands for the person's own address and `#` for their customer id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

DAY = "2026-03-01"
Row = dict[str, str]
_numbers = count(1)


def said(
    status: str,
    at: str,
    purpose: str = "marketing",
    *,
    email: str = "",
    customer: str = "#",
    channel: str = "email",
    loaded_at: str = "",
) -> Row:
    """A row of `consents`; by customer id unless said otherwise."""
    return {
        "consent_id": f"consent-{next(_numbers)}",
        "source_customer_id": customer,
        "email": email,
        "channel": channel,
        "purpose": purpose,
        "consent_status": status,
        "recorded_at": at,
        "loaded_at": loaded_at,
    }


def yes(at: str = "2026-01-01 12:00:00", purpose: str = "marketing", **more: str) -> Row:
    return said("granted", at, purpose, **more)


def mail(
    event: str,
    at: str = "2026-02-01 12:00:00",
    *,
    email: str = "@",
    customer: str = "",
    bounce: str = "",
    loaded_at: str = "",
) -> Row:
    """A row of `email_events`; by address unless said otherwise."""
    return {
        "email_event_id": f"event-{next(_numbers)}",
        "occurred_at": at,
        "email": email,
        "source_customer_id": customer,
        "campaign_id": "c1",
        "event_type": event,
        "bounce_type": bounce,
        "loaded_at": loaded_at,
    }


BY_ID = {"email": "", "customer": "#"}


@dataclass(frozen=True)
class Case:
    """One person. `marketing` and `service`: where they may be mailed, '' for nowhere."""

    name: str
    rows: list[Row]
    marketing: str = ""
    service: str = ""
    suppressed: str | None = None
    """What customer_preferences says."""
    orders_under: list[str] = field(default_factory=lambda: ["@"])
    """Addresses of the person's orders: all of them are theirs."""
    lifecycle: str = ""
    """Stage in customer_lifecycle, where the case is about that."""
    record: Row = field(default_factory=dict)
    """What the customer record says beside id and address."""


OUT = "unsubscribed"
CASES = [
    Case("said yes", [yes()], "@"),
    Case("never asked", []),
    Case("said yes to letters only", [yes(channel="post")]),
    Case("asked and did not confirm", [said("pending", "2026-01-01 12:00:00")]),
    Case("said yes later than the day", [yes("2026-03-01 00:00:00")]),
    Case("said no by account", [yes(), said("revoked", "2026-02-01 12:00:00")]),
    Case("said no in words of the shop", [yes(), said("opted out", "2026-02-01 12:00:00")]),
    Case("said no to another purpose", [yes(), said("revoked", "2026-02-01", "partners")], "@"),
    Case("said no to another channel", [yes(), said("revoked", "2026-02-01", channel="sms")], "@"),
    Case("said no to all purposes", [yes(), said("revoked", "2026-02-01 12:00:00", "all")]),
    Case("said no to all channels", [yes(), said("revoked", "2026-02-01 12:00:00", channel="all")]),
    Case("said no, to what is not told", [yes(), said("revoked", "2026-02-01 12:00:00", "")]),
    Case("said no, nobody knows when", [yes(), said("revoked", "")]),
    Case(
        "said no by a wrong clock",
        [yes(), said("revoked", "2062-02-01 12:00:00", loaded_at="2026-02-01 12:00:00")],
    ),
    Case(
        "said yes after a no by a wrong clock",
        [
            yes("2026-02-02 12:00:00"),
            said("revoked", "2062-02-01 12:00:00", loaded_at="2026-02-01 12:00:00"),
        ],
        "@",
    ),
    Case("said both at once", [yes(), said("revoked", "2026-01-01 12:00:00")]),
    Case("said yes again", [yes(), said("revoked", "2026-01-02"), yes("2026-01-03")], "@"),
    Case("rows in no order", [yes("2026-02-03"), said("revoked", "2026-01-02"), yes()], "@"),
    Case("typed it in again", [yes(), said("pending", "2026-02-05 12:00:00")], "@"),
    Case(
        "typed it in after a no",
        [yes(), said("revoked", "2026-02-01"), said("pending", "2026-02-05 12:00:00")],
    ),
    Case("unsubscribed", [yes(), mail("unsubscribe")], suppressed=OUT),
    Case("unsubscribed in a tool's word", [yes(), mail("Opt-Out")], suppressed=OUT),
    Case("unsubscribed by id", [yes(), mail("unsubscribe", **BY_ID)], suppressed=OUT),
    Case(
        "unsubscribed an old address by id",
        [yes(), mail("unsubscribe", email="old.@", customer="#")],
        suppressed=OUT,
    ),
    Case(
        "unsubscribed an old address of an order",
        [yes(), mail("unsubscribe", email="old.@")],
        suppressed=OUT,
        orders_under=["@", "old.@"],
    ),
    Case(
        "unsubscribed an address that mail went to before",
        [
            yes(),
            mail("sent", "2025-01-01 12:00:00", email="old.@", customer="#"),
            mail("unsubscribe", email="old.@"),
        ],
        suppressed=OUT,
    ),
    Case("unsubscribed by a wrong clock", [yes(), mail("unsubscribe", "")], suppressed=OUT),
    Case(
        "unsubscribed later than the day", [yes(), mail("unsubscribe", "2026-03-01 00:00:00")], "@"
    ),
    Case(
        "unsubscribed, ordered since",
        [yes(), mail("unsubscribe"), yes("2026-02-10", "service")],
        "",
        "@",
        suppressed=OUT,
    ),
    Case(
        "unsubscribed, both were granted",
        [yes(), yes(purpose="service"), mail("unsubscribe")],
        suppressed=OUT,
    ),
    Case("subscribed again", [yes(), mail("unsubscribe"), yes("2026-02-10")], "@"),
    Case(
        "unsubscribed on a day, yes that evening",
        [yes("2026-02-01 20:00:00"), mail("unsubscribe", "2026-02-01")],
        suppressed=OUT,
    ),
    Case(
        "said no on a day, yes that evening",
        [yes("2026-02-01 20:00:00"), said("revoked", "2026-02-01")],
    ),
    Case(
        "unsubscribed on a day, yes on the next",
        [yes("2026-02-02"), mail("unsubscribe", "2026-02-01")],
        "@",
    ),
    Case(
        "yes on a day, unsubscribed in its course",
        [yes("2026-02-01"), mail("unsubscribe", "2026-02-01 09:00:00")],
        suppressed=OUT,
    ),
    Case("yes and no on a day", [yes("2026-02-01"), said("revoked", "2026-02-01")]),
    Case("complained", [yes(), mail("complaint")], suppressed="complained"),
    Case("complained by id", [yes(), mail("spam_report", **BY_ID)], suppressed="complained"),
    Case(
        "complained, said yes since",
        [mail("complaint", "2025-01-01"), yes()],
        suppressed="complained",
    ),
    Case("bounced", [yes(), mail("bounce", bounce="hard")], suppressed="bounced"),
    Case("bounced for ever", [yes(), mail("bounce", bounce="Permanent")], suppressed="bounced"),
    Case("bounced by event", [yes(), mail("hard_bounce")], suppressed="bounced"),
    Case("bounced, nobody says how", [yes(), mail("bounce")], suppressed="bounced"),
    Case("bounced in a strange word", [yes(), mail("bounce", bounce="xyz")], suppressed="bounced"),
    Case("bounced by id", [yes(), mail("bounce", bounce="hard", **BY_ID)], suppressed="bounced"),
    Case(
        "bounced, said yes since",
        [mail("bounce", "2025-12-01 12:00:00", bounce="hard"), yes()],
        suppressed="bounced",
    ),
    Case("bounced softly", [yes(), mail("bounce", bounce="soft")], "@"),
    Case("bounced for now", [yes(), mail("bounce", bounce="Transient")], "@"),
    Case("was blocked", [yes(), mail("bounce", bounce="blocked")], "@"),
    Case("bounced, undetermined", [yes(), mail("bounce", bounce="Undetermined")], "@"),
    Case("was deferred", [yes(), mail("deferred")], "@"),
    Case("bounced, corrected", [yes(), mail("bounce", bounce="hard")], "@"),
    Case("bounced by id, corrected", [yes(), mail("bounce", bounce="hard", **BY_ID)], "@"),
    Case(
        "bounced after its correction", [yes(), mail("bounce", bounce="hard")], suppressed="bounced"
    ),
    Case(
        "bounced at an old address",
        [yes(), mail("bounce", email="old.@", customer="#", bounce="hard")],
        "@",
        orders_under=["@", "old.@"],
    ),
    Case(
        "the newer consent's address bounced",
        [yes(), yes("2026-01-02", email="old.@"), mail("bounce", email="old.@", bounce="hard")],
        "@",
    ),
    Case(
        "two addresses for two purposes",
        [yes(email="@"), yes("2026-01-02", "service", email="old.@")],
        "@",
        "old.@",
    ),
    Case(
        "two addresses, no to one purpose",
        [
            yes(email="@"),
            yes("2026-01-02", "service", email="old.@"),
            said("revoked", "2026-02-01"),
        ],
        "",
        "old.@",
    ),
    Case(
        "under age",
        [yes(), yes(purpose="service")],
        "",
        "@",
        "under age",
        record={"birth_date": "2008-03-02"},
    ),
    Case(
        "is at the till",
        [yes()],
        suppressed="shared address",
        orders_under=[""],
        record={"email": "store@example.org"},
    ),
    Case(
        "is at the till, too",
        [yes()],
        suppressed="shared address",
        orders_under=[""],
        record={"email": "store@example.org"},
    ),
    Case("never bought", [yes()], orders_under=[], lifecycle="subscriber"),
    Case(
        "never bought, unsubscribed",
        [yes(), mail("unsubscribe")],
        suppressed=OUT,
        orders_under=[],
        lifecycle="lead",
    ),
    Case(
        "never bought, bounced",
        [yes(), mail("bounce")],
        suppressed="bounced",
        orders_under=[],
        lifecycle="lead",
    ),
    Case("of age since today", [yes()], "@", record={"birth_date": "2008-03-01"}),
]
CORRECTED = [
    {"of": "bounced, corrected", "email": "@", "id": "", "on": "2026-02-01"},
    {"of": "bounced by id, corrected", "email": "", "id": "#", "on": "2026-02-20"},
    {"of": "bounced after its correction", "email": "@", "id": "", "on": "2026-01-31"},
    {"of": "bounced by event", "email": "@", "id": "", "on": "2026-03-01"},
]


def number_of(case: Case) -> str:
    return f"p{CASES.index(case) + 1:03}"


def address_of(case: Case, pattern: str) -> str:
    return pattern.replace("@", f"{number_of(case)}@example.org")


def of(case: Case, row: Row) -> Row:
    """A row with the person's own address and id in it."""
    return {
        name: address_of(case, value) if name == "email" else value.replace("#", number_of(case))
        for name, value in row.items()
    }
