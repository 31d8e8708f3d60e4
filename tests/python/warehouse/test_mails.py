"""A mail is a mail, whatever the tool tells of it; what a machine did nobody did."""

from __future__ import annotations

from decimal import Decimal

import pytest
from small_shop import Shop
from support import Row


def segments_of(shop: Shop, name: str) -> set[str]:
    """Segments of a person that are about e-mail."""
    return {
        str(segment)
        for (segment,) in shop.warehouse.rows(
            "select segment from segment_members where customer_id = "
            f"'files:{name}' and (segment like 'email%' or segment in "
            "('sunset', 'undeliverable', 'last_campaign_unopened', 'full_list', 'not_mailed'))"
        )
    }


def features(shop: Shop, name: str, columns: str) -> Row:
    return shop.warehouse.row(
        f"select {columns} from customer_email_features where customer_id = 'files:{name}'"
    )


@pytest.mark.parametrize(
    ("name", "mails", "rate"),
    [("flow", 10, "0.1"), ("ids", 10, "0.1"), ("sends", 10, "0.8"), ("one", 1, "1")],
)
def test_rates_are_of_mails(marketing_shop: Shop, name: str, mails: int, rate: str) -> None:
    """Of flows without a campaign, of ids on one day, of tools that tell no deliveries."""
    found = features(marketing_shop, name, "mails_90d, engagement_rate_90d")
    assert found == (mails, Decimal(rate))


@pytest.mark.parametrize(
    ("name", "tier"),
    [
        ("sends", "highly"),
        ("flow", "barely"),
        ("machine", "unknown"),
        ("silent", "never"),
        ("new", "never"),
        ("by_id", "highly"),
        ("moved", "highly"),
        ("slow", "highly"),
        ("scanned", None),
        ("told", None),
    ],
)
def test_tiers(marketing_shop: Shop, name: str, tier: str | None) -> None:
    found = {s for s in segments_of(marketing_shop, name) if s.startswith("email_engagement")}
    assert found == ({f"email_engagement_{tier}"} if tier else set())


def test_sunset_is_for_the_silent_alone(marketing_shop: Shop) -> None:
    """Not for readers behind machines, nor for subscribers of five days, new ones or old ones."""
    rows = marketing_shop.warehouse.rows(
        "select customer_id from segment_members where segment = 'sunset'"
    )
    assert rows == [("files:silent",)]
    assert "full_list" in segments_of(marketing_shop, "machine")
    assert "full_list" not in segments_of(marketing_shop, "silent")


def test_one_soft_bounce_is_not_undeliverable(marketing_shop: Shop) -> None:
    rows = marketing_shop.warehouse.rows(
        "select customer_id from segment_members where segment = 'undeliverable'"
    )
    assert rows == [("files:hard",)]


def test_three_opens_of_one_mail_are_one(marketing_shop: Shop) -> None:
    rows = marketing_shop.warehouse.rows(
        "select customer_id from segment_members where segment = 'email_openers_without_click' "
        "order by customer_id"
    )
    assert rows == [("files:by_id",), ("files:sends",), ("files:several",)]


def test_a_scanners_clicks_are_nobodys(marketing_shop: Shop) -> None:
    """No engagement, no interest, no hour; three clicks in twelve seconds are a person's."""
    columns = "clicks, machine_clicks, last_engaged_on is null, most_clicked_category is null"
    assert features(marketing_shop, "scanned", columns) == (0, 3, True, True)
    assert features(marketing_shop, "told", columns) == (0, 1, True, True)
    assert features(marketing_shop, "slow", columns) == (3, 0, False, False)
    engaged = marketing_shop.warehouse.rows(
        "select customer_id, sum(engaged_mails) from customer_mail_slots where slot_type = 'hour' "
        "and customer_id in ('files:scanned', 'files:told', 'files:slow') group by 1 order by 1"
    )
    assert engaged == [("files:scanned", 0), ("files:slow", 1), ("files:told", 0)]


def test_who_did_not_open_the_last_campaign(marketing_shop: Shop) -> None:
    unopened = {
        str(name).removeprefix("files:")
        for (name,) in marketing_shop.warehouse.rows(
            "select customer_id from segment_members where segment = 'last_campaign_unopened'"
        )
    }
    assert unopened == {"sends", "silent", "new", "back", "scanned", "told", "machine", "soft"}
