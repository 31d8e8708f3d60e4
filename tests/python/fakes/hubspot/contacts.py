"""Contacts: batches of 100, searching, erasing."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from fakes.hubspot.state import NOW, State, batch_answer, error, item_error
from fakes.server import Answer, Request, route

CONTACTS = "/crm/v3/objects/contacts"
FOUND_AT_MOST = 10_000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Contacts(State):
    """The endpoints below /crm/v3/objects/contacts."""

    search_end = FOUND_AT_MOST

    @route("GET", CONTACTS)
    def list_contacts(self, request: Request) -> Answer:
        limit = int(request.arg("limit", "10"))
        return Answer(200, {"results": [self._shown(i) for i in list(self.contacts)[:limit]]})

    @route("POST", f"{CONTACTS}/batch/read")
    def read(self, request: Request) -> Answer:
        body = request.json
        problem = self._batch_problem(request, body)
        if problem:
            return problem
        results, missing = [], []
        for item in body["inputs"]:
            record = self._record(item["id"], body.get("idProperty"))
            if record is None:
                missing.append(item["id"])
            else:
                results.append(self._shown(record, body.get("properties")))
        return batch_answer(results, [_not_found(missing)] if missing else [])

    @route("POST", f"{CONTACTS}/batch/update")
    def update(self, request: Request) -> Answer:
        return self._batch_problem(request, request.json) or self._update(request.json["inputs"])

    def _update(self, inputs: list[dict[str, Any]]) -> Answer:
        found = {item["id"]: self._record(item["id"], item.get("idProperty")) for item in inputs}
        missing = [name for name, record in found.items() if record is None]
        for item in inputs:
            email = item["properties"].get("email", "").lower()
            owner = self.id_of(email) if email else None
            if found[item["id"]] is not None and owner not in (None, found[item["id"]]):
                message = f"A contact with the email '{email}' already exists. Existing ID: {owner}"
                return error(409, message, "CONFLICT")
        present = [item for item in inputs if found[item["id"]] is not None]
        good, errors, refusal = self._sort_out(present)
        if refusal:
            return refusal
        for item in good:
            self._set(found[item["id"]], item["properties"])  # type: ignore[arg-type]
        results = [self._written(found[item["id"]], item) for item in good]
        return batch_answer(results, errors + ([_not_found(missing)] if missing else []))

    @route("POST", f"{CONTACTS}/batch/upsert")
    def upsert(self, request: Request) -> Answer:
        problem = self._batch_problem(request, request.json)
        if problem:
            return problem
        inputs = request.json["inputs"]
        if any(item.get("idProperty") != "email" for item in inputs):
            return self.wrong(request, "idProperty must be a unique property")
        good, errors, refusal = self._sort_out(inputs)
        return refusal or batch_answer([self._upsert(item) for item in good], errors)

    def _upsert(self, item: dict[str, Any]) -> dict[str, Any]:
        """By e-mail it is not partial: what is not named does not stay."""
        known = self.id_of(item["id"])
        record = self.make_contact(item["id"]) if known is None else known
        for name in set(self.contacts[record]) - set(item["properties"]) - {"email"}:
            if not name.startswith("hs_"):
                del self.contacts[record][name]
        self._set(record, item["properties"])
        if known is None:
            self.effects["create", item["id"].lower()] += 1
        return self._written(record, item) | {"new": known is None}

    @route("POST", f"{CONTACTS}/search", limit="search")
    def search(self, request: Request) -> Answer:
        body = request.json
        limit, after = body.get("limit", 10), int(body.get("after") or 0)
        if limit > 200 or after + limit > self.search_end:
            return error(400, "The search ends at 10,000 results")
        tests = [test for group in body["filterGroups"] for test in group["filters"]]
        found = [i for i in self.contacts if all(self._passes(i, test) for test in tests)]
        for sort in body.get("sorts", []):
            if not isinstance(sort, str) or "after" not in body:
                return self.wrong(request, "sorts are texts, and after is required")
            found.sort(reverse=sort.startswith("-"))
        page = found[after : after + limit]
        answer: dict[str, Any] = {
            "total": len(found),
            "results": [self._shown(i, body.get("properties")) for i in page],
        }
        if len(found) > after + limit:
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return Answer(200, answer)

    def _passes(self, record: int, test: dict[str, str]) -> bool:
        value = self.contacts[record].get(test["propertyName"], "")
        if test["operator"] == "EQ":
            return value == test["value"]
        if test["operator"] == "GT":
            return int(value) > int(test["value"])
        raise AssertionError(test["operator"])

    @route("POST", f"{CONTACTS}/gdpr-delete")
    def gdpr_delete(self, request: Request) -> Answer:
        body = request.json
        record = self._record(body["objectId"], body.get("idProperty"))
        if record is None and body.get("idProperty") == "email":
            self.violation(request, "puts an unknown address on the block list")
            self.blocked.add(body["objectId"].lower())
            return Answer(204)
        if record is None:
            return error(404, "resource not found", "OBJECT_NOT_FOUND")
        self.effects["erase", self.drop_contact(record)] += 1
        return Answer(204)

    def _record(self, name: str, by: str | None) -> int | None:
        if by == "email":
            return self.id_of(name)
        return int(name) if name.isdigit() and int(name) in self.contacts else None

    def _batch_problem(self, request: Request, body: Any) -> Answer | None:
        """What is wrong with a batch as such."""
        inputs = body.get("inputs") if isinstance(body, dict) else None
        if not inputs or not isinstance(inputs, list):
            return self.wrong(request, "inputs is required")
        if len(inputs) > 100:
            return self.wrong(request, "more than 100 inputs")
        names = [str(item["id"]).lower() for item in inputs]
        if len(set(names)) < len(names):
            return error(400, "Duplicate IDs found in batch input: IDs must be unique")
        traces = [item["objectWriteTraceId"] for item in inputs if "objectWriteTraceId" in item]
        if len(set(traces)) < len(traces):
            return self.wrong(request, "objectWriteTraceId must be unique")
        for item in inputs:
            for name, value in item.get("properties", {}).items():
                if not isinstance(value, str):
                    return self.wrong(request, f"{name} must be a text")
                if name.startswith("hs_"):
                    return self.wrong(request, f"{name} is not ours to write")
        return None

    def _sort_out(
        self, inputs: list[dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Answer | None]:
        """The valid inputs, errors of the others, and a refusal of the whole if there is one."""
        good, errors = [], []
        for item in inputs:
            email = item["properties"].get("email") or item["id"]
            if email in self.poison:
                return [], [], error(400, f"Unable to process the request because of {email}")
            problems = self._value_problems(item["properties"])
            if email in self.invalid | self.blocked or ("@" in email and not _EMAIL.match(email)):
                problems.append(_problem("email", "INVALID_EMAIL", f"{email} is invalid"))
            if not problems:
                good.append(item)
                continue
            message = f"Property values were not valid: {json.dumps(problems)}"
            trace = item.get("objectWriteTraceId")
            if trace is None or any(p["error"] == "PROPERTY_DOESNT_EXIST" for p in problems):
                return [], [], error(400, message)
            about = {"objectWriteTraceId": [trace]}
            errors.append(item_error(message, "VALIDATION_ERROR", about))
        return good, errors, None

    def _value_problems(self, properties: dict[str, str]) -> list[dict[str, Any]]:
        problems = []
        for name, value in properties.items():
            kind = self.properties.get(name, {}).get("type")
            if kind is None:
                problems.append(_problem(name, "PROPERTY_DOESNT_EXIST", f"no property {name}"))
            elif value and not _fits(value, kind):
                problems.append(_problem(name, f"INVALID_{kind.upper()}", f"{value} is not valid"))
        return problems

    def _set(self, record: int, properties: dict[str, str]) -> None:
        for name, value in properties.items():
            if name == "email":
                self.give_email(record, value)
            elif value:
                self.contacts[record][name] = value
            else:
                self.contacts[record].pop(name, None)

    def _shown(self, record: int, properties: list[str] | None = None) -> dict[str, Any]:
        wanted = properties or ["email", "firstname", "lastname"]
        there = self.contacts[record]
        shown = {name: there.get(name) for name in [*wanted, "hs_object_id"]}
        return {
            "id": str(record),
            "properties": shown,
            "createdAt": NOW,
            "updatedAt": NOW,
            "archived": False,
        }

    def _written(self, record: int | None, item: dict[str, Any]) -> dict[str, Any]:
        assert record is not None
        shown = self._shown(record, ["email", *item["properties"]])
        trace = item.get("objectWriteTraceId")
        return shown | ({"objectWriteTraceId": trace} if trace else {})


def _problem(name: str, code: str, message: str) -> dict[str, Any]:
    return {"isValid": False, "message": message, "error": code, "name": name}


def _not_found(ids: list[str]) -> dict[str, Any]:
    message = "Could not get some CONTACT objects, they may be deleted or not exist."
    return item_error(message, "OBJECT_NOT_FOUND", {"ids": ids})


def _fits(value: str, kind: str) -> bool:
    try:
        if kind == "number":
            float(value)
        elif kind == "date":
            datetime.strptime(value, "%Y-%m-%d")
        elif kind == "datetime":
            datetime.fromisoformat(value)
        elif kind == "bool":
            return value in ("true", "false")
    except ValueError:
        return False
    return True
