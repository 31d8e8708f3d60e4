"""Imports of profiles into Klaviyo, which work in the background and are matched by e-mail."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from itertools import count, islice
from typing import Any

from segctl.destinations.http import Refused, to_json
from segctl.destinations.klaviyo import values
from segctl.destinations.klaviyo.api import PER_PAGE, Account, document
from segctl.destinations.klaviyo.values import Person
from segctl.destinations.many import for_each
from segctl.privacy import fold
from segctl.protocol import Batch, BatchRejected, JobLost, Outcome

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
        await self._empty_fields_of_found(everybody)
        rows = _Rows({number for number, key in enumerate(encoded) if key in known})
        profiles = list(encoded.values())
        jobs = []
        for what, chosen in (
            ("known", rows.known(len(profiles))),
            ("new", rows.new(len(profiles))),
        ):
            if chosen:
                jobs.append(f"{what}:{await self._start_import(profiles, chosen)}")
        return Outcome(job=" ".join([*jobs, *([f"rows:{rows.packed()}"] if len(jobs) > 1 else [])]))

    async def settle(self, job: str) -> Outcome | None:
        """The outcome of the imports that `start` named; None while one of them runs."""
        parts = {part.partition(":")[0]: part.partition(":")[2] for part in job.split()}
        packed = parts.pop("rows", "")
        rows = _Rows.unpacked(packed)
        failed = {import_id: await self._failed_in(import_id) for import_id in parts.values()}
        if None in failed.values():
            return None
        outcome = Outcome()
        for what, import_id in parts.items():
            row_of: Callable[[int], int] | None = (
                rows.nth_known if what == "known" else rows.nth_new
            )
            if not packed:  # one import took all rows, or an earlier version made two
                row_of = int if len(parts) == 1 else None
            refused = await self._errors_of(import_id, row_of) if failed[import_id] else Outcome()
            ids = await self._imported_by(import_id) if what == "new" else {}
            outcome = Outcome(
                dead={**outcome.dead, **refused.dead},
                dead_rows={**outcome.dead_rows, **refused.dead_rows},
                others=outcome.others or refused.others,
                remote_ids={**outcome.remote_ids, **ids},
            )
        if outcome.others:
            # Whom the imports took is not whom they refused.
            for import_id in parts.values():
                ids = await self._imported_by(import_id)
                outcome = replace(outcome, remote_ids={**outcome.remote_ids, **ids})
        return outcome

    def progress(self, job: str) -> int:
        """How many profiles the imports of a job had worked through when they were last seen."""
        return sum(self._progress.get(part.partition(":")[2], 0) for part in job.split())

    async def _start_import(self, profiles: Sequence[bytes], rows: Sequence[int]) -> str:
        frame = document("profile-bulk-import-job", {"profiles": {"data": ["|"]}})
        body = to_json(frame).replace(b'"|"', b",".join(profiles[row] for row in rows))
        try:
            answer = await self._account.ask("POST", PATH, "import", body)
        except Refused as refused:
            raise BatchRejected(refused.of_records(), self._named_in(refused.data, rows)) from None
        return str(answer["data"]["id"])

    def _named_in(self, data: Any, rows: Sequence[int]) -> dict[int, str]:
        """The rows that a refusal points to, with its words about each."""
        named = {}
        for error in data.get("errors") or [] if isinstance(data, dict) else []:
            number = _pointed_to(error) if isinstance(error, dict) else None
            if number is not None and number < len(rows):
                words = error.get("detail") or error.get("title") or "refused"
                named[rows[number]] = self._account.api.scrub(str(words))
        return named

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

    async def _empty_fields_of_found(self, everybody: Sequence[Person]) -> None:
        """Whose profile we do not know may have one all the same, after the state was lost."""
        asked = {fold(p.email): p for p in everybody if not p.remote_id and p.has_empty_fields}
        emails = {person.email for person in asked.values()}
        found = await self._account.profiles_where("email", emails, values.FIELDS_READ)
        changing = []
        for item in found:
            person = asked.get(fold(item["attributes"].get("email") or ""))
            if person and values.owner(item["attributes"]) in (None, person.key):
                changes = person.changes(item["attributes"])
                if changes:
                    changing.append((replace(person, remote_id=item["id"]), changes))
        await for_each(changing, lambda change: self._change_profile(*change))

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

    async def _errors_of(self, import_id: str, row_of: Callable[[int], int] | None) -> Outcome:
        """Who was refused: by the payload that an error quotes, or by the place it points to."""
        path = f"{PATH}/{import_id}/import-errors"
        dead, dead_rows, others = {}, {}, ""
        for item in await self._account.all(path, "import errors", {"page[size]": PER_PAGE}):
            error = item["attributes"]
            reason = self._account.api.scrub(error.get("detail") or error.get("title") or "refused")
            key, number = values.owner_in(error.get("original_payload")), _pointed_to(error)
            if key is not None:
                dead[key] = reason
            elif number is not None and row_of is not None:
                dead_rows[row_of(number)] = reason
            else:
                others = reason
        return Outcome(dead=dead, dead_rows=dead_rows, others=others)

    async def _imported_by(self, import_id: str) -> dict[str, str]:
        """Person key -> profile, of everybody whom the import reached."""
        path = f"{PATH}/{import_id}/profiles"
        params = {"fields[profile]": "properties", "page[size]": PER_PAGE}
        found = await self._account.all(path, "imported", params)
        owners = ((values.owner(item["attributes"]), item["id"]) for item in found)
        return {key: profile_id for key, profile_id in owners if key is not None}


def _pointed_to(error: Mapping[str, Any]) -> int | None:
    """The number of the profile, within its import, that an error points to."""
    pointer = str((error.get("source") or {}).get("pointer") or "")
    found = re.search(r"/profiles/data/(\d+)", pointer)
    return int(found.group(1)) if found else None


class _Rows:
    """Which rows of a batch went into the import of known people; the others into that of new ones.

    Small enough to be a part of the job's name, where `settle` finds it in whatever process.
    """

    def __init__(self, known: Set[int]) -> None:
        self._known = known

    def __bool__(self) -> bool:
        return bool(self._known)

    def known(self, size: int) -> list[int]:
        return [row for row in range(size) if row in self._known]

    def new(self, size: int) -> list[int]:
        return [row for row in range(size) if row not in self._known]

    def nth_known(self, number: int) -> int:
        return sorted(self._known)[number] if number < len(self._known) else -1

    def nth_new(self, number: int) -> int:
        """Behind the last row that is known, all are new."""
        return next(islice((row for row in count() if row not in self._known), number, None))

    def packed(self) -> str:
        bits = sum(1 << row for row in self._known)
        raw = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        return base64.urlsafe_b64encode(zlib.compress(raw)).decode()

    @classmethod
    def unpacked(cls, text: str) -> _Rows:
        raw = zlib.decompress(base64.urlsafe_b64decode(text)) if text else b""
        bits = int.from_bytes(raw, "little")
        return cls({row for row in range(bits.bit_length()) if bits >> row & 1})
