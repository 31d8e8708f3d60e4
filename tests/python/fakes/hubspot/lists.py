"""Lists and who is in them."""

from __future__ import annotations

from typing import Any

from fakes.hubspot.state import NOW, ContactList, State, error
from fakes.server import Answer, Request, route

LISTS = "/crm/v3/lists"


class Lists(State):
    """The endpoints below /crm/v3/lists."""

    @route("POST", f"{LISTS}/")
    @route("POST", LISTS)
    def create_list(self, request: Request) -> Answer:
        body = request.json
        if body.get("objectTypeId") != "0-1" or not body.get("name"):
            return self.wrong(request, "a list needs a name and an object type")
        if self.list_named(body["name"]):
            return error(400, "List name already exists", subCategory="ILS.DUPLICATE_LIST_NAMES")
        made = self.make_list(body["name"], body["processingType"])
        self.effects["create_list", made.name] += 1
        return Answer(200, {"list": made.shown()})

    @route("GET", f"{LISTS}/")
    @route("GET", LISTS)
    def read_lists(self, request: Request) -> Answer:
        wanted = request.query.get("listIds", [])
        found = [self.lists[i].shown() for i in wanted if i in self.lists]
        return Answer(200, {"lists": found})

    @route("GET", f"{LISTS}/object-type-id/{{kind}}/name/{{name}}")
    def read_by_name(self, request: Request, kind: str, name: str) -> Answer:
        found = self.list_named(name) if kind == "0-1" else None
        return Answer(200, {"list": found.shown()}) if found else _no_list(name)

    @route("POST", f"{LISTS}/search")
    def search_lists(self, request: Request) -> Answer:
        count, offset = request.json.get("count", 20), request.json.get("offset", 0)
        found = [one.shown() | {"additionalProperties": {}} for one in self.lists.values()]
        page = found[offset : offset + count]
        more = len(found) > offset + count
        ends = {"offset": offset + len(page), "hasMore": more, "total": len(found)}
        return Answer(200, {"lists": page, **ends})

    @route("PUT", f"{LISTS}/{{list_id}}/update-list-name")
    def rename_list(self, request: Request, list_id: str) -> Answer:
        one, name = self.lists.get(list_id), request.arg("listName")
        if one is None:
            return _no_list(list_id)
        if self.list_named(name) not in (None, one):
            return error(400, "List name already exists", subCategory="ILS.DUPLICATE_LIST_NAMES")
        if one.name != name:
            self.effects["rename_list", name] += 1
        one.name = name
        return Answer(200, {"updatedList": one.shown()})

    @route("GET", f"{LISTS}/{{list_id}}/memberships")
    def read_members(self, request: Request, list_id: str) -> Answer:
        one, limit = self.lists.get(list_id), int(request.arg("limit", "100"))
        if one is None:
            return _no_list(list_id)
        if limit > 250:
            return self.wrong(request, "limit is at most 250")
        after = int(request.arg("after", "0"))
        rest = sorted(record for record in one.members if record > after)
        page = [{"recordId": str(i), "membershipTimestamp": one.members[i]} for i in rest[:limit]]
        body: dict[str, Any] = {"results": page, "total": len(one.members)}
        if len(rest) > limit:
            body["paging"] = {"next": {"after": page[-1]["recordId"], "link": ""}}
        return Answer(200, body)

    @route("PUT", f"{LISTS}/{{list_id}}/memberships/add-and-remove")
    def change_members(self, request: Request, list_id: str) -> Answer:
        body, one = request.json, self.lists.get(list_id)
        if one is None:
            return _no_list(list_id)
        problem = self._membership_problem(request, one, body)
        if problem:
            return problem
        adding, removing = (
            {int(record) for record in body[name] if int(record) in self.contacts}
            for name in ("recordIdsToAdd", "recordIdsToRemove")
        )
        named = {*body["recordIdsToAdd"], *body["recordIdsToRemove"]}
        return Answer(
            200,
            {
                "recordsIdsAdded": [str(i) for i in adding if self.join(one, i)],
                "recordIdsRemoved": [str(i) for i in removing if self.leave(one, i)],
                "recordIdsMissing": sorted(named - {str(i) for i in adding | removing}),
            },
        )

    def _membership_problem(
        self, request: Request, one: ContactList, body: dict[str, Any]
    ) -> Answer | None:
        named = [*body.get("recordIdsToAdd", [None]), *body.get("recordIdsToRemove", [None])]
        if not all(isinstance(record, str) and record.isdigit() for record in named):
            return self.wrong(request, "both lists of record ids are required, as texts")
        if one.kind == "DYNAMIC":
            return error(400, "Memberships of a DYNAMIC list cannot be changed")
        emails = {self.contacts[int(r)]["email"] for r in named if int(r) in self.contacts}
        if emails & self.poison:
            return error(400, "Unable to process the request")
        return None

    @route("GET", f"{LISTS}/records/{{kind}}/{{record}}/memberships")
    def lists_of(self, request: Request, kind: str, record: str) -> Answer:
        found = [one for one in self.lists.values() if int(record) in one.members]
        shown = [
            {
                "listId": one.id,
                "listVersion": 1,
                "firstAddedTimestamp": NOW,
                "lastAddedTimestamp": NOW,
            }
            for one in found
        ]
        return Answer(200, {"results": shown, "total": len(shown)})


def _no_list(name: str) -> Answer:
    return error(404, f"List does not exist: {name}", "OBJECT_NOT_FOUND")
