"""A Mailchimp account with one audience, as its API documents it.

Consent rules: `status` in a PUT overwrites, `status_if_new` does not; whoever unsubscribed or
bounced cannot be subscribed again by anybody else; the bulk endpoint pushes its status onto all.
"""

from __future__ import annotations

import base64
import re
import threading
import time
from typing import Any

from fakes.mailchimp_answers import (
    LIST_ID,
    LISTS,
    SAID_NO,
    Person,
    fits,
    hash_of,
    missing,
    ok,
    paged,
    problem,
)
from fakes.mailchimp_segments import Segments
from fakes.server import Answer, Faults, Request, route

_MEMBER = LISTS + "/members/{member}"
_STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")


class FakeMailchimp(Segments):
    """The account."""

    new_status = "transactional"
    """Of people who were never asked."""

    def __init__(
        self,
        *,
        faults: Faults | None = None,
        enforce_limits: bool = False,
        connections: int = 10,
        dwell: float = 0.0,
        bare_403: bool = False,
    ) -> None:
        """`dwell` is how many seconds a request stays open; `bare_403` how throttling is said."""
        super().__init__(faults=faults)
        self.key = "0123456789abcdef0123456789abcdef-us6"
        self.role = "owner"
        self.paused = False
        self.fields: dict[str, str] = {"FNAME": "text", "LNAME": "text", "ADDRESS": "address"}
        self.most_fields = 30
        self.erased: set[str] = set()
        self.events: list[dict[str, Any]] = []
        self._dwell = dwell
        self._bare_403 = bare_403
        self._connections = connections if enforce_limits else None
        self._open = 0
        self.most_open = 0
        self._gate = threading.Lock()

    # What tests use

    def settings(self) -> dict[str, Any]:
        """For MailchimpSettings."""
        return {
            "type": "mailchimp",
            "api_key": "env:FAKE_MAILCHIMP_KEY",
            "list_id": LIST_ID,
            "base_url": f"{self.url}/3.0",
        }

    def profile(self, email: str) -> dict[str, Any] | None:
        """Merge fields of a member."""
        person = self.people.get(hash_of(email))
        return person.merge_fields if person else None

    def statuses(self) -> dict[str, str]:
        """Address -> subscription status."""
        return {person.email: person.status for person in self.people.values()}

    def suppress(self, email: str) -> None:
        """The person unsubscribes."""
        self.people.setdefault(hash_of(email), Person(email, "subscribed")).status = "unsubscribed"

    def forgive(self, email: str) -> None:
        """The person signs up again, at the tool."""
        self.people[hash_of(email)].status = "subscribed"

    def archive(self, email: str) -> None:
        """Somebody puts a member away."""
        self.people.setdefault(hash_of(email), Person(email, "subscribed")).status = "archived"

    def revoke_key(self) -> None:
        """The key is not valid any more."""
        self.key = "revoked"

    def drop_scope(self, scope: str = "viewer") -> None:
        """The key's user gets another role."""
        self.role = scope

    def pause_account(self) -> None:
        """Mailchimp suspends the account."""
        self.paused = True

    # Limits and rights

    def answer(self, request: Request) -> Answer:
        """Count the connections that are open at once."""
        with self._gate:
            self._open += 1
            self.most_open = max(self.most_open, self._open)
            over = self._connections is not None and self._open > self._connections
            self.throttled += over
        try:
            time.sleep(self._dwell)
            if over:
                self.refused(request, 403 if self._bare_403 else 429)
                return self.throttle(request, None)
            return super().answer(request)
        finally:
            with self._gate:
                self._open -= 1

    def throttle(self, request: Request, seconds: float | None) -> Answer:
        """Mailchimp never says how long."""
        if self._bare_403:
            return Answer(403)
        return problem(429, "Too Many Requests", "You have exceeded the limit of 10 connections.")

    def authorise(self, request: Request) -> Answer | None:
        """Basic auth with any user name; the role of the key's user may forbid writing."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if (
            scheme.lower() != "basic"
            or base64.b64decode(token).decode().partition(":")[2] != self.key
        ):
            return problem(401, "API Key Invalid", "Your API key may be invalid.")
        if self.paused:
            return problem(403, "User Disabled", "This account has been deactivated.")
        if request.method != "GET" and self.role in ("viewer", "author"):
            return problem(403, "Forbidden", "You don't have permission to access this resource.")
        if "/lists/" in request.path and f"/lists/{LIST_ID}" not in request.path:
            return missing()
        return None

    def unknown(self, request: Request) -> Answer:
        """No such path."""
        return missing()

    # The account and the audience

    @route("GET", "/3.0/")
    def _root(self, request: Request) -> Answer:
        return ok(request, {"account_id": "acc1", "login_id": "1", "role": self.role})

    @route("GET", "/3.0/ping")
    def _ping(self, request: Request) -> Answer:
        return Answer(200, {"health_status": "Everything's Chimpy!"})

    @route("GET", LISTS)
    def _list(self, request: Request, list_id: str) -> Answer:
        stats = {"member_count": len(self.people), "merge_field_count": len(self.fields)}
        return ok(request, {"id": list_id, "web_id": 7, "name": "Shop", "stats": stats})

    @route("POST", LISTS)
    def _bulk(self, request: Request, list_id: str) -> Answer:
        """Subscribes whomever it is given: the trap that a careful client stays out of."""
        self.violation(request, "the bulk endpoint pushes a status onto everybody")
        for item in request.json["members"]:
            person = self.people.setdefault(
                hash_of(item["email_address"]), Person(item["email_address"], item["status"])
            )
            person.status = item["status"]
        return Answer(200, {"new_members": [], "updated_members": [], "errors": []})

    @route("GET", LISTS + "/merge-fields")
    def _merge_fields(self, request: Request, list_id: str) -> Answer:
        items = [
            {"merge_id": number, "tag": tag, "name": tag, "type": kind, "required": False}
            for number, (tag, kind) in enumerate(self.fields.items(), 1)
        ]
        return paged(request, "merge_fields", items)

    @route("POST", LISTS + "/merge-fields")
    def _make_merge_field(self, request: Request, list_id: str) -> Answer:
        tag, kind = request.json["tag"], request.json["type"]
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,9}", tag):
            self.violation(request, f"merge tag {tag}")
            return problem(400, "Invalid Resource", "The tag is not valid.")
        if tag in self.fields:
            detail = f'A Merge Field with the tag "{tag}" already exists for this list.'
            return problem(400, "Invalid Resource", detail)
        if len(self.fields) >= self.most_fields:
            return problem(400, "Invalid Resource", "This list has reached its merge field limit.")
        self.fields[tag] = kind
        self.effects["create_field", tag] += 1
        body = {"merge_id": len(self.fields), "tag": tag, "name": tag, "type": kind}
        return Answer(200, body | {"list_id": list_id})

    # Members

    @route("GET", LISTS + "/members")
    def _members(self, request: Request, list_id: str) -> Answer:
        wanted = request.arg("status")
        people = [p for p in self.people.values() if wanted == p.status]
        if not wanted:
            people = [p for p in self.people.values() if p.status != "archived"]
        return paged(request, "members", [self._member(person) for person in people])

    @route("GET", _MEMBER)
    def _get_member(self, request: Request, list_id: str, member: str) -> Answer:
        person = self.people.get(member)
        return ok(request, self._member(person)) if person else missing()

    @route("PUT", _MEMBER)
    def _put_member(self, request: Request, list_id: str, member: str) -> Answer:
        body = request.json
        email = body["email_address"]
        if "status" in body:
            self.violation(request, "status overwrites consent")
        no = self._refuse_person(email, member, body)
        if no:
            return no
        new = hash_of(email)
        person = self.people.pop(member, None)
        if person is None:
            person = Person(email, body["status_if_new"])
        elif member != new:
            self.effects["change_address", email] += 1
            for segment in self.segments.values():
                if member in segment.members:
                    segment.members.remove(member)
                    segment.members.add(new)
        person.email = email
        person.status = body.get("status", person.status)
        person.merge_fields.update(
            {tag: v for tag, v in body.get("merge_fields", {}).items() if tag in self.fields}
        )
        self.people[new] = person
        return Answer(200, self._member(person))

    def _refuse_person(self, email: str, member: str, body: dict[str, Any]) -> Answer | None:
        known = self.people.get(member)
        if hash_of(email) in self.erased:
            detail = f"{email} was permanently deleted and cannot be re-imported."
            return problem(400, "Forgotten Email Not Subscribed", detail)
        if email in self.invalid | self.poison or "@" not in email:
            detail = f"{email} looks fake or invalid, please enter a real email address."
            return problem(400, "Invalid Resource", detail)
        if hash_of(email) != member and hash_of(email) in self.people:
            detail = f"{email} is already a list member. Use PUT to insert or update list members."
            return problem(400, "Member Exists", detail)
        if known and known.status in SAID_NO and body.get("status") == "subscribed":
            detail = f"{email} is in a compliance state due to unsubscribe, bounce or review."
            return problem(400, "Member In Compliance State", detail)
        if known and known.status == "archived" and "status" not in body:
            return problem(400, "Invalid Resource", "The member is archived; a status is required.")
        if known is None and body.get("status_if_new") not in _STATUSES:
            return problem(400, "Invalid Resource", "The status of a new member is required.")
        wrong = [
            {"field": tag, "message": f"Please enter a {self.fields[tag]}"}
            for tag, value in body.get("merge_fields", {}).items()
            if tag in self.fields and not fits(value, self.fields[tag])
        ]
        if wrong:
            detail = "Your merge fields were invalid."
            return problem(400, "Invalid Resource", detail, errors=wrong)
        return None

    @route("DELETE", _MEMBER)
    def _archive(self, request: Request, list_id: str, member: str) -> Answer:
        self.violation(request, "archives the person")
        for segment in self.segments.values():
            segment.members.discard(member)
        return Answer(204) if self.people.pop(member, None) else missing()

    @route("POST", _MEMBER + "/actions/delete-permanent")
    def _delete(self, request: Request, list_id: str, member: str) -> Answer:
        if self.people.pop(member, None) is None:
            return missing()
        self.erased.add(member)
        for segment in self.segments.values():
            segment.members.discard(member)
        return Answer(204)

    @route("GET", _MEMBER + "/notes")
    def _notes(self, request: Request, list_id: str, member: str) -> Answer:
        return paged(request, "notes", [{"id": 1, "note": "called on Monday"}])

    @route("GET", _MEMBER + "/events")
    def _events(self, request: Request, list_id: str, member: str) -> Answer:
        return paged(request, "events", [])

    @route("GET", _MEMBER + "/activity-feed")
    def _activity(self, request: Request, list_id: str, member: str) -> Answer:
        return paged(request, "activity", [{"activity_type": "open"}])
