"""Rules taken apart."""

from __future__ import annotations

import duckdb
import pytest

from segctl.segments.rules import TooComplex, explain_query

DATA = """
create table people as
select * from (values ('a', 3, 'AT'), ('b', 1, null), ('c', 9, 'DE'))
as t (customer_id, orders, country);
create table scores as select * from (values ('a', 5), ('c', 2)) as t (customer_id, score);
"""


def explain(sql: str, customer: str) -> list[tuple[str, bool]]:
    query = explain_query(sql, "duckdb", f"'{customer}'")
    with duckdb.connect() as db:
        db.execute(DATA)
        cursor = db.execute(query.sql)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not rows:
        return [(query.source, False)]
    return [(condition.text, bool(rows[0][condition.holds])) for condition in query.conditions]


def test_conjuncts_are_split_and_disjuncts_are_not() -> None:
    sql = "select customer_id from people where orders > 2 and (country = 'DE' or country is null)"
    assert explain(sql, "a") == [("orders > 2", True), ("country = 'DE' OR country IS NULL", False)]
    assert explain(sql, "b") == [("orders > 2", False), ("country = 'DE' OR country IS NULL", True)]


def test_unknown_is_not_met() -> None:
    assert explain("select customer_id from people where country <> 'AT'", "b") == [
        ("country <> 'AT'", False)
    ]


def test_inner_joins_are_conditions_too() -> None:
    sql = (
        "select p.customer_id from people as p join scores on p.customer_id = scores.customer_id "
        "where scores.score > 3"
    )
    assert explain(sql, "a") == [("is in scores", True), ("score > 3", True)]
    assert explain(sql, "b") == [("is in scores", False), ("score > 3", False)]


def test_windows_see_all_customers() -> None:
    sql = (
        "with ranked as "
        "(select customer_id, rank() over (order by orders desc) as place from people) "
        "select customer_id from ranked where place <= 2"
    )
    assert [explain(sql, key)[0][1] for key in "abc"] == [True, False, True]


def test_who_is_in_no_row_is_told_where_they_are_missing() -> None:
    sql = (
        "with buyers as (select * from people where orders > 2) "
        "select customer_id from buyers where country = 'AT'"
    )
    assert explain(sql, "b") == [("is in buyers (where orders > 2)", False)]


def test_conditions_are_found_in_the_last_cte() -> None:
    sql = (
        "with people_ as (select * from people), final as (select customer_id from people_ "
        "where orders > 2) select * from final"
    )
    assert explain(sql, "a") == [("orders > 2", True)]


def test_subqueries_stay_whole() -> None:
    sql = "select customer_id from people where customer_id in (select customer_id from scores)"
    assert [explain(sql, key)[0][1] for key in "abc"] == [True, False, True]


@pytest.mark.parametrize(
    "sql",
    [
        "select customer_id from people union all select customer_id from scores",
        "select customer_id from people group by customer_id having count(*) > 1",
        "not sql at all (",
    ],
)
def test_other_shapes_are_refused(sql: str) -> None:
    with pytest.raises(TooComplex):
        explain_query(sql, "duckdb", "'a'")
