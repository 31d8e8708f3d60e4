"""The state of a fake Klaviyo account, what tests do to it, and what all its endpoints share."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fakes.klaviyo_model import (
    CUSTOMER_ID,
    Job,
    List,
    Profile,
    cursor,
    error,
    metric_id,
    now,
    position,
)
from fakes.server import Answer, FakeTool, Faults, Handler, Request, Window, route

TIERS = {
    "XS": ((1, 1.0), (15, 60.0)),
    "S": ((3, 1.0), (60, 60.0)),
    "M": ((10, 1.0), (150, 60.0)),
    "L": ((75, 1.0), (750, 60.0)),
    "XL": ((350, 1.0), (3500, 60.0)),
    "LISTS": ((10, 1.0), (150, 60.0), (150, 86_400.0)),
}
SCOPES = (
    "accounts:read",
    "lists:read",
    "lists:write",
    "profiles:read",
    "profiles:write",
    "subscriptions:write",
    "events:read",
    "events:write",
    "segments:read",
    "data-privacy:write",
)
_LIMITS: dict[str, str] = {}

T = TypeVar("T")


def endpoint(method: str, path: str, tier: str, *scopes: str) -> Callable[[Handler], Handler]:
    """A route with a limit of its own and the scopes that it needs."""
    limit = f"{method} {path}"
    _LIMITS[limit] = tier

    def mark(handler: Handler) -> Handler:
        handler.scopes = scopes  # type: ignore[attr-defined]
        return route(method, path, limit)(handler)

    return mark


class KlaviyoAccount(FakeTool):
    """One account, without its endpoints."""

    def __init__(
        self,
        *,
        faults: Faults | None = None,
        enforce_limits: bool = False,
        scale: float = 1.0,
        job_polls: int = 2,
    ) -> None:
        super().__init__(faults=faults)
        self.key = "pk_0123456789abcdef0123456789abcdef01"
        self.scopes = set(SCOPES)
        self.paused = self.revoked = False
        self.job_polls = job_polls
        self.flat_errors = False
        """Whether import errors quote the profile's attributes at the top of the payload."""
        self.unsaid: tuple[str, ...] = ()
        """What import errors leave out of what the description makes optional."""
        self.imports_end = "complete"
        """Or 'cancelled', or 'never'."""
        self.refuses_revision: Answer | None = None
        self.invalid: set[str] = set()
        self.poison: set[str] = set()
        self.lists: dict[str, List] = {}
        self.profiles: dict[str, Profile] = {}
        self.jobs: dict[str, Job] = {}
        self.events: list[dict[str, Any]] = []
        self.deletions: list[str] = []
        self.effects: Counter[tuple[str, ...]] = Counter()
        self._by_email: dict[str, Profile] = {}
        self._told: set[tuple[str, str, str]] = set()
        self._numbers = itertools.count(1)
        if enforce_limits:
            self.windows = {
                limit: [Window(most, seconds * scale) for most, seconds in TIERS[tier]]
                for limit, tier in _LIMITS.items()
            }

    # What tests do and see

    def settings(self) -> dict[str, Any]:
        """Keyword arguments for KlaviyoSettings."""
        return {"api_key": "env:FAKE_KLAVIYO_KEY", "base_url": self.url}

    def snapshot(self) -> dict[str, set[str]]:
        """List -> e-mails of its members."""
        found: dict[str, set[str]] = {}
        for held in self.lists.values():
            emails = {self.profiles[profile].email or "" for profile in held.members}
            found.setdefault(held.name, set()).update(emails)
        return found

    def find(self, email: str) -> Profile | None:
        """The profile of an e-mail."""
        return self._by_email.get(email.lower())

    def profile(self, email: str) -> dict[str, Any] | None:
        """Attributes by Klaviyo's names, without the customer id."""
        held = self.find(email)
        if held is None:
            return None
        location = {f"location.{name}": value for name, value in held.location.items()}
        known = {**held.standard, **location, **held.properties}
        return {name: value for name, value in known.items() if name != CUSTOMER_ID}

    def statuses(self) -> dict[str, str]:
        """E-mail -> consent, or SUPPRESSED."""
        return {
            held.email or "": "SUPPRESSED" if held.suppression else held.consent
            for held in self.profiles.values()
        }

    def make_profile(self, email: str, **known: Any) -> Profile:
        """A profile that is there already."""
        held = Profile(f"01J{next(self._numbers):023d}", email.lower(), **known)
        self.profiles[held.id] = held
        self._by_email[email.lower()] = held
        return held

    def plant(self, title: str, email: str) -> Profile:
        """Somebody else's member."""
        profile = self.find(email) or self.make_profile(email)
        named = [held for held in self.lists.values() if held.name == title]
        (named[0] if named else self._make_list(title)).members.setdefault(profile.id, now())
        return profile

    def suppress(self, email: str, reason: str = "UNSUBSCRIBE") -> None:
        """The person says no to Klaviyo itself."""
        held = self.find(email) or self.make_profile(email)
        held.consent = "UNSUBSCRIBED" if reason == "UNSUBSCRIBE" else held.consent
        held.suppression.append({"reason": reason, "timestamp": now()})

    def forgive(self, email: str) -> None:
        """The person signs up again, at the tool."""
        held = self.find(email)
        assert held is not None
        held.consent, held.suppression = "SUBSCRIBED", []

    def delete_list(self, title: str) -> None:
        """Somebody deletes the list by hand."""
        self.lists = {key: held for key, held in self.lists.items() if held.name != title}

    def kick(self, title: str, email: str) -> None:
        """Somebody takes a member out by hand."""
        member = self.find(email)
        for held in self.lists.values():
            if held.name == title and member is not None:
                held.members.pop(member.id, None)

    def delete_person(self, email: str) -> None:
        """Somebody deletes the profile by hand."""
        held = self.find(email)
        if held is not None:
            self._drop(held.id)

    def merge(self, source: str, target: str) -> None:
        """Somebody merges two profiles: the first one's e-mail and id are gone, and the other one
        takes over what it lacks."""
        old, new = self.find(source), self.find(target)
        if old is None or new is None:
            raise ValueError("no such profile")
        new.properties = {**old.properties, **new.properties}
        for held in self.lists.values():
            if old.id in held.members:
                held.members.setdefault(new.id, now())
        self._drop(old.id)

    def finish_deletions(self) -> None:
        """Klaviyo gets round to the deletions that were requested."""
        for profile_id in self.deletions:
            if profile_id in self.profiles:
                self.effects["erase", self.profiles[profile_id].email or ""] += 1
                self._drop(profile_id)
        self.deletions.clear()

    def revoke_key(self) -> None:
        """The key is not accepted any more."""
        self.revoked = True

    def drop_scope(self, scope: str) -> None:
        """The key loses a right, such as 'lists:write'."""
        self.scopes.discard(scope)

    def pause_account(self) -> None:
        """Klaviyo pauses the account."""
        self.paused = True

    def _make_list(self, name: str) -> List:
        made = List(f"L{next(self._numbers):05d}", name)
        self.lists[made.id] = made
        return made

    def _drop(self, profile_id: str) -> None:
        self._by_email.pop(self.profiles.pop(profile_id).email or "", None)
        for held in self.lists.values():
            held.members.pop(profile_id, None)

    # Requests in general

    def authorise(self, request: Request) -> Answer | None:
        """The key, the revision, and the scopes of the endpoint."""
        given = request.headers.get("authorization", "")
        if self.revoked or given != f"Klaviyo-API-Key {self.key}":
            title = "Incorrect authentication credentials."
            return Answer(401, error(401, "authentication_failed", title, f"Not valid: {given}"))
        if self.refuses_revision is not None:
            return self.refuses_revision
        if "revision" not in request.headers:
            self.violation(request, "no revision")
            return self._invalid("A revision is required.")
        if request.body and "application/vnd.api+json" not in request.headers["content-type"]:
            self.violation(request, "not JSON:API")
            return Answer(415, error(415, "unsupported", "Unsupported media type.", "Not JSON:API"))
        denied = "This account has been paused." if self.paused else ""
        needed = set(getattr(self._find(request)[0], "scopes", ())) - self.scopes
        if needed:
            denied = f"This key lacks the scopes: {', '.join(sorted(needed))}."
        if denied:
            title = "You do not have permission to perform this action."
            return Answer(403, error(403, "permission_denied", title, denied))
        return None

    def throttle(self, request: Request, seconds: float | None) -> Answer:
        """Klaviyo's words for it."""
        detail = "Request was throttled."
        headers = {} if seconds is None else {"Retry-After": f"{seconds:.3f}"}
        return Answer(429, error(429, "throttled", detail, detail), headers)

    def unknown(self, request: Request) -> Answer:
        """Also for what does not exist."""
        return self._missing("resource", request.path)

    def _invalid(self, detail: str, pointer: str = "/data") -> Answer:
        return Answer(400, error(400, "invalid", "Invalid input.", detail, pointer))

    def _missing(self, what: str, name: str) -> Answer:
        detail = f"A {what} with id {name} does not exist."
        return Answer(404, error(404, "not_found", "Not found.", detail))

    def _duplicate(self, other: Profile) -> dict[str, Any]:
        detail = "A profile already exists with one of these identifiers."
        body = error(409, "duplicate_profile", "Conflict.", detail, "/data/attributes")
        body["errors"][0]["meta"] = {"duplicate_profile_id": other.id}
        found: dict[str, Any] = body
        return found

    # Shapes

    def _resource(self, kind: str, item_id: str, attributes: Any, **more: Any) -> dict[str, Any]:
        links = {"self": f"{self.url}/api/{kind}s/{item_id}"}
        return {"type": kind, "id": item_id, "attributes": attributes, "links": links, **more}

    def _shown(self, request: Request, held: Profile, **more: Any) -> dict[str, Any]:
        attributes = {**held.attributes(), **more}
        extra = request.arg("additional-fields[profile]").split(",")
        if "subscriptions" in extra:
            attributes["subscriptions"] = held.subscriptions()
        wanted = request.arg("fields[profile]")
        if wanted:
            attributes = {k: v for k, v in attributes.items() if k in wanted.split(",")}
        return self._resource("profile", held.id, attributes)

    def _list_shown(self, held: List) -> dict[str, Any]:
        attributes = {"name": held.name, "created": held.created, "updated": held.created}
        return self._resource("list", held.id, {**attributes, "opt_in_process": "double_opt_in"})

    def _event_shown(self, event: Mapping[str, Any]) -> dict[str, Any]:
        attributes = {
            "timestamp": 1_770_000_000,
            "event_properties": event["properties"],
            "datetime": event["time"],
            "uuid": event["unique_id"],
        }
        metric = {"data": {"type": "metric", "id": metric_id(event["metric"])}}
        relationships = {"metric": metric}
        return self._resource("event", event["unique_id"], attributes, relationships=relationships)

    def _metric_shown(self, name: str) -> dict[str, Any]:
        known = {"name": name, "created": now(), "updated": now(), "integration": {}}
        return self._resource("metric", metric_id(name), known)

    def _page(
        self,
        request: Request,
        items: Sequence[T],
        show: Callable[[T], Any],
        usual: int = 20,
        most: int = 100,
    ) -> Answer:
        size = int(request.arg("page[size]") or usual)
        if not 1 <= size <= most:
            self.violation(request, f"page size {size}")
            return self._invalid(f"Page size must be at most {most}.")
        try:
            start = position(request.arg("page[cursor]")) if request.arg("page[cursor]") else 0
        except ValueError:
            return self._invalid("Invalid cursor.")
        url = f"{self.url}{request.path}"
        links = {"self": url}
        if start + size < len(items):
            links["next"] = f"{url}?page%5Bcursor%5D={cursor(start + size)}"
        return Answer(200, {"data": [show(i) for i in items[start : start + size]], "links": links})
