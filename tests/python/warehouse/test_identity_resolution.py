"""Which records are one person: the models' SQL against a union-find over random sightings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import md5
from typing import NamedTuple

import pytest
from compiled import IDENTITY_ROUNDS, Compiled, connect, fill
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_shop import MAX_EMAILS, MAX_PER_EMAIL

MAX_CUSTOMERS = {"email": MAX_PER_EMAIL, "anonymous_id": 1}


class Sighting(NamedTuple):
    source: str
    customer: str | None
    email: str | None
    visitor: str | None
    day: int
    registered: bool = False  # whether the customer's record says so, and opened the account then


class Exclusion(NamedTuple):
    """A row of the seed identity_exceptions."""

    source: str | None
    customer: str | None
    kind: str
    value: str


class Node(NamedTuple):
    kind: str
    source: str | None
    value: str

    def name(self) -> str:
        """What a person is called after this record."""
        if self.kind == "customer_id":
            return f"{self.source}:{self.value}"
        return "email:" + md5(self.value.encode(), usedforsecurity=False).hexdigest()


People = dict[Node, str]


class Identity:
    """The compiled models over tables in memory."""

    def __init__(self, compiled: Compiled) -> None:
        self.connection = connect()
        models = ("shared_identifiers", "identity_edges", "customer_identifiers", "customer_names")
        self.models = {name: compiled.sql(name) for name in models}
        self.unreached = compiled.sql("identity_reaches_every_link_customer_identifiers_")

    def people(self, sightings: Iterable[Sighting], exclusions: Iterable[Exclusion] = ()) -> People:
        """Every identifier with the person it belongs to."""
        start = dt.datetime(2026, 1, 1)
        days = [start + dt.timedelta(days=day) for day in range(100)]
        fill(self.connection, "as_of_day", "as_of_on date", [(dt.date(2027, 1, 1),)])
        orders = "source varchar, source_customer_id varchar, email varchar, ordered_at timestamp"
        fill(self.connection, "unified_orders", orders, [])
        fill(
            self.connection,
            "identity_sightings",
            "source varchar, source_customer_id varchar, email varchar, anonymous_id varchar, "
            "first_seen_at timestamp, registered_at timestamp",
            [
                (*seen[:4], days[seen.day], days[seen.day] if seen.registered else None)
                for seen in sightings
            ],
        )
        fill(
            self.connection,
            "identity_exceptions",
            "source varchar, source_customer_id varchar, identifier_type varchar, "
            "identifier_value varchar",
            list(exclusions),
        )
        for table, query in self.models.items():
            self.connection.execute(f"create or replace table {table} as {query}")
        rows = self.connection.execute(
            "select identifier_type, source, identifier_value, customer_id "
            "from customer_identifiers"
        ).fetchall()
        people = {Node(*row[:3]): row[3] for row in rows}
        assert len(people) == len(rows)
        return people

    def unreached_links(self) -> int:
        """What the data test identity_reaches_every_link finds after the last `people`."""
        return len(self.connection.execute(self.unreached).fetchall())


@pytest.fixture(scope="module")
def identity(compiled: Compiled) -> Identity:
    return Identity(compiled)


def expected_people(sightings: Sequence[Sighting], exclusions: Sequence[Exclusion]) -> People:
    """The same rules, told with a union-find."""
    links: dict[tuple[Node, Node], int] = {}
    first_seen: dict[Node, int] = {}
    opened: dict[Node, int] = {}
    emails: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for seen in sightings:
        emails[seen.source, seen.customer] |= {seen.email} - {None}  # type: ignore[arg-type]
    users: dict[Node, set[Node]] = defaultdict(set)
    for seen in sightings:
        identifiers = [
            Node(kind, None, value)
            for kind, value in (("email", seen.email), ("anonymous_id", seen.visitor))
            if value is not None
        ]
        if seen.customer and len(emails[seen.source, seen.customer]) <= MAX_EMAILS:
            record = Node("customer_id", seen.source, seen.customer)
            if seen.registered:
                opened[record] = min(seen.day, opened.get(record, seen.day))
            for identifier in identifiers:
                users[identifier].add(record)
        elif seen.email is not None:
            record, *identifiers = identifiers
        else:
            continue
        for node in (record, *identifiers):
            if node.kind != "anonymous_id":
                first_seen[node] = min(seen.day, first_seen.get(node, seen.day))
        for identifier in identifiers:
            link = (record, identifier)
            links[link] = min(seen.day, links.get(link, seen.day))

    def is_cut(record: Node, identifier: Node) -> bool:
        excluded = any(
            (rule.kind, rule.value) == (identifier.kind, identifier.value)
            and (rule.customer is None or Node("customer_id", rule.source, rule.customer) == record)
            for rule in exclusions
        )
        return excluded or is_shared(identifier)

    def is_shared(identifier: Node) -> bool:
        return len(users[identifier]) > MAX_CUSTOMERS.get(identifier.kind, 99)

    # An address of too many is nobody's, a guest's neither.
    first_seen = {node: day for node, day in first_seen.items() if not is_shared(node)}
    links = {link: day for link, day in links.items() if not is_shared(link[0])}

    parent: dict[Node, Node] = {node: node for node in first_seen}

    def root(node: Node) -> Node:
        while parent[node] != node:
            node = parent[node]
        return node

    for record, identifier in links:
        if not is_cut(record, identifier):
            parent.setdefault(identifier, identifier)
            parent[root(identifier)] = root(record)

    components: dict[Node, list[Node]] = defaultdict(list)
    for node in parent:
        components[root(node)].append(node)
    names = {}
    for key, nodes in components.items():
        somebody = [node for node in nodes if node in first_seen]
        first = min(
            somebody,
            key=lambda node: (
                *(node.kind != "customer_id", opened.get(node, 999), first_seen[node]),
                *(node.source or "", node.value),
            ),
        )
        names[key] = first.name()
    return {node: names[root(node)] for node in parent}


def ids(prefix: str, count: int) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from([f"{prefix}{number}" for number in range(count)])


SIGHTINGS = st.lists(
    st.builds(
        Sighting,
        source=st.sampled_from(["crm", "shop"]),
        customer=ids("c", 5),
        email=ids("e", 5).map(lambda name: name and f"{name}@example.com"),
        visitor=ids("v", 5),
        day=st.integers(0, 3),
        registered=st.booleans(),
    ),
    max_size=25,
)
EXCLUSIONS = st.lists(
    st.builds(
        Exclusion,
        source=st.just("shop"),
        customer=ids("c", 5),
        kind=st.just("email"),
        value=st.sampled_from([f"e{number}@example.com" for number in range(5)]),
    ),
    max_size=2,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(sightings=SIGHTINGS, exclusions=EXCLUSIONS)
def test_people_are_those_of_a_union_find(
    identity: Identity, sightings: list[Sighting], exclusions: list[Exclusion]
) -> None:
    assert identity.people(sightings, exclusions) == expected_people(sightings, exclusions)
    assert identity.unreached_links() == 0


def chain(customers: int) -> list[Sighting]:
    """Each customer was once seen with the e-mail of the next."""
    return [
        Sighting("shop", f"c{number:04}", f"e{number + step:04}@example.com", None, number)
        for number in range(customers)
        for step in (0, 1)
    ]


def test_merges_of_merges_are_one_person_in_any_order_of_rows(identity: Identity) -> None:
    rows = chain(IDENTITY_ROUNDS // 2)
    people = identity.people(rows)
    assert set(people.values()) == {"shop:c0000"}
    assert identity.people(rows[::-1]) == people
    assert identity.people(sorted(rows, key=lambda seen: hash(seen.email))) == people


@pytest.mark.parametrize("customers", [IDENTITY_ROUNDS, 3 * IDENTITY_ROUNDS])
def test_chain_longer_than_the_rounds_is_detected(identity: Identity, customers: int) -> None:
    people = identity.people(chain(customers))
    assert (len(set(people.values())) == 1) == (identity.unreached_links() == 0)
    if customers > 2 * IDENTITY_ROUNDS:
        assert identity.unreached_links() > 0


def test_exception_cuts_a_merge(identity: Identity) -> None:
    family = [
        Sighting("shop", "mother", "family@example.com", None, 0),
        Sighting("shop", "son", "family@example.com", None, 1),
        Sighting("shop", "son", "son@example.com", None, 1),
    ]
    assert set(identity.people(family).values()) == {"shop:mother"}

    apart = identity.people(family, [Exclusion("shop", "son", "email", "family@example.com")])
    assert apart[Node("email", None, "family@example.com")] == "shop:mother"
    assert apart[Node("email", None, "son@example.com")] == "shop:son"

    nobodys = identity.people(family, [Exclusion(None, None, "email", "family@example.com")])
    assert set(nobodys.values()) == {
        "shop:mother",
        "shop:son",
        Node("email", None, "family@example.com").name(),
    }


def test_guests_with_the_same_email_are_one_person(identity: Identity) -> None:
    guests = [
        Sighting("shop", None, "ann@example.com", None, 0),
        Sighting("crm", None, "ann@example.com", "v1", 1),
        Sighting("shop", None, "bob@example.com", None, 1),
    ]
    people = identity.people(guests)
    assert len(set(people.values())) == 2
    assert people[Node("anonymous_id", None, "v1")] == Node("email", None, "ann@example.com").name()


def test_mailbox_of_many_customers_joins_nobody(identity: Identity) -> None:
    many = [
        Sighting("shop", f"c{number}", "info@example.com", None, number)
        for number in range(MAX_PER_EMAIL + 1)
    ]
    guest = Sighting("shop", None, "info@example.com", "v1", 0)
    assert len(set(identity.people([*many[:-1], guest]).values())) == 1
    people = identity.people([*many, guest])
    assert people == {
        Node("customer_id", "shop", row.customer or ""): f"shop:{row.customer}" for row in many
    }


def test_customer_id_of_many_people_is_nobody(identity: Identity) -> None:
    house = [
        Sighting("shop", "house", f"e{number}@example.com", None, number)
        for number in range(MAX_EMAILS + 1)
    ]
    assert set(identity.people(house[:-1]).values()) == {"shop:house"}
    known = Sighting("shop", "ann", "e0@example.com", None, 9)
    people = identity.people([*house, known])
    assert len(set(people.values())) == len(house)
    assert people[Node("email", None, "e0@example.com")] == "shop:ann"


@pytest.mark.parametrize(
    "late",
    [
        Sighting("shop", None, "ann@example.com", None, 0),
        Sighting("shop", "ann", "ann@example.com", None, 0),
        Sighting("shop", "bob", None, "v1", 0),
        Sighting("crm", "unregistered", "ann@example.com", None, 0),
    ],
)
def test_late_rows_rename_nobody(identity: Identity, late: Sighting) -> None:
    """However early they happened: the account that was opened first names the person."""
    before = [
        Sighting("shop", "bob", "ann@example.com", None, 8, registered=True),
        Sighting("shop", "ann", "ann@example.com", None, 5, registered=True),
    ]
    assert set(identity.people(before).values()) == {"shop:ann"}
    assert set(identity.people([*before, late]).values()) == {"shop:ann"}


def test_whoever_opens_an_account_is_found_under_the_guests_name(identity: Identity) -> None:
    guest = Sighting("shop", None, "ann@example.com", None, 0)
    (name,) = identity.people([guest]).values()
    identity.people([guest, Sighting("shop", "ann", "ann@example.com", None, 3, registered=True)])
    names = dict(identity.connection.sql("from customer_names").fetchall())
    assert names == {name: "shop:ann", "shop:ann": "shop:ann"}


def test_later_merge_renames_only_the_younger(identity: Identity) -> None:
    before = [
        Sighting("shop", "old", "old@example.com", None, 0),
        Sighting("shop", "young", "young@example.com", None, 5),
    ]
    merge = Sighting("shop", "young", "old@example.com", None, 9)
    assert identity.people([*before, merge]) == dict.fromkeys(identity.people(before), "shop:old")
