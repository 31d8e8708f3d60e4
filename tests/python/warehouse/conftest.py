"""What the tests share: one small shop with dirty rows, delivered as files and built once."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from compiled import CHANGE_LOG_COLUMNS, PROBES, Compiled
from dirty_rows import CORRECTED, CORRECTION, add_dirty_rows
from made_once import made_once
from marketing_shop import VARIABLES, marketing_rows
from odd_rows import MODELS as ODD_MODELS
from odd_rows import MORE_RATES, TABLES
from row_shop import build_rows, row_shop
from small_shop import PROFILE, Shop, say_rates_stores_and_experiments
from support import copy_package

COMPILED = (
    "shared_identifiers",
    "identity_edges",
    "customer_identifiers",
    "customer_names",
    "segment_change_log",
    "segment_person_changes",
    "segment_history",
    "segment_changes",
    "segment_events",
    "segment_transitions",
    "experiment_assignments",
    "email_send_curve",
    "customer_email_hours",
    "customer_feedback",
)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is now, with a profile for the tests and analyses that they probe."""
    return made_once(tmp_path_factory, "package", make_package)


def make_package(folder: Path) -> None:
    copy_package(folder)
    (folder / "profiles.yml").write_text(PROFILE)
    with (folder / "seeds" / "rules" / "bounce_corrections.csv").open("a") as seed:
        seed.write(f"{CORRECTED},,,2025-09-01,{CORRECTION}\n")
    say_rates_stores_and_experiments(folder)
    with (folder / "seeds/rules/exchange_rates.csv").open("a") as rates:
        rates.write(MORE_RATES)
    (folder / "analyses").mkdir()
    for name, sql in PROBES.items():
        (folder / "analyses" / f"{name}.sql").write_text(sql)


@pytest.fixture(scope="session")
def delivered_shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Sixty customers of the demo shop and the dirty rows as CSV files; nothing is built yet."""

    def make(folder: Path) -> None:
        shop = Shop(folder, package)
        shop.invent(customers=60, seed=7)
        add_dirty_rows(shop)

    return Shop(made_once(tmp_path_factory, "delivered_shop", make), package)


@pytest.fixture(scope="session")
def built_shop(delivered_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The same, built once."""

    def make(folder: Path) -> None:
        delivered_shop.copy(folder).build().succeeded()

    return Shop(made_once(tmp_path_factory, "built_shop", make), delivered_shop.package)


@pytest.fixture(scope="session")
def compiled(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The SQL of the identity models, each method of scoring, the change log and feedback."""

    def make(folder: Path) -> None:
        shop = Shop(folder, package)
        with duckdb.connect(shop.warehouse.path) as connection:
            # Only where the log is there, dbt makes the SQL that adds to it.
            connection.execute("create schema segmentation_internal")
            connection.execute(
                f"create table segmentation_internal.segment_change_log ({CHANGE_LOG_COLUMNS})"
            )
        shop.dbt("compile", "--select", *COMPILED, *PROBES).succeeded()

    folder = made_once(tmp_path_factory, "compiled", make)
    return Compiled(folder / "target" / "compiled")


@pytest.fixture(scope="session")
def odd_shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop of odd times and amounts (odd_rows), built once."""

    def make(folder: Path) -> None:
        shop = row_shop(folder, package, TABLES)
        build_rows(shop, *ODD_MODELS, tables=list(TABLES)).succeeded()

    return Shop(made_once(tmp_path_factory, "odd_shop", make), package)


@pytest.fixture(scope="session")
def marketing_shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """People by what they did with mails and carts and when they bought, built once."""

    def make(folder: Path) -> None:
        shop = Shop(folder, package)
        marketing_rows().write(shop)
        shop.build(**VARIABLES).succeeded()

    return Shop(made_once(tmp_path_factory, "marketing_shop", make), package)
