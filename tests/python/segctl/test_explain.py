"""`explain` must never contradict the segment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import EMAILS

from segctl.segments.explain import explain
from segctl.warehouse.project import Project, ProjectOptions

Cli = Callable[..., tuple[int, str, str]]


def test_in_if_and_only_if_all_conditions_hold(project: Path, sql: Callable[[str], list]) -> None:
    memberships = set(sql("select segment, customer_id from segment_members"))
    segments = {name for (name,) in sql("select segment from segments")}
    parsed = Project(ProjectOptions(project))
    for number in range(1, len(EMAILS) + 1):
        found = explain(parsed, f"c{number:03}")
        assert {reason.segment for reason in found.reasons} == segments
        for reason in found.reasons:
            is_member = (reason.segment, found.customer_id) in memberships
            assert reason.is_member == is_member
            assert all(condition.met for condition in reason.conditions) == is_member
            assert not reason.note


def test_by_email_whatever_its_case(cli: Cli) -> None:
    code, out, _ = cli("explain", "ADA@Example.com ", "--format", "json", "-s", "loyal_buyers")
    assert code == 0
    found = json.loads(out)
    assert found["customer_id"] == "c001" and found["mailable"] is True
    (reason,) = found["reasons"]
    assert {"text": "orders >= 3", "met": True, "values": {"orders": 12}} in reason["conditions"]


def test_on_a_terminal(cli: Cli) -> None:
    code, out, _ = cli("explain", "c005")
    assert code == 0
    assert "mailable: no" in out and "lifecycle_stage loyal" in out
    assert "✓ orders >= 3   orders = 7" in out


def test_a_family_is_explained_per_variant(cli: Cli) -> None:
    _, out, _ = cli("explain", "c001", "--segment", "country", "--format", "json")
    inside = {reason["segment"] for reason in json.loads(out)["reasons"] if reason["is_member"]}
    assert inside == {"country_gb"}


def test_an_excluded_person_is_told_why(cli: Cli) -> None:
    """Ada meets every condition of newcomers, but is a loyal buyer; Bob is none."""
    code, out, _ = cli("explain", "c001", "-s", "newcomers")
    assert code == 0 and "changed since" not in out
    assert "✓ orders >= 1" in out and "✗ is not in loyal_buyers" in out
    _, out, _ = cli("explain", "c002", "-s", "newcomers")
    assert " in  newcomers" in out and "✓ is not in loyal_buyers" in out


def test_who_is_held_out_is_told_so(cli: Cli) -> None:
    _, out, _ = cli("explain", "c001", "-s", "loyal_buyers")
    assert "experiment loyal_offer, variant holdout: in no audience of this segment" in out
    _, out, _ = cli("explain", "c005", "-s", "loyal_buyers")
    assert "experiment" not in out


@pytest.mark.parametrize("person", ["nobody@example.com", "c999", "o'brien"])
def test_unknown_people(cli: Cli, person: str) -> None:
    code, out, err = cli("explain", person)
    assert (code, out) == (1, "")
    assert "Nobody in the warehouse" in err and person not in err


def test_unknown_segment(cli: Cli) -> None:
    code, _, err = cli("explain", "c001", "--segment", "nonsense")
    assert code == 1 and "segctl list" in err


def test_a_rule_that_changed_since_the_build_is_pointed_out(project: Path, cli: Cli) -> None:
    rule = project / "models/rules/segment_loyal_buyers.sql"
    rule.write_text(rule.read_text().replace(">= 3", ">= 300"))
    _, out, _ = cli("explain", "c001", "-s", "loyal_buyers")
    assert "changed since the last build" in out
