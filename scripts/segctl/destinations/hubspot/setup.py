"""What HubSpot has to have before contacts come: lists, properties and the definition of the event.

None of it may be made twice, and an answer may get lost: so everything is looked for by its name
first, and looked for again before it is made a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from segctl.destinations.http import Api, Refused
from segctl.destinations.hubspot import values
from segctl.destinations.many import find_or_make
from segctl.destinations.rate_limit import Unavailable
from segctl.errors import DestinationError
from segctl.protocol import BatchRejected

PROPERTIES = "/crm/v3/properties/contacts"
LISTS = "/crm/v3/lists"
DEFINITIONS = "/events/v3/event-definitions"
CONTACT_LISTS = f"{LISTS}/object-type-id/0-1/name"
GROUP = "segctl"
EVENT = "segctl_segment_change"

LISTS_PER_REQUEST = 100
PROPERTIES_PER_REQUEST = 100

Found = dict[str, Any]


async def ask(api: Api, method: str, path: str, **options: Any) -> Any:
    """The data of an answer, where HubSpot has no reason to say no."""
    try:
        return (await api.request(method, path, **options)).data
    except Refused as refused:
        raise DestinationError(f"HubSpot refused {method} {path}: {refused}.") from None


async def find(api: Api, path: str) -> Any:
    """What is there, or None."""
    try:
        return (await api.request("GET", path)).data
    except Refused as refused:
        if refused.status == 404:
            return None
        raise DestinationError(f"HubSpot refused a look-up: {refused}.") from None


def list_gone(list_id: str) -> DestinationError:
    """Somebody deleted the list while we worked on it."""
    return DestinationError(
        f"HubSpot has no list {list_id} any more.",
        "Restore it in HubSpot, or plan again to have it made anew.",
    )


def usable(found: Mapping[str, Any]) -> str:
    """The list's id, if members can be put into it."""
    if found["processingType"] == "DYNAMIC":
        raise DestinationError(
            f"The HubSpot list {found['name']!r} is an active one, which fills itself.",
            "Rename it there, or give the audience another `title` in sync.yml.",
        )
    return str(found["listId"])


async def lists_by_id(api: Api, ids: Sequence[str]) -> dict[str, Found]:
    """Those of the lists that are there, by id."""
    found: list[Found] = []
    for start in range(0, len(ids), LISTS_PER_REQUEST):
        params = {"listIds": list(ids[start : start + LISTS_PER_REQUEST])}
        found += (await ask(api, "GET", f"{LISTS}/", params=params)).get("lists") or []
    return {str(item["listId"]): item for item in found if not item.get("deletedAt")}


async def list_by_name(api: Api, title: str) -> Found | None:
    """The list of contacts of this title; HubSpot takes capital letters for small ones."""
    data = await find(api, f"{CONTACT_LISTS}/{quote(title, safe='')}")
    found: Found | None = data["list"] if data else None
    return None if found is None or found.get("deletedAt") else found


async def make_list(api: Api, title: str) -> str:
    """The id of the list of this title, made if it is missing."""

    async def make() -> Found:
        body = {"name": title, "objectTypeId": "0-1", "processingType": "MANUAL"}
        try:
            answer = await api.request("POST", f"{LISTS}/", body=body, repeat=False)
        except Refused as refused:
            raise BatchRejected(refused.of_records()) from None
        made: Found = answer.data["list"]
        return made

    return usable(await find_or_make(f"The list {title!r}", lambda: list_by_name(api, title), make))


async def rename_list(api: Api, list_id: str, title: str) -> None:
    """Give the list this title."""
    found = (await lists_by_id(api, [list_id])).get(list_id)
    if found is None:
        raise list_gone(list_id)
    if found["name"] == title:
        return
    try:
        await api.request("PUT", f"{LISTS}/{list_id}/update-list-name", params={"listName": title})
    except Refused as refused:
        raise BatchRejected(refused.of_records()) from None


async def make_properties(api: Api, attributes: Mapping[str, str]) -> None:
    """Make sure that the properties exist with fitting types."""
    missing: dict[str, str] = {}

    async def find() -> bool | None:
        there = {item["name"]: item for item in (await ask(api, "GET", PROPERTIES))["results"]}
        for name, column_type in attributes.items():
            if name in there:
                _check_property(there[name], column_type)
        missing.clear()
        missing.update((name, kind) for name, kind in attributes.items() if name not in there)
        return None if missing else True

    async def make() -> bool:
        await _make_group(api)
        await _make_missing(api, missing)
        return True

    await find_or_make("HubSpot's properties", find, make)


def _check_property(there: Mapping[str, Any], column_type: str) -> None:
    wanted = values.property_type(column_type).type
    name = there["name"]
    hint = f"Rename or archive it in HubSpot, or name another one for {name} in sync.yml."
    if there["type"] != wanted:
        raise DestinationError(
            f"The HubSpot property {name} is of type {there['type']}; ours is {wanted} "
            f"({column_type.lower()}).",
            hint,
        )
    if (there.get("modificationMetadata") or {}).get("readOnlyValue") or there.get("calculated"):
        raise DestinationError(f"The HubSpot property {name} can only be read.", hint)


async def _make_missing(api: Api, attributes: Mapping[str, str]) -> None:
    names = list(attributes)
    for start in range(0, len(names), PROPERTIES_PER_REQUEST):
        inputs = [
            values.property_definition(name, attributes[name], GROUP)
            for name in names[start : start + PROPERTIES_PER_REQUEST]
        ]
        path = f"{PROPERTIES}/batch/create"
        made = await ask(api, "POST", path, body={"inputs": inputs}, repeat=False)
        for error in made.get("errors") or []:
            if values.is_conflict(error):
                raise Unavailable  # somebody else was quicker, perhaps with another type
            reason = api.scrub(values.reason(error))
            raise DestinationError(f"HubSpot did not make a property: {reason}.")


async def _make_group(api: Api) -> None:
    async def make() -> Any:
        body = {"name": GROUP, "label": GROUP, "displayOrder": -1}
        return await ask(api, "POST", f"{PROPERTIES}/groups", body=body, repeat=False)

    path = f"{PROPERTIES}/groups/{GROUP}"
    await find_or_make(f"The property group {GROUP}", lambda: find(api, path), make)


async def make_event(api: Api, account: str) -> str:
    """The full name of the event that tells entries and exits, defined if it is missing."""

    async def make() -> Any:
        return await ask(api, "POST", DEFINITIONS, body=_EVENT_DEFINITION, repeat=False)

    path = f"{DEFINITIONS}/pe{account}_{EVENT}"
    definition = await find_or_make(f"The event {EVENT}", lambda: find(api, path), make)
    return str(definition["fullyQualifiedName"])


_EVENT_DEFINITION = {
    "name": EVENT,
    "label": "Segment change",
    "description": "The contact entered or left a customer segment.",
    "primaryObject": "CONTACT",
    "includeDefaultProperties": False,
    "propertyDefinitions": [
        {"name": "segment", "label": "Segment", "type": "string"},
        {"name": "change", "label": "Change", "type": "string"},
    ],
}
