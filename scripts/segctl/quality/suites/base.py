"""Suites and checks, in words and SQL that every warehouse understands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing that no row may do. Counted in the warehouse, so no row has to leave it."""

    name: str
    says: str
    """What is true of good data, as the report shows it."""
    condition: str | None = None
    """SQL that is true for an offending row of the suite's table."""
    count: str | None = None
    """Instead of a condition: a query that counts offenders, for checks across rows or tables."""
    values_of: str | None = None
    """Column whose offending values may be shown, because it holds codes and not personal data."""


@dataclass(frozen=True)
class Suite:
    """The checks of one table."""

    name: str
    relation: str
    checks: tuple[Check, ...]
    where: str = "1 = 1"
    """Rows to look at. Events are checked for recent days only: cost follows change."""
    note: str = ""

    def counting_query(self) -> str:
        """One scan that counts all rows and the offenders of every simple check."""
        counts = [
            f"sum(case when {check.condition} then 1 else 0 end) as {check.name}"
            for check in self.checks
            if check.condition
        ]
        return (
            f"select {', '.join(['count(*) as rows_checked', *counts])} "
            f"from {self.relation} where {self.where}"
        )

    def values_query(self, check: Check) -> str:
        """The most frequent offending codes."""
        return (
            f"select cast({check.values_of} as char(40)) as offender, count(*) as times "
            f"from {self.relation} where {self.where} and ({check.condition}) "
            f"group by {check.values_of} order by times desc, offender limit 5"
        )


def never_missing(column: str) -> Check:
    """The column is filled in every row."""
    return Check(f"{column}_missing", f"{column} is never missing", f"{column} is null")


def unique(relation: str, columns: Iterable[str], where: str = "1 = 1") -> Check:
    """No two rows share the key."""
    key = ", ".join(columns)
    return Check(
        "key_repeated",
        f"({key}) is unique",
        count=f"select count(*) as offenders from (select count(*) as times from {relation} "
        f"where {where} group by {key} having count(*) > 1) as repeated",
    )


def one_of(column: str, values: Iterable[str]) -> Check:
    """The column holds nothing but these codes (or nothing)."""
    codes = list(values)
    listed = ", ".join(f"'{code}'" for code in codes)
    return Check(
        f"{column}_unexpected",
        f"{column} is one of {', '.join(codes)}",
        f"{column} not in ({listed})",
        values_of=column,
    )


def not_negative(column: str) -> Check:
    """The amount is zero or more."""
    return Check(f"{column}_negative", f"{column} is never negative", f"{column} < 0")


def currency_code(column: str) -> Check:
    """Three capital letters, as ISO 4217 has it."""
    # Regular expressions are spelled differently on every engine; this is not.
    return Check(
        f"{column}_malformed",
        f"{column} is a code of three capital letters",
        f"(length({column}) <> 3 or {column} <> upper({column}) or {column} = lower({column}))",
        values_of=column,
    )


def plausible_time(column: str, latest: str) -> Check:
    """Neither before e-commerce existed nor in the future."""
    return Check(
        f"{column}_implausible",
        f"{column} lies between 1990 and tomorrow",
        f"({column} < cast('1990-01-01' as timestamp) or {column} > cast('{latest}' as timestamp))",
    )


def email_shape(column: str) -> Check:
    """Something before an at sign, a dot after it, no blanks, no second at sign."""
    return Check(
        f"{column}_malformed",
        f"{column} has the shape of an address",
        f"({column} not like '%_@_%._%' or {column} like '% %' or {column} like '%@%@%')",
    )
