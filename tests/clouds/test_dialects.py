"""Everything that dbt would send to four warehouses is SQL that they have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dialects import faults

HERE = Path(__file__).parent
WAREHOUSES = ["snowflake", "bigquery", "databricks", "redshift"]
STATES = ["first", "later"]


@pytest.fixture(
    scope="session", params=[(name, state) for name in WAREHOUSES for state in STATES], ids="-".join
)
def sent(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What dbt sends on a first run, and when all tables are there."""
    warehouse, state = request.param
    output = tmp_path_factory.mktemp(f"{warehouse}_{state}") / "sent.json"
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "False"}
    script = [sys.executable, str(HERE / "offline.py"), warehouse, state, str(output)]
    done = subprocess.run(script, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    content: dict[str, Any] = json.loads(output.read_text())
    return {"warehouse": warehouse, "state": state, **content}


def test_every_node_comes_through(sent: dict[str, Any]) -> None:
    assert not sent["exception"]
    assert not sent["failures"]
    assert sent["nodes"] > (500 if sent["state"] == "first" else 150)


def test_every_statement_is_known_there(sent: dict[str, Any]) -> None:
    found: dict[str, str] = {}
    for sql in {statement["sql"]: statement["node"] for statement in sent["statements"]}.items():
        text = sql[0].replace("%s", "null")  # values of seeds are sent beside the statement
        for fault in faults(text, sent["warehouse"], sent["schema"]):
            found.setdefault(fault, sql[1])
    assert not found, "\n".join(f"{node}: {fault}" for fault, node in found.items())


def test_incremental_models_are_made_once_and_then_replace_days(sent: dict[str, Any]) -> None:
    """Later runs do not build these tables anew."""
    replacing = ("delete from", "merge into", "replace on")
    expected = ("create ",) if sent["state"] == "first" else replacing
    assert sent["incremental"]
    for node in sent["incremental"]:
        statements = [entry["sql"].lower() for entry in sent["statements"] if entry["node"] == node]
        assert any(words in sql for sql in statements for words in expected), node


@pytest.mark.parametrize(
    ("warehouse", "sql", "fault"),
    [
        ("snowflake", "select count(*) filter (where a) from t", "filter"),
        ("snowflake", "select string_agg(a, ',') from t", "function string_agg"),
        ("snowflake", "select trim(both '_' from a) from t", "trim(both"),
        ("snowflake", "select a as increment from t", "reserved name increment"),
        ("redshift", "select a is distinct from b from t", "is distinct from"),
        ("redshift", "select sum(a) over (order by b) from t", "window without a frame"),
        ("redshift", "select regexp_like(a, 'b') from t", "function regexp_like"),
        (
            "redshift",
            "select percentile_cont(0.5) within group (order by a),"
            " percentile_cont(0.5) within group (order by b) from t",
            "sorted by several things",
        ),
        (
            "bigquery",
            "select percentile_cont(a, 0.5) within group (order by a) from t",
            "within group",
        ),
        ("bigquery", "select 1 union select 2", "does not parse"),
        ("bigquery", "with c (n) as (select 1) select n from c", "columns after the name"),
        ("bigquery", "select * from a left join b on false", "outer join without an equality"),
        ("bigquery", "select happened_at < day_on from db.s.t", "mixes DATE and TIMESTAMP"),
        ("databricks", "select string_to_array(a, ' ') from t", "function string_to_array"),
    ],
)
def test_what_a_warehouse_lacks_is_found(warehouse: str, sql: str, fault: str) -> None:
    schema = {"db": {"s": {"t": {"happened_at": "timestamp", "day_on": "date"}}}}
    assert any(fault in found for found in faults(sql, warehouse, schema))
