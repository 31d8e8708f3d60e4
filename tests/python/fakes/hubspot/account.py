"""The account itself: its details, properties, and the definitions and arrivals of events."""

from __future__ import annotations

from typing import Any

from fakes.hubspot.state import NOW, PORTAL, State, batch_answer, error, item_error, own_property
from fakes.server import Answer, Request, route

PROPERTIES = "/crm/v3/properties/contacts"
TYPES = {"string", "number", "bool", "date", "datetime", "enumeration"}


class Account(State):
    """The endpoints for what is set up once, and for events."""

    scopes: list[str]
    key: str
    token_known: bool
    refuses_repeats: bool

    @route("GET", "/account-info/v3/details")
    def details(self, request: Request) -> Answer:
        return Answer(
            200,
            {
                "portalId": PORTAL,
                "accountType": "STANDARD",
                "timeZone": "US/Eastern",
                "companyCurrency": "USD",
                "additionalCurrencies": [],
                "utcOffset": "-05:00",
                "utcOffsetMilliseconds": -18_000_000,
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "na1",
            },
        )

    @route("POST", "/oauth/v2/private-apps/get/access-token-info")
    def token_info(self, request: Request) -> Answer:
        if not self.token_known or request.json.get("tokenKey") != self.key:
            return error(404, "token not found", "OBJECT_NOT_FOUND")
        info = {"userId": 1, "hubId": PORTAL, "appId": 2, "scopes": list(self.scopes)}
        return Answer(200, info)

    @route("GET", PROPERTIES)
    def read_properties(self, request: Request) -> Answer:
        return Answer(200, {"results": list(self.properties.values())})

    @route("GET", f"{PROPERTIES}/{{name}}")
    def read_property(self, request: Request, name: str) -> Answer:
        found = self.properties.get(name)
        return Answer(200, found) if found else _missing(name)

    @route("POST", f"{PROPERTIES}/batch/create")
    def create_properties(self, request: Request) -> Answer:
        results, errors = [], []
        for wanted in request.json["inputs"]:
            name, kind = wanted["name"], wanted["type"]
            if wanted["groupName"] not in self.groups or kind not in TYPES:
                return self.wrong(request, f"no such group or type: {name}")
            if kind == "bool" and {o["value"] for o in wanted["options"]} != {"true", "false"}:
                return self.wrong(request, f"{name} needs the options true and false")
            if name in self.properties:
                message = f"A property named '{name}' already exists."
                errors.append(item_error(message, "OBJECT_ALREADY_EXISTS", {"name": [name]}))
                continue
            self.properties[name] = own_property(name, kind) | wanted | {"hubspotDefined": False}
            self.effects["create_property", name] += 1
            results.append(self.properties[name])
        return batch_answer(results, errors, 201)

    @route("GET", f"{PROPERTIES}/groups/{{name}}")
    def read_group(self, request: Request, name: str) -> Answer:
        return Answer(200, _group(name)) if name in self.groups else _missing(name)

    @route("POST", f"{PROPERTIES}/groups")
    def create_group(self, request: Request) -> Answer:
        name = request.json["name"]
        if name in self.groups:
            return error(409, f"Property group {name} already exists", "CONFLICT")
        self.groups.add(name)
        self.effects["create_group", name] += 1
        return Answer(201, _group(name))

    @route("GET", "/events/v3/event-definitions/{name}")
    def read_definition(self, request: Request, name: str) -> Answer:
        found = self.definitions.get(name)
        return Answer(200, found) if found else _missing(name)

    @route("POST", "/events/v3/event-definitions")
    def create_definition(self, request: Request) -> Answer:
        body = request.json
        full = f"pe{PORTAL}_{body['name']}"
        if full in self.definitions:
            return error(409, "Event definition already exists", "CONFLICT")
        labels = {"singular": body["label"], "plural": body["label"]}
        properties = body["propertyDefinitions"]
        made = {"id": "1", "name": body["name"], "fullyQualifiedName": full, "labels": labels}
        self.definitions[full] = made | {"properties": properties, "createdAt": NOW}
        self.effects["create_event", body["name"]] += 1
        return Answer(201, self.definitions[full])

    @route("POST", "/events/v3/send/batch")
    def take_events(self, request: Request) -> Answer:
        inputs = request.json["inputs"]
        if len(inputs) > 500:
            return self.wrong(request, "more than 500 events")
        for told in inputs:
            definition = self.definitions.get(told["eventName"])
            if definition is None:
                return error(400, "The event does not exist", "OBJECT_NOT_FOUND")
            allowed = {one["name"] for one in definition["properties"]}
            if not set(told["properties"]) <= allowed or "uuid" not in told:
                return self.wrong(request, "an event without id or with unknown properties")
            if self.refuses_repeats and (told["eventName"], told["uuid"]) in self.event_ids:
                return error(409, "An event of this id already exists", "CONFLICT")
        for told in inputs:
            self._take_event(told)
        return Answer(204)

    def _take_event(self, told: dict[str, Any]) -> None:
        """The first of an id counts, and it has to belong to a contact."""
        record = told.get("objectId")
        if record is None or int(record) not in self.contacts:
            return
        if (told["eventName"], told["uuid"]) in self.event_ids:
            return
        self.event_ids.add((told["eventName"], told["uuid"]))
        self.events.append(told)
        self.effects["event", told["uuid"]] += 1


def _missing(name: str) -> Answer:
    return error(404, f"{name} does not exist", "OBJECT_NOT_FOUND")


def _group(name: str) -> dict[str, Any]:
    return {"name": name, "label": name, "displayOrder": -1, "archived": False}
