"""Proportions and habits that segments need to find something."""

from __future__ import annotations

import pytest


def share(rows, table, condition, of="true"):
    ((found,),) = rows(f"select count(*) filter ({condition}) / count(*) from {table} where {of}")
    return found


@pytest.mark.parametrize(
    ("table", "per_person"),
    [("orders", 10), ("order_lines", 25), ("web_events", 50), ("email_events", 50)],
)
def test_volume_per_customer(demo, table, per_person):
    assert demo[1][table] / 2000 == pytest.approx(per_person, rel=0.15)


def test_products_and_categories(rows):
    assert rows("select count(*), count(distinct category) from products") == [(120, 8)]


def test_everybody_signs_up_before_the_first_order(rows):
    early = rows(
        """
        select c.source_customer_id
        from customers as c inner join purchases as p using (source_customer_id)
        group by all having min(p.ordered_at) < min(c.signed_up_at)
        """
    )
    assert early == []


def test_events_of_a_session_are_never_half_an_hour_apart(rows):
    ((longest,),) = rows(
        """
        select max(gap) from (
            select epoch(occurred_at - lag(occurred_at)
                over (partition by session_id order by occurred_at)) / 60 as gap
            from web_events where occurred_at < '2099-01-01'
        )
        """
    )
    assert 5 < longest < 30


def test_only_part_of_the_visitors_is_ever_known(rows):
    ((known,),) = rows(
        """
        select count(distinct anonymous_id) filter (source_customer_id is not null)
            / count(distinct anonymous_id) from web_events
        """
    )
    assert 0.15 < known < 0.60


def test_order_visits_end_at_the_time_of_the_order(rows):
    ((orders, matched),) = rows(
        """
        select count(*), count(w.event_id)
        from purchases as p
        left join (select distinct on (event_id) * from web_events
            where event_type = 'purchase' order by event_id, loaded_at desc) as w
            on p.anonymous_id = w.anonymous_id and p.ordered_at = w.occurred_at
            and p.order_amount = w.event_value
        where p.anonymous_id is not null
        """
    )
    # All but those that are dated 2099.
    assert matched > 0.995 * orders > 1000


def test_nobody_shares_a_device(rows):
    shared = rows(
        """
        select anonymous_id from (
            select anonymous_id, substr(order_id, 2, 8) as person from orders
            union select anonymous_id, right(source_customer_id, 8) from web_events
        )
        where anonymous_id is not null group by all having count(person) > 1
        """
    )
    assert shared == []


def test_carts_are_abandoned_and_searches_fail(rows):
    assert 0.15 < share(rows, "web_events", "search_results = 0", "event_type = 'search'") < 0.5
    ((abandoned,),) = rows(
        """
        select 1 - avg(bought) from (
            select max((event_type = 'purchase')::int) as bought from web_events
            group by session_id having count(*) filter (event_type = 'add_to_cart') > 0
        )
        """
    )
    assert 0.2 < abandoned < 0.8


def test_mail_funnel(rows):
    events = dict(
        rows("select event_type, count(distinct email_event_id) from email_events group by all")
    )
    assert events["sent"] == events["delivered"] + events["bounce"]
    assert 0.2 < events["open"] / events["delivered"] < 0.4
    assert 0.3 < events["machine_open"] / events["delivered"] < 0.45
    assert 0.1 < events["click"] / events["open"] < 0.3


def test_reading_differs_widely_between_people(rows):
    ((asleep, eager),) = rows(
        """
        select avg((opened < 0.05)::int), avg((opened > 0.5)::int) from (
            select count(*) filter (event_type = 'open')
                / count(*) filter (event_type = 'delivered') as opened
            from email_events group by lower(trim(email))
            having count(*) filter (event_type = 'delivered') >= 10
        )
        """
    )
    assert 0.15 < asleep < 0.4
    assert 0.15 < eager < 0.4


def test_no_mail_after_the_consent_was_revoked(rows):
    late = rows(
        """
        select r.email from (select email, min(recorded_at) as revoked_at from consents
            where channel = 'email' and consent_status = 'revoked' group by email) as r
        inner join email_events as e on lower(trim(e.email)) = r.email
        where e.event_type = 'sent' and e.occurred_at > r.revoked_at
        """
    )
    assert late == []


def test_mail_goes_only_to_people_who_consented(rows):
    without = rows(
        """
        select distinct lower(trim(email)) from email_events
        except select email from consents where channel = 'email' and consent_status = 'granted'
        """
    )
    # Consents recorded for the account alone name no address.
    assert len(without) < 0.15 * 2000 * 0.76


def test_some_people_never_gave_consent(rows):
    ((asked,),) = rows(
        "select count(distinct coalesce(source_customer_id, email)) / 2000 "
        "from consents where channel = 'email'"
    )
    assert 0.75 < asked < 0.90


def test_coupons_gather_with_some_people(rows):
    ((hunters,),) = rows(
        """
        select avg((coupons > 0.4)::int) from (
            select avg((coupon_code is not null)::int) as coupons from purchases
            where source_customer_id is not null
            group by source_customer_id having count(*) >= 10
        )
        """
    )
    assert hunters == pytest.approx(0.20, abs=0.06)


def test_buyers_have_a_favourite_category(rows):
    ((top_share,),) = rows(
        """
        with bought as (
            select source_customer_id as who, category, count(*) as n
            from purchases inner join order_lines using (order_id)
            inner join products using (product_id)
            where who is not null group by all
        )
        select avg(top) from (
            select max(n) / sum(n) as top from bought group by who having sum(n) >= 20
        )
        """
    )
    assert 0.45 < top_share < 0.75


def test_several_countries_currencies_and_time_zones(rows):
    assert rows("select count(distinct country), count(distinct time_zone) from customers") == [
        (6, 9)
    ]
    assert rows("select count(*) from customers where latitude not between 30 and 60") == [(0,)]


def test_campaigns_cost_money_every_day(rows):
    assert rows(
        "select min(cost_date)::varchar, max(cost_date)::varchar, count(distinct cost_date) "
        "from campaign_costs"
    ) == [("2023-01-01", "2025-12-31", 1096)]
    assert rows("select count(*) from campaign_costs where cost_amount <= 0") == [(0,)]
