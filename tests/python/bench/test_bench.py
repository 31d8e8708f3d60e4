"""The core written by hand in SQL, polars and pandas says what the models say; a lie is found."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from segctl.demo_data import generate

sys.path.insert(0, str(Path(__file__).parents[3] / "scripts" / "bench" / "project"))

import compare
import page
from child import ChildFailed
from core import by_pandas, by_polars, by_sql
from data import Data
from project import Project
from runs import CORE_MODELS, RULES, WITHOUT_TESTS, Results, export_people, little_memory
from scans import bytes_per_model

# In the middle of the data, so that events, refunds and cancellations lie after it.
AS_OF = "2025-06-15"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of the core, built over 600 customers."""
    folder = tmp_path_factory.mktemp("core")
    generate(folder / "files", customers=600, seed=5)
    selected = ("--select", *(f"+{name}" for name in CORE_MODELS))
    delivery = folder / "files", date.fromisoformat(AS_OF)
    Project(folder).dbt(delivery, "build", *WITHOUT_TESTS, *selected)
    return folder


@pytest.fixture(scope="module")
def by_hand(project: Path) -> dict[str, Path]:
    """The folders with the tables of each way."""
    people = project / "people.parquet"
    export_people(project / "segmentation.duckdb", people)
    found = {}
    for name, module in {"sql": by_sql, "polars": by_polars, "pandas": by_pandas}.items():
        found[name] = project / name
        files = str(project / "files")
        module.main(files, str(people), str(RULES), AS_OF, str(found[name]))
    return found


def test_sql_equals_the_models(project: Path, by_hand: dict[str, Path]) -> None:
    assert compare.core_equals_models(by_hand["sql"], project / "segmentation.duckdb") > 2_000


@pytest.mark.parametrize("name", ["polars", "pandas"])
def test_data_frames_equal_the_sql(by_hand: dict[str, Path], name: str) -> None:
    assert compare.cores_equal(by_hand["sql"], by_hand[name]) > 2_000


def test_one_other_cent_is_found(by_hand: dict[str, Path], tmp_path: Path) -> None:
    for file in by_hand["sql"].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    duckdb.execute(
        f"""
        copy (
            select * replace (
                revenue_cents + (row_number() over (order by customer_id) = 7)::int as revenue_cents
            )
            from '{by_hand["sql"]}/order_features.parquet'
        ) to '{tmp_path}/order_features.parquet'
        """
    )
    with pytest.raises(compare.Differs, match=r"order_features.*columns \['revenue_cents'\]"):
        compare.cores_equal(by_hand["sql"], tmp_path)


def test_bytes_are_those_of_the_columns_and_days_that_are_read(project: Path) -> None:
    events = project / "files" / "web_events.parquet"
    read = bytes_per_model(
        {
            "both": f"select occurred_at, anonymous_id from '{events}'",
            "twice": f"select max(a.occurred_at) from '{events}' a "
            f"join '{events}' b using (event_id)",
            "day": f"select occurred_at from read_parquet('{events}') "
            "where occurred_at >= '2025-06-01' and occurred_at < '2025-06-02'",
        },
        project / "segmentation.duckdb",
    )
    ((both, twice, day),) = duckdb.execute(
        f"""
        select
            sum(8 + coalesce(strlen(anonymous_id) + 2, 0)), sum(8 + strlen(event_id) + 2),
            8 * count(*) filter (occurred_at::date = '2025-06-01')
        from '{events}'
        """
    ).fetchall()
    assert read == {"both": both, "twice": twice, "day": day}
    assert 0 < day < both


def test_a_section_of_the_page_replaces_its_own_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path / "benchmarks.md")
    page.PAGE.write_text("# Head\n")
    small, large = Data(tmp_path, 100_000), Data(tmp_path, 1_000_000)
    page.write(small, "small\n")
    page.write(large, "large\n")
    page.write(small, "small again\n")
    text = page.PAGE.read_text()
    assert "# Head" in text
    assert "large" in text
    assert text.count("small") == 1
    assert text.index("small again") < text.index("large")
    assert small.last_day == date(2026, 1, 1)


def test_what_little_memory_did_not_suffice_for_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(*_: object) -> None:
        raise ChildFailed(
            "12:00:00  [ERROR]: in model customer_carts (models/x.sql)\n  Out of Memory"
        )

    monkeypatch.setattr(Project, "dbt", out_of_memory)
    results = Results()
    little_memory(Data(tmp_path, 600), tmp_path, results, print)
    assert "small" not in results.costs
    assert results.left_out == ["1 GB for DuckDB, which did not suffice: customer_carts"]
