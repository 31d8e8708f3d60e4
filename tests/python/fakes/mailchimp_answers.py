"""What Mailchimp's answers look like, and the records that the fake account keeps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fakes.server import Answer, Request

LIST_ID = "a1b2c3d4e5"
LISTS = "/3.0/lists/{list_id}"
SAID_NO = ("unsubscribed", "cleaned")


@dataclass
class Person:
    """One member of the audience."""

    email: str
    status: str
    merge_fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Segment:
    """A static segment; its members are subscriber hashes."""

    name: str
    members: set[str] = field(default_factory=set)


def hash_of(email: str) -> str:
    """What Mailchimp calls a member."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def fits(value: Any, kind: str) -> bool:
    if value == "" or kind == "text":
        return True
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "date":
        try:
            return bool(date.fromisoformat(value))
        except (TypeError, ValueError):
            return False
    return True


def paged(request: Request, key: str, items: list[Any]) -> Answer:
    offset, count = int(request.arg("offset", "0")), int(request.arg("count", "10"))
    if not 0 < count <= 1000:
        return problem(400, "Invalid Resource", "The count must be between 1 and 1000.")
    page = items[offset : offset + count]
    return ok(request, {key: page, "total_items": len(items), "list_id": LIST_ID, "_links": []})


def ok(request: Request, body: dict[str, Any]) -> Answer:
    """Restricted to the fields that were asked for."""
    fields = request.arg("fields")
    return Answer(200, _only(body, fields.split(",")) if fields else body)


def _only(body: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in body.items():
        inner = [f.removeprefix(f"{name}.") for f in fields if f.startswith(f"{name}.")]
        if inner and isinstance(value, list):
            kept[name] = [_only(item, inner) for item in value]
        elif inner or name in fields:
            kept[name] = value
    return kept


def problem(status: int, title: str, detail: str, **more: Any) -> Answer:
    body = {"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": title}
    body |= {"status": status, "detail": detail, "instance": "", **more}
    return Answer(status, body, content_type="application/problem+json; charset=utf-8")


def missing() -> Answer:
    return problem(404, "Resource Not Found", "The requested resource could not be found.")
