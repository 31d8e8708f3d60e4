"""The static segments of a fake Mailchimp audience; they are the tags of its members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from fakes.mailchimp_answers import (
    LIST_ID,
    LISTS,
    Person,
    Segment,
    hash_of,
    missing,
    ok,
    paged,
    problem,
)
from fakes.server import Answer, FakeTool, Faults, Request, route

_SEGMENT = LISTS + "/segments/{segment}"


class Segments(FakeTool):
    """An audience with segments."""

    def __init__(self, *, faults: Faults | None = None) -> None:
        super().__init__(faults=faults)
        self.people: dict[str, Person] = {}
        self.segments: dict[int, Segment] = {}
        self.invalid: set[str] = set()
        self.poison: set[str] = set()
        self.effects: Counter[tuple[str, ...]] = Counter()
        self._next_id = 100

    def snapshot(self) -> dict[str, set[str]]:
        """Segment -> addresses of its members."""
        return {
            segment.name: {self.people[member].email for member in segment.members}
            for segment in self.segments.values()
        }

    def plant(self, title: str, email: str) -> None:
        """Somebody else's member."""
        self.people.setdefault(hash_of(email), Person(email, "subscribed"))
        self._named(title).members.add(hash_of(email))

    def kick(self, title: str, email: str) -> None:
        """Somebody takes a member out by hand."""
        self._named(title).members.remove(hash_of(email))

    def delete_person(self, email: str) -> None:
        """Somebody deletes a member by hand, in a way that lets them be imported again."""
        del self.people[hash_of(email)]
        for segment in self.segments.values():
            segment.members.discard(hash_of(email))

    def delete_list(self, title: str) -> None:
        """Somebody deletes the segment by hand."""
        self.segments = {key: s for key, s in self.segments.items() if s.name != title}

    def _member(self, person: Person) -> dict[str, Any]:
        member = hash_of(person.email)
        tags = [{"id": k, "name": s.name} for k, s in self.segments.items() if member in s.members]
        return {
            "id": member,
            "email_address": person.email,
            "unique_email_id": member[:10],
            "contact_id": member[10:],
            "status": person.status,
            "merge_fields": person.merge_fields,
            "tags_count": len(tags),
            "tags": tags,
            "list_id": LIST_ID,
            "_links": [],
        }

    @route("GET", LISTS + "/segments")
    def _segments(self, request: Request, list_id: str) -> Answer:
        return paged(request, "segments", [self._segment(k, request) for k in self.segments])

    @route("POST", LISTS + "/segments")
    def _make_segment(self, request: Request, list_id: str) -> Answer:
        name = request.json["name"]
        if request.json.get("static_segment") is None:
            self.violation(request, "not a static segment")
            return problem(400, "Invalid Resource", "Provide options or static_segment.")
        if any(segment.name == name for segment in self.segments.values()):
            return problem(400, "Bad Request", f'Sorry, the segment "{name}" already exists.')
        self._named(name)
        self.effects["create_list", name] += 1
        return Answer(200, self._segment(max(self.segments), request))

    @route("GET", _SEGMENT)
    def _get_segment(self, request: Request, list_id: str, segment: str) -> Answer:
        key = int(segment)
        return ok(request, self._segment(key, request)) if key in self.segments else missing()

    @route("PATCH", _SEGMENT)
    def _patch_segment(self, request: Request, list_id: str, segment: str) -> Answer:
        found = self.segments.get(int(segment))
        if found is None:
            return missing()
        if "static_segment" in request.json:
            self.violation(request, "replaces everybody in the segment")
            found.members = {hash_of(email) for email in request.json["static_segment"]}
        found.name = request.json["name"]
        return Answer(200, self._segment(int(segment), request))

    @route("POST", _SEGMENT)
    def _change_segment(self, request: Request, list_id: str, segment: str) -> Answer:
        found = self.segments.get(int(segment))
        adding = request.json.get("members_to_add", [])
        removing = request.json.get("members_to_remove", [])
        if found is None:
            return missing()
        if max(len(adding), len(removing)) > 500:
            self.violation(request, "more than 500 members")
            return problem(400, "Invalid Resource", "Up to 500 members at once.")
        if self.poison.intersection(adding):
            return problem(400, "Invalid Resource", f"{adding[0]} and others are malformed.")
        added, unknown = self._join(found, adding)
        removed = [email for email in removing if hash_of(email) in found.members]
        for email in removed:
            found.members.remove(hash_of(email))
            self.effects["remove", found.name, email] += 1
        errors = [{"email_addresses": unknown, "error": "Not on this list"}] if unknown else []
        return Answer(
            200,
            {
                "members_added": [self._member(self.people[hash_of(e)]) for e in added],
                "members_removed": [self._member(self.people[hash_of(e)]) for e in removed],
                "errors": errors,
                "total_added": len(added),
                "total_removed": len(removed),
                "error_count": len(errors),
            },
        )

    def _join(self, segment: Segment, emails: Iterable[str]) -> tuple[list[str], list[str]]:
        """Who joined, and who cannot. Who is in already is passed over without a word."""
        added, unknown = [], []
        for email in emails:
            if hash_of(email) not in self.people or email in self.invalid:
                unknown.append(email)
            elif hash_of(email) not in segment.members:
                segment.members.add(hash_of(email))
                self.effects["add", segment.name, email] += 1
                added.append(email)
        return added, unknown

    @route("GET", _SEGMENT + "/members")
    def _segment_members(self, request: Request, list_id: str, segment: str) -> Answer:
        found = self.segments.get(int(segment))
        if found is None:
            return missing()
        people = self._visible(found, request)
        return paged(request, "members", [self._member(person) for person in people])

    @route("DELETE", _SEGMENT + "/members/{member}")
    def _drop(self, request: Request, list_id: str, segment: str, member: str) -> Answer:
        found = self.segments.get(int(segment))
        if found is None or member not in found.members:
            return missing()
        found.members.remove(member)
        self.effects["remove", found.name, self.people[member].email] += 1
        return Answer(204)

    def _visible(self, segment: Segment, request: Request) -> list[Person]:
        """Without the parameters, people of some statuses are left out."""
        hidden = {
            status
            for status in ("cleaned", "transactional", "unsubscribed")
            if request.arg(f"include_{status}").lower() != "true"
        }
        people = [self.people[member] for member in sorted(segment.members)]
        return [person for person in people if person.status not in hidden]

    def _segment(self, key: int, request: Request) -> dict[str, Any]:
        segment = self.segments[key]
        count = len(self._visible(segment, request))
        return {"id": key, "name": segment.name, "member_count": count, "type": "static"}

    def _named(self, title: str) -> Segment:
        for segment in self.segments.values():
            if segment.name == title:
                return segment
        self._next_id += 1
        self.segments[self._next_id] = Segment(title)
        return self.segments[self._next_id]
