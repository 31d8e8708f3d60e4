"""What the tests share: one small shop with dirty rows, delivered as files and built once."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from compiled import CHANGE_LOG_COLUMNS, PROBES, Compiled
from dirty_rows import CORRECTED, CORRECTION, add_dirty_rows
from marketing_shop import VARIABLES, marketing_rows
from odd_rows import MODELS as ODD_MODELS
from odd_rows import MORE_RATES, TABLES
from row_shop import build_rows, row_shop
from small_shop import PROFILE, Shop, say_rates_stores_and_experiments
from support import copy_package


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is now, with a profile for the tests and analyses that they probe."""
    folder = copy_package(tmp_path_factory.mktemp("package"))
    (folder / "profiles.yml").write_text(PROFILE)
    with (folder / "seeds" / "rules" / "bounce_corrections.csv").open("a") as seed:
        seed.write(f"{CORRECTED},,,2025-09-01,{CORRECTION}\n")
    say_rates_stores_and_experiments(folder)
    with (folder / "seeds/rules/exchange_rates.csv").open("a") as rates:
        rates.write(MORE_RATES)
    (folder / "analyses").mkdir()
    for name, sql in PROBES.items():
        (folder / "analyses" / f"{name}.sql").write_text(sql)
    return folder


@pytest.fixture(scope="session")
def delivered_shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Sixty customers of the demo shop and the dirty rows as CSV files; nothing is built yet."""
    shop = Shop(tmp_path_factory.mktemp("shop"), package)
    shop.invent(customers=60, seed=7)
    add_dirty_rows(shop)
    return shop


@pytest.fixture(scope="session")
def built_shop(delivered_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The same, built once."""
    shop = delivered_shop.copy(tmp_path_factory.mktemp("built"))
    shop.build().succeeded()
    return shop


@pytest.fixture(scope="session")
def compiled(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The SQL of the identity models, each method of scoring, the change log and feedback."""
    shop = Shop(tmp_path_factory.mktemp("compiled"), package)
    with duckdb.connect(shop.warehouse.path) as connection:
        # Only where the log is there, dbt makes the SQL that adds to it.
        connection.execute("create schema segmentation_internal")
        connection.execute(
            f"create table segmentation_internal.segment_change_log ({CHANGE_LOG_COLUMNS})"
        )
    names = ("shared_identifiers", "identity_edges", "customer_identifiers", "customer_names")
    names += ("segment_change_log", "segment_person_changes", "segment_history", "segment_changes")
    names += ("segment_events", "segment_transitions", "experiment_assignments")
    names += ("email_send_curve", "customer_email_hours")
    shop.dbt("compile", "--select", *names, "customer_feedback", *PROBES).succeeded()
    return Compiled(shop.folder / "target" / "compiled")


@pytest.fixture(scope="session")
def odd_shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop of odd times and amounts (odd_rows), built once."""
    shop = row_shop(tmp_path_factory.mktemp("odd"), package, TABLES)
    build_rows(shop, *ODD_MODELS, tables=list(TABLES)).succeeded()
    return shop


@pytest.fixture(scope="session")
def marketing_shop(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """People by what they did with mails and carts and when they bought, built once."""
    shop = Shop(tmp_path_factory.mktemp("marketing"), package)
    marketing_rows().write(shop)
    shop.build(**VARIABLES).succeeded()
    return shop
