"""Odd times, amounts and refunds mean on PostgreSQL what they mean on DuckDB, whatever type they
have and whatever time zone the session shows. (DuckDB: tests/python/warehouse.)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from odd_rows import EXPECTED, TABLES
from odd_times import READABLE, WITH_WORDS
from portability.builds import running
from portability.engine import Engine

# Without rates of their own: the demo shop's know no dinars and no yen.
FOREIGN = {"KWD", "JPY"}
TYPED_CUSTOMERS = (
    "select source_customer_id, timestamptz '2026-01-01 00:30:00+01:00' as signed_up_at, "
    "latitude::double as latitude from (values ('whole', 1.0000005)) as given (source_customer_id, "
    "latitude)"
)


def deliver(engine: Engine, folder: Path, tables: dict[str, Sequence[dict[str, str]]]) -> None:
    folder.mkdir()
    with duckdb.connect() as connection:
        for name, rows in tables.items():
            columns = list(rows[0])
            connection.execute(
                f"create table {name} ({', '.join(f'{column} varchar' for column in columns)})"
            )
            connection.executemany(
                f"insert into {name} values ({', '.join('?' * len(columns))})",
                [[row[column] or None for column in columns] for row in rows],
            )
            connection.execute(f"copy {name} to '{folder / name}.parquet'")
        connection.execute(f"copy ({TYPED_CUSTOMERS}) to '{folder / 'customers'}.parquet'")
    engine.load(folder)


def build(engine: Engine, *models: str) -> str:
    sources: Any = {"demo": ["orders", "refunds", "order_lines", "products", "customers"]}
    return engine.dbt(
        "build",
        "--select",
        *(f"+{model}" for model in models),
        "--exclude-resource-type",
        "test",
        "unit_test",
        segmentation_as_of="2026-03-01",
        segmentation_sources=sources,
    )


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("odd")
    with pytest.MonkeyPatch.context() as patch, running(["postgres"], folder) as (engine,):
        patch.setenv("PGTZ", "America/New_York")
        orders = [row for row in TABLES["orders"] if row["currency"] not in FOREIGN]
        orders += [
            {**orders[0], "order_id": f"time {number}", "ordered_at": text}
            for number, text in enumerate(READABLE)
        ]
        deliver(engine, folder / "rows", {**TABLES, "orders": orders})
        build(engine, "customer_orders", "customer_category_days", "data_quality_findings")
        yield engine


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection, closing(connection.cursor()) as cursor:
        cursor.execute("set search_path = segmentation, segmentation_internal")
        cursor.execute(query)
        return list(cursor.fetchall())


def test_amounts_and_refunds(postgres: Engine) -> None:
    found = rows(
        postgres,
        "select order_id, order_cents - refunded_cents, discount_cents from customer_orders "
        "where order_id not like 'time %'",
    )
    foreign = {row["order_id"] for row in TABLES["orders"] if row["currency"] in FOREIGN}
    assert {order: (net, discount) for order, net, discount in found} == {
        order: cents for order, cents in EXPECTED.items() if cents and order not in foreign
    }


def test_times(postgres: Engine) -> None:
    found = rows(
        postgres,
        "select order_id, to_char(ordered_at, 'YYYY-MM-DD HH24:MI:SS.US') from screened_orders "
        "where order_id like 'time %'",
    )
    assert dict(found) == {
        f"time {number}": utc if "." in utc else utc + ".000000"
        for number, utc in enumerate(READABLE.values())
    }
    assert rows(postgres, "select cast(signed_up_at as text) from unified_customers") == [
        ("2025-12-31 23:30:00",)
    ]


def test_findings(postgres: Engine) -> None:
    found = rows(
        postgres,
        "select check_name, string_agg(record_key, ', ' order by record_key) "
        "from data_quality_findings where table_name = 'orders' and record_key not like 'time %' "
        "and check_name in ('implausible_date', 'too_many_decimals', 'refund_above_amount') "
        "group by check_name",
    )
    assert dict(found) == {
        "implausible_date": "epoch, year 1, year 1900, year 24",
        "too_many_decimals": "half a cent, nearly half a cent, three decimals",
        "refund_above_amount": "negative all, with shipping",
    }


def test_days_and_zone_names_are_told(postgres: Engine) -> None:
    texts = [*READABLE, *WITH_WORDS]
    values = ", ".join(f"('{text}')" for text in texts)
    compiled = postgres.dbt(
        "compile",
        "--quiet",
        "--inline",
        "select delivered, {{ segmentation.is_time_with_words('delivered') }} as has_words "
        f"from (values {values}) as texts (delivered)",
    )
    found = rows(postgres, compiled)
    assert {text for text, has_words in found if has_words} == WITH_WORDS
