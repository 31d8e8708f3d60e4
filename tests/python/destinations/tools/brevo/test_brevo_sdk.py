"""Brevo's own SDK does to the fake account what we do, and understands what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes.brevo import FakeBrevo

sdk = pytest.importorskip("brevo")
api_error = pytest.importorskip("brevo.core.api_error")
bodies = pytest.importorskip("brevo.contacts")
ADA, BOB, NEW = "ada@example.com", "bob@example.com", "new@example.com"


@pytest.fixture
def fake() -> Iterator[FakeBrevo]:
    with FakeBrevo() as tool:
        yield tool


def client(fake: FakeBrevo) -> Any:
    return sdk.Brevo(base_url=f"{fake.url}/v3", api_key=fake.key, max_retries=0)


def test_account(fake: FakeBrevo) -> None:
    assert client(fake).account.get_account().organization_id == "org1"
    fake.revoke_key()
    with pytest.raises(api_error.ApiError) as caught:
        sdk.Brevo(base_url=f"{fake.url}/v3", api_key="old", max_retries=0).account.get_account()
    assert caught.value.status_code == 401


def test_contacts(fake: FakeBrevo) -> None:
    contacts = client(fake).contacts
    made = contacts.create_contact(email=ADA, attributes={"FIRSTNAME": "Ada"}, update_enabled=True)
    assert contacts.create_contact(email=ADA, update_enabled=True) is None
    with pytest.raises(api_error.ApiError) as caught:
        contacts.create_contact(email=ADA)
    assert caught.value.status_code == 400
    assert "duplicate_parameter" in str(caught.value.body)
    found = contacts.get_contact_info(ADA, identifier_type="email_id")
    assert (found.id, found.email, found.email_blacklisted) == (made.id, ADA, False)
    contacts.update_contact(str(made.id), identifier_type="contact_id", attributes={"EMAIL": NEW})
    page = contacts.get_contacts(limit=1000, offset=0, sort="asc", ids=[made.id, 7])
    assert [(contact.id, contact.email) for contact in page.contacts] == [(made.id, NEW)]
    assert page.contacts[0].list_ids == []
    stats = contacts.get_contact_stats(str(made.id), start_date="2026-01-01", end_date="2026-02-01")
    assert stats is not None
    contacts.delete_contact(str(made.id), identifier_type="contact_id")
    with pytest.raises(api_error.ApiError) as caught:
        contacts.get_contact_info(NEW, identifier_type="email_id")
    assert caught.value.status_code == 404


def test_lists(fake: FakeBrevo) -> None:
    contacts = client(fake).contacts
    folder = contacts.create_folder(name="segctl").id
    assert folder in {found["id"] for found in _dicts(contacts.get_folders(limit=50).folders)}
    made = contacts.create_list(name="Lapsed", folder_id=folder).id
    assert contacts.get_list(made).name == "Lapsed"
    ids = [contacts.create_contact(email=email).id for email in (ADA, BOB)]
    add = bodies.AddContactToListRequestBodyIds(ids=[*ids, 7])
    answer = contacts.add_contact_to_list(made, request=add)
    assert (answer.contacts.success, answer.contacts.failure) == (ids, [7])
    with pytest.raises(api_error.ApiError) as caught:
        contacts.add_contact_to_list(made, request=add)
    assert caught.value.status_code == 400
    page = contacts.get_contacts_from_list(made, limit=500, offset=0, sort="asc")
    assert [contact.email for contact in page.contacts] == [ADA, BOB]
    remove = bodies.RemoveContactFromListRequestBodyIds(ids=ids[:1])
    assert contacts.remove_contact_from_list(made, request=remove).contacts.success == ids[:1]
    contacts.update_list(made, name="Gone quiet")
    assert [found.name for found in contacts.get_lists(limit=50).lists] == ["Gone quiet"]
    assert fake.snapshot() == {"Gone quiet": {BOB}}


def test_attributes(fake: FakeBrevo) -> None:
    contacts = client(fake).contacts
    contacts.create_attribute("normal", "ORDERS", type="float")
    found = {item.name: item for item in contacts.get_attributes().attributes}
    assert (found["ORDERS"].category, found["ORDERS"].type) == ("normal", "float")
    with pytest.raises(api_error.ApiError):
        contacts.create_attribute("normal", "ORDERS", type="float")
    assert fake.violations == []


def _dicts(items: Any) -> list[dict[str, Any]]:
    return [item if isinstance(item, dict) else item.model_dump() for item in items]
