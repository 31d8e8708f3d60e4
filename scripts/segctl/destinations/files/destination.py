"""Audiences as files: one CSV and one Parquet file each, and one pair with everybody's attributes.

A file appears in one piece and only when it is complete and on the disk. `manifest.json` beside the
files says which ones are ours and what they looked like when we left them; no other file is ever
touched. A list whose file was edited or deleted by somebody else is written anew in full.

CSV files are made to be opened in a spreadsheet: a text that begins with = + - @, a tab or a
carriage return gets an apostrophe in front, so that no cell of a customer's making is run as a
formula. Parquet files hold the text as it is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Self

import duckdb
from pydantic import BaseModel, ValidationError

from segctl.destinations.files.storage import FileRecord, Storage, open_storage
from segctl.destinations.settings import GuardSettings, Settings
from segctl.duckdb_sql import hash_of, literal, quote
from segctl.durable import sha256
from segctl.errors import DestinationError, SegctlError
from segctl.protocol import (
    MEMBERSHIP_COLUMNS,
    PROFILES,
    Batch,
    Capabilities,
    Erased,
    Kind,
    ListSpec,
    Member,
    Outcome,
)

MANIFEST = "manifest.json"
FORMATS = ("csv", "parquet")
_RESERVED = {"profiles", "manifest", "con", "prn", "aux", "nul"}
_FORMULA = r"^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
"""Beginnings that a spreadsheet takes for a formula, or passes over to find one; full-width too."""


class FilesSettings(Settings):
    """A directory or a folder of an object store."""

    type: Literal["files"]
    path: str
    """A path, from the project's directory on, or a URL such as s3://bucket/audiences."""
    guards: GuardSettings = GuardSettings(first_run=None)

    def below(self, root: Path) -> Self:
        """The same, with the path from `root` on."""
        is_url = "://" in self.path
        return self if is_url else self.model_copy(update={"path": str(root / self.path)})


class ListRecord(BaseModel):
    """One list of ours. Without `files` it was being written when the run died."""

    stem: str
    rows: int = 0
    files: dict[str, FileRecord] = {}


class Manifest(BaseModel):
    """Everything in the directory that is ours."""

    written_by: str = "segctl"
    format: int = 2
    lists: dict[str, ListRecord] = {}


class Files:
    """Writes audiences into a directory."""

    capabilities = Capabilities(
        batch_size=50_000,
        requests_per_batch=dict.fromkeys(Kind, 0),
        settles="run",
        owns_lists=True,
        profiles_are_a_list=True,
        renames="never",
    )

    def __init__(
        self,
        name: str,
        settings: FilesSettings,
        secret: Callable[[str], str] | None = None,
        used_today: int = 0,
    ) -> None:
        """Needs no key, and has no limits."""
        self.limiter = None
        self.storage: Storage = open_storage(settings.path)
        self.name = name
        self.identity = f"files:{self.name}"
        self._manifest = Manifest()
        self._staging: duckdb.DuckDBPyConnection | None = None
        self._profile_columns: list[str] = []
        self._turn = 0

    # Before planning

    async def connect(self) -> str:
        """A directory has no accounts, and may be moved with its project."""
        with self._telling():
            self._manifest = self._read_manifest()
        return "files"

    async def find_lists(self, lists: Sequence[ListSpec]) -> Mapping[str, str]:
        """Lists that are as we left them; files of others that are in the way are an error."""
        for spec in lists:
            if spec.remote_id is None and spec.audience not in self._manifest.lists:
                self._require_free(spec.audience)
        return {spec.audience: spec.audience for spec in lists if self._is_intact(spec.audience)}

    def _require_free(self, audience: str) -> None:
        for name in _names(audience):
            if self.storage.holds(name):
                raise DestinationError(
                    f"{self.storage.describe(name)} is in the way: segctl did not write it and "
                    "will not replace it.",
                    "Move it, or choose another directory.",
                )

    def _is_intact(self, audience: str) -> bool:
        record = self._manifest.lists.get(audience)
        return bool(record and record.files) and all(
            self.storage.is_still(name, record.files[form])  # type: ignore[union-attr]
            for form, name in zip(FORMATS, _names(audience), strict=True)
        )

    async def members(self, list_id: str) -> AsyncIterator[list[Member]]:
        """Read our own files back."""
        path = self._parquet(list_id)
        with duckdb.connect() as db:
            columns = _columns(db, path)
            del columns["customer_id"]
            payload = columns if list_id == PROFILES else MEMBERSHIP_COLUMNS
            reader = db.sql(
                f"select customer_id, {hash_of(payload)} as payload_hash from {path}"
            ).to_arrow_reader(100_000)
            for batch in reader:
                keys, hashes = (column.to_pylist() for column in batch.columns)
                yield [Member(key, None, hashed) for key, hashed in zip(keys, hashes, strict=True)]

    async def suppressed(self) -> AsyncIterator[list[Member]]:
        """Files refuse nobody."""
        no_pages: tuple[list[Member], ...] = ()
        for page in no_pages:
            yield page

    async def records(self, remote_ids: Collection[str]) -> None:
        """Nobody refuses anything, so nobody is asked."""

    # During a run

    async def prepare(self, attributes: Mapping[str, str], work_dir: Path) -> None:
        """Get ready to stage changes."""
        with self._telling():
            self.storage.clear()
        staging = duckdb.connect(
            str(work_dir / "files.duckdb"),
            config={"memory_limit": "384MB", "temp_directory": str(work_dir / "files.spill")},
        )
        payload = {"email": "VARCHAR", **attributes}
        declared = ", ".join(f"{quote(name)} {kind}" for name, kind in payload.items())
        staging.execute(
            "create table memberships (turn integer, audience varchar, gone boolean, "
            "customer_id varchar, email varchar, entered_on date);"
            f"create table profiles (turn integer, gone boolean, customer_id varchar, {declared});"
            "create table lists (turn integer, audience varchar, gone boolean)"
        )
        self._profile_columns = list(payload)
        self._staging = staging

    async def send(self, batch: Batch) -> Outcome:
        """Stage the batch; it is written when the run settles the list."""
        db = self._db
        self._turn += 1
        values: dict[str, Any] = {"turn": self._turn, "audience": batch.audience}
        db.register("arrived", batch.rows)
        if batch.kind in (Kind.CREATE_LIST, Kind.DROP_LIST):
            gone = batch.kind is Kind.DROP_LIST
            db.execute(
                "insert into lists values ($turn, $audience, $gone)", values | {"gone": gone}
            )
        elif batch.kind is Kind.UPSERT:
            names = ", ".join(quote(name) for name in self._profile_columns)
            db.execute(
                f"insert into profiles by name select {self._turn} as turn, false as gone, "
                f"person_key as customer_id, {names} from arrived"
            )
        elif batch.kind is Kind.WITHDRAW:
            db.execute(
                f"insert into profiles by name select {self._turn} as turn, true as gone, "
                "person_key as customer_id from arrived"
            )
        else:
            gone = batch.kind.takes_away
            payload = "null, null" if gone else "email, entered_on"
            db.execute(
                f"insert into memberships select $turn, $audience, $gone, person_key, {payload} "
                "from arrived",
                values | {"gone": gone},
            )
        db.unregister("arrived")
        created = {"": batch.audience} if batch.kind is Kind.CREATE_LIST else {}
        return Outcome(remote_ids=created, job=f"list {batch.audience}")

    async def settle(self, job: str) -> Outcome:
        """Write the list's files. Jobs of earlier runs are unknown: they died with their run."""
        if self._staging is None:
            raise LookupError(job)
        audience = job.removeprefix("list ")
        with self._telling():
            if self._is_dropped(audience):
                self.storage.remove(_names(audience))
                if self._manifest.lists.pop(audience, None):
                    self._write_manifest()
            else:
                self._write(audience, self._changed(audience))
        return Outcome(remote_ids={"": audience})

    async def erase(self, email: str, remote_id: str | None) -> Erased:
        """Write every file that holds the person anew, without the person."""
        await self.connect()
        holding = await self.held(email, remote_id)
        with self._telling():
            self._remove_from(holding, email)
        return Erased("erased" if holding else "absent")

    def _remove_from(self, holding: Iterable[str], email: str) -> None:
        self.storage.clear()
        for name in holding:
            audience = PROFILES if name == "profiles" else name
            path = self._parquet(audience)
            with duckdb.connect() as self._staging:
                self._write(
                    audience,
                    f"select * from {path} "
                    f"where lower(email) is distinct from lower({literal(email)})",
                )
            self._staging = None

    async def held(self, email: str, remote_id: str | None) -> Mapping[str, object]:
        """The person's rows, file by file."""
        await self.connect()
        found: dict[str, object] = {}
        with duckdb.connect() as db:
            for audience in sorted(self._manifest.lists):
                if self._is_intact(audience):
                    path = self._parquet(audience)
                    query = f"select * from {path} where lower(email) = lower(?)"
                    rows = db.execute(query, [email]).fetchall()
                    names = list(_columns(db, path))
                    if rows:
                        found[audience or "profiles"] = dict(zip(names, rows[0], strict=True))
        return found

    async def close(self) -> None:
        """Forget what was staged."""
        if self._staging is not None:
            self._staging.close()
            self._staging = None

    # Writing one list

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what disks and object stores say into a sentence; each has errors of its own."""
        try:
            yield
        except SegctlError:
            raise
        except Exception as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else None
            raise DestinationError(
                f"The files of {self.name} cannot be read or written: "
                f"{what or type(error).__name__}.",
                "Does the place exist, and may this user write there?",
            ) from error

    @property
    def _db(self) -> duckdb.DuckDBPyConnection:
        if self._staging is None:
            raise RuntimeError("the destination is not open")
        return self._staging

    def _is_dropped(self, audience: str) -> bool:
        row = self._db.execute(
            "select gone from lists where audience = ? order by turn desc limit 1", [audience]
        ).fetchone()
        return bool(row and row[0])

    def _write(self, audience: str, sql: str) -> None:
        """Put the list's files in place, unless they hold the very same already."""
        csv, parquet = _names(audience)
        rows = self._copy(sql, self.storage.temporary(csv), self.storage.temporary(parquet))
        digests = {name: sha256(self.storage.temporary(name)) for name in (csv, parquet)}
        before = self._manifest.lists.get(audience)
        if before and self._is_intact(audience):
            kept = {
                name: before.files[form].sha256 for form, name in zip(FORMATS, digests, strict=True)
            }
            if kept == digests:
                for name in digests:
                    self.storage.temporary(name).unlink()
                return
        # First "being written", then the files, then what they look like: whenever the run dies,
        # the manifest never claims a file that is not exactly as described.
        self._manifest.lists[audience] = ListRecord(stem=_stem(audience))
        self._write_manifest()
        self.storage.replace((csv, parquet))
        self._manifest.lists[audience] = ListRecord(
            stem=_stem(audience),
            rows=rows,
            files={
                form: self.storage.record(name, digests[name])
                for form, name in zip(FORMATS, digests, strict=True)
            },
        )
        self._write_manifest()

    def _copy(self, sql: str, csv: Path, parquet: Path) -> int:
        """Write the rows of a query as both forms, ordered by customer."""
        db = self._db
        db.execute(f"create or replace temp table content as {sql}")
        cells = ", ".join(_safe_cell(name, kind) for name, kind in _columns(db, "content").items())
        order = "order by customer_id"
        db.execute(
            f"copy (select {cells} from content {order}) to {literal(str(csv))} "
            "(format csv, header)"
        )
        db.execute(f"copy (from content {order}) to {literal(str(parquet))} (format parquet)")
        row = db.execute("select count(*) from content").fetchone()
        db.execute("drop table content")
        return int(row[0]) if row else 0

    def _changed(self, audience: str) -> str:
        """SQL for the list as it was, with the staged changes applied."""
        is_profiles = audience == PROFILES
        table = "profiles" if is_profiles else "memberships"
        names = ["customer_id", *(self._profile_columns if is_profiles else MEMBERSHIP_COLUMNS)]
        columns = ", ".join(quote(name) for name in names)
        chosen = "" if is_profiles else f"where audience = {literal(audience)}"
        self._db.execute(
            f"create or replace temp view changes as select * from {table} {chosen} "
            "qualify row_number() over (partition by customer_id order by turn desc) = 1"
        )
        sql = f"select {columns} from changes where not gone"
        base = self._base(audience, names)
        if base is None:
            return sql
        return (
            f"select {columns} from {base} as base where not exists "
            "(select 1 from changes where changes.customer_id = base.customer_id) "
            f"union all {sql}"
        )

    def _base(self, audience: str, names: Sequence[str]) -> str | None:
        """The file to apply changes to, if it is still ours and has the same columns.

        With other columns or after somebody's edit, the engine has sent the whole list.
        """
        if not self._is_intact(audience):
            return None
        path = self._parquet(audience)
        return path if list(_columns(self._db, path)) == list(names) else None

    def _parquet(self, audience: str) -> str:
        """The list's Parquet file, as SQL reads it."""
        return f"read_parquet({literal(str(self.storage.local(_names(audience)[1])))})"

    # The manifest

    def _read_manifest(self) -> Manifest:
        text = self.storage.read_text(MANIFEST)
        if text is None:
            return Manifest()
        with suppress(ValidationError):
            manifest = Manifest.model_validate_json(text)
            if (manifest.written_by, manifest.format) == ("segctl", Manifest().format):
                return manifest
        raise DestinationError(
            f"{self.storage.describe(MANIFEST)} is damaged or not of this version of segctl.",
            "Restore it, or choose another directory.",
        )

    def _write_manifest(self) -> None:
        self.storage.write_text(MANIFEST, self._manifest.model_dump_json(indent=1) + "\n")


def _names(audience: str) -> tuple[str, str]:
    """The list's files, in the order of FORMATS."""
    stem = _stem(audience)
    return f"{stem}.csv", f"{stem}.parquet"


def _stem(audience: str) -> str:
    """A file name for the list: readable, safe on every file system, and never shared by two."""
    if audience == PROFILES:
        return "profiles"
    plain = unicodedata.normalize("NFKD", audience).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_-]+", "_", plain).strip("_")[:80]
    if slug == audience and slug not in _RESERVED:
        return slug
    return f"{slug or 'audience'}-{hashlib.sha256(audience.encode()).hexdigest()[:8]}"


def _safe_cell(name: str, kind: str) -> str:
    column = quote(name)
    if kind != "VARCHAR":
        return column
    escaped = f"case when regexp_matches({column}, '{_FORMULA}') then '''' || {column}"
    return f"{escaped} else {column} end as {column}"


def _columns(db: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Names and types of a table's columns."""
    relation = db.sql(f"select * from {table} limit 0")
    return {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}
