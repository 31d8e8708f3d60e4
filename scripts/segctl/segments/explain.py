"""Why somebody is, or is not, in each segment."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from segctl.errors import SegctlError, UnknownCustomer, UnknownSegment, WarehouseError
from segctl.segments.rules import VARIANT, RuleQuery, TooComplex, explain_query
from segctl.warehouse.project import RULE_PREFIX, Project
from segctl.warehouse.warehouse import Warehouse

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """One condition of a rule, and the person's values for what it looks at."""

    text: str
    met: bool
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """One segment, and why the person is in or out."""

    segment: str
    title: str
    is_member: bool
    entered_on: Any
    conditions: tuple[Condition, ...]
    note: str = ""
    family: str | None = None
    experiments: dict[str, str] = field(default_factory=dict)
    """Variant of the person in each experiment that runs on the segment."""


@dataclass(frozen=True)
class Explanation:
    """Everything that `explain` tells about a person."""

    customer_id: str
    as_of: str
    mailable: bool
    lifecycle: dict[str, Any]
    rfm: dict[str, Any]
    reasons: tuple[Reason, ...]


def explain(project: Project, person: str, segment: str | None = None) -> Explanation:
    """Look a person up by e-mail or customer id and explain every segment, or one."""
    with Warehouse(project) as warehouse:
        _, catalogue, members, day, profiles = warehouse.require(
            "customer_identifiers",
            "segments",
            "segment_members",
            "as_of_day",
            "audience_profiles",
        )
        customer_id = find_customer(warehouse, person)
        literal = warehouse.literal(customer_id)
        segments = warehouse.rows(f"select * from {catalogue.relation} order by segment")
        entered = {
            row["segment"]: row["entered_on"]
            for row in warehouse.rows(
                f"select segment, entered_on from {members.relation} where customer_id = {literal}"
            )
        }
        mailable = bool(
            warehouse.rows(f"select 1 from {profiles.relation} where customer_id = {literal}")
        )
        lifecycle = _facts(warehouse, "customer_lifecycle", literal)
        rfm = _facts(warehouse, "customer_rfm", literal)
        experiments = _experiments(warehouse, literal)
        as_of = str(warehouse.rows(f"select as_of_on from {day.relation}")[0]["as_of_on"])
        dialect = warehouse.dialect
    segments = _chosen(segments, segment)
    # Compiling opens dbt's own connection, and DuckDB lets only one writer in: hence closed above.
    rules = {str(row["model_name"]) for row in segments}
    rules |= {rule for row in segments for rule in _excluded_rules(row)} & project.models.keys()
    compiled = project.compile(rules)
    with Warehouse(project) as warehouse:
        reasons = [
            reason
            for model in dict.fromkeys(str(row["model_name"]) for row in segments)
            for reason in _explain_rule(
                warehouse,
                [row for row in segments if row["model_name"] == model],
                _query(compiled.get(model), dialect, literal, segments, model),
                [
                    _exclusion(warehouse, rule, compiled.get(rule), literal)
                    for rule in _excluded_rules(
                        next(row for row in segments if row["model_name"] == model)
                    )
                ],
                entered,
                experiments,
            )
        ]
    reasons.sort(key=lambda reason: (not reason.is_member, reason.segment))
    return Explanation(customer_id, as_of, mailable, lifecycle, rfm, tuple(reasons))


def find_customer(warehouse: Warehouse, person: str) -> str:
    """The one customer behind an e-mail address, a shop's customer id, or our own id."""
    (identifiers,) = warehouse.require("customer_identifiers")
    table, is_email = identifiers.relation, "@" in person
    if is_email:
        value = warehouse.literal(person.strip().lower())
        where = f"identifier_type = 'email' and identifier_value = {value}"
    else:
        value = warehouse.literal(person.strip())
        where = (
            f"customer_id = {value} "
            f"or (identifier_type = 'customer_id' and identifier_value = {value})"
        )
    rows = warehouse.rows(
        f"select distinct customer_id, case when customer_id = {value} then 0 else 1 end as place "
        f"from {table} where {where} order by place, customer_id"
    )
    exact = [row for row in rows if row["place"] == 0] or rows
    if not exact:
        what = "that e-mail address" if is_email else "that customer id"
        raise UnknownCustomer(
            f"Nobody in the warehouse goes by {what}.",
            "Addresses are compared in lower case and in full; new customers appear after the "
            "next dbt build.",
        )
    if len(exact) > 1:
        found = ", ".join(str(row["customer_id"]) for row in exact[:5])
        raise SegctlError(
            f"That id belongs to {len(exact)} customers: {found}.", "Name one of these ids."
        )
    return str(exact[0]["customer_id"])


def _facts(warehouse: Warehouse, name: str, customer: str) -> dict[str, Any]:
    """The person's row of a table with one row per customer; empty if there is none."""
    if name not in warehouse.project.models:
        return {}
    (model,) = warehouse.require(name)
    rows = warehouse.rows(f"select * from {model.relation} where customer_id = {customer}")
    return (
        {key: value for key, value in rows[0].items() if key not in ("customer_id", "as_of_on")}
        if rows
        else {}
    )


def _experiments(warehouse: Warehouse, customer: str) -> dict[str, dict[str, str]]:
    """By segment: the person's variant in each experiment that runs."""
    name = "experiment_assignments"
    if name not in warehouse.project.models:
        return {}
    (model,) = warehouse.require(name)
    found: dict[str, dict[str, str]] = {}
    for row in warehouse.rows(
        f"select segment, experiment, variant from {model.relation} "
        f"where customer_id = {customer} and is_running order by experiment"
    ):
        found.setdefault(str(row["segment"]), {})[str(row["experiment"])] = str(row["variant"])
    return found


def _chosen(segments: list[dict[str, Any]], wanted: str | None) -> list[dict[str, Any]]:
    if wanted is None:
        return segments
    chosen = [row for row in segments if wanted in (row["segment"], row["family"])]
    if not chosen:
        raise UnknownSegment(
            f"There is no segment named {wanted}.", "`segctl list` shows all of them."
        )
    return chosen


def _query(
    sql: str | None, dialect: str, customer: str, segments: Iterable[Row], model: str
) -> RuleQuery | str:
    """The query that explains a rule, or the reason why there is none."""
    if sql is None:
        return f"the project no longer has the rule {model}"
    family = any(row["family"] for row in segments if row["model_name"] == model)
    try:
        return explain_query(sql, dialect, customer, family=family)
    except TooComplex as error:
        return f"the rule cannot be taken apart: {error}"


def _excluded_rules(segment: Row) -> list[str]:
    """The models of the rules whose members are taken out of the segment."""
    names = str(segment.get("excludes") or "").split(",")
    return [RULE_PREFIX + name.strip() for name in names if name.strip()]


def _exclusion(warehouse: Warehouse, model: str, sql: str | None, customer: str) -> Condition:
    """Whether a rule that another one excludes finds the person, before exclusions of its own."""
    text = f"is not in {model.removeprefix(RULE_PREFIX)}"
    if sql is None:
        return Condition(text, True)
    found = warehouse.rows(
        f"select 1 as found from (\n{sql}\n) as excluded where customer_id = {customer}"
    )
    return Condition(text, not found)


def _explain_rule(
    warehouse: Warehouse,
    segments: Sequence[Row],
    query: RuleQuery | str,
    exclusions: Sequence[Condition],
    entered: Mapping[str, Any],
    experiments: Mapping[str, dict[str, str]],
) -> list[Reason]:
    """One reason per segment of the rule: one, or all variants of a family."""
    rows: list[dict[str, Any]] = []
    if isinstance(query, RuleQuery):
        try:
            rows = warehouse.rows(query.sql)
        except WarehouseError:
            query = "the rule cannot be taken apart: its conditions do not stand alone"
    reasons = []
    for segment in segments:
        name = str(segment["segment"])
        is_member = name in entered
        conditions = tuple(exclusions)
        note = query if isinstance(query, str) else ""
        if isinstance(query, RuleQuery):
            conditions = (*_conditions(query, rows, segment), *exclusions)
            if all(condition.met for condition in conditions) != is_member:
                note = "the rule or the data changed since the last build: run dbt build"
        reasons.append(
            Reason(
                name,
                str(segment["title"]),
                is_member,
                entered.get(name),
                conditions,
                note,
                segment["family"],
                experiments.get(name, {}) if is_member else {},
            )
        )
    return reasons


def _conditions(query: RuleQuery, rows: Sequence[Row], segment: Row) -> tuple[Condition, ...]:
    """The rule's conditions for the person; of several rows the one that comes closest."""
    own = [row for row in rows if not segment["family"] or _is_variant(row[VARIANT], segment)]
    if segment["family"] and not own:
        variants = sorted({str(row[VARIANT]) for row in rows if row[VARIANT] is not None})
        values = {"variants": ", ".join(variants) or None} | _values(query.variant_values, rows)
        return (Condition(f"variant is {_variant(segment)}", False, values),)
    if not own:
        return (Condition(query.source, False),)
    read = [
        tuple(
            Condition(condition.text, bool(row[condition.holds]), _values(condition.values, [row]))
            for condition in query.conditions
        )
        for row in own
    ]
    closest = max(read, key=lambda conditions: sum(condition.met for condition in conditions))
    if not segment["family"]:
        return closest
    values = _values(query.variant_values, own)
    return (Condition(f"variant is {_variant(segment)}", True, values), *closest)


def _values(columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> dict[str, Any]:
    """What a condition looks at, in the only row of the person; several would disagree."""
    return {label: rows[0][column] for label, column in columns} if len(rows) == 1 else {}


def _variant(segment: Row) -> str:
    variant = segment.get("variant")
    return str(variant) if variant is not None else _suffix(segment)


def _suffix(segment: Row) -> str:
    return str(segment["segment"]).removeprefix(f"{segment['family']}_")


def _is_variant(value: Any, segment: Row) -> bool:
    """Whether a value of a family's rule belongs to this segment: the same text, as segment_slugs
    takes texts for the same."""
    return value is not None and _folded(value) == _folded(_variant(segment))


def _folded(variant: Any) -> str:
    return " ".join(unicodedata.normalize("NFC", str(variant)).lower().split())
