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
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ValidationError

from segctl.destinations.base import (
    PROFILES,
    Batch,
    Capabilities,
    Kind,
    Outcome,
    Survey,
)
from segctl.durable import remove_files, replace_files, sha256, write_text
from segctl.errors import DestinationError
from segctl.workspace import MEMBERSHIP_COLUMNS, hash_of, quote

MANIFEST = "manifest.json"
FORMATS = ("csv", "parquet")
_RESERVED = {"profiles", "manifest", "con", "prn", "aux", "nul"}
_FORMULA = r"^[=+\-@\t\r]"


class FileRecord(BaseModel):
    """What a file looked like when we left it."""

    size: int
    mtime_ns: int
    sha256: str

    def still_is(self, path: Path) -> bool:
        """Whether the file is as we left it; its content decides if only the time differs."""
        try:
            found = path.stat()
        except OSError:
            return False
        if found.st_size != self.size:
            return False
        return found.st_mtime_ns == self.mtime_ns or sha256(path) == self.sha256


class ListRecord(BaseModel):
    """One list of ours. Without `files` it was being written when the run died."""

    stem: str
    rows: int = 0
    files: dict[str, FileRecord] = {}


class Manifest(BaseModel):
    """Everything in the directory that is ours."""

    written_by: str = "segctl"
    format: int = 1
    lists: dict[str, ListRecord] = {}


class Files:
    """Writes audiences into a directory."""

    name = "files"
    capabilities = Capabilities(batch_size=50_000, settles="run", keeps_email=True)

    def __init__(self, directory: Path, identity: str | None = None) -> None:
        self.directory = directory
        self.identity = f"{self.name}:{identity or directory}"
        self._manifest = Manifest()
        self._staging: duckdb.DuckDBPyConnection | None = None
        self._profile_columns: list[str] = []
        self._turn = 0

    # Before planning

    def survey(self, known: Sequence[str], wanted: Sequence[str]) -> Survey:
        """Which lists are as we left them, and which files of others are in the way."""
        self._manifest = self._read_manifest()
        for audience in wanted:
            if audience not in self._manifest.lists:
                self._require_free(audience)
        intact = {name for name in self._manifest.lists if self._is_intact(name)}
        return Survey(
            lost=frozenset(set(known) - intact),
            adopted=self._adopt(sorted(intact - set(known))),
        )

    def _require_free(self, audience: str) -> None:
        for path in self._paths(audience).values():
            if path.exists():
                raise DestinationError(
                    f"{path} is in the way: segctl did not write it and will not replace it.",
                    "Move it, or choose another directory with --output.",
                )

    def _is_intact(self, audience: str) -> bool:
        record = self._manifest.lists[audience]
        return bool(record.files) and all(
            record.files[form].still_is(path) for form, path in self._paths(audience).items()
        )

    def _adopt(self, audiences: Sequence[str]) -> Iterator[pa.Table]:
        """Read our own files back: the state file was lost, or is a new one."""
        for audience in audiences:
            path = _literal(self._paths(audience)["parquet"])
            with duckdb.connect() as db:
                columns = _columns(db, path)
                del columns["customer_id"]
                payload = columns if audience == PROFILES else MEMBERSHIP_COLUMNS
                name = _text(audience)
                query = db.sql(
                    f"select {name} as audience, '' as person_key, null::bigint as payload_hash "
                    f"union all select {name}, customer_id, {hash_of(payload)} from {path}"
                )
                for batch in query.to_arrow_reader(100_000):
                    yield pa.Table.from_batches([batch])

    # During a run

    def open(self, work_dir: Path, profile_schema: pa.Schema) -> None:
        """Prepare to stage changes; clears away what a killed run left half written."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._manifest = self._read_manifest()
        for leftover in self.directory.glob(".segctl-*.tmp"):
            leftover.unlink()
        staging = duckdb.connect(
            str(work_dir / "files.duckdb"),
            config={"memory_limit": "384MB", "temp_directory": str(work_dir / "files.spill")},
        )
        staging.execute(
            "create table memberships (turn integer, audience varchar, gone boolean, "
            "customer_id varchar, email varchar, entered_on date)"
        )
        staging.register("shape", profile_schema.empty_table())
        staging.execute(
            "create table profiles as select 0 as turn, false as gone, "
            "person_key as customer_id, * exclude (person_key) from shape"
        )
        staging.execute("create table lists (turn integer, audience varchar, gone boolean)")
        self._profile_columns = [name for name in profile_schema.names if name != "person_key"]
        self._staging = staging

    def send(self, batch: Batch) -> Outcome:
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
        return Outcome(job=f"list {batch.audience}")

    def settle(self, job: str) -> Outcome:
        """Write the list's files. Jobs of earlier runs are unknown: they died with their run."""
        if self._staging is None:
            raise LookupError(job)
        audience = job.removeprefix("list ")
        if self._is_dropped(audience):
            remove_files(*self._paths(audience).values())
            if self._manifest.lists.pop(audience, None):
                self._write_manifest()
        else:
            self._write_list(audience)
        return Outcome()

    def close(self) -> None:
        """Forget what was staged."""
        if self._staging is not None:
            self._staging.close()
            self._staging = None

    # Writing one list

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

    def _write_list(self, audience: str) -> None:
        paths = self._paths(audience)
        finished = {path.with_name(f".segctl-{path.name}.tmp"): path for path in paths.values()}
        temporary = dict(zip(paths, finished, strict=True))
        rows = self._copy(audience, temporary)
        fresh = {form: _record(path) for form, path in temporary.items()}
        before = self._manifest.lists.get(audience)
        if before and _same_content(before, fresh) and self._is_intact(audience):
            for path in temporary.values():
                path.unlink()
            return
        # First "being written", then the files, then what they look like: whenever the run dies,
        # the manifest never claims a file that is not exactly as described.
        self._manifest.lists[audience] = ListRecord(stem=_stem(audience))
        self._write_manifest()
        replace_files(finished)
        self._manifest.lists[audience] = ListRecord(
            stem=_stem(audience),
            rows=rows,
            files={form: _record(path, fresh[form].sha256) for form, path in paths.items()},
        )
        self._write_manifest()

    def _copy(self, audience: str, targets: dict[str, Path]) -> int:
        """Write the list as it was, with the staged changes applied, ordered by customer."""
        db = self._db
        is_profiles = audience == PROFILES
        table = "profiles" if is_profiles else "memberships"
        names = ["customer_id", *(self._profile_columns if is_profiles else MEMBERSHIP_COLUMNS)]
        columns = ", ".join(quote(name) for name in names)
        chosen = "" if is_profiles else f"where audience = {_text(audience)}"
        db.execute(
            f"create or replace temp view changes as select * from {table} {chosen} "
            "qualify row_number() over (partition by customer_id order by turn desc) = 1"
        )
        sql = f"select {columns} from changes where not gone"
        base = self._base(audience, names)
        if base:
            sql = (
                f"select {columns} from {base} as base where not exists "
                f"(select 1 from changes where changes.customer_id = base.customer_id) "
                f"union all {sql}"
            )
        db.execute(f"create or replace temp table content as {sql}")
        types = _columns(db, "content")
        safe = ", ".join(_safe_cell(name, types[name]) for name in names)
        order = "order by customer_id"
        db.execute(
            f"copy (select {safe} from content {order}) to {_text(str(targets['csv']))} "
            "(format csv, header)"
        )
        db.execute(
            f"copy (select {columns} from content {order}) to {_text(str(targets['parquet']))} "
            "(format parquet)"
        )
        row = db.execute("select count(*) from content").fetchone()
        db.execute("drop table content")
        return int(row[0]) if row else 0

    def _base(self, audience: str, names: Sequence[str]) -> str | None:
        """The file to apply changes to, if it is still ours and has the same columns.

        With other columns or after somebody's edit, the engine has sent the whole list.
        """
        if audience not in self._manifest.lists or not self._is_intact(audience):
            return None
        path = _literal(self._paths(audience)["parquet"])
        return path if list(_columns(self._db, path)) == list(names) else None

    def _paths(self, audience: str) -> dict[str, Path]:
        stem = _stem(audience)
        return {form: self.directory / f"{stem}.{form}" for form in FORMATS}

    def _read_manifest(self) -> Manifest:
        path = self.directory / MANIFEST
        if not path.exists():
            return Manifest()
        with suppress(OSError, ValidationError):
            manifest = Manifest.model_validate_json(path.read_bytes())
            if manifest.written_by == "segctl":
                return manifest
        raise DestinationError(
            f"{path} was not written by this version of segctl.",
            "Choose another directory with --output.",
        )

    def _write_manifest(self) -> None:
        content = self._manifest.model_dump(mode="json")
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
        write_text(self.directory / MANIFEST, f"{text}\n")


def _stem(audience: str) -> str:
    """A file name that is safe everywhere and never the same for two audiences."""
    if audience == PROFILES:
        return "profiles"
    plain = unicodedata.normalize("NFKD", audience).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_-]+", "_", plain).strip("_")[:80]
    if slug == audience and slug not in _RESERVED:
        return slug
    return f"{slug or 'audience'}-{hashlib.sha256(audience.encode()).hexdigest()[:8]}"


def _record(path: Path, digest: str | None = None) -> FileRecord:
    found = path.stat()
    return FileRecord(size=found.st_size, mtime_ns=found.st_mtime_ns, sha256=digest or sha256(path))


def _same_content(before: ListRecord, fresh: dict[str, FileRecord]) -> bool:
    return before.files.keys() == fresh.keys() and all(
        before.files[form].sha256 == record.sha256 for form, record in fresh.items()
    )


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


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _literal(path: Path) -> str:
    return f"read_parquet({_text(str(path))})"
