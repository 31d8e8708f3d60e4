"""HubSpot's contacts: reading and writing them in batches, and what concerns one person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal

from segctl.destinations.http import Api, Refused
from segctl.destinations.hubspot import setup, values
from segctl.errors import DestinationError
from segctl.protocol import BatchRejected, Erased, Member

CONTACTS = "/crm/v3/objects/contacts"
CONTACTS_PER_REQUEST = 100
FOUND_PER_PAGE = 200
_NO_ATTRIBUTE = {"person_key", "remote_id", "email"}

Row = Mapping[str, Any]


def new(trace: str, row: Row) -> dict[str, Any]:
    """A contact to be upserted by its e-mail. That is not done in part: all of ours is sent."""
    return {
        "id": row["email"],
        "idProperty": "email",
        "properties": _properties(row),
        "objectWriteTraceId": trace,
    }


def change(trace: str, row: Row) -> dict[str, Any]:
    """A contact to be updated by its record id, e-mail included."""
    properties = {"email": row["email"], **_properties(row)}
    return {"id": row["remote_id"], "properties": properties, "objectWriteTraceId": trace}


def _properties(row: Row) -> dict[str, str]:
    return {name: values.text(v) for name, v in row.items() if name not in _NO_ATTRIBUTE}


async def write(
    api: Api, verb: Literal["update", "upsert"], inputs: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, str], dict[str, values.Error]]:
    """The inputs' record ids and errors, by trace id."""
    if not inputs:
        return {}, {}
    try:
        path = f"{CONTACTS}/batch/{verb}"
        answer = await api.request("POST", path, body={"inputs": inputs})
    except Refused as refused:
        if "PROPERTY_DOESNT_EXIST" in refused.reason:
            raise DestinationError(
                f"A HubSpot property was removed during the run: {refused}.",
                "Run the same command again: it will be made anew.",
            ) from None
        refused.of_records()
        if len(inputs) > 1:
            raise BatchRejected(str(refused)) from None
        return {}, {inputs[0]["objectWriteTraceId"]: refused.data or {}}
    return values.read_results(inputs, answer.data)


async def read(
    api: Api, ids: Sequence[str], properties: Sequence[str], by: str | None = None
) -> list[dict[str, Any]]:
    """Those of the contacts that are there, by record id or by a unique property."""
    body: dict[str, Any] = {
        "inputs": [{"id": item} for item in ids],
        "properties": list(properties),
        "propertiesWithHistory": [],
    }
    if by is not None:
        body["idProperty"] = by
    answer = await setup.ask(api, "POST", f"{CONTACTS}/batch/read", body=body)
    found: list[dict[str, Any]] = answer.get("results") or []
    return found


async def opted_out(api: Api) -> AsyncIterator[list[Member]]:
    """Who opted out of e-mail, page by page.

    A search ends at 10,000 results, so each page is a search of its own, from the last record id of
    the one before.
    """
    last, after, asked = 0, "0", set[tuple[int, str]]()
    while True:
        if (last, after) in asked:
            raise DestinationError(
                "HubSpot tells the same page of those who opted out again and again.",
                "Run the same command again later: who opted out has to be known before anybody "
                "is sent.",
            )
        asked.add((last, after))
        filters = [
            {"propertyName": "hs_email_optout", "operator": "EQ", "value": "true"},
            {"propertyName": "hs_object_id", "operator": "GT", "value": str(last)},
        ]
        body = {
            "filterGroups": [{"filters": filters}],
            "sorts": ["hs_object_id"],
            "properties": ["email"],
            "limit": FOUND_PER_PAGE,
            "after": after,
        }
        page = await setup.ask(api, "POST", f"{CONTACTS}/search", body=body, limit="search")
        found = page["results"]
        yield [Member(str(who["id"]), who["properties"].get("email")) for who in found]
        following = values.next_page(page)
        if following is None:
            return
        # An empty page may have a next one.
        last, after = (max(int(w["id"]) for w in found), "0") if found else (last, following)


async def records(api: Api, email: str, remote_id: str | None) -> list[str]:
    """The record ids of a person; the e-mail may meanwhile be at another record."""
    by_email = await read(api, [email], ["email"], by="email")
    by_id = await read(api, [remote_id], ["email"]) if remote_id else []
    return list(dict.fromkeys(str(contact["id"]) for contact in by_email + by_id))


async def erase(api: Api, email: str, remote_id: str | None) -> Erased:
    """Delete for good. By record id only: asked to delete an e-mail that it does not know, HubSpot
    would put it on its block list."""
    found = await records(api, email, remote_id)
    for record in found:
        try:
            await api.request("POST", f"{CONTACTS}/gdpr-delete", body={"objectId": record})
        except Refused as refused:
            if refused.status != 404:
                raise DestinationError(f"HubSpot did not erase a contact: {refused}.") from None
    return Erased("erased" if found else "absent")


async def held(api: Api, email: str, remote_id: str | None) -> dict[str, object]:
    """A person's contacts with their properties and lists."""
    found = await records(api, email, remote_id)
    if not found:
        return {}
    there = await setup.ask(api, "GET", setup.PROPERTIES)
    contacts = await read(api, found, [item["name"] for item in there["results"]])
    return {"contacts": [await _held(api, contact) for contact in contacts]}


async def _held(api: Api, contact: Mapping[str, Any]) -> dict[str, object]:
    path = f"{setup.LISTS}/records/0-1/{contact['id']}/memberships"
    memberships = (await setup.ask(api, "GET", path))["results"]
    lists = await setup.lists_by_id(api, [str(item["listId"]) for item in memberships])
    filled = {name: v for name, v in contact["properties"].items() if v not in (None, "")}
    titles = sorted(item["name"] for item in lists.values())
    return {"id": contact["id"], "properties": filled, "lists": titles}
