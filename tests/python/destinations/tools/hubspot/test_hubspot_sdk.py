"""The vendor's own client makes our calls to the fake, and has to understand its answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.hubspot import FakeHubSpot

hubspot = pytest.importorskip("hubspot", reason="hubspot-api-client is not installed")

from hubspot.crm import contacts, lists, properties  # noqa: E402
from hubspot.events import send  # noqa: E402


@pytest.fixture
def fake() -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as tool:
        yield tool
        assert tool.violations == []


@pytest.fixture
def client(fake: FakeHubSpot) -> hubspot.Client:
    return hubspot.Client.create(access_token=fake.key, host=fake.url)


def upserted(
    client: hubspot.Client, *emails: str
) -> contacts.BatchResponseSimplePublicUpsertObject:
    inputs = [
        contacts.SimplePublicObjectBatchInputUpsert(
            id=email,
            id_property="email",
            properties={"city": "London"},
            object_write_trace_id=str(number),
        )
        for number, email in enumerate(emails)
    ]
    batch = contacts.BatchInputSimplePublicObjectBatchInputUpsert(inputs)
    return client.crm.contacts.batch_api.upsert(batch)


def test_contacts_are_upserted_and_refused(fake: FakeHubSpot, client: hubspot.Client) -> None:
    whole = upserted(client, "ada@example.com", "bob@example.com")
    assert [one.new for one in whole.results] == [True, True]
    assert whole.results[0].properties["city"] == "London"
    assert whole.results[0].object_write_trace_id == "0"
    fake.invalid.add("eve@example.com")
    part = upserted(client, "ada@example.com", "eve@example.com")
    assert isinstance(part, contacts.BatchResponseSimplePublicUpsertObjectWithErrors)
    assert (part.num_errors, part.errors[0].category) == (1, "VALIDATION_ERROR")
    assert part.errors[0].context == {"objectWriteTraceId": ["1"]}


def test_contacts_are_updated_read_found_and_erased(
    fake: FakeHubSpot, client: hubspot.Client
) -> None:
    api = client.crm.contacts
    [ada] = upserted(client, "ada@example.com").results
    change = contacts.SimplePublicObjectBatchInput(id=ada.id, properties={"city": "Paris"})
    lost = contacts.SimplePublicObjectBatchInput(id="999", properties={"city": "Paris"})
    batch = contacts.BatchInputSimplePublicObjectBatchInput([change, lost])
    updated = api.batch_api.update(batch)
    assert [one.id for one in updated.results] == [ada.id]
    assert updated.errors[0].category == "OBJECT_NOT_FOUND"

    wanted = contacts.BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "ada@example.com"}],
        id_property="email",
        properties=["city"],
        properties_with_history=[],
    )
    assert api.batch_api.read(wanted).results[0].properties["city"] == "Paris"

    fake.suppress("ada@example.com")
    test = {"propertyName": "hs_email_optout", "operator": "EQ", "value": "true"}
    search = contacts.PublicObjectSearchRequest(
        filter_groups=[{"filters": [test]}],
        properties=["email"],
        limit=10,
        sorts=["hs_object_id"],
        after="0",
    )
    found = api.search_api.do_search(search)
    assert (found.total, found.results[0].id) == (1, ada.id)

    api.basic_api.purge(contacts.PublicGdprDeleteInput(object_id=ada.id))
    assert fake.contacts == {}


def test_properties_are_made_in_their_group(fake: FakeHubSpot, client: hubspot.Client) -> None:
    api = client.crm.properties
    group = properties.PropertyGroupCreate(name="segctl", label="segctl")
    assert api.groups_api.create("contacts", group).name == "segctl"
    assert api.groups_api.get_by_name("contacts", "segctl").label == "segctl"
    wanted = properties.PropertyCreate(
        name="orders", label="Orders", type="number", field_type="number", group_name="segctl"
    )
    made = api.batch_api.create("contacts", properties.BatchInputPropertyCreate([wanted]))
    assert [one.name for one in made.results] == ["orders"]
    there = {one.name: one.type for one in api.core_api.get_all("contacts").results}
    assert there["orders"] == "number"
    with pytest.raises(properties.ApiException) as caught:
        api.core_api.get_by_name("contacts", "nothing")
    assert caught.value.status == 404


def test_lists_are_made_found_and_filled(fake: FakeHubSpot, client: hubspot.Client) -> None:
    api = client.crm.lists
    records = [one.id for one in upserted(client, "ada@example.com", "bob@example.com").results]
    wanted = lists.ListCreateRequest(name="VIPs", object_type_id="0-1", processing_type="MANUAL")
    made = api.lists_api.create(wanted).list
    assert api.lists_api.get_by_name("vips", "0-1").list.list_id == made.list_id
    assert [one.name for one in api.lists_api.get_all(list_ids=[made.list_id]).lists] == ["VIPs"]
    assert api.lists_api.update_name(made.list_id, list_name="Best").updated_list.name == "Best"
    search = lists.ListSearchRequest(count=1, offset=0)
    assert api.lists_api.do_search(search).lists[0].name == "Best"

    change = lists.MembershipChangeRequest(
        record_ids_to_add=[*records, "999"], record_ids_to_remove=[]
    )
    changed = api.memberships_api.add_and_remove(made.list_id, change)
    assert sorted(changed.records_ids_added) == sorted(records)
    assert changed.record_ids_missing == ["999"]
    page = api.memberships_api.get_page(made.list_id, limit=1)
    assert [one.record_id for one in page.results] == records[:1]
    rest = api.memberships_api.get_page(made.list_id, limit=1, after=page.paging.next.after)
    assert [one.record_id for one in rest.results] == records[1:]
    of_ada = api.memberships_api.get_lists("0-1", records[0])
    assert [one.list_id for one in of_ada.results] == [made.list_id]


def test_events_are_taken_once(fake: FakeHubSpot, client: hubspot.Client) -> None:
    [ada] = upserted(client, "ada@example.com").results
    fake.definitions["pe8675309_moved"] = {"properties": [{"name": "segment"}]}
    event = send.BehavioralEventHttpCompletionRequest(
        event_name="pe8675309_moved",
        uuid="2f1c",
        object_id=ada.id,
        occurred_at="2026-03-31T00:00:00Z",
        properties={"segment": "vip"},
    )
    for _ in range(2):
        batch = send.BatchedBehavioralEventHttpCompletionRequest([event])
        client.events.send.batch_api.send(batch)
    assert len(fake.events) == 1


def test_errors_are_typed(fake: FakeHubSpot, client: hubspot.Client) -> None:
    fake.drop_scope("crm.lists.read")
    with pytest.raises(lists.ApiException) as caught:
        client.crm.lists.lists_api.get_by_name("VIPs", "0-1")
    assert caught.value.status == 403
    assert "crm.lists.read" in caught.value.body
