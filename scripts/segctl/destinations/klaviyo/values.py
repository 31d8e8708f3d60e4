"""What people look like to Klaviyo: its own fields, and custom properties for all else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segctl.destinations.settings import plain_type
from segctl.errors import DestinationError
from segctl.protocol import Batch

CUSTOMER_ID = "segctl_customer_id"
"""The custom property that says whose profile it is; see `klaviyo` for why not `external_id`."""

_LOCATION = ("address1", "address2", "city", "country", "region", "zip", "timezone")
_FIELDS = frozenset(
    {"first_name", "last_name", "organization", "title", "image", "locale"}
    | {f"location.{part}" for part in _LOCATION}
)
"""Klaviyo's own fields that we may fill: all of them text."""
FIELDS_READ = "email,first_name,last_name,organization,title,image,locale,location,properties"

_BY_COLUMN = {
    "first_name": "first_name",
    "last_name": "last_name",
    "organization": "organization",
    "company": "organization",
    "language": "locale",
    "locale": "locale",
    "time_zone": "location.timezone",
    "timezone": "location.timezone",
    "country": "location.country",
    "region": "location.region",
    "city": "location.city",
    "zip": "location.zip",
    "postal_code": "location.zip",
}
_IDENTIFIERS = frozenset({"id", "email", "phone_number", "external_id", "anonymous_id", "_kx"})


def field_name(column: str) -> str:
    """Klaviyo's own field where one fits, else the column as a custom property."""
    return _BY_COLUMN.get(column, column)


def check_attribute(name: str, column_type: str) -> None:
    """Raise DestinationError if Klaviyo cannot hold an attribute of this name and DuckDB type."""
    hint = "Give it another name under `attributes:` in sync.yml."
    if name in _IDENTIFIERS:
        raise DestinationError(
            f"Klaviyo tells profiles apart by {name}, so it cannot be sent as an attribute.", hint
        )
    if name == CUSTOMER_ID or name.startswith("$"):
        raise DestinationError(f"The attribute name {name} is reserved at Klaviyo.", hint)
    if name in _FIELDS and plain_type(column_type) != "text":
        raise DestinationError(
            f"The attribute {name} is text at Klaviyo, and {column_type} here.",
            "Send text, or give it another name under `attributes:` in sync.yml: custom properties "
            "take any type.",
        )
    if name.startswith("location.") and name not in _FIELDS:
        raise DestinationError(
            f"Klaviyo has no field {name}.", f"A location has: {', '.join(_LOCATION)}."
        )


@dataclass(frozen=True)
class Person:
    """A row of an UPSERT."""

    key: str
    remote_id: str | None
    email: str
    attributes: Mapping[str, Any]

    def profile(self) -> dict[str, Any]:
        """As an import takes it. An import ignores nulls, so empty properties are unset by name."""
        own: dict[str, Any] = {"email": self.email}
        location: dict[str, Any] = {}
        properties: dict[str, Any] = {CUSTOMER_ID: self.key}
        empty = []
        for name, value in self.attributes.items():
            if name not in _FIELDS:
                if value is None:
                    empty.append(name)
                else:
                    properties[name] = value
            elif value is not None:
                field, _, part = name.partition(".")
                (location if part else own)[part or field] = value
        if location:
            own["location"] = location
        found: dict[str, Any] = {"type": "profile", "attributes": {**own, "properties": properties}}
        if empty:
            found["meta"] = {"patch_properties": {"unset": empty}}
        return found

    @property
    def has_empty_fields(self) -> bool:
        """Whether a field of Klaviyo's own should hold nothing."""
        return any(value is None for name, value in self.attributes.items() if name in _FIELDS)

    def changes(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """What an import cannot do to the profile `held`: change its e-mail, empty its fields."""
        changed: dict[str, Any] = {}
        if (held.get("email") or "").casefold() != self.email.casefold():
            changed["email"] = self.email
        location = held.get("location") or {}
        for name, value in self.attributes.items():
            if name not in _FIELDS or value is not None:
                continue
            field, _, part = name.partition(".")
            if part and location.get(part) is not None:
                changed.setdefault("location", {})[part] = None
            elif not part and held.get(field) is not None:
                changed[field] = None
        return changed


def people(batch: Batch) -> list[Person]:
    """The rows of an UPSERT."""
    return [
        Person(
            row.pop("person_key"),
            row.pop("remote_id"),
            row.pop("email"),
            {name: _finite(value) for name, value in row.items()},
        )
        for row in batch.rows.to_pylist()
    ]


def owner(held: Mapping[str, Any]) -> str | None:
    """The person key that a profile's attributes carry."""
    found = (held.get("properties") or {}).get(CUSTOMER_ID)
    return None if found is None else str(found)


def owner_in(payload: Any) -> str | None:
    """The person key in a payload that an import error quotes, at whatever depth it stands."""
    if not isinstance(payload, dict):
        return None
    if payload.get(CUSTOMER_ID) is not None:
        return str(payload[CUSTOMER_ID])
    return next(filter(None, map(owner_in, payload.values())), None)


def _finite(value: Any) -> Any:
    """JSON knows neither infinity nor NaN."""
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
