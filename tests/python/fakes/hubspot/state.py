"""What the account holds, and how HubSpot words its refusals."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.server import Answer, FakeTool, Request

NOW = "2026-03-31T10:00:00.000Z"
PORTAL = 8675309
SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.lists.read",
    "crm.lists.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "analytics.behavioral_events.send",
    "behavioral_events.event_definitions.read_write",
)


def own_property(name: str, kind: str, *, read_only: bool = False) -> dict[str, Any]:
    """A property that every account has."""
    return {
        "name": name,
        "label": name,
        "description": "",
        "groupName": "contactinformation",
        "type": kind,
        "fieldType": "text",
        "options": [],
        "hubspotDefined": True,
        "modificationMetadata": {
            "archivable": False,
            "readOnlyDefinition": True,
            "readOnlyValue": read_only,
        },
    }


@dataclass
class ContactList:
    """One list, which HubSpot's pages call a segment."""

    id: str
    name: str
    kind: str = "MANUAL"
    members: dict[int, str] = field(default_factory=dict)
    """Record id -> when it joined."""

    def shown(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "listId": self.id,
            "listVersion": 1,
            "name": self.name,
            "objectTypeId": "0-1",
            "processingType": self.kind,
            "processingStatus": "COMPLETE",
            "createdAt": NOW,
            "updatedAt": NOW,
        }


class State(FakeTool):
    """The account's contacts, lists, properties and events."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.contacts: dict[int, dict[str, str]] = {}
        """Record id -> properties that are not empty."""
        self.lists: dict[str, ContactList] = {}
        self.properties = {
            name: own_property(name, kind, read_only=name.startswith("hs_"))
            for name, kind in {
                "email": "string",
                "firstname": "string",
                "lastname": "string",
                "city": "string",
                "country": "string",
                "state": "string",
                "phone": "string",
                "hs_email_optout": "bool",
                "hs_object_id": "number",
            }.items()
        }
        self.groups = {"contactinformation"}
        self.definitions: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.invalid: set[str] = set()
        self.poison: set[str] = set()
        self.blocked: set[str] = set()
        """Addresses that may not become contacts any more."""
        self.effects: Counter[tuple[str, ...]] = Counter()
        self.event_ids: set[tuple[str, str]] = set()
        self._ids: dict[str, int] = {}
        self._numbers = itertools.count(101)

    def id_of(self, email: str) -> int | None:
        """Which contact has the e-mail."""
        return self._ids.get(email.lower())

    def make_contact(self, email: str) -> int:
        """A new contact."""
        record = next(self._numbers)
        self.contacts[record] = {"hs_object_id": str(record)}
        self.give_email(record, email)
        return record

    def give_email(self, record: int, email: str) -> None:
        """Let the contact have this e-mail instead of the one it has."""
        self._ids.pop(self.contacts[record].get("email", ""), None)
        self._ids[email.lower()] = record
        self.contacts[record]["email"] = email.lower()

    def drop_contact(self, record: int) -> str:
        """Delete a contact, wherever it is; returns its e-mail."""
        for one in self.lists.values():
            one.members.pop(record, None)
        email = self.contacts.pop(record)["email"]
        del self._ids[email]
        return email

    def make_list(self, name: str, kind: str = "MANUAL") -> ContactList:
        """A new list."""
        made = ContactList(str(next(self._numbers)), name, kind)
        self.lists[made.id] = made
        return made

    def list_named(self, name: str) -> ContactList | None:
        """The list of this name, capital letters or not."""
        wanted = name.lower()
        return next((one for one in self.lists.values() if one.name.lower() == wanted), None)

    def join(self, one: ContactList, record: int) -> bool:
        """Put a contact into a list; whether that changed anything."""
        if record in one.members:
            return False
        one.members[record] = NOW
        self.effects["add", one.name, self.contacts[record]["email"]] += 1
        return True

    def leave(self, one: ContactList, record: int) -> bool:
        """Take a contact out of a list; whether that changed anything."""
        if one.members.pop(record, None) is None:
            return False
        self.effects["remove", one.name, self.contacts[record]["email"]] += 1
        return True

    def wrong(self, request: Request, what: str) -> Answer:
        """Refuse what no correct client sends."""
        self.violation(request, what)
        return error(400, f"Invalid input JSON: {what}")


def error(status: int, message: str, category: str = "VALIDATION_ERROR", **more: Any) -> Answer:
    """A refusal."""
    return Answer(status, error_body(message, category) | more)


def error_body(message: str, category: str) -> dict[str, Any]:
    """What a refusal says."""
    return {
        "status": "error",
        "message": message,
        "correlationId": "a43683b0-5717-4ceb-80b4-104d02915d8c",
        "category": category,
    }


def item_error(message: str, category: str, context: Mapping[str, list[str]]) -> dict[str, Any]:
    """What a batch's answer says of one of its items."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": dict(context),
        "errors": [],
        "links": {},
    }


def batch_answer(
    results: list[dict[str, Any]], errors: list[dict[str, Any]], status: int = 200
) -> Answer:
    """A batch's answer: 207 if a part of it failed."""
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": NOW,
        "completedAt": NOW,
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
    return Answer(207 if errors else status, body)
