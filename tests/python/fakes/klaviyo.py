"""A fake Klaviyo: revision 2026-07-15 of its API, as documented, over one account in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fakes.klaviyo_account import KlaviyoAccount, endpoint
from fakes.klaviyo_model import (
    LOCATION,
    STANDARD,
    Job,
    List,
    Profile,
    admits,
    error,
    now,
    parse_filter,
    store,
)
from fakes.server import Answer, Request

_MEMBERS = "/api/lists/{list_id}/relationships/profiles"
_IMPORTS = "/api/profile-bulk-import-jobs"


class FakeKlaviyo(KlaviyoAccount):
    """One account and the endpoints that a sync may use."""

    new_status = "NEVER_SUBSCRIBED"
    """Of people who were never asked."""

    # Account and lists

    @endpoint("GET", "/api/accounts", "XS", "accounts:read")
    def _get_accounts(self, request: Request) -> Answer:
        address = dict.fromkeys(["address1", "address2", "city", "region", "country", "zip"], "")
        contact = {
            "default_sender_name": "Shop",
            "default_sender_email": "shop@example.com",
            "website_url": "https://example.com",
            "organization_name": "Shop",
            "street_address": address,
        }
        attributes = {
            "test_account": True,
            "contact_information": contact,
            "industry": None,
            "timezone": "Europe/Berlin",
            "preferred_currency": "EUR",
            "public_api_key": "AbC123",
            "locale": "de-DE",
        }
        return Answer(200, {"data": [self._resource("account", "AbC123", attributes)]})

    @endpoint("GET", "/api/lists", "L", "lists:read")
    def _get_lists(self, request: Request) -> Answer:
        found = sorted(self.lists.values(), key=lambda held: held.created)
        if request.arg("filter"):
            condition = parse_filter(request.arg("filter"))
            if condition is None or condition.field not in ("id", "name"):
                self.violation(request, f"filter {request.arg('filter')}")
                return self._invalid("Invalid filter.")
            found = [held for held in found if condition.admits(getattr(held, condition.field))]
        return self._page(request, found, self._list_shown, 10, 10)

    @endpoint("POST", "/api/lists", "LISTS", "lists:write")
    def _post_list(self, request: Request) -> Answer:
        name = request.json["data"]["attributes"]["name"]
        self.effects["create_list", name] += 1
        return Answer(201, {"data": self._list_shown(self._make_list(name))})

    @endpoint("GET", "/api/lists/{list_id}", "L", "lists:read")
    def _get_list(self, request: Request, list_id: str) -> Answer:
        held = self.lists.get(list_id)
        return Answer(200, {"data": self._list_shown(held)}) if held else self._no_list(list_id)

    @endpoint("PATCH", "/api/lists/{list_id}", "M", "lists:write")
    def _patch_list(self, request: Request, list_id: str) -> Answer:
        held = self.lists.get(list_id)
        if held is None:
            return self._no_list(list_id)
        held.name = request.json["data"]["attributes"]["name"]
        self.effects["rename_list", held.name] += 1
        return Answer(200, {"data": self._list_shown(held)})

    def _no_list(self, list_id: str) -> Answer:
        return self._missing("list", list_id)

    @endpoint("GET", "/api/lists/{list_id}/profiles", "L", "lists:read", "profiles:read")
    def _get_members(self, request: Request, list_id: str) -> Answer:
        held = self.lists.get(list_id)
        if held is None:
            return self._no_list(list_id)
        return self._page(
            request,
            list(held.members.items()),
            lambda member: self._shown(
                request, self.profiles[member[0]], joined_group_at=member[1]
            ),
        )

    @endpoint("POST", _MEMBERS, "M", "lists:write", "profiles:write")
    def _post_members(self, request: Request, list_id: str) -> Answer:
        return self._change_members(request, list_id, self._enter)

    @endpoint("DELETE", _MEMBERS, "M", "lists:write", "profiles:write")
    def _delete_members(self, request: Request, list_id: str) -> Answer:
        return self._change_members(request, list_id, self._exit)

    def _change_members(
        self, request: Request, list_id: str, change: Callable[[List, str], None]
    ) -> Answer:
        held = self.lists.get(list_id)
        if held is None:
            return self._no_list(list_id)
        ids = [item["id"] for item in request.json["data"]]
        if not 1 <= len(ids) <= 1000:
            self.violation(request, f"{len(ids)} profiles")
            return self._invalid("Between 1 and 1000 profiles are required.")
        for profile_id in ids:
            if profile_id not in self.profiles:
                return self._missing("profile", profile_id)
        for profile_id in ids:
            change(held, profile_id)
        return Answer(204)

    def _enter(self, held: List, profile_id: str) -> None:
        if profile_id not in held.members:
            held.members[profile_id] = now()
            self.effects["add", held.name, self.profiles[profile_id].email or ""] += 1

    def _exit(self, held: List, profile_id: str) -> None:
        if held.members.pop(profile_id, None):
            self.effects["remove", held.name, self.profiles[profile_id].email or ""] += 1

    # Profiles

    @endpoint("GET", "/api/profiles", "L", "profiles:read")
    def _get_profiles(self, request: Request) -> Answer:
        found: Iterable[Profile | None] = self.profiles.values()
        if request.arg("filter"):
            condition = parse_filter(request.arg("filter"))
            if condition is None or len(condition.values) > 100:
                self.violation(request, f"filter {request.arg('filter')}")
                return self._invalid("Invalid filter.")
            if condition.field == "id":
                found = [self.profiles.get(value) for value in condition.values]
            elif condition.field == "email":
                found = [self.find(value) for value in condition.values]
            else:
                found = [held for held in self.profiles.values() if admits(condition, held)]
        there = [held for held in found if held is not None]
        return self._page(request, there, lambda held: self._shown(request, held))

    @endpoint("PATCH", "/api/profiles/{profile_id}", "L", "profiles:write")
    def _patch_profile(self, request: Request, profile_id: str) -> Answer:
        held = self.profiles.get(profile_id)
        if held is None:
            return self._missing("profile", profile_id)
        sent = request.json["data"]
        email = sent["attributes"].get("email")
        if email is not None and email in self.invalid:
            return self._invalid(f"Invalid email address {email}.", "/data/attributes/email")
        other = self.find(email) if email else None
        if other is not None and other is not held:
            return Answer(409, self._duplicate(other))
        self._write(held, sent)
        return Answer(200, {"data": self._shown(request, held)})

    def _write(self, held: Profile, sent: Mapping[str, Any], *, nulls: bool = True) -> None:
        """Store attributes; a null empties a field, but not in an import."""
        before = held.state()
        attributes = {k: v for k, v in sent["attributes"].items() if nulls or v is not None}
        if attributes.get("email"):
            self._by_email.pop(held.email or "", None)
            held.email = attributes["email"].lower()
            self._by_email[held.email] = held
        for name in ("external_id", "phone_number"):
            if attributes.get(name):
                setattr(held, name, attributes[name])
        location = {
            k: v for k, v in (attributes.get("location") or {}).items() if nulls or v is not None
        }
        store(held.standard, {k: v for k, v in attributes.items() if k in STANDARD})
        store(held.location, {k: v for k, v in location.items() if k in LOCATION})
        held.properties.update(attributes.get("properties") or {})
        for name in ((sent.get("meta") or {}).get("patch_properties") or {}).get("unset") or []:
            held.properties.pop(name, None)
        if held.state() != before:
            held.updated = now()
            self.effects["update", held.email or ""] += 1

    @endpoint("GET", "/api/profiles/{profile_id}/lists", "S", "lists:read", "profiles:read")
    def _get_lists_of(self, request: Request, profile_id: str) -> Answer:
        found = [held for held in self.lists.values() if profile_id in held.members]
        return self._page(request, found, self._list_shown, 10, 10)

    @endpoint("GET", "/api/profiles/{profile_id}/segments", "S", "segments:read", "profiles:read")
    def _get_segments_of(self, request: Request, profile_id: str) -> Answer:
        return self._page(request, [], self._list_shown, 10, 10)

    # Imports

    @endpoint("POST", _IMPORTS, "M", "lists:write", "profiles:write")
    def _post_import(self, request: Request) -> Answer:
        if len(request.body) > 5_000_000:
            detail = "The payload is larger than 5MB."
            return Answer(413, error(413, "payload_too_large", "Payload too large.", detail))
        sent = request.json["data"]
        profiles = sent["attributes"]["profiles"]["data"]
        if not 1 <= len(profiles) <= 10_000:
            self.violation(request, f"{len(profiles)} profiles")
            return self._invalid("Between 1 and 10000 profiles are required.")
        faults = {number: self._fault_of(item) for number, item in enumerate(profiles)}
        errors = [
            error(400, "invalid", "Invalid input.", fault, f"/data/attributes/profiles/data/{n}")
            for n, fault in faults.items()
            if fault
        ]
        if errors:
            return Answer(400, {"errors": [one for body in errors for one in body["errors"]]})
        lists = (sent.get("relationships") or {}).get("lists", {}).get("data", [])
        job = Job(f"01K{next(self._numbers):023d}", profiles, [i["id"] for i in lists], 0)
        job.polls_left = self.job_polls
        self.jobs[job.id] = job
        return Answer(202, {"data": self._job_shown(job)})

    def _fault_of(self, item: Mapping[str, Any]) -> str:
        """Why the whole request is refused on account of one profile."""
        attributes = item["attributes"]
        email = attributes.get("email")
        if email in self.poison:
            return f"The profile of {email} is malformed."
        if not (email or item.get("id") or attributes.get("external_id")):
            return "A profile needs an identifier."
        for name in STANDARD:
            if not isinstance(attributes.get(name), str | None):
                return f"{name} must be a string."
        return ""

    def _job_shown(self, job: Job) -> dict[str, Any]:
        return self._resource("profile-bulk-import-job", job.id, job.attributes())

    @endpoint("GET", _IMPORTS + "/{job_id}", "M", "lists:read", "profiles:read")
    def _get_job(self, request: Request, job_id: str) -> Answer:
        job = self.jobs.get(job_id)
        if job is None:
            return self._missing("job", job_id)
        if self.imports_end == "cancelled":
            job.status = "cancelled"
        elif self.imports_end == "never":
            job.status = "processing"
        elif job.polls_left > 0:
            job.polls_left -= 1
            job.status = "processing" if job.status == "queued" else job.status
        else:
            self._finish(job)
        return Answer(200, {"data": self._job_shown(job)})

    def _finish(self, wanted: Job) -> None:
        """Work through the queue up to and with the job."""
        for job in self.jobs.values():
            if job.status in ("queued", "processing"):
                for number, item in enumerate(job.profiles):
                    self._import_one(job, number, item)
                job.status = "complete"
            if job is wanted:
                return

    def _import_one(self, job: Job, number: int, item: Mapping[str, Any]) -> None:
        attributes = item["attributes"]
        email, external_id = attributes.get("email"), attributes.get("external_id")
        by_email = self.find(email) if email else None
        by_id = self.profiles.get(item.get("id") or "")
        by_key = self._by_external_id(external_id) if external_id else None
        matches = {p.id: p for p in (by_id, by_email, by_key) if p is not None}
        if email in self.invalid:
            self._fail(job, number, "invalid", f"{email} is not a valid email address.")
        elif item.get("id") and by_id is None:
            self._fail(job, number, "not_found", f"A profile with id {item['id']} does not exist.")
        elif len(matches) > 1:
            detail = "A profile already exists with one of these identifiers."
            self._fail(job, number, "duplicate_profile", detail)
        else:
            held = next(iter(matches.values()), None)
            if held is None:
                held = self.make_profile(email or "")
                self.effects["create_profile", held.email or ""] += 1
            self._write(held, item, nulls=False)
            if held.id not in job.imported:
                job.imported.append(held.id)
            for list_id in job.lists:
                self._enter(self.lists[list_id], held.id)

    def _by_external_id(self, external_id: str) -> Profile | None:
        matching = (held for held in self.profiles.values() if held.external_id == external_id)
        return next(matching, None)

    def _fail(self, job: Job, number: int, code: str, detail: str) -> None:
        sent = job.profiles[number]
        payload = sent if not self.flat_errors else {"id": sent.get("id"), **sent["attributes"]}
        attributes = {
            "code": code,
            "title": "Invalid input.",
            "detail": detail,
            "source": {"pointer": f"/data/attributes/profiles/data/{number}"},
            "original_payload": payload,
        }
        for name in self.unsaid:
            del attributes[name]
        job.errors.append(self._resource("import-error", f"{job.id}-{number}", attributes))

    @endpoint("GET", _IMPORTS + "/{job_id}/import-errors", "M", "profiles:read")
    def _get_import_errors(self, request: Request, job_id: str) -> Answer:
        job = self.jobs.get(job_id)
        if job is None:
            return self._missing("job", job_id)
        return self._page(request, job.errors, lambda item: item)

    @endpoint("GET", _IMPORTS + "/{job_id}/profiles", "M", "profiles:read")
    def _get_imported(self, request: Request, job_id: str) -> Answer:
        job = self.jobs.get(job_id)
        if job is None:
            return self._missing("job", job_id)
        held = [self.profiles[key] for key in job.imported if key in self.profiles]
        return self._page(request, held, lambda item: self._shown(request, item))

    # Consent: what a list sync has no business with

    @endpoint("POST", "/api/profile-subscription-bulk-create-jobs", "L", "subscriptions:write")
    def _subscribe(self, request: Request) -> Answer:
        sent = request.json["data"]
        for item in sent["attributes"]["profiles"]["data"]:
            email = item["attributes"]["email"]
            held = self.find(email) or self.make_profile(email)
            held.consent = "SUBSCRIBED"
            lifted = ("UNSUBSCRIBE", "SPAM_REPORT", "USER_SUPPRESSED")
            held.suppression = [mark for mark in held.suppression if mark["reason"] not in lifted]
            self.effects["subscribe", email] += 1
        return Answer(202)

    @endpoint("POST", "/api/profile-subscription-bulk-delete-jobs", "L", "subscriptions:write")
    def _unsubscribe(self, request: Request) -> Answer:
        for item in request.json["data"]["attributes"]["profiles"]["data"]:
            email = item["attributes"]["email"]
            self.suppress(email)
            self.effects["unsubscribe", email] += 1
        return Answer(202)

    # Events and erasure

    @endpoint("POST", "/api/events", "XL", "events:write")
    def _post_event(self, request: Request) -> Answer:
        event = request.json["data"]["attributes"]
        whom = event["profile"]["data"]
        email = whom["attributes"].get("email")
        if email in self.poison | self.invalid:
            return self._invalid(f"Invalid email address {email}.")
        held = self.profiles.get(whom["id"]) if whom.get("id") else self.find(email)
        if held is None and whom.get("id"):
            return self._missing("profile", whom["id"])
        if held is None:
            held = self.make_profile(email)
            self.effects["create_profile", email] += 1
        metric = event["metric"]["data"]["attributes"]["name"]
        told = (held.id, metric, event["unique_id"])
        if told not in self._told:
            self._told.add(told)
            known = {k: event[k] for k in ("unique_id", "time", "properties")}
            self.events.append(
                {**known, "profile_id": held.id, "email": held.email, "metric": metric}
            )
            self.effects["event", event["unique_id"]] += 1
        return Answer(202)

    @endpoint("GET", "/api/events", "XL", "events:read")
    def _get_events(self, request: Request) -> Answer:
        condition = parse_filter(request.arg("filter"))
        if condition is None or condition.field != "profile_id":
            return self._invalid("Invalid filter.")
        found = [event for event in self.events if condition.admits(event["profile_id"])]
        answer = self._page(request, found, self._event_shown, 200, 1000)
        if request.arg("include") == "metric" and answer.status == 200:
            names = {event["metric"] for event in found}
            answer.body["included"] = [self._metric_shown(name) for name in names]
        return answer

    @endpoint("POST", "/api/data-privacy-deletion-jobs", "S", "data-privacy:write")
    def _post_deletion(self, request: Request) -> Answer:
        whom = request.json["data"]["attributes"]["profile"]["data"]
        given = {"id": whom.get("id"), **whom["attributes"]}
        named = {name: value for name, value in given.items() if value}
        if len(named) != 1:
            self.violation(request, "a deletion takes exactly one identifier")
            return self._invalid("Exactly one identifier is required.")
        [(name, value)] = named.items()
        self.deletions += [p.id for p in self.profiles.values() if getattr(p, name) == value]
        return Answer(202)
