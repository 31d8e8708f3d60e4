"""The input contract: what every source has to deliver, whoever loads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from segctl.quality.suites.base import (
    Check,
    Suite,
    currency_code,
    never_missing,
    not_negative,
    one_of,
    plausible_time,
    unique,
)

RECENT_DAYS = 30
"""How far back events are checked."""


@dataclass(frozen=True)
class Contract:
    """The promises of one contract table."""

    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    amounts: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    event_time: str | None = None
    """Set for tables that only grow: checked for recent days."""


CHANNELS = ("email", "sms", "push", "post")

CONTRACTS: Mapping[str, Contract] = {
    "unified_orders": Contract(
        key=("source", "order_id"),
        required=("ordered_at", "order_status", "currency", "order_amount"),
        codes={
            "order_status": ("pending", "completed", "partially_refunded", "refunded", "cancelled")
        },
        amounts=("order_amount", "discount_amount", "shipping_amount", "refunded_amount"),
        currencies=("currency",),
        times=("ordered_at",),
    ),
    "unified_order_lines": Contract(
        key=("source", "order_id", "line_number"),
        required=("product_id", "quantity", "line_amount"),
        amounts=("quantity", "unit_price"),
    ),
    "unified_refunds": Contract(
        key=("source", "refund_id"),
        required=("order_id", "refunded_at", "refund_amount"),
        amounts=("refund_amount",),
        times=("refunded_at",),
    ),
    "unified_products": Contract(
        key=("source", "product_id"),
        required=("category",),
        amounts=("unit_price",),
        currencies=("currency",),
    ),
    "unified_customers": Contract(key=("source", "source_customer_id")),
    "unified_web_events": Contract(
        key=("source", "event_id"),
        required=("occurred_at", "event_type"),
        codes={
            "event_type": (
                "page_view",
                "product_view",
                "category_view",
                "content_view",
                "search",
                "add_to_cart",
                "remove_from_cart",
                "begin_checkout",
                "purchase",
                "form_submit",
                "download",
            )
        },
        currencies=("currency",),
        times=("occurred_at",),
        event_time="occurred_at",
    ),
    "unified_email_events": Contract(
        key=("source", "email_event_id"),
        required=("occurred_at", "event_type"),
        codes={
            "event_type": (
                "sent",
                "delivered",
                "open",
                "machine_open",
                "click",
                "bounce",
                "unsubscribe",
                "complaint",
            ),
            "bounce_type": ("hard", "soft"),
        },
        times=("occurred_at",),
        event_time="occurred_at",
    ),
    "unified_campaigns": Contract(key=("source", "campaign_id")),
    "unified_consents": Contract(
        key=("source", "consent_id"),
        required=("channel", "purpose", "consent_status", "recorded_at"),
        codes={"channel": CHANNELS, "consent_status": ("granted", "pending", "revoked")},
        times=("recorded_at",),
    ),
    "unified_preferences": Contract(
        key=("source", "preference_id"),
        required=("preference_type", "preference_value", "recorded_at"),
        codes={"preference_type": ("topic", "product_interest", "email_frequency")},
        times=("recorded_at",),
    ),
    "unified_survey_responses": Contract(
        key=("source", "response_id"),
        required=("survey", "responded_at"),
        codes={"survey": ("nps", "satisfaction", "values", "interests", "feedback")},
        times=("responded_at",),
    ),
    "unified_support_tickets": Contract(
        key=("source", "ticket_id"),
        required=("opened_at",),
        times=("opened_at",),
    ),
    "unified_external_scores": Contract(
        key=("source", "score_id"),
        required=("score_name", "score_value", "scored_at"),
        times=("scored_at",),
    ),
    "unified_campaign_costs": Contract(
        key=("source", "campaign_id", "cost_date"),
        required=("cost_amount", "currency"),
        amounts=("cost_amount",),
        currencies=("currency",),
        times=("cost_date",),
    ),
}


def contract_suites(relations: Mapping[str, str], as_of: date, today: date) -> list[Suite]:
    """A suite for each contract table that the project has (model name -> relation)."""
    return [
        _suite(name, contract, relations[name], as_of, today)
        for name, contract in CONTRACTS.items()
        if name in relations
    ]


def _suite(name: str, contract: Contract, relation: str, as_of: date, today: date) -> Suite:
    where, note = "1 = 1", ""
    if contract.event_time:
        since = as_of - timedelta(days=RECENT_DAYS)
        where = f"{contract.event_time} >= cast('{since}' as timestamp)"
        note = f"last {RECENT_DAYS} days, from {since}"
    latest = str(max(as_of, today) + timedelta(days=2))
    checks: list[Check] = [never_missing(column) for column in (*contract.key, *contract.required)]
    checks += [unique(relation, contract.key, where)]
    checks += [one_of(column, codes) for column, codes in contract.codes.items()]
    checks += [not_negative(column) for column in contract.amounts]
    checks += [currency_code(column) for column in contract.currencies]
    checks += [plausible_time(column, latest) for column in contract.times]
    return Suite(name, relation, tuple(checks), where, note)
