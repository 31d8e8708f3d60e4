"""Takes a segment rule's SQL apart into conditions that can be asked about one person.

`explain` must agree with the segment itself, so nothing is interpreted here: the rule's own SQL
runs, with its conditions moved from the WHERE clause into columns and its inner joins turned into
left joins whose ON clause becomes a condition too. Filtering for the person happens outside, after
window functions have seen all customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError


class TooComplex(Exception):
    """The rule is not of the form `select ... from ... where ...`; says why."""


@dataclass(frozen=True)
class RuleCondition:
    """One condition of a rule."""

    text: str
    """As the rule's author wrote it, apart from layout."""
    holds: str
    """Name of the query's column that says whether the condition is met."""
    values: tuple[tuple[str, str], ...]
    """(label, name of the query's column) of what the condition looks at."""


@dataclass(frozen=True)
class RuleQuery:
    """A query that explains the rule for one person, and how to read its columns."""

    sql: str
    conditions: tuple[RuleCondition, ...]
    source: str
    """The condition that is not met when the query has no row for the person."""
    variant_values: tuple[tuple[str, str], ...] = ()
    """Of a family: (label, name of the query's column) of what the variant is made from."""


CUSTOMER, VARIANT = "segctl_customer", "segctl_variant"


def explain_query(sql: str, dialect: str, customer: str, *, family: bool = False) -> RuleQuery:
    """Turn a rule's compiled SQL into a query about the customer (given as an SQL literal)."""
    select = _final_select(sql, dialect)
    criteria = [*_join_criteria(select), *_where_criteria(select)]
    columns: list[exp.Expr] = [_projection(select, "customer_id").as_(CUSTOMER)]
    variant_values: dict[str, exp.Column] = {}
    if family:
        variant = _projection(select, "variant")
        columns.append(variant.as_(VARIANT))
        # That there is a variant at all goes without saying.
        present = _text(exp.Is(this=variant.copy(), expression=exp.Not(this=exp.null())))
        criteria = [criterion for criterion in criteria if criterion[0] != present]
        told = {column.name for _, _, looked_at in criteria for column in looked_at}
        made_from = [column for column in _made_from(select, variant) if column.name not in told]
        variant_values = {f"segctl_variant_{place}": item for place, item in enumerate(made_from)}
        columns += [exp.alias_(column.copy(), name) for name, column in variant_values.items()]
    conditions = []
    for number, (text, test, looked_at) in enumerate(criteria):
        holds = f"segctl_holds_{number}"
        columns.append(exp.alias_(exp.paren(test.copy()), holds))
        values = {f"segctl_value_{number}_{place}": item for place, item in enumerate(looked_at)}
        columns += [exp.alias_(column.copy(), name) for name, column in values.items()]
        labels = tuple((column.name, name) for name, column in values.items())
        conditions.append(RuleCondition(text, holds, labels))
    for join in _inner_joins(select):
        join.set("kind", None)
        join.set("side", "LEFT")
    select.set("where", None)
    select.set("distinct", None)
    select.set("expressions", columns)
    inner = select.sql(dialect=dialect, comments=False)
    return RuleQuery(
        sql=f"select * from ({inner}) as explained where {CUSTOMER} = {customer}",
        conditions=tuple(conditions),
        source=_source_text(select),
        variant_values=tuple((column.name, name) for name, column in variant_values.items()),
    )


def _made_from(select: exp.Select, variant: exp.Expr) -> list[exp.Column]:
    """What a variant is computed from, as far as the last select can see it."""
    if not isinstance(variant, exp.Column):
        return _own_columns(variant)
    source = _source(select)
    body = {cte.alias: cte.this for cte in select.ctes}.get(source.name)
    if not isinstance(body, exp.Select) or body.is_star:
        return []
    names = (projection.alias_or_name for projection in body.expressions)
    return [
        exp.column(name, table=source.alias_or_name)
        for name in names
        if name not in ("customer_id", variant.name)
    ]


def _final_select(sql: str, dialect: str) -> exp.Select:
    try:
        select = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError as error:
        raise TooComplex("its SQL is beyond the parser") from error
    if not isinstance(select, exp.Select):
        raise TooComplex("its last statement is not a single select")
    select = _follow_to_conditions(select)
    for clause in ("group", "having", "qualify", "limit"):
        if select.args.get(clause) is not None:
            raise TooComplex(f"its last select has a `{clause}` clause")
    return select


def _follow_to_conditions(select: exp.Select) -> exp.Select:
    """Where the rule ends in `select ... from final`, the conditions are in the CTE `final`."""
    if select.args.get("where") or select.args.get("joins"):
        return select
    ctes = {cte.alias: cte.this for cte in select.ctes}
    body = ctes.get(_source(select).name)
    if not isinstance(body, exp.Select) or body.args.get("with_"):
        return select
    if not (body.args.get("where") or body.args.get("joins")):
        return select
    found = body.copy()
    named = {item.alias_or_name: item.unalias() for item in found.expressions}
    for item in select.expressions:
        column = item.unalias()
        if isinstance(column, exp.Column) and column.name in named and item.alias:
            found.append("expressions", exp.alias_(named[column.name].copy(), item.alias))
    with_ = select.args["with_"].copy()
    position = list(ctes).index(_source(select).name)
    with_.set("expressions", with_.expressions[:position])
    found.set("with_", with_ if with_.expressions else None)
    return found


def _source(select: exp.Select) -> exp.Expr:
    source = select.args.get("from_")
    if source is None:
        raise TooComplex("its last select reads no table")
    table: exp.Expr = source.this
    return table


def _source_text(select: exp.Select) -> str:
    """What the rule chooses from, with the condition of that CTE if it has one."""
    name = _source(select).alias_or_name
    body = {cte.alias: cte.this for cte in select.ctes}.get(_source(select).name)
    where = body.args.get("where") if isinstance(body, exp.Select) else None
    return f"is in {name}" + (f" (where {_text(where.this)})" if where else "")


def _inner_joins(select: exp.Select) -> list[exp.Join]:
    return [
        join
        for join in select.args.get("joins") or []
        if join.args.get("on") is not None and not join.side and join.kind.upper() in ("", "INNER")
    ]


Criterion = tuple[str, exp.Expr, Sequence[exp.Column]]


def _join_criteria(select: exp.Select) -> Iterator[Criterion]:
    for join in _inner_joins(select):
        yield f"is in {join.this.alias_or_name}", join.args["on"], ()


def _where_criteria(select: exp.Select) -> Iterator[Criterion]:
    where = select.args.get("where")
    if where is not None:
        for test in _conjuncts(where.this):
            yield _text(test), test, _own_columns(test)


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _own_columns(test: exp.Expr) -> list[exp.Column]:
    """The columns that a condition looks at; those inside subqueries are out of reach."""
    found: dict[str, exp.Column] = {}
    for column in test.find_all(exp.Column, bfs=False):
        if _is_own(column, test):
            found.setdefault(column.sql(), column)
    return list(found.values())


def _is_own(column: exp.Column, test: exp.Expr) -> bool:
    subquery = column.find_ancestor(exp.Select)
    return subquery is None or not any(subquery is inside for inside in test.find_all(exp.Select))


def _text(test: exp.Expr) -> str:
    shown = test.copy()
    for column in shown.find_all(exp.Column):
        if column.find_ancestor(exp.Select) is None:
            column.set("table", None)
    return shown.transform(_as_written).sql(comments=False)


def _as_written(node: exp.Expr) -> exp.Expr:
    """The parser reads `x is not null` as `not x is null`; people do not."""
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        return exp.Is(this=node.this.this, expression=exp.Not(this=node.this.expression))
    return node


def _projection(select: exp.Select, name: str) -> exp.Expr:
    for projection in select.expressions:
        if projection.alias_or_name == name:
            found: exp.Expr = projection.unalias().copy()
            return found
    return exp.column(name)
