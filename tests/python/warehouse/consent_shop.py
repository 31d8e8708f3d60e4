"""A shop of the people in consent_cases, with a marketing and a service segment, on two days."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
from consent_cases import CASES, CORRECTED, DAY, Case, Row, address_of, number_of, of
from small_shop import PROFILE, Shop
from support import copy_package

DAY_BEFORE = "2026-02-28"
# Bought so that they are no members any more on the day; the exit is told.
LEAVERS = 3
VARIABLES = {
    "segmentation_sources": {"files": ["customers", "orders", "consents", "email_events"]},
    "segmentation_segments": [],
    "segmentation_custom_segments": ["news", "service_notes"],
}
RULE = """select customer_id
from {{ ref('customer_features') }}
where days_since_last_order < 30
"""
MODELS = """version: 2
models:
  - name: segment_news
    description: Bought lately.
    config: {meta: {title: News, kind: custom, purpose: marketing}}
  - name: segment_service_notes
    description: Bought lately.
    config: {meta: {title: Service, kind: custom, purpose: service}}
"""
EXPERIMENTS = (
    "experiment,segment,variant,share,starts_on,ends_on\n"
    "gift,news,holdout,0.1,2026-01-01,2026-12-31\n"
)


def consent_package(folder: Path) -> Path:
    """The package with two rules, an experiment and corrections of its own."""
    package = copy_package(folder)
    (package / "profiles.yml").write_text(PROFILE)
    rules = package / "models" / "segments" / "rules"
    for name in VARIABLES["segmentation_custom_segments"]:
        (rules / f"segment_{name}.sql").write_text(RULE)
    (rules / "_consent_cases.yml").write_text(MODELS)
    seeds = package / "seeds" / "rules"
    (seeds / "experiments.csv").write_text(EXPERIMENTS)
    lines = ["email,source,source_customer_id,corrected_on,reason"]
    for row in CORRECTED:
        (case,) = (case for case in CASES if case.name == row["of"])
        name = number_of(case) if row["id"] else ""
        source = "files" if row["id"] else ""
        lines.append(f"{address_of(case, row['email'])},{source},{name},{row['on']},it works")
    (seeds / "bounce_corrections.csv").write_text("\n".join(lines) + "\n")
    return package


def consent_shop(folder: Path, package: Path) -> Shop:
    """The shop, built on the day before and on the day."""
    shop = Shop(folder, package)
    shop.file("orders").parent.mkdir(parents=True)
    for table, rows in deliveries().items():
        header = list(dict.fromkeys(name for row in rows for name in row))
        shop.file(table).write_text(",".join(header) + "\n")
        shop.write(table, [{name: row.get(name, "") for name in header} for row in rows])
    for day in (DAY_BEFORE, DAY):
        shop.build(segmentation_as_of=day, **VARIABLES).succeeded()
    return shop


def deliveries() -> dict[str, list[Row]]:
    customers, orders, consents, mails = [], [], [], []
    for case in [*CASES, *leavers()]:
        name = number_of(case) if case in CASES else case.name
        customers.append(
            {
                "source_customer_id": name,
                "email": f"{name}@example.org",
                "signed_up_at": "2025-01-01 00:00:00",
                **case.record,
            }
        )
        for place, pattern in enumerate(case.orders_under):
            day = "2026-01-30" if case.name.startswith("leaver") else "2026-02-15"
            orders.append(
                {
                    "order_id": f"{name}-{place}",
                    "source_customer_id": name,
                    "email": pattern.replace("@", f"{name}@example.org"),
                    "ordered_at": f"{day} 12:00:00",
                    "order_status": "completed",
                    "currency": "EUR",
                    "order_amount": "10.00",
                }
            )
        for row in case.rows:
            own = of(case, row) if case in CASES else {**row, "source_customer_id": name}
            (consents if "consent_id" in row else mails).append(own)
    return {"customers": customers, "orders": orders, "consents": consents, "email_events": mails}


def leavers() -> list[Case]:
    """People who may be mailed and are no members any more."""
    consent = {
        "channel": "email",
        "purpose": "marketing",
        "consent_status": "granted",
        "recorded_at": "2025-06-01 12:00:00",
    }
    return [
        Case(f"leaver{number}", [{"consent_id": f"leaver-{number}", "email": "", **consent}])
        for number in range(LEAVERS)
    ]


def copied(shop: Shop, folder: Path) -> Path:
    """A copy of the warehouse file, to be changed."""
    with duckdb.connect(shop.warehouse.path) as connection:
        connection.execute("checkpoint")
    return Path(shutil.copy(shop.warehouse.path, folder / "warehouse.duckdb"))
