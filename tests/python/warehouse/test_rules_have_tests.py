"""Every rule that is shipped has a unit test that says what it is about."""

from __future__ import annotations

from typing import Any

import yaml
from support import REPOSITORY

RULES = REPOSITORY / "models" / "segments" / "rules"


def unit_tests() -> list[dict[str, Any]]:
    """All unit tests beside the rules."""
    files = sorted(RULES.glob("*/*_unit_tests.yml"))
    return [
        test
        for file in files
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["unit_tests"]
    ]


def test_every_rule_has_a_unit_test() -> None:
    rules = {file.stem for file in RULES.rglob("segment_*.sql")}
    assert rules, f"no rules in {RULES}"
    without = rules - {test["model"] for test in unit_tests()}
    assert not without, f"write a unit test in the folder's _unit_tests.yml: {sorted(without)}"


def test_every_unit_test_says_what_it_shows() -> None:
    silent = [test["name"] for test in unit_tests() if not test.get("description")]
    assert not silent, f"give these unit tests a description: {silent}"


def test_every_rule_is_tested_with_people_on_both_sides() -> None:
    """Rows that all get in do not show where a segment ends. Two rules are about everybody."""
    seen: dict[str, set[str]] = {}
    for test in unit_tests():
        people = {person for given in test["given"] for person in customers(given)}
        inside = customers(test["expect"])
        sides = seen.setdefault(test["model"], set())
        sides |= {"in"} if inside else set()
        sides |= {"out"} if people - inside else set()
    everybody = {"segment_lifecycle", "segment_rfm"}
    lacking = {model for model, sides in seen.items() if sides != {"in", "out"}} - everybody
    assert not lacking, f"add a row that is not (or is) in the segment: {sorted(lacking)}"


def customers(fixture: dict[str, Any]) -> set[str]:
    """Who occurs in the rows of a fixture."""
    rows = fixture["rows"]
    if isinstance(rows, list):
        return {str(row["customer_id"]) for row in rows if "customer_id" in row}
    head, *lines = rows.strip().splitlines()
    columns = head.split(",")
    if "customer_id" not in columns:
        return set()
    return {line.split(",")[columns.index("customer_id")] for line in lines}
