"""Every number that shapes the demo shop, in one place.

Each field of the dataclasses below becomes a SQL macro of the same name without parameters, so
`purchase_r` here is `purchase_r()` in the SQL files. Shares are fractions of one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime

PERIOD_START = datetime(2023, 1, 1, tzinfo=UTC)
PERIOD_END = datetime(2026, 1, 1, tzinfo=UTC)  # exclusive


@dataclass(frozen=True)
class Process:
    """How often people buy (BG/NBD) and for how much (Gamma-Gamma).

    Everybody who buys at all makes a first purchase when acquired. From then on purchases follow
    a Poisson process with the person's own rate, and after each repeat purchase the person is
    gone for good with the person's own probability. Nobody drops out at the first purchase; that
    is the BG/NBD of Fader, Hardie and Lee (2005). Amounts per order scatter around a person's own
    mean and do not depend on how often the person buys.

    Purchases of the process are all orders except those cancelled, placed as a test or dated
    2099: these are extra. Refunded and pending orders are purchases, and so are orders of guests
    and those placed under a person's second record or other e-mail. Of two orders with the same
    id, the one loaded last is the true one.
    """

    purchase_r: float = 0.30  # rate per week ~ Gamma(shape r, rate alpha); mean r / alpha
    purchase_alpha: float = 1.4  # weeks
    dropout_a: float = 1.2  # dropout per repeat purchase ~ Beta(a, b); mean a / (a + b)
    dropout_b: float = 40.0
    spend_p: float = 5.0  # EUR per order ~ Gamma(shape p, rate nu), nu of the person
    spend_q: float = 5.0  # nu ~ Gamma(shape q, rate gamma)
    spend_gamma: float = 60.0  # EUR; mean order p * gamma / (q - 1) = 75 EUR
    never_buys_share: float = 0.15  # leads and subscribers without any order
    # A person is acquired after the fraction u ** acquisition_skew of the period, u uniform:
    # more in the first year, so that most histories are long enough to say something.
    acquisition_skew: float = 1.6


@dataclass(frozen=True)
class Behaviour:
    """Proportions of the ordinary behaviour. Not dirt: all of this is as it should be."""

    guest_only_share: float = 0.008  # people who buy but have no customer record at all
    discount_prone_share: float = 0.20  # people who mostly wait for a coupon
    prone_coupon_share: float = 0.60  # of their orders
    other_coupon_share: float = 0.08  # of everybody else's orders
    full_refund_share: float = 0.015  # of purchases
    partial_refund_share: float = 0.030  # of purchases
    cancelled_share: float = 0.020  # extra orders that came to nothing, per purchase
    extra_lines: float = 1.96  # lines per order = 1 + floor(Exp(mean)), at most 9; mean 2.5
    pending_days: float = 4.0  # before the end of the period, orders may still be pending
    pending_share: float = 0.5  # of the orders in these days
    tracked_share: float = 0.55  # people who accept web tracking
    order_trail_share: float = 0.75  # web and app orders of tracked people with their session
    browse_sessions: float = 11.0  # per tracked person, besides those that end in an order
    visitor_share: float = 0.80  # visitors per person who never tell who they are
    visitor_sessions: float = 1.65  # such a visitor comes 1 + floor(Exp(mean)) times; mean 2.2
    known_device_share: float = 0.65  # devices on which the person ever logs in
    login_share: float = 0.40  # of the sessions on these devices
    subscribed_share: float = 0.76  # people with confirmed e-mail consent
    unconfirmed_share: float = 0.06  # people whose double opt-in stays open
    mailing_reach: float = 0.62  # subscribers that one mailing addresses
    mail_privacy_share: float = 0.40  # people behind a proxy that opens every mail
    account_revoke_share: float = 0.04  # subscribers who revoke in their account, not by mail
    preference_share: float = 0.35  # people who state preferences
    survey_share: float = 0.12  # people who answer a survey
    ticket_share: float = 0.15  # people who ever write to the support desk, once or twice
    open_ticket_share: float = 0.06  # of these tickets, never closed
    scored_share: float = 0.60  # people whom an outside platform scores


@dataclass(frozen=True)
class Dirt:
    """Faults as real sources have them, each rare. Structure and closed lists stay intact."""

    test_order_share: float = 0.003  # extra orders by staff, per purchase
    guest_order_share: float = 0.008  # orders of people with a record, placed without logging in
    future_order_share: float = 0.0008  # extra orders dated 2099, per purchase
    future_event_share: float = 0.0002  # web events dated 2099
    second_record_share: float = 0.008  # people with two customer records, one e-mail
    # People with two records on one e-mail and a third on another one, under which they also
    # order with the first record's id: three records that only a chain of two links joins.
    chained_record_share: float = 0.006
    exact_duplicate_share: float = 0.002  # rows delivered twice
    conflict_share: float = 0.001  # rows also delivered earlier with other content
    late_share: float = 0.004  # rows that arrive days after the event
    negative_line_share: float = 0.003  # return booked as one more line, per order
    unknown_product_share: float = 0.002  # of lines
    malformed_email_share: float = 0.004  # no @, or a blank inside
    untidy_email_share: float = 0.008  # upper case and blanks around


PROCESS = Process()
BEHAVIOUR = Behaviour()
DIRT = Dirt()


def as_macros() -> dict[str, float]:
    """All constants of the three groups by name, as the SQL sees them."""
    named: dict[str, float] = {}
    for group in (PROCESS, BEHAVIOUR, DIRT):
        named |= {field.name: getattr(group, field.name) for field in fields(group)}
    return named
