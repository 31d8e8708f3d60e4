"""Lists, folders and attributes of a fake Brevo account, and the records that it keeps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fakes.server import Answer, FakeTool, Faults, Request, route

CONTACTS = "/v3/contacts"
_LIST = CONTACTS + "/lists/{list_id}"
_TYPES = ("text", "date", "float", "boolean")


@dataclass
class Contact:
    """One contact of the account."""

    id: int
    email: str
    blocked: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass
class ContactList:
    """A list; its members are contact ids."""

    name: str
    folder: int
    members: set[int] = field(default_factory=set)


def error(status: int, code: str, message: str, **metadata: Any) -> Answer:
    """What Brevo says when it refuses."""
    more = {"metadata": metadata} if metadata else {}
    return Answer(status, {"code": code, "message": message, **more})


def missing(what: str) -> Answer:
    """What Brevo says about what it does not have."""
    return error(404, "document_not_found", f"{what} does not exist")


def paged(request: Request, key: str, items: list[Any], most: int) -> Answer:
    """A page of the items, which are ordered from old to new; Brevo's own order is the reverse."""
    limit, offset = int(request.arg("limit", str(min(50, most)))), int(request.arg("offset", "0"))
    if not 0 < limit <= most:
        return error(400, "out_of_range", f"Limit must be between 1 and {most}")
    ordered = items if request.arg("sort", "desc") == "asc" else items[::-1]
    return Answer(200, {key: ordered[offset : offset + limit], "count": len(items)})


class Lists(FakeTool):
    """An account with contacts in lists."""

    def __init__(self, *, faults: Faults | None = None) -> None:
        super().__init__(faults=faults)
        self.contacts: dict[int, Contact] = {}
        self._by_email: dict[str, Contact] = {}
        self.lists: dict[int, ContactList] = {}
        self.folders: dict[int, str] = {1: "Your first folder"}
        self.attributes: dict[str, tuple[str, str]] = {
            "FIRSTNAME": ("normal", "text"),
            "LASTNAME": ("normal", "text"),
            "SMS": ("normal", "text"),
            "GENDER": ("category", ""),
        }
        self.poison: set[str] = set()
        self.effects: Counter[tuple[str, ...]] = Counter()
        self._next_id = 1000

    # What tests use

    def snapshot(self) -> dict[str, set[str]]:
        """List -> addresses of its members."""
        return {
            found.name: {self.contacts[member].email for member in found.members}
            for found in self.lists.values()
        }

    def plant(self, title: str, email: str) -> None:
        """Somebody else's member; a new list is in our folder."""
        contact = self.find(email) or self.add_contact(email)
        self._list(title).members.add(contact.id)

    def kick(self, title: str, email: str) -> None:
        """Somebody takes a member out by hand."""
        contact = self.find(email)
        assert contact is not None
        self._list(title).members.remove(contact.id)

    def delete_person(self, email: str) -> None:
        """Somebody deletes a contact by hand."""
        contact = self.find(email)
        assert contact is not None
        self.drop_contact(contact)

    def delete_list(self, title: str) -> None:
        """Somebody deletes the list by hand."""
        self.lists = {key: found for key, found in self.lists.items() if found.name != title}

    def find(self, email: str) -> Contact | None:
        """The contact of this address."""
        return self._by_email.get(email.lower())

    def add_contact(self, email: str) -> Contact:
        """A new contact."""
        contact = Contact(self.new_id(), email)
        self.contacts[contact.id] = self._by_email[email.lower()] = contact
        return contact

    def rename(self, contact: Contact, email: str) -> None:
        """Give a contact another address."""
        del self._by_email[contact.email.lower()]
        contact.email = email
        self._by_email[email.lower()] = contact

    def drop_contact(self, contact: Contact) -> None:
        """Delete a contact, from all lists too."""
        del self.contacts[contact.id], self._by_email[contact.email.lower()]
        for found in self.lists.values():
            found.members.discard(contact.id)

    def new_id(self) -> int:
        """Ids of all kinds are of one sequence."""
        self._next_id += 1
        return self._next_id

    # Folders and attributes

    @route("GET", CONTACTS + "/folders", "contacts")
    def _get_folders(self, request: Request) -> Answer:
        items = [
            {"id": key, "name": name, "uniqueSubscribers": 0} for key, name in self.folders.items()
        ]
        return paged(request, "folders", items, 50)

    @route("POST", CONTACTS + "/folders", "contacts")
    def _make_folder(self, request: Request) -> Answer:
        self.effects["create_folder", request.json["name"]] += 1
        return Answer(201, {"id": self._folder(request.json["name"], new=True)})

    @route("GET", CONTACTS + "/attributes", "contacts")
    def _get_attributes(self, request: Request) -> Answer:
        items: list[dict[str, Any]] = []
        for name, (category, kind) in self.attributes.items():
            item = {"name": name, "category": category, "type": kind}
            if category == "category":
                del item["type"]
            items.append(item)
        return Answer(200, {"attributes": items})

    @route("POST", CONTACTS + "/attributes/normal/{name}", "contacts")
    def _make_attribute(self, request: Request, name: str) -> Answer:
        if name in self.attributes:
            return error(400, "invalid_parameter", "Attribute name must be unique")
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,49}", name) or request.json["type"] not in _TYPES:
            self.violation(request, "name or type of an attribute")
            return error(400, "invalid_parameter", "Invalid attribute")
        self.attributes[name] = ("normal", request.json["type"])
        self.effects["create_field", name] += 1
        return Answer(201)

    # Lists

    @route("GET", CONTACTS + "/lists", "contacts")
    def _get_lists(self, request: Request) -> Answer:
        return paged(request, "lists", [self._shown(key) for key in self.lists], 50)

    @route("POST", CONTACTS + "/lists", "contacts")
    def _make_list(self, request: Request) -> Answer:
        if request.json["folderId"] not in self.folders:
            return missing("Folder ID")
        name = request.json["name"]
        key = self.new_id()
        self.lists[key] = ContactList(name, request.json["folderId"])
        self.effects["create_list", name] += 1
        return Answer(201, {"id": key})

    @route("GET", _LIST, "contacts")
    def _get_list(self, request: Request, list_id: str) -> Answer:
        key = int(list_id)
        if key not in self.lists:
            return missing("List ID")
        more = {"createdAt": "2026-01-01T00:00:00.000+00:00", "dynamicList": False}
        return Answer(200, self._shown(key) | more)

    @route("PUT", _LIST, "contacts")
    def _put_list(self, request: Request, list_id: str) -> Answer:
        found = self.lists.get(int(list_id))
        if found is None:
            return missing("List ID")
        found.name = request.json["name"]
        return Answer(204)

    @route("GET", _LIST + "/contacts", "contacts")
    def _get_members(self, request: Request, list_id: str) -> Answer:
        found = self.lists.get(int(list_id))
        if found is None:
            return missing("List ID")
        members = [self.shown(self.contacts[member]) for member in sorted(found.members)]
        return paged(request, "contacts", members, 500)

    @route("POST", _LIST + "/contacts/add", "contacts")
    def _add(self, request: Request, list_id: str) -> Answer:
        found = self.lists.get(int(list_id))
        if found is None:
            return missing("List ID")
        refusal = self._refuse_change(request)
        if refusal:
            return refusal
        joining = [
            member
            for member in request.json["ids"]
            if member in self.contacts and member not in found.members
        ]
        found.members.update(joining)
        self._count("add", found, joining)
        return self._changed(request, joining, "Contact already in list and/or does not exist")

    @route("POST", _LIST + "/contacts/remove", "contacts")
    def _remove(self, request: Request, list_id: str) -> Answer:
        found = self.lists.get(int(list_id))
        if found is None:
            return missing("List ID")
        refusal = self._refuse_change(request)
        if refusal:
            return refusal
        leaving = [member for member in request.json["ids"] if member in found.members]
        found.members.difference_update(leaving)
        self._count("remove", found, leaving)
        return self._changed(
            request, leaving, "Contact already removed from list and/or does not exist"
        )

    def _refuse_change(self, request: Request) -> Answer | None:
        ids = request.json.get("ids", [])
        if request.json.get("all") or not ids or len(ids) > 150:
            self.violation(request, "up to 150 ids, and never everybody")
            return error(400, "invalid_parameter", "Provide up to 150 ids")
        if any(key in self.contacts and self.contacts[key].email in self.poison for key in ids):
            return error(400, "invalid_parameter", "ids are not valid")
        return None

    def _changed(self, request: Request, done: list[int], nobody: str) -> Answer:
        if not done:
            return error(400, "invalid_parameter", nobody)
        rest = [key for key in request.json["ids"] if key not in done]
        return Answer(201, {"contacts": {"success": done, "failure": rest}})

    def _count(self, verb: str, found: ContactList, members: Iterable[int]) -> None:
        for member in members:
            self.effects[verb, found.name, self.contacts[member].email] += 1

    def _shown(self, key: int) -> dict[str, Any]:
        found = self.lists[key]
        counts = dict.fromkeys(("uniqueSubscribers", "totalSubscribers"), len(found.members))
        body = {"id": key, "name": found.name, "folderId": found.folder, "totalBlacklisted": 0}
        return body | counts

    def shown(self, contact: Contact) -> dict[str, Any]:
        """A contact as Brevo shows it."""
        return {
            "id": contact.id,
            "email": contact.email,
            "emailBlacklisted": contact.blocked,
            "smsBlacklisted": False,
            "whatsappBlacklisted": False,
            "createdAt": "2026-01-01T00:00:00.000+00:00",
            "modifiedAt": "2026-01-01T00:00:00.000+00:00",
            "listIds": [key for key, found in self.lists.items() if contact.id in found.members],
            "attributes": contact.attributes,
        }

    def _list(self, title: str) -> ContactList:
        for found in self.lists.values():
            if found.name == title:
                return found
        made = ContactList(title, self._folder("segctl"))
        self.lists[self.new_id()] = made
        return made

    def _folder(self, name: str, *, new: bool = False) -> int:
        for key, found in self.folders.items():
            if found == name and not new:
                return key
        self.folders[self.new_id()] = name
        return self._next_id
