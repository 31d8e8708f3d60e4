"""Imports of profiles into Klaviyo, which work in the background and are matched by e-mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from segctl.destinations import klaviyo_values as values
from segctl.destinations.base import Batch, BatchRejected, JobLost, Outcome
from segctl.destinations.http import Refused, for_each, merged, to_json
from segctl.destinations.klaviyo_account import PER_PAGE, Account, document
from segctl.destinations.klaviyo_values import Person
from segctl.errors import DestinationError

PATH = "/api/profile-bulk-import-jobs"
PROFILES_PER_IMPORT = 5_000
"""Klaviyo takes 10,000 and 5 MB: a thousand bytes each are more likely to fit than five hundred."""
IMPORT_BYTES, PROFILE_BYTES = 5_000_000, 100_000


class Imports:
    """The imports of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._progress: dict[str, int] = {}

    async def start(self, batch: Batch) -> Outcome:
        """Start an import of people whose profiles we know, and one of people yet to be found."""
        everybody = values.people(batch)
        encoded = {person.key: to_json(person.profile()) for person in everybody}
        if max(map(len, encoded.values())) > PROFILE_BYTES:
            raise BatchRejected("the profile is larger than the 100 KB that Klaviyo takes")
        if sum(map(len, encoded.values())) + len(encoded) > IMPORT_BYTES - 1_000:
            raise BatchRejected("the profiles are larger than the 5 MB that Klaviyo takes at once")
        known = await self._bring_up_to_date(everybody)
        jobs = []
        for what, keys in (("known", known), ("new", encoded.keys() - known)):
            if keys:
                profiles = (encoded[key] for key in encoded if key in keys)
                jobs.append(f"{what}:{await self._start_import(profiles)}")
        return Outcome(job=" ".join(jobs))

    async def settle(self, job: str) -> Outcome | None:
        """The outcome of the imports that `start` named; None while one of them runs."""
        imports = [part.partition(":")[::2] for part in job.split()]
        failed = {import_id: await self._failed_in(import_id) for _, import_id in imports}
        if None in failed.values():
            return None
        outcomes = []
        for what, import_id in imports:
            dead = await self._errors_of(import_id) if failed[import_id] else {}
            ids = await self._imported_by(import_id) if what == "new" else {}
            outcomes.append(Outcome(dead=dead, remote_ids=ids))
        return merged(outcomes)

    def progress(self, job: str) -> int:
        """How many profiles the imports of a job had worked through when they were last seen."""
        return sum(self._progress.get(part.partition(":")[2], 0) for part in job.split())

    async def _start_import(self, profiles: Iterable[bytes]) -> str:
        frame = document("profile-bulk-import-job", {"profiles": {"data": ["|"]}})
        body = to_json(frame).replace(b'"|"', b",".join(profiles))
        try:
            answer = await self._account.ask("POST", PATH, "import", body)
        except Refused as refused:
            raise BatchRejected(refused.of_records()) from None
        return str(answer["data"]["id"])

    async def _bring_up_to_date(self, everybody: Sequence[Person]) -> set[str]:
        """Give known profiles their new e-mail and empty what is empty here.

        Returns the people who have the profile that we know under the e-mail that we know, so that
        the import meets it. The others are met, or made, by their e-mail.
        """
        ids = {person.remote_id for person in everybody if person.remote_id}
        found = await self._account.profiles_where("id", ids, values.FIELDS_READ)
        held = {item["id"]: item["attributes"] for item in found}
        met = set()
        moving = []
        for person in everybody:
            attributes = held.get(person.remote_id or "")
            if attributes is None or values.owner(attributes) not in (None, person.key):
                continue
            changes = person.changes(attributes)
            if changes:
                moving.append((person, changes))
            else:
                met.add(person.key)
        while moving:
            # Whose new address is still another's may have it once that one has moved on.
            done = await for_each(moving, lambda move: self._change_profile(*move))
            met.update(person.key for (person, _), moved in zip(moving, done, strict=True) if moved)
            moving = [move for move, moved in zip(moving, done, strict=True) if not moved]
            if not any(done):
                break
        return met

    async def _change_profile(self, person: Person, changes: Mapping[str, Any]) -> bool:
        """Whether the profile took the changes; not if it is gone or another has the e-mail."""
        path = f"/api/profiles/{person.remote_id}"
        body = document("profile", changes, person.remote_id)
        try:
            await self._account.ask("PATCH", path, "change profile", body)
        except Refused as refused:
            if refused.status != 404:
                refused.of_records()
            return False
        return True

    async def _failed_in(self, import_id: str) -> int | None:
        """How many profiles an import refused, -1 if it does not say; None while it runs."""
        if not import_id:
            raise LookupError("not the name of an import")
        try:
            answer = await self._account.ask("GET", f"{PATH}/{import_id}", "job")
        except Refused as refused:
            if refused.status != 404:
                raise
            raise LookupError(refused.reason) from None
        attributes = answer["data"]["attributes"]
        if attributes["status"] == "cancelled":
            raise JobLost("Klaviyo cancelled an import that it had accepted; the run stopped.")
        self._progress[import_id] = int(attributes.get("completed_count") or 0)
        if attributes["status"] != "complete":
            return None
        failed = attributes.get("failed_count")
        return -1 if failed is None else int(failed)

    async def _errors_of(self, import_id: str) -> dict[str, str]:
        path = f"{PATH}/{import_id}/import-errors"
        dead = {}
        for item in await self._account.all(path, "import errors", {"page[size]": PER_PAGE}):
            error = item["attributes"]
            reason = self._account.api.scrub(error.get("detail") or error.get("title") or "refused")
            key = values.owner_in(error.get("original_payload"))
            if key is None:
                # To count the person as sent would be a lie, and nobody can tell whom it was.
                raise DestinationError(
                    f"Klaviyo refused a profile without saying which: {reason}.",
                    f"Look at the import {import_id} in Klaviyo, and mend or leave out the record.",
                )
            dead[key] = reason
        return dead

    async def _imported_by(self, import_id: str) -> dict[str, str]:
        """Person key -> profile, of everybody whom the import reached."""
        path = f"{PATH}/{import_id}/profiles"
        params = {"fields[profile]": "properties", "page[size]": PER_PAGE}
        found = await self._account.all(path, "imported", params)
        owners = ((values.owner(item["attributes"]), item["id"]) for item in found)
        return {key: profile_id for key, profile_id in owners if key is not None}
