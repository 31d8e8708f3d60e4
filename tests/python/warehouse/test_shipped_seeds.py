"""What only a shop itself can know is not invented for it: rates, stores and experiments."""

from __future__ import annotations

from pathlib import Path

import pytest
from odd_rows import table
from row_shop import build_rows, row_shop
from small_shop import PROFILE
from support import copy_package

NAMES = ("exchange_rates", "stores", "experiments")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """The package as it is shipped."""
    folder = copy_package(tmp_path / "package")
    (folder / "profiles.yml").write_text(PROFILE)
    return folder


def test_examples_act_for_nobody_but_the_demo(shipped: Path, tmp_path: Path) -> None:
    orders = table(
        """
        order_id, ordered_at, order_status, currency, order_amount
        in dollars, 2026-01-10 10:00:00, completed, USD, 100
        in euros, 2026-01-10 10:00:00, completed, EUR, 100
        """
    )
    shop = row_shop(tmp_path / "shop", shipped, {"orders": orders})
    models = [f"{name}_in_use" for name in NAMES]
    run = build_rows(shop, "customer_features", *models, tables=["orders"])
    assert run.code != 0
    told = " ".join(run.told().split())
    assert "unified_orders.currency: no exchange rate from USD to EUR" in told
    assert "example order files in dollars" in told
    shop.change("orders", lambda rows: rows[1:])
    build_rows(shop, "customer_features", *models, tables=["orders"]).succeeded()
    assert [shop.warehouse.row(f"select count(*) from {model}") for model in models] == [(0,)] * 3

    # The demo shop has its own while the seeds are empty; beside another source it has none.
    for sources, has_examples in ((["demo"], True), (["demo", "files"], False)):
        shop.dbt("compile", "--select", *models, segmentation_sources=sources).succeeded()
        for name in NAMES:
            (compiled,) = (shop.folder / "target" / "compiled").rglob(f"{name}_in_use.sql")
            assert (f"demo_{name}" in compiled.read_text()) == has_examples
