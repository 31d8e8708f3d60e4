"""Everything is computed as of a day: later builds and later data change nothing about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dirty_rows import TABLES
from small_shop import DAY, Lines, Shop
from support import Row, differing

LATER_DAY = "2025-12-01"
# Says what is wrong with the delivery, whatever the day.
ABOUT_DELIVERY = ("data_quality_findings", "data_quality_summary")


def without(contents: dict[str, list[Row]], tables: tuple[str, ...]) -> dict[str, list[Row]]:
    return {name: rows for name, rows in contents.items() if name not in tables}


@pytest.fixture(scope="module")
def later_shop(built_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop built for the day and then for a day thirty days later."""
    shop = built_shop.copy(tmp_path_factory.mktemp("later"))
    shop.build(segmentation_as_of=LATER_DAY).succeeded()
    return shop


@pytest.mark.full("a build more, of a later day")
def test_later_day_differs_and_carries_the_history_on(built_shop: Shop, later_shop: Shop) -> None:
    changed = differing(built_shop.warehouse.contents(), later_shop.warehouse.contents())
    assert {"customer_features", "segment_members", "audience_memberships"} <= changed.keys()

    entered = later_shop.warehouse.rows(
        "select distinct entered_on::varchar from segment_history order by 1"
    )
    assert entered == [(DAY,), (LATER_DAY,)]
    until_then = "where changed_on::varchar <= '{}' order by all"
    assert later_shop.warehouse.rows(
        f"from segment_changes {until_then.format(DAY)}"
    ) == built_shop.warehouse.rows(f"from segment_changes {until_then.format(DAY)}")
    assert later_shop.warehouse.rows(
        "select segment, customer_id from segment_history "
        f"where entered_on::varchar <= '{DAY}' order by all"
    ) == built_shop.warehouse.rows("select segment, customer_id from segment_history order by all")


@pytest.mark.full("a build more; that nothing later is read is in every run")
def test_day_built_again_after_a_later_one_is_the_same(
    built_shop: Shop, later_shop: Shop, tmp_path: Path
) -> None:
    shop = later_shop.copy(tmp_path)
    shop.build().succeeded()

    # The logs too: the public tables over them show what was known as of the day.
    assert differing(built_shop.warehouse.contents(), shop.warehouse.contents()) == {}
    # And the later day is not forgotten.
    log = "select * from segment_change_log order by all"
    assert shop.warehouse.rows(log) == later_shop.warehouse.rows(log)


def as_known_on(day: str) -> dict[str, Callable[[Lines], Lines]]:
    """What the files would have held on the day: nothing newer, no later fate of an order."""

    def earlier(column: str) -> Callable[[Lines], Lines]:
        return lambda rows: [row for row in rows if row[column] < day]

    def orders(rows: Lines) -> Lines:
        for row in rows:
            if row["cancelled_at"] >= day:
                row.update(order_status="completed", cancelled_at="")
            if row["refunded_at"] >= day:
                row.update(order_status="completed", refunded_amount="0", refunded_at="")
        return earlier("ordered_at")(rows)

    def tickets(rows: Lines) -> Lines:
        for row in rows:
            if row["closed_at"] >= day:
                row.update(closed_at="", satisfaction_score="")
        return earlier("opened_at")(rows)

    columns = {name: table.happened_at for name, table in TABLES.items() if table.happened_at}
    return {
        **{name: earlier(column) for name, column in columns.items()},
        "orders": orders,
        "support_tickets": tickets,
        "campaigns": earlier("sent_at"),
        "campaign_costs": earlier("cost_date"),
    }


def test_nothing_that_happened_later_is_read(built_shop: Shop, tmp_path: Path) -> None:
    """Built from what was known on the day, the public tables are the same."""
    shop = built_shop.copy(tmp_path)
    shop.warehouse.path.unlink()
    for table, edit in as_known_on(DAY).items():
        before = len(shop.read(table))
        shop.change(table, edit)
        assert len(shop.read(table)) < before, table

    shop.build().succeeded()

    assert (
        differing(
            without(built_shop.warehouse.contents(), ABOUT_DELIVERY),
            without(shop.warehouse.contents(), ABOUT_DELIVERY),
        )
        == {}
    )
