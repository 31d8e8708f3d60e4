"""The fake Klaviyo, judged by Klaviyo's own SDK: it must be able to talk to it, with types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes.klaviyo import FakeKlaviyo

klaviyo_api = pytest.importorskip("klaviyo_api")
exceptions = pytest.importorskip("openapi_client.exceptions")
EMAILS = [f"p{number}@example.com" for number in range(3)]


@pytest.fixture
def fake() -> Iterator[FakeKlaviyo]:
    with FakeKlaviyo(job_polls=1) as tool:
        yield tool


@pytest.fixture
def sdk(fake: FakeKlaviyo) -> Any:
    return client(fake)


def client(fake: FakeKlaviyo, **options: Any) -> Any:
    return klaviyo_api.KlaviyoAPI(fake.key, max_retries=1, test_host=fake.url, **options)


def imported(sdk: Any, *emails: str) -> Any:
    """A finished import."""
    profiles = [
        {
            "type": "profile",
            "attributes": {
                "email": email,
                "first_name": "Ada",
                "location": {"city": "London"},
                "properties": {"orders": 2},
            },
        }
        for email in emails
    ]
    attributes = {"profiles": {"data": profiles}}
    body = {"data": {"type": "profile-bulk-import-job", "attributes": attributes}}
    job = sdk.Profiles.bulk_import_profiles(body).data
    assert (job.attributes.status, job.attributes.total_count) == ("queued", len(emails))
    for status in ("processing", "complete"):
        job = sdk.Profiles.get_bulk_import_profiles_job(job.id).data
        assert job.attributes.status == status
    return job


def made_list(sdk: Any, name: str) -> Any:
    return sdk.Lists.create_list({"data": {"type": "list", "attributes": {"name": name}}}).data


def cursor(link: str) -> str:
    """The SDK looks for it in links of HTTPS only."""
    return parse_qs(urlsplit(link).query)["page[cursor]"][0]


def references(*ids: str) -> dict[str, Any]:
    return {"data": [{"type": "profile", "id": profile_id} for profile_id in ids]}


def test_account(sdk: Any) -> None:
    [account] = sdk.Accounts.get_accounts().data
    assert account.id == "AbC123"
    assert account.attributes.contact_information.organization_name == "Shop"


def test_lists(fake: FakeKlaviyo, sdk: Any) -> None:
    made = [made_list(sdk, f"List {number}") for number in range(12)]
    assert made[0].attributes.name == "List 0"
    first = sdk.Lists.get_lists(sort="created")
    rest = sdk.Lists.get_lists(sort="created", page_cursor=cursor(first.links.next))
    assert [item.id for item in first.data + rest.data] == [item.id for item in made]
    assert rest.links.next is None
    found = sdk.Lists.get_lists(filter='any(name,["List 3","List 4"])')
    assert {item.attributes.name for item in found.data} == {"List 3", "List 4"}
    changed = {"data": {"type": "list", "id": made[0].id, "attributes": {"name": "Renamed"}}}
    assert sdk.Lists.update_list(made[0].id, changed).data.attributes.name == "Renamed"
    assert sdk.Lists.get_list(made[0].id).data.attributes.name == "Renamed"
    assert not fake.violations


def test_imports_and_profiles(fake: FakeKlaviyo, sdk: Any) -> None:
    fake.invalid = {EMAILS[2]}
    job = imported(sdk, *EMAILS)
    assert job.attributes.failed_count == 1
    [fault] = sdk.Profiles.get_errors_for_bulk_import_profiles_job(job.id, page_size=100).data
    assert fault.attributes.source.pointer == "/data/attributes/profiles/data/2"
    assert fault.attributes.original_payload["attributes"]["email"] == EMAILS[2]
    listed = sdk.Profiles.get_profiles_for_bulk_import_profiles_job(job.id, page_size=1)
    assert listed.data[0].attributes.properties == {"orders": 2}
    assert listed.links.next
    sparse = sdk.Profiles.get_profiles_for_bulk_import_profiles_job(
        job.id, fields_profile=["properties"]
    )
    assert sparse["data"][1]["attributes"] == {"properties": {"orders": 2}}
    whole = sdk.Profiles.get_profiles(
        filter=f'equals(email,"{EMAILS[0]}")', additional_fields_profile=["subscriptions"]
    )
    [profile] = whole.data
    assert profile.attributes.first_name == "Ada"
    assert profile.attributes.location.city == "London"
    assert profile.attributes.subscriptions.email.marketing.consent == "NEVER_SUBSCRIBED"
    emptied = {"email": "new@example.com", "first_name": None}
    body = {"data": {"type": "profile", "id": profile.id, "attributes": emptied}}
    updated = sdk.Profiles.update_profile(profile.id, body).data
    assert (updated.attributes.email, updated.attributes.first_name) == ("new@example.com", None)
    body["data"]["attributes"] = {"email": EMAILS[1]}
    with pytest.raises(exceptions.ApiException) as refused:
        sdk.Profiles.update_profile(profile.id, body)
    assert refused.value.status == 409
    assert not fake.violations


def test_memberships(fake: FakeKlaviyo, sdk: Any) -> None:
    imported(sdk, *EMAILS)
    made = made_list(sdk, "Wine")
    ids = [fake.find(email).id for email in EMAILS]
    sdk.Lists.add_profiles_to_list(made.id, references(*ids))
    sdk.Lists.remove_profiles_from_list(made.id, references(ids[0]))
    found = sdk.Lists.get_profiles_for_list(made.id)
    assert {item.attributes.email for item in found.data} == set(EMAILS[1:])
    assert found.data[0].attributes.joined_group_at
    [held] = sdk.Profiles.get_lists_for_profile(ids[1]).data
    assert held.attributes.name == "Wine"
    assert sdk.Profiles.get_segments_for_profile(ids[1]).data == []
    with pytest.raises(exceptions.ApiException) as missing:
        sdk.Lists.add_profiles_to_list(made.id, references("01JGONE"))
    assert missing.value.status == 404
    assert not fake.violations


def test_subscribing_lifts_a_suppression(fake: FakeKlaviyo, sdk: Any) -> None:
    """What makes the fake break a client that subscribes where it should add to a list."""
    fake.suppress(EMAILS[0])
    field = "subscriptions.email.marketing.suppression.timestamp"
    asked = f"greater-or-equal({field},1990-01-01T00:00:00Z)"
    [suppressed] = sdk.Profiles.get_profiles(filter=asked, sort=field).data
    assert suppressed.attributes.email == EMAILS[0]
    consent = {"email": {"marketing": {"consent": "SUBSCRIBED"}}}
    person = {"type": "profile", "attributes": {"email": EMAILS[0], "subscriptions": consent}}
    attributes = {"profiles": {"data": [person]}}
    body = {"data": {"type": "profile-subscription-bulk-create-job", "attributes": attributes}}
    sdk.Profiles.bulk_subscribe_profiles(body)
    assert fake.statuses() == {EMAILS[0]: "SUBSCRIBED"}


def test_events_and_erasure(fake: FakeKlaviyo, sdk: Any) -> None:
    imported(sdk, EMAILS[0])
    profile_id = fake.find(EMAILS[0]).id
    metric = {"type": "metric", "attributes": {"name": "Segment entered"}}
    event = {
        "properties": {"segment": "wine"},
        "time": "2026-03-31T00:00:00Z",
        "unique_id": "e1",
        "metric": {"data": metric},
        "profile": {"data": {"type": "profile", "id": profile_id, "attributes": {}}},
    }
    for _ in range(2):
        sdk.Events.create_event({"data": {"type": "event", "attributes": event}})
    found = sdk.Events.get_events(filter=f'equals(profile_id,"{profile_id}")', include=["metric"])
    [told] = found.data
    [metric] = found.included
    assert metric["id"] == told.relationships.metric.data.id
    assert metric["attributes"]["name"] == "Segment entered"
    assert told.attributes.event_properties == {"segment": "wine"}
    person = {"type": "profile", "id": profile_id, "attributes": {}}
    attributes = {"profile": {"data": person}}
    body = {"data": {"type": "data-privacy-deletion-job", "attributes": attributes}}
    sdk.Data_Privacy.request_profile_deletion(body)
    fake.finish_deletions()
    assert fake.find(EMAILS[0]) is None
    assert not fake.violations


def test_refusals(fake: FakeKlaviyo, sdk: Any) -> None:
    fake.drop_scope("lists:read")
    with pytest.raises(exceptions.ApiException) as forbidden:
        sdk.Lists.get_lists()
    assert forbidden.value.status == 403
    fake.faults.script.append("429-bare")
    with pytest.raises(exceptions.ApiException) as throttled:
        sdk.Profiles.get_profiles()
    assert throttled.value.status == 429
    fake.revoke_key()
    with pytest.raises(exceptions.ApiException) as unknown:
        sdk.Accounts.get_accounts()
    assert unknown.value.status == 401
