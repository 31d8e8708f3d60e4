"""What a warehouse would refuse in a statement, found in its syntax tree.

sqlglot parses generously: a function or a clause that a warehouse does not have is no error to it.
So functions are held against a list for each warehouse (known.yml), and clauses that work on DuckDB
and PostgreSQL but not there are looked for. What only running finds stays unfound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml
from sqlglot import exp, parse
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.tokens import TokenType

Schema = Mapping[str, Mapping[str, Mapping[str, str]]]

_KNOWN = yaml.safe_load(Path(__file__).with_name("known.yml").read_text(encoding="utf-8"))
_BARE_COMMANDS = {"OPTIMIZE", "SHOW"}  # nothing but the name of a table follows
_REPLACE_ON = "as target\nreplace on"
_TIMES = {
    "DATE": "DATE",
    "DATETIME": "DATETIME",
    "TIMESTAMP": "TIMESTAMP",
    "TIMESTAMPTZ": "TIMESTAMP",
}


def faults(sql: str, dialect: str, schema: Schema | None = None) -> list[str]:
    """What is wrong with a statement, in words; `schema` allows to look at types."""
    if dialect == "databricks" and _REPLACE_ON in sql:
        return []  # dbt's own frame, new to sqlglot, around a table that an earlier statement made
    try:
        trees = [tree for tree in parse(sql, read=dialect) if tree is not None]
        found = {f"function {name}" for name in _unknown_functions(sql, dialect)}
    except SqlglotError as error:
        return [f"does not parse: {error}"]
    for tree in trees:
        if isinstance(tree, exp.Command) and tree.name.upper() not in _BARE_COMMANDS:
            found.add(f"sqlglot does not know the statement {tree.sql()[:60]}")
        found |= {f"reserved name {name}" for name in _reserved_names(tree, dialect)}
        found |= {name for name, is_there in _CONSTRUCTS[dialect].items() if is_there(tree)}
        if schema and dialect == "bigquery":
            found |= set(_mixed_times(tree, schema))
    return sorted(found)


def _unknown_functions(sql: str, dialect: str) -> Iterator[str]:
    """Names before a bracket, as written: the tree has them translated already."""
    functions = _KNOWN["functions"]
    known = " ".join([functions["everywhere"], functions[dialect], _KNOWN["words"]]).split()
    tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    for before, token, after in zip([None, *tokens], tokens, tokens[1:], strict=False):
        is_name = token.text.replace("_", "").isalnum() and not token.text.isdigit()
        is_quoted = token.token_type in (TokenType.STRING, TokenType.IDENTIFIER)
        is_part = before is not None and before.token_type == TokenType.DOT
        is_call = (
            after.token_type == TokenType.L_PAREN and is_name and not is_quoted and not is_part
        )
        if is_call and token.text.lower() not in known:
            yield token.text.lower()


def _reserved_names(tree: exp.Expression, dialect: str) -> Iterator[str]:
    reserved = _KNOWN["reserved"][dialect].split()
    for name in tree.find_all(exp.Identifier):
        if not name.quoted and name.name.lower() in reserved:
            yield name.name.lower()


def _any(
    kind: type[exp.Expression], condition: Callable[..., bool] = lambda _: True
) -> Callable[..., bool]:
    """Whether a tree has a node of a kind for which the condition holds."""
    return lambda tree: any(condition(node) for node in tree.find_all(kind))


def _is_outer_without_equality(join: exp.Join) -> bool:
    """An outer join that no equality of both sides decides."""
    on = join.args.get("on")
    return bool(join.side) and on is not None and on.find(exp.EQ) is None


def _sorts_by_several(select: exp.Select) -> bool:
    """More than one ORDER BY in the WITHIN GROUPs of one select."""
    groups = [node for node in select.find_all(exp.WithinGroup) if node.parent_select is select]
    return len({group.expression.sql() for group in groups}) > 1


def _lacks_frame(window: exp.Window) -> bool:
    """An aggregate over ordered rows without a frame."""
    return (
        isinstance(window.this, exp.AggFunc)
        and not isinstance(
            window.this, exp.Lag | exp.Lead | exp.RowNumber | exp.PercentRank | exp.Rank
        )
        and window.args.get("order") is not None
        and window.args.get("spec") is None
    )


_FILTER = {"filter (where ...)": _any(exp.Filter)}
_DISTINCT_FROM = {
    "is distinct from": lambda tree: tree.find(exp.NullSafeEQ, exp.NullSafeNEQ) is not None,
}
_TRIM_BOTH = {"trim(both ...)": _any(exp.Trim, lambda trim: bool(trim.args.get("position")))}
_CONSTRUCTS: dict[str, dict[str, Callable[[exp.Expression], bool]]] = {
    "snowflake": _FILTER | _TRIM_BOTH,
    "redshift": _FILTER
    | _DISTINCT_FROM
    | {
        "lateral": _any(exp.Lateral),
        "cast of a comparison to text": _any(
            exp.Cast, lambda cast: isinstance(cast.this, exp.Predicate)
        ),
        "frame by range": _any(exp.WindowSpec, lambda spec: spec.args.get("kind") == "RANGE"),
        "window without a frame": _any(exp.Window, _lacks_frame),
        "within group sorted by several things": _any(exp.Select, _sorts_by_several),
        "recursive CTE without columns": lambda tree: any(
            not cte.args["alias"].columns
            and any(
                not table.db and table.name == cte.alias for table in cte.this.find_all(exp.Table)
            )
            for cte in tree.find_all(exp.CTE)
        ),
    },
    "bigquery": _FILTER
    | _TRIM_BOTH
    | {
        "within group": _any(exp.WithinGroup),
        "columns after the name of a CTE": _any(
            exp.CTE, lambda cte: bool(cte.args["alias"].columns)
        ),
        "outer join without an equality": _any(exp.Join, _is_outer_without_equality),
    },
    "databricks": {},
}


def _mixed_times(tree: exp.Expression, schema: Schema) -> Iterator[str]:
    """Comparisons of dates with times, which BigQuery refuses."""
    query = tree if isinstance(tree, exp.Query) else tree.find(exp.Query)
    if query is None:
        return
    try:
        typed = annotate_types(
            qualify(
                query.copy(), schema=schema, dialect="bigquery", validate_qualify_columns=False
            ),
            schema=schema,
            dialect="bigquery",
        )
    except SqlglotError:
        return  # reads a table whose YAML has no types
    for node in typed.find_all(exp.Binary, exp.Coalesce):
        sides = (
            [node.this, node.expression]
            if isinstance(node, exp.Binary)
            else [node.this, *node.expressions]
        )
        kinds = {_TIMES.get(side.type.this.name) for side in sides if side and side.type} - {None}
        if isinstance(node, exp.Predicate | exp.Coalesce) and len(kinds) > 1:
            yield f"mixes {' and '.join(sorted(map(str, kinds)))}: {node.sql('bigquery')[:100]}"
