"""The data tests of consent see a fault in any rule of the chain.

Every condition, join, literal and choice of the models between what was delivered and the
audiences is broken in turn, in the SQL that dbt makes of them. Whatever then mails somebody who may
not be mailed has to turn the tests red.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import sqlglot
from compiled import Compiled
from consent_cases import CASES, DAY, address_of, number_of
from consent_shop import LEAVERS, VARIABLES, consent_package, consent_shop, copied
from small_shop import Shop
from sqlglot import exp

CHAIN = (
    "email_refusal_days",
    "delivered_refusals",
    "customer_refusals",
    "email_permissions",
    "told_events",
    "permitted_members",
    "audience_profiles",
    "audience_memberships",
    "audience_events",
)
TESTS = (
    "only_consented_audience_profiles_consent_purpose",
    "only_consented_audience_memberships_",
    "only_consented_audience_events_",
    "members_of_segments_audience_memberships_",
)
FAULTS = {
    "no consent for the purpose at this address",
    "said no since",
    "complained",
    "bounced",
    "the address is not this person's alone",
    "under age",
    "held out",
    "is no member",
}
MAILED = """
    select customer_id, email, consent_purpose, 'profile' as place from audience_profiles
    union all
    select customer_id, email, consent_purpose, audience from audience_memberships
    union all
    select customer_id, email, segments.purpose, audience || ' event'
    from audience_events inner join segments on audience = segment
"""


@dataclass(frozen=True)
class Mutant:
    """A model with one thing broken."""

    model: str
    change: str
    sql: str


def mutants(model: str, sql: str) -> Iterator[Mutant]:
    """All of a model that differ from it."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    whole = tree.sql(dialect="duckdb")
    for place, node in enumerate(tree.walk()):
        for broken in breakages(node):
            copy = tree.copy()
            target = next(found for at, found in enumerate(copy.walk()) if at == place)
            target.replace(broken)
            made = copy.sql(dialect="duckdb")
            if made != whole:
                yield Mutant(model, f"{node.sql()[:90]} -> {broken.sql()[:90]}", made)


def breakages(node: exp.Expression) -> Iterator[exp.Expression]:
    """What a careless edit may make of a part of a query."""
    if isinstance(node, exp.And):
        yield node.left.copy()
        yield node.right.copy()
    if isinstance(node, exp.Or):
        yield node.left.copy()
        yield node.right.copy()
    if isinstance(node, exp.Not):
        yield node.this.copy()
    swaps: dict[type[exp.Expression], type[exp.Expression]] = {
        exp.GT: exp.GTE,
        exp.GTE: exp.GT,
        exp.LT: exp.LTE,
        exp.LTE: exp.LT,
        exp.EQ: exp.NEQ,
        exp.NEQ: exp.EQ,
        exp.Max: exp.Min,
    }
    for before, after in swaps.items():
        if type(node) is before:
            copied_parts = {
                name: part.copy()
                for name, part in node.args.items()
                if isinstance(part, exp.Expression)
            }
            yield after(**copied_parts)
    if isinstance(node, exp.Is | exp.In | exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
        yield exp.true()
        yield exp.false()
    if isinstance(node, exp.Literal) and node.is_string and not isinstance(node.parent, exp.Cast):
        yield exp.Literal.string("nothing")
    if isinstance(node, exp.Coalesce):
        yield node.this.copy()
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        yield exp.If(this=exp.false(), true=node.args["true"].copy())
    if isinstance(node, exp.Ordered):
        yield exp.Ordered(this=node.this.copy(), desc=not node.args.get("desc"))
    if isinstance(node, exp.Join) and node.args.get("on"):
        broken = node.copy()
        broken.set("side", None if node.side else "LEFT")
        broken.set("kind", "INNER" if node.side else None)
        yield broken
    if isinstance(node, exp.Union):
        yield node.left.copy()
        yield node.right.copy()
    if isinstance(node, exp.Where):
        yield exp.Where(this=exp.true())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    package = consent_package(tmp_path_factory.mktemp("package"))
    shop = consent_shop(tmp_path_factory.mktemp("shop"), package)
    names = " ".join([*CHAIN, "test_name:only_consented", "test_name:members_of_segments"])
    shop.dbt(
        "compile", "--full-refresh", "--select", names, segmentation_as_of=DAY, **VARIABLES
    ).succeeded()
    return shop


class Laboratory:
    """A copy of the warehouse in which the chain is built anew, with one model replaced."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.compiled = Compiled(shop.folder / "target" / "compiled")
        self.connection = duckdb.connect(copied(shop, folder), config={"threads": 1})
        self.connection.execute(f"set file_search_path = '{shop.folder}'")
        self.connection.execute("set search_path = 'segmentation,segmentation_internal'")
        self.relations = {
            name: f"{schema}.{name}"
            for schema, name in self.connection.sql(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
        }
        self.whole = {name: self.compiled.sql(name) for name in CHAIN}
        self.tests = {name: self.compiled.sql(name) for name in TESTS}

    def build(self, model: str, sql: str) -> None:
        """The chain from this model on."""
        for name in CHAIN[CHAIN.index(model) :]:
            made = sql if name == model else self.whole[name]
            self.connection.execute(f"create or replace table {self.relations[name]} as {made}")

    def mailed(self) -> set[tuple[str, ...]]:
        return set(self.connection.sql(MAILED).fetchall())

    def faults(self) -> set[str]:
        found = set()
        for name, sql in self.tests.items():
            if name.startswith("members_of"):
                rows = self.connection.sql(f"select 'is no member' from ({sql}) limit 1")
            else:
                rows = self.connection.sql(f"select distinct fault from ({sql})")
            found |= {str(fault) for (fault,) in rows.fetchall()}
        return found


def permitted(held_out: set[str]) -> set[tuple[str, ...]]:
    """Whom one may mail what at which address."""
    allowed = set()
    for case in CASES:
        customer = f"files:{number_of(case)}"
        for purpose, segment, pattern in (
            ("marketing", "news", case.marketing),
            ("service", "service_notes", case.service),
        ):
            if not pattern:
                continue
            places = ["profile"]
            if segment != "news" or customer not in held_out:
                places += [segment, f"{segment} event"]
            allowed |= {(customer, address_of(case, pattern), purpose, place) for place in places}
        if case.lifecycle == "subscriber":
            allowed.add((customer, address_of(case, "@"), "marketing", "profile"))
    for number in range(LEAVERS):
        leaver = f"leaver{number}"
        for place in ("profile", "news event"):
            allowed.add((f"files:{leaver}", f"{leaver}@example.org", "marketing", place))
    return allowed


@pytest.mark.full("five hundred mutants take five minutes")
def test_a_fault_in_any_rule_turns_the_tests_red(
    shop: Shop, tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    laboratory = Laboratory(shop, tmp_path)
    held_out = {
        str(customer)
        for (customer,) in laboratory.connection.sql(
            "select customer_id from experiment_assignments where is_holdout and is_running"
        ).fetchall()
    }
    allowed = permitted(held_out)
    laboratory.build(CHAIN[0], laboratory.whole[CHAIN[0]])
    assert laboratory.mailed() <= allowed
    assert laboratory.faults() == set()
    before = laboratory.mailed()
    outcomes: Counter[str] = Counter()
    survivors, seen = [], set()
    for model in CHAIN:
        for mutant in mutants(model, laboratory.whole[model]):
            try:
                laboratory.build(model, mutant.sql)
            except duckdb.Error:
                outcomes["no query"] += 1
                continue
            mailed = laboratory.mailed()
            if mailed <= allowed:
                outcomes["the same" if mailed == before else "mails fewer"] += 1
                continue
            faults = laboratory.faults()
            seen |= faults
            if faults:
                outcomes["killed"] += 1
            else:
                wrong = sorted(mailed - allowed)[:3]
                survivors.append(f"{mutant.model}: {mutant.change}: mails {wrong}")
        laboratory.build(model, laboratory.whole[model])
    for outcome, number in outcomes.items():
        record_property(outcome, number)
    print(dict(outcomes), "survived:", len(survivors))
    assert not survivors, "\n".join(survivors)
    assert outcomes["killed"] >= 100
    assert seen == FAULTS
