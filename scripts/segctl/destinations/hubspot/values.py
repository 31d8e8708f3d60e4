"""What HubSpot's properties look like, and what its answers say of single contacts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_STANDARD = {"first_name": "firstname", "last_name": "lastname", "region": "state"}
_NUMBER = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|REAL|DOUBLE|DECIMAL|NUMERIC)\b")
_INVALID_VALUES = "Property values were not valid:"
_CONFLICTS = ("CONFLICT", "OBJECT_ALREADY_EXISTS")

Error = Mapping[str, Any]


@dataclass(frozen=True)
class PropertyType:
    """A property's type and how it is shown."""

    type: str
    field: str


def property_name(column: str) -> str:
    """An internal name: small letters, digits and underscores, beginning with a letter."""
    if column in _STANDARD:
        return _STANDARD[column]
    return re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9_]+", "_", column.lower())) or column


def property_type(column_type: str) -> PropertyType:
    """How a DuckDB type is kept."""
    kind = column_type.upper()
    if kind.endswith("[]"):
        return PropertyType("string", "text")
    if kind == "BOOLEAN":
        return PropertyType("bool", "booleancheckbox")
    if kind == "DATE":
        return PropertyType("date", "date")
    if kind.startswith("TIMESTAMP"):
        return PropertyType("datetime", "date")
    if _NUMBER.match(kind):
        return PropertyType("number", "number")
    return PropertyType("string", "text")


def property_definition(name: str, column_type: str, group: str) -> dict[str, Any]:
    """The property as it is made."""
    wanted = property_type(column_type)
    definition: dict[str, Any] = {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": wanted.type,
        "fieldType": wanted.field,
        "groupName": group,
    }
    if wanted.type == "bool":
        definition["options"] = [
            {"label": "Yes", "value": "true", "displayOrder": 0, "hidden": False},
            {"label": "No", "value": "false", "displayOrder": 1, "hidden": False},
        ]
    return definition


def text(value: Any) -> str:
    """A property's value: HubSpot takes text only, '' for none, instants in UTC."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return f"{Decimal(str(value)):f}" if Decimal(str(value)).is_finite() else ""
    if isinstance(value, datetime):
        instant = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ";".join(map(text, value))
    return str(value)


def reason(error: Any) -> str:
    """What an error says. Refused values are named by their property and HubSpot's code only,
    because the message quotes them."""
    if not isinstance(error, Mapping):
        return ""
    scopes = sorted({scope for detail in error.get("errors") or [] for scope in _scopes(detail)})
    if error.get("category") == "MISSING_SCOPES":
        return f"the token lacks the scope {', '.join(scopes)}" if scopes else "a scope is missing"
    message = str(error.get("message") or error.get("category") or "")
    _, found, values = message.partition(_INVALID_VALUES)
    if not found:
        return message
    return "refused " + (_codes(values) or "values")


def _scopes(detail: Any) -> Iterable[str]:
    context = detail.get("context") if isinstance(detail, Mapping) else None
    named = context if isinstance(context, Mapping) else {}
    return [*named.get("requiredGranularScopes", []), *named.get("requiredScopes", [])]


def _codes(values: str) -> str:
    try:
        problems = json.loads(values.strip())
        return ", ".join(f"{problem['name']} ({problem['error']})" for problem in problems)
    except (ValueError, TypeError, KeyError):
        return ""


def is_gone(error: Any) -> bool:
    """Whether the record id leads nowhere any more."""
    return isinstance(error, Mapping) and error.get("category") == "OBJECT_NOT_FOUND"


def is_conflict(error: Any) -> bool:
    """Whether another contact has the e-mail."""
    if not isinstance(error, Mapping):
        return False
    said = reason(error)
    if "CONFLICTING_UNIQUE_VALUE" in said or "already exists" in said:
        return True
    return error.get("category") in _CONFLICTS


def read_results(
    inputs: Sequence[Mapping[str, Any]], data: Any
) -> tuple[dict[str, str], dict[str, Error]]:
    """A batch's answer by the inputs' trace ids: the record ids, and the errors of the others.

    HubSpot repeats the trace id where it supports that; otherwise the record id or the e-mail tells
    which input is meant. An input that the answer does not mention counts as refused.
    """
    traces = {item["objectWriteTraceId"] for item in inputs}
    named = {str(item["id"]).lower(): item["objectWriteTraceId"] for item in inputs}
    ids: dict[str, str] = {}
    for result in data.get("results") or []:
        email = (result.get("properties") or {}).get("email") or ""
        trace = result.get("objectWriteTraceId")
        if trace not in traces:
            trace = named.get(str(result["id"])) or named.get(email.lower())
        if trace is not None:
            ids[trace] = str(result["id"])
    errors: dict[str, Error] = {}
    for error in data.get("errors") or []:
        context = error.get("context") or {}
        about = {named.get(str(name).lower()) for name in _several(context.get("ids"))}
        about.update(_several(context.get("objectWriteTraceId")))
        errors |= dict.fromkeys(traces & about, error)
    unnamed = next(iter(data.get("errors") or []), {"message": "HubSpot did not answer for it"})
    for trace in traces - ids.keys() - errors.keys():
        errors[trace] = unnamed
    return ids, errors


def next_page(page: Mapping[str, Any]) -> str | None:
    """Where the next page begins, None after the last one."""
    after = ((page.get("paging") or {}).get("next") or {}).get("after")
    return None if after is None else str(after)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
