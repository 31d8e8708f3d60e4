"""What a fake Klaviyo account holds, and how it shows it: JSON:API resources, filters and pages."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

STANDARD = ("first_name", "last_name", "organization", "title", "image", "locale")
LOCATION = [
    "address1",
    "address2",
    "city",
    "country",
    "latitude",
    "longitude",
    "region",
    "zip",
    "timezone",
    "ip",
]  # fmt: skip
CUSTOMER_ID = "segctl_customer_id"


def now() -> str:
    """The time as Klaviyo writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass
class Profile:
    """A person."""

    id: str
    email: str | None = None
    external_id: str | None = None
    phone_number: str | None = None
    standard: dict[str, Any] = field(default_factory=dict)
    location: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    consent: str = "NEVER_SUBSCRIBED"
    suppression: list[dict[str, str]] = field(default_factory=list)
    created: str = field(default_factory=now)
    updated: str = field(default_factory=now)

    def state(self) -> str:
        """Everything that an update may change, to tell whether it did."""
        held = (self.email, self.external_id, self.standard, self.location, self.properties)
        return json.dumps(held, sort_keys=True)

    def attributes(self) -> dict[str, Any]:
        """All attributes that are shown unless fewer are asked for."""
        return {
            "email": self.email,
            "phone_number": self.phone_number,
            "external_id": self.external_id,
            **{name: self.standard.get(name) for name in STANDARD},
            "created": self.created,
            "updated": self.updated,
            "last_event_date": None,
            "location": {name: self.location.get(name) for name in LOCATION},
            "properties": dict(self.properties),
        }

    def subscriptions(self) -> dict[str, Any]:
        """What the additional field `subscriptions` holds about e-mail."""
        return {
            "email": {
                "marketing": {
                    "can_receive_email_marketing": not self.suppression,
                    "consent": self.consent,
                    "suppression": self.suppression,
                    "list_suppressions": [],
                }
            }
        }


@dataclass
class List:
    """A list; its members with the time at which they joined."""

    id: str
    name: str
    created: str = field(default_factory=now)
    members: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """An import that works in the background."""

    id: str
    profiles: list[dict[str, Any]]
    lists: list[str]
    polls_left: int
    created: str = field(default_factory=now)
    status: str = "queued"
    imported: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def attributes(self) -> dict[str, Any]:
        """As GET shows it."""
        done = self.status == "complete"
        return {
            "status": self.status,
            "created_at": self.created,
            "total_count": len(self.profiles),
            "completed_count": len(self.profiles) if done else 0,
            "failed_count": len(self.errors) if done else 0,
            "completed_at": self.created if done else None,
            "expires_at": self.created,
            "started_at": self.created,
        }


def error(status: int, code: str, title: str, detail: str, pointer: str = "/data/") -> Any:
    """The body of an error."""
    found = {
        "id": "0d4f5c2a-7a38-4b7e-9b0f-3a3f5e1c9d10",
        "status": status,
        "code": code,
        "title": title,
        "detail": detail,
        "source": {"pointer": pointer},
        "links": {},
        "meta": {},
    }
    return {"errors": [found]}


_FILTER = re.compile(r'([a-z-]+)\(([\w.]+),(\[.*\]|".*"|[^")\[]+)\)')


@dataclass(frozen=True)
class Filter:
    """One condition such as any(id,["a","b"]) or greater-than(created,2026-01-01T00:00:00Z)."""

    operator: str
    field: str
    values: tuple[str, ...]

    def admits(self, value: Any) -> bool:
        """Whether the value passes."""
        if self.operator in ("equals", "any"):
            return value in self.values
        if value is None:
            return False
        mark, moment = (datetime.fromisoformat(text) for text in (self.values[0], value))
        return moment > mark or (self.operator == "greater-or-equal" and moment == mark)


def parse_filter(text: str) -> Filter | None:
    """A filter of one condition; None if it is malformed."""
    found = _FILTER.fullmatch(text)
    if found is None:
        return None
    operator, name, raw = found.groups()
    if raw[0] not in '["':
        return Filter(operator, name, (raw,))
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return Filter(operator, name, tuple(value) if isinstance(value, list) else (value,))


def cursor(position: int) -> str:
    """An opaque cursor."""
    return base64.urlsafe_b64encode(f"next::id::{position}".encode()).decode()


def position(text: str) -> int:
    """Where a cursor points to; raises ValueError if it is none."""
    mark, _, number = base64.urlsafe_b64decode(text.encode()).decode().rpartition("::")
    if mark != "next::id":
        raise ValueError(text)
    return int(number)


def store(held: dict[str, Any], sent: Mapping[str, Any]) -> None:
    """Store fields; a null empties one."""
    for name, value in sent.items():
        if value is None:
            held.pop(name, None)
        else:
            held[name] = value


def admits(condition: Filter, held: Profile) -> bool:
    """Whether a profile passes."""
    if condition.field.endswith("marketing.suppression.timestamp"):
        return any(condition.admits(mark["timestamp"]) for mark in held.suppression)
    return condition.admits(getattr(held, condition.field))


def metric_id(name: str) -> str:
    """What Klaviyo calls a metric."""
    return f"M{sum(name.encode())}"
