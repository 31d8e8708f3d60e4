"""Klaviyo: profiles, lists and events.

Profiles are imported in the background and matched by e-mail. Each carries the person key in the
custom property `segctl_customer_id`, and that is how the answer of an import is read: by whom, and
in which process, does not matter. Klaviyo's `external_id` would do the same, but it is an
identifier: a shop or till that already uses it would lose its key, or be refused as a duplicate.

Somebody whose profile we know keeps it when the e-mail changes, because the profile is given the
new address before the import. If another profile has that address already, the person goes by that
one from now on; profiles are never merged.

List membership is not a subscription: nothing here subscribes, unsubscribes or lifts a suppression.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from segctl.destinations.http import Refused
from segctl.destinations.klaviyo import values
from segctl.destinations.klaviyo.api import (
    PER_PAGE,
    RATES,
    STEADY_PER_SECOND,
    Account,
    document,
    list_gone,
)
from segctl.destinations.klaviyo.imports import PROFILES_PER_IMPORT, Imports
from segctl.destinations.many import find_or_make, for_each, merged
from segctl.destinations.settings import SecretReference, Settings
from segctl.errors import DestinationError
from segctl.privacy import fold
from segctl.protocol import (
    Batch,
    BatchRejected,
    Capabilities,
    Erased,
    Kind,
    ListSpec,
    Member,
    Outcome,
)

MEMBERS_PER_REQUEST = 1_000
LISTS_PER_DAY = 150
EVENTS_PER_BATCH = 200

_EVER = "1990-01-01T00:00:00Z"
_METRICS = {"entered": "Segment entered", "exited": "Segment exited"}


class KlaviyoSettings(Settings):
    """A Klaviyo account."""

    tells_events: ClassVar[bool] = True

    type: Literal["klaviyo"] = "klaviyo"
    api_key: SecretReference
    """A private key."""
    base_url: str = "https://a.klaviyo.com"

    def attribute_name(self, column: str) -> str:
        """Klaviyo's own field where one fits, else a custom property of the column's name."""
        return values.field_name(column)


class Klaviyo:
    """One Klaviyo account."""

    def __init__(
        self,
        name: str,
        settings: KlaviyoSettings,
        secret: Callable[[str], str],
        used_today: int = 0,
    ) -> None:
        self.name = name
        self.identity = f"klaviyo:{name}"
        self.limiter = settings.make_limiter("Klaviyo", RATES, used_today)
        self._settings = settings
        self._account = Account(settings.base_url, lambda: secret(settings.api_key), self.limiter)
        self._imports = Imports(self._account)

    @property
    def capabilities(self) -> Capabilities:
        """Klaviyo's limits, or the user's tighter ones."""
        limits = self._settings.limits
        most = limits.batch_size or PROFILES_PER_IMPORT
        upserts = min(most, PROFILES_PER_IMPORT)
        return Capabilities(
            batch_size=min(most, MEMBERS_PER_REQUEST),
            batch_sizes={Kind.UPSERT: upserts, Kind.EVENT: min(most, EVENTS_PER_BATCH)},
            requests_per_batch={
                Kind.WITHDRAW: 0,
                Kind.DROP_LIST: 0,
                Kind.CREATE_LIST: 2,
                # The import, two looks at the job, and the profiles page by page.
                Kind.UPSERT: 3 + upserts / PER_PAGE,
                Kind.EVENT: min(most, EVENTS_PER_BATCH),
            },
            requests_per_second=min(
                STEADY_PER_SECOND, limits.requests_per_second or STEADY_PER_SECOND
            ),
            concurrency=limits.concurrency or 4,
            daily={Kind.CREATE_LIST: LISTS_PER_DAY},
            takes_events=True,
            owns_lists=self._settings.exclusive,
        )

    async def connect(self) -> str:
        """Check that the key can read what has to be read; writing shows only by writing."""
        one = {"page[size]": 1}
        accounts = await self._account.readable("/api/accounts", "account", "accounts:read")
        await self._account.readable("/api/lists", "lists", "lists:read", one)
        await self._account.readable("/api/profiles", "profiles", "profiles:read", one)
        return str(accounts["data"][0]["id"])

    async def find_lists(self, lists: Sequence[ListSpec]) -> Mapping[str, str]:
        """Lists by id where we know it, else the oldest of the title."""
        known = {spec.remote_id for spec in lists if spec.remote_id}
        titles = {spec.title for spec in lists if not spec.remote_id}
        there = {found["id"] for found in await self._account.lists_where("id", known)}
        by_title: dict[str, str] = {}
        for found in await self._account.lists_where("name", titles):
            by_title.setdefault(found["attributes"]["name"], found["id"])
        ids = {spec: spec.remote_id or by_title.get(spec.title) for spec in lists}
        present = there | set(by_title.values())
        return {spec.audience: found for spec, found in ids.items() if found in present and found}

    async def members(self, list_id: str) -> AsyncIterator[list[Member]]:
        """Everybody in the list."""
        path = f"/api/lists/{list_id}/profiles"
        params = {"fields[profile]": "email", "page[size]": PER_PAGE}
        try:
            async for page in self._account.pages(path, "members", params):
                yield [Member(item["id"], item["attributes"].get("email")) for item in page["data"]]
        except Refused as refused:
            raise list_gone(refused) from None

    async def suppressed(self) -> AsyncIterator[list[Member]]:
        """Whom Klaviyo does not mail: unsubscribed, complained, bounced, suppressed by hand."""
        field = "subscriptions.email.marketing.suppression.timestamp"
        params = {
            "filter": f"greater-or-equal({field},{_EVER})",
            "fields[profile]": "email",
            "page[size]": PER_PAGE,
            "sort": field,
        }
        async for page in self._account.pages("/api/profiles", "profiles", params):
            yield [Member(item["id"], item["attributes"].get("email")) for item in page["data"]]

    async def records(self, remote_ids: Collection[str]) -> set[str]:
        """Those of the profiles that are there."""
        return {item["id"] for item in await self._account.profiles_where("id", remote_ids, "id")}

    async def prepare(self, attributes: Mapping[str, str], work_dir: Path) -> None:
        """Custom properties need no preparation; only Klaviyo's own fields have a type."""
        for name, column_type in attributes.items():
            values.check_attribute(name, column_type)

    async def send(self, batch: Batch) -> Outcome:
        """Carry out one batch."""
        match batch.kind:
            case Kind.REVOKE | Kind.REMOVE:
                return await self._leave(batch)
            case Kind.CREATE_LIST:
                return await self._create_list(batch)
            case Kind.UPSERT:
                return await self._imports.start(batch)
            case Kind.ADD | Kind.UPDATE:
                return await self._join(batch)
            case Kind.EVENT:
                return merged(await for_each(batch.rows.to_pylist(), self._tell))
            case Kind.WITHDRAW | Kind.DROP_LIST:
                return Outcome()

    async def erase(self, email: str, remote_id: str | None) -> Erased:
        """Ask for the deletion of the profiles; Klaviyo carries it out in the background."""
        ids = {found["id"] for found in await self._everything_of(email, remote_id, "id")}
        for profile_id in ids:
            whom = {"type": "profile", "id": profile_id, "attributes": {}}
            body = document("data-privacy-deletion-job", {"profile": {"data": whom}})
            try:
                await self._account.ask("POST", "/api/data-privacy-deletion-jobs", "erase", body)
            except Refused as refused:
                if refused.status != 404:
                    raise DestinationError(f"Klaviyo does not erase: {refused}.") from None
        return Erased("requested" if ids else "absent")

    async def held(self, email: str, remote_id: str | None) -> Mapping[str, object]:
        """The profiles with subscriptions, predictions, lists, segments and events."""
        extra = {"additional-fields[profile]": "subscriptions,predictive_analytics"}
        found = await self._everything_of(email, remote_id, None, extra)
        return {"profiles": [await self._history(item) for item in found]} if found else {}

    async def settle(self, job: str) -> Outcome | None:
        """The outcome of the imports of an UPSERT."""
        return await self._imports.settle(job)

    def progress(self, job: str) -> int:
        """How far the imports of an UPSERT have come."""
        return self._imports.progress(job)

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        await self._account.close()

    # Lists

    async def _create_list(self, batch: Batch) -> Outcome:
        title = batch.rows["title"][0].as_py()
        if batch.list_id:
            await self._rename(batch.list_id, title)
            return Outcome(remote_ids={"": batch.list_id})

        async def find() -> str | None:
            found = await self.find_lists([ListSpec("", title)])
            return found.get("")

        async def make() -> str:
            body = document("list", {"name": title})
            made = await self._account.ask("POST", "/api/lists", "create list", body, repeat=False)
            return str(made["data"]["id"])

        try:
            return Outcome(remote_ids={"": await find_or_make(f"The list {title}", find, make)})
        except Refused as refused:
            raise BatchRejected(refused.of_records()) from None

    async def _rename(self, list_id: str, title: str) -> None:
        found = await self._account.get_list(list_id)
        if found["attributes"]["name"] != title:
            body = document("list", {"name": title}, list_id)
            try:
                await self._account.ask("PATCH", f"/api/lists/{list_id}", "rename list", body)
            except Refused as refused:
                raise BatchRejected(refused.of_records()) from None

    # Memberships

    async def _leave(self, batch: Batch) -> Outcome:
        """Take profiles out of the list. Who is another profile by now leaves as that one."""
        rows = [row for row in batch.rows.to_pylist() if row["remote_id"]]
        ids = {row["remote_id"] for row in rows}
        held = {item["id"] for item in await self._account.profiles_where("id", ids, "id")}
        merged_away = [row for row in rows if row["remote_id"] not in held]
        survivors = await self._survivors(str(batch.list_id), merged_away)
        await self._set_members("DELETE", batch, ids & held | survivors)
        return Outcome()

    async def _survivors(self, list_id: str, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """The members that profiles which are gone were merged into: known by our own id, or by
        the address if the warehouse still has one and nobody else's id is on the profile."""
        if not rows:
            return set()
        keys = {row["person_key"] for row in rows}
        emails = {fold(row["email"]) for row in rows if row.get("email")}
        params = {"fields[profile]": "email,properties", "page[size]": PER_PAGE}
        path = f"/api/lists/{list_id}/profiles"
        found = set()
        try:
            async for page in self._account.pages(path, "members", params):
                for item in page["data"]:
                    owner, email = values.owner(item["attributes"]), item["attributes"].get("email")
                    if owner in keys or (owner is None and fold(email or "") in emails):
                        found.add(item["id"])
        except Refused as refused:
            raise list_gone(refused) from None
        return found

    async def _join(self, batch: Batch) -> Outcome:
        """Put profiles into the list, and take out those that the same people had before.

        When somebody joined the list, Klaviyo notes by itself, so a new day of entry is no change.
        """
        rows = [
            row
            for row in batch.rows.to_pylist()
            if row["previous_id"] is None or row["previous_id"] != row["remote_id"]
        ]
        known = {row["remote_id"] for row in rows} - {None}
        known -= await self._set_members("POST", batch, known)
        lost = {row["person_key"] for row in rows if row["remote_id"] not in known}
        old = {row["previous_id"] for row in rows if row["person_key"] not in lost} - {None}
        await self._set_members("DELETE", batch, old - known)
        return Outcome(lost=frozenset(lost))

    async def _set_members(self, method: str, batch: Batch, ids: Collection[str]) -> set[str]:
        """Add or remove profiles; returns the ids that Klaviyo does not know (any more)."""
        if not ids:
            return set()
        try:
            await self._change_members(method, batch, ids)
        except Refused as refused:
            # One unknown profile spoils the request, and so does a list that is gone.
            await self._account.get_list(batch.list_id or "")
            known = {held["id"] for held in await self._account.profiles_where("id", ids, "id")}
            if known.issuperset(ids):
                raise BatchRejected(refused.of_records()) from None
            if known:
                try:
                    await self._change_members(method, batch, known)
                except Refused as again:
                    raise BatchRejected(again.of_records()) from None
            return set(ids) - known
        return set()

    async def _change_members(self, method: str, batch: Batch, ids: Collection[str]) -> None:
        path = f"/api/lists/{batch.list_id}/relationships/profiles"
        body = {"data": [{"type": "profile", "id": profile_id} for profile_id in sorted(ids)]}
        await self._account.ask(method, path, "add" if method == "POST" else "remove", body)

    # Events

    async def _tell(self, row: Mapping[str, Any]) -> Outcome:
        """Tell one entry or exit; Klaviyo records only the first event of an id.

        Not in bulk: there, one id that was told before fails all events of the request.
        """
        changed_on = row["changed_on"].isoformat()
        whom: dict[str, Any] = {"type": "profile", "attributes": {}}
        if row["remote_id"]:
            whom["id"] = row["remote_id"]
        else:
            whom["attributes"]["email"] = row["email"]
        metric = {"type": "metric", "attributes": {"name": _METRICS[row["change"]]}}
        event = {
            "unique_id": row["person_key"],
            "time": f"{changed_on}T00:00:00Z",
            "properties": {"segment": row["segment"], "changed_on": changed_on},
            "metric": {"data": metric},
            "profile": {"data": whom},
        }
        try:
            await self._account.ask("POST", "/api/events", "event", document("event", event))
        except Refused as refused:
            if refused.status == 404 and await self._is_gone(row["remote_id"]):
                return Outcome(dead={row["person_key"]: refused.reason})
            return Outcome(dead={row["person_key"]: refused.of_records()})
        return Outcome()

    async def _is_gone(self, profile_id: str | None) -> bool:
        if profile_id is None:
            return False
        return not await self._account.profiles_where("id", {profile_id}, "id")

    # Access and erasure

    async def _everything_of(
        self,
        email: str,
        remote_id: str | None,
        fields: str | None,
        extra: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """The profiles of the e-mail and of the id, which differ if the e-mail changed there."""
        found = await self._account.profiles_where("email", {email}, fields, extra)
        if remote_id and remote_id not in {item["id"] for item in found}:
            found += await self._account.profiles_where("id", {remote_id}, fields, extra)
        return found

    async def _history(self, profile: Mapping[str, Any]) -> dict[str, Any]:
        path = f"/api/profiles/{profile['id']}"
        lists = await self._account.all(f"{path}/lists", "profile lists", {"fields[list]": "name"})
        segments = await self._account.all(
            f"{path}/segments", "profile segments", {"fields[segment]": "name"}
        )
        return {
            "id": profile["id"],
            **profile["attributes"],
            "lists": [item["attributes"]["name"] for item in lists],
            "segments": [item["attributes"]["name"] for item in segments],
            "events": await self._events_of(profile["id"]),
        }

    async def _events_of(self, profile_id: str) -> list[dict[str, Any]]:
        asked = {"filter": f"equals(profile_id,{json.dumps(profile_id)})", "include": "metric"}
        found = []
        async for page in self._account.pages("/api/events", "events", asked):
            names = {item["id"]: item["attributes"]["name"] for item in page.get("included") or []}
            for item in page["data"]:
                metric = item["relationships"]["metric"]["data"]["id"]
                found.append({"metric": names.get(metric, metric), **item["attributes"]})
        return found
