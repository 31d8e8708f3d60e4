"""Each documented kind of dirt is there, and rare."""

from __future__ import annotations

import pytest

DIRT = {
    "test orders": ("orders", "is_test"),
    "guest orders": ("orders", "source_customer_id is null"),
    "orders dated 2099": ("orders", "year(ordered_at) = 2099 and year(loaded_at) < 2027"),
    "web events dated 2099": ("web_events", "year(occurred_at) = 2099"),
    "late orders": ("orders", "loaded_at between ordered_at + interval 1 day and '2027-01-01'"),
    "late web events": ("web_events", "loaded_at > occurred_at + interval 1 day"),
    "late e-mail events": ("email_events", "loaded_at > occurred_at + interval 1 day"),
    "negative lines": ("order_lines", "quantity < 0 and line_amount < 0"),
    "unknown products": (
        "order_lines",
        "product_id not in (select product_id from products)",
    ),
    "addresses without @": ("customers", "email not like '%@%'"),
    "addresses with blanks inside": ("customers", "trim(email) like '% %'"),
    "addresses in upper case": ("customers", "email <> lower(email)"),
    "addresses with blanks around": ("customers", "email <> trim(email)"),
    "malformed addresses on orders": ("orders", "email not like '%@%' or trim(email) like '% %'"),
    "untidy addresses on orders": ("orders", "email <> trim(email)"),
    "untidy addresses on e-mail events": ("email_events", "email <> trim(email)"),
}


@pytest.mark.parametrize("kind", DIRT)
def test_is_there_and_rare(rows, kind):
    table, condition = DIRT[kind]
    ((found, of_all),) = rows(f"select count(*) filter ({condition}), count(*) from {table}")
    # Guests are two kinds: people without a record and people who did not log in.
    assert 0 < found < (0.03 if kind == "guest orders" else 0.012) * of_all


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("orders", "order_id"),
        ("order_lines", "order_id, line_number"),
        ("customers", "source_customer_id"),
        ("web_events", "event_id"),
        ("email_events", "email_event_id"),
    ],
)
def test_exact_and_conflicting_duplicates(rows, table, key):
    ((exact, conflicting),) = rows(
        f"""
        select count(*) filter (kinds = 1), count(*) filter (kinds = 2 and arrivals = 2)
        from (
            select count(*) as n, count(distinct content) as kinds,
                count(distinct loaded_at) as arrivals
            from (select {key}, {table}::varchar as content, loaded_at from {table})
            group by {key} having n > 1
        )
        """
    )
    assert exact > 0
    assert conflicting > 0


def test_guests_with_and_without_an_account(rows):
    found = dict(
        rows(
            """
            select lower(trim(email)) in (select lower(trim(email)) from customers) as known,
                count(*)
            from orders where source_customer_id is null group by all
            """
        )
    )
    assert found[True] > 0
    assert found[False] > 0
    assert rows(
        "select count(*) from orders where source_customer_id is null and email is null"
    ) == [(0,)]


def test_two_records_share_one_address(rows):
    ((shared,),) = rows(
        """
        select count(*) from (select lower(trim(email)) as address from customers
            group by all having count(distinct source_customer_id) = 2)
        """
    )
    assert 5 < shared < 0.03 * 2000


def test_chains_of_two_links(rows):
    """A and B share an address; orders of A or B carry the address of C."""
    ((chains,),) = rows(
        """
        with records as (
            select distinct source_customer_id as id, lower(trim(email)) as address from customers
        )
        select count(distinct c.id)
        from records as a
        inner join records as b on a.address = b.address and a.id < b.id
        inner join orders as o on o.source_customer_id in (a.id, b.id)
        inner join records as c on lower(trim(o.email)) = c.address and c.id not in (a.id, b.id)
        """
    )
    assert 3 < chains < 0.02 * 2000
