"""A Brevo account, as its API and SDK document it.

Consent rules: `emailBlacklisted` in a request overwrites; giving a blocklisted contact a new
address lifts its blocklisting. Unknown attributes and values of the wrong type are passed over.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from fakes.brevo_lists import CONTACTS, Contact, Lists, error, missing, paged
from fakes.server import Answer, Faults, Request, Window, route

_CONTACT = CONTACTS + "/{identifier}"


class FakeBrevo(Lists):
    """The account."""

    new_status = "ok"
    """Of people who were never asked."""

    def __init__(
        self,
        *,
        faults: Faults | None = None,
        enforce_limits: bool = False,
        scale: float = 1.0,
    ) -> None:
        """`scale` shortens the windows of the limits."""
        super().__init__(faults=faults)
        self.key = "xkeysib-0123456789abcdef"
        self.paused = False
        self.scopes = {"account", "lists", "attributes", "contacts"}
        self.invalid: set[str] = set()
        self.events: list[dict[str, Any]] = []
        self._scale = scale
        if enforce_limits:
            self.windows = {
                "contacts": [Window(10, 1 * scale), Window(36_000, 3600 * scale)],
                "other": [Window(100, 3600 * scale)],
            }

    # What tests use

    def settings(self) -> dict[str, Any]:
        """For BrevoSettings."""
        return {"type": "brevo", "api_key": "env:FAKE_BREVO_KEY", "base_url": f"{self.url}/v3"}

    def profile(self, email: str) -> dict[str, Any] | None:
        """Attributes of a contact."""
        contact = self.find(email)
        return contact.attributes if contact else None

    def statuses(self) -> dict[str, str]:
        """Address -> whether it may be mailed."""
        return {c.email: "blocklisted" if c.blocked else "ok" for c in self.contacts.values()}

    def suppress(self, email: str) -> None:
        """The person unsubscribes."""
        (self.find(email) or self.add_contact(email)).blocked = True

    def forgive(self, email: str) -> None:
        """The person signs up again, at the tool."""
        contact = self.find(email)
        assert contact is not None
        contact.blocked = False

    def revoke_key(self) -> None:
        """The key is not valid any more."""
        self.key = "revoked"

    def drop_scope(self, scope: str = "contacts") -> None:
        """The key's user may not see lists, attributes or contacts any more."""
        self.scopes.discard(scope)

    def pause_account(self) -> None:
        """Brevo suspends the account."""
        self.paused = True

    # Rights and limits

    def authorise(self, request: Request) -> Answer | None:
        """The key, the account's state and the rights of the key's user."""
        if request.headers.get("api-key") != self.key:
            return error(401, "unauthorized", "Key not found")
        if self.paused:
            return error(403, "permission_denied", "Your account is suspended")
        parts = request.path.removeprefix("/v3/").split("/")
        scope = parts[1] if len(parts) > 1 and parts[1] in self.scopes else parts[0]
        if parts[-1] in ("lists", "attributes") and parts[-1] not in self.scopes:
            scope = parts[-1]
        if scope not in self.scopes:
            return error(403, "permission_denied", f"You are not allowed to use {scope}")
        return None

    def throttle(self, request: Request, seconds: float | None) -> Answer:
        """The wait is in a header of Brevo's own, in seconds of its own time."""
        reset = {} if seconds is None else {"x-sib-ratelimit-reset": f"{seconds / self._scale:.3f}"}
        body = {"code": "too_many_requests", "message": "You have reached the rate limit"}
        return Answer(429, body, reset)

    def unknown(self, request: Request) -> Answer:
        """No such path."""
        return missing("The route")

    @route("GET", "/v3/account", "other")
    def _account(self, request: Request) -> Answer:
        body = {"organization_id": "org1", "user_id": 1, "companyName": "Shop", "plan": []}
        names = {"email": "owner@shop.example", "firstName": "O", "lastName": "Wner"}
        return Answer(200, body | names)

    # Contacts

    @route("GET", CONTACTS, "contacts")
    def _get_contacts(self, request: Request) -> Answer:
        ids = [int(one) for one in request.query.get("ids", [])]
        if len(ids) > 20:
            self.violation(request, "more than 20 ids")
            return error(400, "invalid_parameter", "ids: maximum 20 are allowed")
        wanted = [c for c in self.contacts.values() if not ids or c.id in ids]
        return paged(request, "contacts", [self.shown(contact) for contact in wanted], 1000)

    @route("POST", CONTACTS, "contacts")
    def _create(self, request: Request) -> Answer:
        body = request.json
        self._watch_consent(request)
        refusal = self._refuse(body["email"])
        if refusal:
            return refusal
        contact = self.find(body["email"])
        if contact and not body.get("updateEnabled"):
            message = "Unable to create contact, email is already associated with another Contact"
            return error(400, "duplicate_parameter", message, duplicate_identifiers=["email"])
        created = contact is None
        contact = contact or self.add_contact(body["email"])
        self._set(contact, body)
        return Answer(201, {"id": contact.id}) if created else Answer(204)

    @route("GET", _CONTACT, "contacts")
    def _get(self, request: Request, identifier: str) -> Answer:
        contact = self._named(request, identifier)
        if contact is None:
            return missing("Contact")
        return Answer(200, self.shown(contact) | {"statistics": {"messagesSent": []}})

    @route("PUT", _CONTACT, "contacts")
    def _put(self, request: Request, identifier: str) -> Answer:
        contact = self._named(request, identifier)
        if contact is None:
            return missing("Contact")
        self._watch_consent(request)
        new = request.json.get("attributes", {}).get("EMAIL", contact.email)
        refusal = self._refuse(new)
        if refusal:
            return refusal
        if self.find(new) not in (None, contact):
            message = "Unable to update contact, email is already associated with another Contact"
            return error(400, "duplicate_parameter", message, duplicate_identifiers=["email"])
        if new != contact.email:
            self.effects["change_address", new] += 1
            if contact.blocked:
                self.violation(request, "lifts a blocklisting")
                contact.blocked = False
            self.rename(contact, new)
        self._set(contact, request.json)
        return Answer(204)

    @route("DELETE", _CONTACT, "contacts")
    def _delete(self, request: Request, identifier: str) -> Answer:
        contact = self._named(request, identifier)
        if contact is None:
            return missing("Contact")
        self.drop_contact(contact)
        return Answer(204)

    @route("GET", _CONTACT + "/campaignStats", "contacts")
    def _statistics(self, request: Request, identifier: str) -> Answer:
        start, end = (date.fromisoformat(request.arg(f"{at}Date")) for at in ("start", "end"))
        if not 0 <= (end - start).days <= 90:
            self.violation(request, "more than 90 days")
            return error(400, "out_of_range", "The range is up to 90 days")
        sent = [{"campaignId": 1, "eventTime": "2026-01-05T00:00:00.000+00:00"}]
        return Answer(200, {"messagesSent": sent if start <= date(2026, 1, 5) <= end else []})

    @route("POST", CONTACTS + "/import", "contacts")
    def _import(self, request: Request) -> Answer:
        self.violation(request, "an import tells nothing about single contacts")
        return Answer(202, {"processId": 78})

    def _named(self, request: Request, identifier: str) -> Contact | None:
        if request.arg("identifierType") == "contact_id" or identifier.isdigit():
            return self.contacts.get(int(identifier))
        return self.find(identifier)

    def _refuse(self, email: str) -> Answer | None:
        if "@" not in email or email in self.invalid | self.poison:
            return error(400, "invalid_parameter", f"Invalid email address {email}")
        return None

    def _watch_consent(self, request: Request) -> None:
        if "emailBlacklisted" in request.json:
            self.violation(request, "emailBlacklisted overwrites consent")

    def _set(self, contact: Contact, body: dict[str, Any]) -> None:
        contact.blocked = body.get("emailBlacklisted", contact.blocked)
        for name, value in body.get("attributes", {}).items():
            category, kind = self.attributes.get(name, ("", ""))
            if category != "normal" or not _fits(value, kind):
                continue
            if value == "":
                contact.attributes.pop(name, None)
            else:
                contact.attributes[name] = value


def _fits(value: Any, kind: str) -> bool:
    if value == "":
        return True
    if kind == "float":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "date":
        try:
            return bool(date.fromisoformat(value))
        except (TypeError, ValueError):
            return False
    return isinstance(value, str)
