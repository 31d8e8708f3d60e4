"""A HubSpot account with state: contacts, lists, properties and custom events.

What matters of HubSpot's ways: an upsert by e-mail is not partial; a batch answers 207 when a part
of it failed; record ids are numbers in texts; list names are unique; a search ends at 10,000
results; permanent deletion of an unknown address puts it on a block list; of several events with
one id the first counts.
"""

from __future__ import annotations

import re
from typing import Any

from fakes.hubspot.account import Account
from fakes.hubspot.contacts import Contacts
from fakes.hubspot.lists import Lists
from fakes.hubspot.state import SCOPES, error
from fakes.server import Answer, Request, Window

__all__ = ["FakeHubSpot"]

_NEEDED = (
    (r"(POST|PUT) .*/contacts/(batch/(update|upsert)|gdpr-delete)", "crm.objects.contacts.write"),
    (r"\w+ .*/objects/contacts.*", "crm.objects.contacts.read"),
    (r"(PUT .*/lists/.*|POST .*/lists/?)", "crm.lists.write"),
    (r"\w+ .*/lists.*", "crm.lists.read"),
    (r"POST .*/properties/.*", "crm.schemas.contacts.write"),
    (r"GET .*/properties/.*", "crm.schemas.contacts.read"),
    (r"\w+ /events/v3/event-definitions.*", "behavioral_events.event_definitions.read_write"),
    (r"\w+ /events/v3/send.*", "analytics.behavioral_events.send"),
)
_READING = re.compile(r".*/(search|batch/read|access-token-info)")


class FakeHubSpot(Account, Lists, Contacts):
    """One account. `scale` shortens its windows, so that tests of limits need not wait."""

    new_status = "not opted out"
    """Of people who were never asked."""

    def __init__(self, *, enforce_limits: bool = False, scale: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.key = "pat-na1-0f3c5a1e-secret"
        self.scopes = list(SCOPES)
        self.paused = False
        self.day_used_up = False
        self.token_known = True
        self.refuses_repeats = False
        """Whether a repeated event is refused aloud; HubSpot's documentation leaves that open."""
        if enforce_limits:
            self.windows = {"": [Window(100, 10 * scale)], "search": [Window(5, scale)]}

    def settings(self) -> dict[str, Any]:
        """Keyword arguments for HubSpotSettings."""
        return {"access_token": "env:FAKE_HUBSPOT_KEY", "base_url": self.url}

    def authorise(self, request: Request) -> Answer | None:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return error(401, "Authentication credentials not found", "INVALID_AUTHENTICATION")
        if self.paused:
            return error(403, "This account is suspended", "FORBIDDEN")
        if self.day_used_up:
            return self._too_many("DAILY", {})
        line = f"{request.method} {request.path}"
        needed = next((scope for form, scope in _NEEDED if re.fullmatch(form, line)), None)
        if needed is None or needed in self.scopes:
            return None
        detail = {
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": [needed]},
        }
        message = "This app hasn't been granted all required scopes to make this call."
        return error(403, message, "MISSING_SCOPES", errors=[detail])

    def throttle(self, request: Request, seconds: float | None) -> Answer:
        headers = {} if seconds is None else {"Retry-After": f"{seconds:.3f}"}
        return self._too_many("TEN_SECONDLY_ROLLING", headers)

    def _too_many(self, policy: str, headers: dict[str, str]) -> Answer:
        body = {
            "status": "error",
            "message": f"You have reached your {policy.lower()} limit.",
            "errorType": "RATE_LIMIT",
            "policyName": policy,
        }
        return Answer(429, body, headers)

    def unknown(self, request: Request) -> Answer:
        return error(404, "resource not found", "OBJECT_NOT_FOUND")

    def changes(self, request: Request) -> bool:
        return super().changes(request) and not _READING.fullmatch(request.path)

    def writes(self) -> list[tuple[str, str, int]]:
        """HubSpot reads by POST in places."""
        return [one for one in super().writes() if not _READING.fullmatch(one[1])]

    # For tests

    def snapshot(self) -> dict[str, set[str]]:
        """List title -> e-mails of its members."""
        return {
            one.name: {self.contacts[record]["email"] for record in one.members}
            for one in self.lists.values()
        }

    def profile(self, email: str) -> dict[str, Any] | None:
        """A contact's attributes."""
        record = self.id_of(email)
        if record is None:
            return None
        there = self.contacts[record].items()
        return {name: v for name, v in there if name != "email" and not name.startswith("hs_")}

    def statuses(self) -> dict[str, str]:
        """E-mail -> whether the contact opted out."""
        return {
            contact["email"]: "opted out" if contact.get("hs_email_optout") else "not opted out"
            for contact in self.contacts.values()
        }

    def plant(self, title: str, email: str) -> None:
        """Somebody else's member in a list."""
        one = self.list_named(title) or self.make_list(title)
        one.members[self.id_of(email) or self.make_contact(email)] = "2026-01-01T00:00:00.000Z"

    def kick(self, title: str, email: str) -> None:
        """Somebody takes a member out by hand."""
        held, record = self.list_named(title), self.id_of(email)
        assert held is not None and record is not None
        held.members.pop(record, None)

    def suppress(self, email: str) -> None:
        """The person opts out of all e-mail."""
        self.contacts[self.id_of(email) or self.make_contact(email)]["hs_email_optout"] = "true"

    def forgive(self, email: str) -> None:
        """The person signs up again, at the tool."""
        record = self.id_of(email)
        assert record is not None
        self.contacts[record].pop("hs_email_optout")

    def delete_list(self, title: str) -> None:
        """Somebody deletes a list by hand."""
        found = self.list_named(title)
        assert found is not None
        del self.lists[found.id]

    def delete_person(self, email: str) -> None:
        """Somebody deletes a contact by hand."""
        record = self.id_of(email)
        assert record is not None
        self.drop_contact(record)

    def revoke_key(self) -> None:
        """The token is valid no more."""
        self.key += "-new"

    def drop_scope(self, scope: str = "crm.objects.contacts.write") -> None:
        """The token may do less."""
        self.scopes.remove(scope)

    def pause_account(self) -> None:
        """HubSpot suspends the account."""
        self.paused = True
