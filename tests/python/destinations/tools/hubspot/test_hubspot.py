"""HubSpot's account, properties and contacts, against a fake that behaves as documented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import batches
import pytest
from fakes.hubspot import FakeHubSpot
from hubspot_calls import (
    ADA,
    ADA_THERE,
    ATTRIBUTES,
    connect,
    only_error,
    prepare,
    run,
    send,
    upsert,
)

from segctl.destinations.hubspot import HubSpot, HubSpotSettings
from segctl.destinations.hubspot import values as hubspot_values
from segctl.errors import DestinationError, SyncInterrupted
from segctl.protocol import BatchRejected


@pytest.fixture
def fake() -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as tool:
        yield tool
        assert tool.violations == []


# Connecting


def test_connect_returns_the_portal_and_writes_nothing(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    assert run(hub, hub.connect) == "8675309"
    assert fake.writes() == []
    assert hub.identity == "hubspot:crm"


def test_one_destination_serves_several_event_loops(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    assert run(hub, hub.connect) == run(hub, hub.connect)


def test_a_revoked_token_is_named_in_plain_words(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    fake.revoke_key()
    assert "does not accept the key" in only_error(hub, hub.connect).message


@pytest.mark.parametrize(
    "scope",
    [
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.lists.read",
        "crm.lists.write",
        "crm.schemas.contacts.read",
        "analytics.behavioral_events.send",
        "behavioral_events.event_definitions.read_write",
    ],
)
def test_a_missing_scope_is_named_before_anything_is_written(fake: FakeHubSpot, scope: str) -> None:
    fake.drop_scope(scope)
    hub = connect(fake, events=True)
    assert scope in only_error(hub, hub.connect).message
    assert fake.writes() == []


def test_scopes_for_events_are_asked_for_only_with_events(fake: FakeHubSpot) -> None:
    fake.drop_scope("analytics.behavioral_events.send")
    hub = connect(fake)
    run(hub, hub.connect)


def test_a_token_that_cannot_be_asked_is_taken_on_trust(fake: FakeHubSpot) -> None:
    hub = HubSpot("crm", HubSpotSettings(**fake.settings()), lambda reference: fake.key)
    fake.token_known = False
    assert run(hub, hub.connect) == "8675309"


def test_a_suspended_account_is_named(fake: FakeHubSpot) -> None:
    fake.pause_account()
    hub = connect(fake)
    assert "suspended" in only_error(hub, hub.connect).message


def test_the_daily_allowance_comes_back_at_midnight_of_the_account(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    run(hub, hub.connect)
    fake.day_used_up = True
    error = only_error(hub, hub.connect)
    assert isinstance(error, SyncInterrupted)
    assert error.resume_at is not None
    # The account is five hours behind UTC.
    assert (error.resume_at.hour, error.resume_at.minute) in {(4, 59), (5, 0)}


# Properties


def test_properties_are_made_once_with_their_types(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    prepare(hub)
    prepare(hub)
    made = {name: fake.properties[name]["type"] for name in ATTRIBUTES}
    assert made == {
        "firstname": "string",
        "orders": "number",
        "revenue": "number",
        "last_order": "date",
        "vip": "bool",
        "seen_at": "datetime",
    }
    assert fake.effects["create_property", "orders"] == 1
    assert fake.effects["create_property", "firstname"] == 0
    assert fake.properties["orders"]["groupName"] == "segctl"


@pytest.mark.parametrize("fault", ["lost", "500", "html", "half"])
def test_a_lost_answer_makes_no_second_property(fake: FakeHubSpot, fault: str) -> None:
    fake.faults.script.extend(["ok", "ok", fault, "ok", fault])
    prepare(connect(fake))
    assert all(count == 1 for count in fake.effects.values())
    assert fake.effects["create_property", "vip"] == 1


def test_a_property_of_another_type_stops_the_run(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    prepare(hub, {"orders": "VARCHAR"})
    error = only_error(hub, lambda: hub.prepare({"orders": "BIGINT"}, Path()))
    assert "orders is of type string; ours is number" in error.message
    assert "sync.yml" in error.hint


def test_a_property_that_can_only_be_read_stops_the_run(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    error = only_error(hub, lambda: hub.prepare({"hs_object_id": "BIGINT"}, Path()))
    assert "can only be read" in error.message


def test_columns_get_internal_names() -> None:
    name = HubSpotSettings(access_token="env:TOKEN").attribute_name  # noqa: S106
    assert name("first_name") == "firstname"
    assert name("region") == "state"
    assert name("Last Order (days)") == "last_order_days_"
    assert name("2nd_order") == "nd_order"


# Contacts


def test_an_upsert_sends_every_property_as_text(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    prepare(hub)
    outcome = send(hub, batches.upsert({"ada": ADA}))
    assert outcome.dead == {}
    assert outcome.remote_ids == {"ada": str(fake.id_of("ada@example.com"))}
    assert fake.profile("ada@example.com") == ADA_THERE


def test_what_has_become_empty_is_emptied(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    prepare(hub)
    known = dict(send(hub, batches.upsert({"ada": ADA})).remote_ids)
    empty = dict.fromkeys(ADA) | {"orders": 4}
    for remote_ids in (known, None):
        send(hub, batches.upsert({"ada": ADA}, remote_ids))
        send(hub, batches.upsert({"ada": empty}, remote_ids))
        assert fake.profile("ada@example.com") == {"orders": "4"}


def test_a_changed_email_stays_with_the_record(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada", "bob")
    changed = {"ada": {"email": "countess@example.com"}, "bob": {}}
    outcome = send(hub, batches.upsert(changed, known))
    assert outcome.remote_ids == known
    assert fake.id_of("ada@example.com") is None
    assert str(fake.id_of("countess@example.com")) == known["ada"]


def test_a_contact_that_was_deleted_is_made_anew(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    known = upsert(hub, "ada", "bob")
    fake.delete_person("ada@example.com")
    outcome = send(hub, batches.upsert({"ada": {}, "bob": {}, "eve": {}}, known))
    assert outcome.dead == {}
    assert outcome.remote_ids["ada"] == str(fake.id_of("ada@example.com")) != known["ada"]
    assert outcome.remote_ids["bob"] == known["bob"]


def test_an_email_that_another_contact_has_leads_to_that_contact(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    fake.plant("Newsletter", "countess@example.com")
    known = upsert(hub, "ada", "bob")
    changed = {"ada": {"email": "countess@example.com"}, "bob": {}}
    whole = batches.upsert(changed, known)
    with pytest.raises(BatchRejected) as caught:
        send(hub, whole)
    assert "@" not in str(caught.value)
    outcome = send(hub, whole.halves()[0])
    assert outcome.remote_ids == {"ada": str(fake.id_of("countess@example.com"))}


def test_a_record_that_went_to_another_person_is_not_written_by_its_former_owner(
    fake: FakeHubSpot,
) -> None:
    """Ada takes over Bob's address, who has a new one."""
    hub = connect(fake)
    known = upsert(hub, "ada", "bob")
    ada = send(hub, batches.upsert({"ada": {"email": "bob@example.com"}}, known))
    bob = send(hub, batches.upsert({"bob": {"email": "robert@example.com"}}, known))
    assert ada.remote_ids["ada"] == str(fake.id_of("bob@example.com"))
    assert bob.remote_ids["bob"] == str(fake.id_of("robert@example.com")) != ada.remote_ids["ada"]


def test_refused_contacts_are_told_apart_from_the_others(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    prepare(hub)
    fake.invalid.add("bob@example.com")
    outcome = send(hub, batches.upsert({"ada": ADA, "bob": ADA, "eve": ADA}))
    assert outcome.dead == {"bob": "refused email (INVALID_EMAIL)"}
    assert set(outcome.remote_ids) == {"ada", "eve"}
    known = dict(outcome.remote_ids) | {"bob": outcome.remote_ids["eve"]}
    moved = {"ada": ADA, "bob": ADA | {"email": "bob@example.com"}}
    assert set(send(hub, batches.upsert(moved, known)).dead) == {"bob"}


def test_a_poisoned_batch_is_refused_as_a_whole(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    fake.poison.add("bob@example.com")
    whole = batches.upsert({"ada": {}, "bob": {}})
    with pytest.raises(BatchRejected) as caught:
        send(hub, whole)
    assert "@" not in str(caught.value)
    good, bad = whole.halves()
    assert send(hub, good).dead == {}
    [reason] = send(hub, bad).dead.values()
    assert reason == "Unable to process the request because of <e-mail>"


def test_a_property_that_vanishes_stops_the_run(fake: FakeHubSpot) -> None:
    hub = connect(fake)
    error = only_error(hub, lambda: hub.send(batches.upsert({"ada": {"color": "red"}})))
    assert isinstance(error, DestinationError)
    assert "color (PROPERTY_DOESNT_EXIST)" in error.message


@pytest.mark.parametrize(
    "fault", ["lost", "500", "503", "429", "429-bare", "refuse", "half", "html"]
)
def test_a_repeated_upsert_makes_one_contact(fake: FakeHubSpot, fault: str) -> None:
    hub = connect(fake)
    fake.faults.script.append(fault)
    assert set(upsert(hub, "ada", "bob")) == {"ada", "bob"}
    assert len(fake.contacts) == 2


def test_values_become_text() -> None:
    text = hubspot_values.text
    assert text(None) == text(float("nan")) == text(float("inf")) == ""
    assert [text(True), text(False), text(7)] == ["true", "false", "7"]
    assert [text(1e21), text(1e-7), text(0.1)] == ["1000000000000000000000", "0.0000001", "0.1"]
    assert text(["a", "b"]) == "a;b"
    moscow = datetime.fromisoformat("2026-03-31T01:30:00.5+03:00")
    assert text(moscow) == "2026-03-30T22:30:00.500Z"


@pytest.mark.parametrize(
    ("column_type", "kind"),
    [
        ("VARCHAR", "string"),
        ("UUID", "string"),
        ("VARCHAR[]", "string"),
        ("INTEGER", "number"),
        ("UBIGINT", "number"),
        ("DECIMAL(18,3)", "number"),
        ("DOUBLE", "number"),
        ("BOOLEAN", "bool"),
        ("DATE", "date"),
        ("TIMESTAMP WITH TIME ZONE", "datetime"),
        ("INTERVAL", "string"),
    ],
)
def test_types_have_their_counterparts(column_type: str, kind: str) -> None:
    assert hubspot_values.property_type(column_type).type == kind


def test_an_answer_without_trace_ids_is_read_by_record_and_email() -> None:
    inputs = [
        {"id": "Ada@Example.com", "objectWriteTraceId": "0"},
        {"id": "77", "objectWriteTraceId": "1"},
        {"id": "88", "objectWriteTraceId": "2"},
        {"id": "99", "objectWriteTraceId": "3"},
    ]
    answer = {
        "results": [
            {"id": "12", "properties": {"email": "ada@example.com"}},
            {"id": "77", "properties": {}},
            {"id": "5", "properties": {}},
        ],
        "errors": [{"category": "OBJECT_NOT_FOUND", "context": {"ids": ["88"]}}],
    }
    ids, errors = hubspot_values.read_results(inputs, answer)
    assert ids == {"0": "12", "1": "77"}
    assert set(errors) == {"2", "3"}
