"""Mailchimp's own SDK does to the fake account what we do, and understands what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.mailchimp import FakeMailchimp
from fakes.mailchimp_answers import LIST_ID, hash_of

sdk = pytest.importorskip("mailchimp_marketing")
errors = pytest.importorskip("mailchimp_marketing.api_client")
ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture
def fake() -> Iterator[FakeMailchimp]:
    with FakeMailchimp() as tool:
        yield tool


def client(fake: FakeMailchimp) -> Any:
    made = sdk.Client({"api_key": fake.key})
    made.api_client.host = f"{fake.url}/3.0"
    made.api_client.server = ""  # would be put in place of the word in the host's name
    return made


def test_account_and_audience(fake: FakeMailchimp) -> None:
    api = client(fake)
    assert api.root.get_root()["role"] == "owner"
    assert api.ping.get()["health_status"]
    assert api.lists.get_list(LIST_ID)["id"] == LIST_ID


def test_members(fake: FakeMailchimp) -> None:
    lists = client(fake).lists
    body = {
        "email_address": ADA,
        "status_if_new": "transactional",
        "merge_fields": {"FNAME": "Ada"},
    }
    member = lists.set_list_member(LIST_ID, hash_of(ADA), body, skip_merge_validation=True)
    assert (member["id"], member["status"]) == (hash_of(ADA), "transactional")
    assert lists.get_list_member(LIST_ID, hash_of(ADA))["merge_fields"] == {"FNAME": "Ada"}
    moved = lists.set_list_member(LIST_ID, hash_of(ADA), body | {"email_address": BOB})
    assert moved["id"] == hash_of(BOB)
    page = lists.get_list_members_info(LIST_ID, status="transactional", count=1000, offset=0)
    assert [m["email_address"] for m in page["members"]] == [BOB]
    assert lists.delete_list_member_permanent(LIST_ID, hash_of(BOB)).status_code == 204
    with pytest.raises(errors.ApiClientError) as caught:
        lists.set_list_member(LIST_ID, hash_of(BOB), body | {"email_address": BOB})
    assert "Forgotten Email" in str(caught.value.text)


def test_segments(fake: FakeMailchimp) -> None:
    lists = client(fake).lists
    for email in (ADA, BOB):
        body = {"email_address": email, "status_if_new": "transactional"}
        lists.set_list_member(LIST_ID, hash_of(email), body)
    made = lists.create_segment(LIST_ID, {"name": "Lapsed", "static_segment": []})
    segment = made["id"]
    assert made["type"] == "static"
    changed = lists.batch_segment_members(
        {"members_to_add": [ADA, BOB, "eve@example.com"]}, LIST_ID, segment
    )
    assert (changed["total_added"], changed["error_count"]) == (2, 1)
    assert changed["errors"][0]["email_addresses"] == ["eve@example.com"]
    hidden = lists.get_segment_members_list(LIST_ID, segment)
    shown = lists.get_segment_members_list(LIST_ID, segment, include_transactional=True)
    assert (hidden["total_items"], shown["total_items"]) == (0, 2)
    assert lists.remove_segment_member(LIST_ID, segment, hash_of(ADA)).status_code == 204
    assert lists.update_segment(LIST_ID, segment, {"name": "Quiet"})["name"] == "Quiet"
    assert [s["name"] for s in lists.list_segments(LIST_ID, type="static")["segments"]] == ["Quiet"]
    assert fake.snapshot() == {"Quiet": {BOB}}


def test_merge_fields(fake: FakeMailchimp) -> None:
    lists = client(fake).lists
    made = lists.add_list_merge_field(
        LIST_ID, {"tag": "ORDERS", "name": "Orders", "type": "number"}
    )
    assert made["tag"] == "ORDERS"
    fields = lists.get_list_merge_fields(LIST_ID, count=1000)["merge_fields"]
    assert {field["tag"]: field["type"] for field in fields}["ORDERS"] == "number"
    assert fake.violations == []


def test_errors(fake: FakeMailchimp) -> None:
    api = client(fake)
    fake.revoke_key()
    with pytest.raises(errors.ApiClientError) as caught:
        api.root.get_root()
    assert caught.value.status_code == 401
