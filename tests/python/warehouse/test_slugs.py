"""Names of segments: ASCII, one for each text, and the text alone decides."""

from __future__ import annotations

import re

import pytest
from marketing_shop import CATEGORIES, VARIABLES
from small_shop import Shop

PREFIX = "category_buyers_"
SAFE = re.compile(r"[a-z0-9_]+")


def names(shop: Shop) -> dict[str, str]:
    """By person the segment of the category that the person bought."""
    return dict(
        shop.warehouse.rows(
            "select customer_id, segment from segment_members "
            "where starts_with(segment, 'category_buyers_') and customer_id like '%:category%'"
        )
    )


def test_each_category_is_a_segment_of_its_own(marketing_shop: Shop) -> None:
    found = names(marketing_shop)
    assert len(found) == len(CATEGORIES)
    # `Home Decor` and `home  decor` are one; nothing else is.
    assert len(set(found.values())) == len(CATEGORIES) - 1
    assert all(SAFE.fullmatch(name) for name in found.values())


def test_plain_names_stay_as_they_are(marketing_shop: Shop) -> None:
    found = names(marketing_shop)
    by_category = {text: found[f"files:category{n}"] for n, text in enumerate(CATEGORIES)}
    assert by_category["C"] == PREFIX + "c"
    assert by_category["A B"] == PREFIX + "a_b"
    assert by_category["18-24"] == PREFIX + "18_24"
    assert by_category["home  decor"] == PREFIX + "home_decor"
    assert re.fullmatch(PREFIX + "kuche_[0-9a-f]{10}", by_category["Küche"])
    assert re.fullmatch(PREFIX + "[0-9a-f]{10}", by_category["靴"])


@pytest.mark.full("a build more")
def test_a_new_category_renames_no_other(
    marketing_shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The segments are the same where half of the categories had never been sold."""
    before = names(marketing_shop)
    shop = marketing_shop.copy(tmp_path_factory.mktemp("fewer"))
    sold = {f"category{n}" for n in range(0, len(CATEGORIES), 2)}
    shop.change(
        "orders",
        lambda rows: [
            row
            for row in rows
            if not row["source_customer_id"].startswith("category")
            or row["source_customer_id"] in sold
        ],
    )
    shop.build(**VARIABLES).succeeded()
    after = names(shop)
    assert after == {name: before[name] for name in after} and len(after) == len(sold)
