"""A receiver that keeps the webhook's contract, with state.

It verifies signatures and their age, keeps lists and attributes by person key, and remembers events
by their key. Every operation may be heard twice.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import Counter
from typing import Any

from fakes.server import Answer, FakeTool, Request, route

TOLERANCE = 300.0
_LISTS = ("add", "update", "remove", "revoke")


class FakeWebhook(FakeTool):
    """One receiver."""

    new_status = "subscribed"
    """Of people who were never asked."""

    def __init__(self, *, enforce_limits: bool = False, **options: Any) -> None:
        """There is no limit to enforce unless a test puts one into `windows`."""
        super().__init__(**options)
        self.key = "whsec-5d41402abc4b2a76"
        self.gateway_key = "gateway-7d793037a076"
        self.paused = False
        self.without_scope = False
        self.clock = time.time
        self.people: dict[str, dict[str, Any]] = {}
        """Person key -> {"email", "attributes"}."""
        self.withdrawn: set[str] = set()
        """Keys of people who are not kept up to date any more."""
        self.lists: dict[str, dict[str, Any]] = {}
        """List id -> {"title", "members"}; members are person keys and their e-mails there."""
        self.events: list[dict[str, Any]] = []
        self.invalid: set[str] = set()
        self.poison: set[str] = set()
        self.effects: Counter[tuple[str, ...]] = Counter()
        self.plain_answer: bytes | None = None
        """Says this instead of JSON when there is nothing to reject."""
        self.ids: list[str] = []
        self.operations: list[str] = []
        self._no: set[str] = set()
        self._event_keys: set[str] = set()

    def settings(self) -> dict[str, Any]:
        """Keyword arguments for WebhookSettings."""
        return {
            "url": f"{self.url}/hooks/segments?token=fake-address-token",
            "secret": "env:FAKE_WEBHOOK_KEY",
        }

    def authorise(self, request: Request) -> Answer | None:
        signature = request.headers.get("segctl-signature", "")
        timestamp = request.headers.get("segctl-timestamp", "0")
        signed = timestamp.encode() + b"." + request.body
        wanted = "v1=" + hmac.new(self.key.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, wanted):
            return Answer(401, {"reason": "the signature is wrong"})
        if abs(self.clock() - float(timestamp)) > TOLERANCE:
            return Answer(401, {"reason": "the timestamp is old"})
        if self.paused:
            return Answer(403, {"reason": "the receiver is paused"})
        if self.without_scope:
            return Answer(403, {"reason": "writing is not allowed"})
        return None

    @route("POST", "/hooks/segments")
    def take(self, request: Request) -> Answer:
        body = request.json
        operation, told, records = body["operation"], body["list"], body["records"]
        self.ids.append(body["id"])
        self.operations.append(operation)
        emails = {record.get("email") for record in records}
        if emails & self.poison and operation != "erase":
            return Answer(422, {"reason": f"cannot take {sorted(emails & self.poison)[0]}"})
        if operation in _LISTS and told["id"] not in self.lists:
            return Answer(410, {"reason": "there is no such list"})
        handler = getattr(self, f"_take_{operation}", None)
        if handler is None:
            self.violation(request, f"unknown operation {operation}")
            return Answer(400, {"reason": "unknown operation"})
        answer = {
            "rejected": [
                {"key": record["key"], "reason": f"{record['email']} is not an address"}
                for record in records
                if record.get("email") in self.invalid and operation != "erase"
            ],
            "suppressed": [
                {"key": record["key"], "reason": "unsubscribed"}
                for record in records
                if record.get("email") in self._no and operation in ("upsert", "add", "update")
            ],
        }
        refused = {item["key"] for items in answer.values() for item in items}
        more = handler(told, [record for record in records if record["key"] not in refused])
        if self.plain_answer is not None and not refused and not more:
            return Answer(200, self.plain_answer, content_type="text/plain")
        return Answer(200, answer | (more or {}))

    def _take_connect(self, told: Any, records: list[dict[str, Any]]) -> None:
        """Nothing to do."""

    def _take_create_list(self, told: dict[str, Any], records: list[dict[str, Any]]) -> None:
        one = self.lists.setdefault(told["id"], {"title": None, "members": {}})
        if one["title"] is None:
            self.effects["create_list", told["title"]] += 1
        elif one["title"] != told["title"]:
            self.effects["rename_list", told["title"]] += 1
        one["title"] = told["title"]

    def _take_drop_list(self, told: dict[str, Any], records: list[dict[str, Any]]) -> None:
        self.effects["drop_list", told["id"]] += 1

    def _take_upsert(self, told: None, records: list[dict[str, Any]]) -> None:
        for record in records:
            person = {"email": record["email"], "attributes": record["attributes"]}
            if self.people.get(record["key"]) != person:
                self.effects["upsert", record["email"]] += 1
            if record.get("previous_key") in self.people:
                del self.people[record["previous_key"]]
            self.people[record["key"]] = person
            self.withdrawn.discard(record["key"])

    def _take_withdraw(self, told: None, records: list[dict[str, Any]]) -> None:
        for record in records:
            self.effects["withdraw", record["key"]] += 1
            self.withdrawn.add(record["key"])

    def _take_add(self, told: dict[str, Any], records: list[dict[str, Any]]) -> None:
        one = self.lists[told["id"]]
        for record in records:
            former = one["members"].pop(record.get("previous_key"), None)
            if record["key"] not in one["members"] and former is None:
                self.effects["add", one["title"], record["email"]] += 1
            one["members"][record["key"]] = record["email"]

    _take_update = _take_add

    def _take_remove(self, told: dict[str, Any], records: list[dict[str, Any]]) -> None:
        one = self.lists[told["id"]]
        for record in records:
            email = one["members"].pop(record["key"], None)
            if email is not None:
                self.effects["remove", one["title"], email] += 1

    _take_revoke = _take_remove

    def _take_event(self, told: None, records: list[dict[str, Any]]) -> None:
        for record in records:
            if record["key"] not in self._event_keys:
                self._event_keys.add(record["key"])
                self.events.append(record)
                self.effects["event", record["key"]] += 1

    def _take_erase(self, told: None, records: list[dict[str, Any]]) -> dict[str, Any]:
        [record] = records
        keys = {key for key, person in self.people.items() if person["email"] == record["email"]}
        keys |= {record["key"]} & self.people.keys()
        for key in keys:
            del self.people[key]
            for one in self.lists.values():
                one["members"].pop(key, None)
            self.effects["erase", record["email"]] += 1
        return {"status": "erased" if keys else "absent", "receipt": "r-1"}

    # For tests

    def snapshot(self) -> dict[str, set[str]]:
        """List title -> e-mails of its members."""
        return {one["title"]: set(one["members"].values()) for one in self.lists.values()}

    def profile(self, email: str) -> dict[str, Any] | None:
        """The attributes of a person. An address may have had another owner, who is withdrawn."""
        keys = sorted(
            (key for key, person in self.people.items() if person["email"] == email),
            key=self.withdrawn.__contains__,
        )
        return self.people[keys[0]]["attributes"] if keys else None

    def statuses(self) -> dict[str, str]:
        """E-mail -> whether the person said no here."""
        emails = [person["email"] for person in self.people.values()]
        return {email: "unsubscribed" if email in self._no else "subscribed" for email in emails}

    def plant(self, title: str, email: str) -> None:
        """Somebody else's member in a list."""
        found = [one for one in self.lists.values() if one["title"] == title]
        one = found[0] if found else {"title": title, "members": {}}
        self.lists.setdefault(title, one)
        one["members"][f"planted:{email}"] = email

    def suppress(self, email: str) -> None:
        """The person says no to the receiver."""
        self._no.add(email)

    def delete_list(self, title: str) -> None:
        """Somebody deletes a list by hand."""
        [found] = [list_id for list_id, one in self.lists.items() if one["title"] == title]
        del self.lists[found]

    def revoke_key(self) -> None:
        """The secret is another one now."""
        self.key += "-new"

    def drop_scope(self) -> None:
        """Nothing may be written any more."""
        self.without_scope = True

    def pause_account(self) -> None:
        """The receiver takes nothing for now."""
        self.paused = True

    def changes(self, request: Request) -> bool:
        return request.json["operation"] != "connect"

    def writes(self) -> list[tuple[str, str, int]]:
        """Operations that concern somebody; all of them are POSTs."""
        return [("POST", told, 200) for told in self.operations if told != "connect"]
