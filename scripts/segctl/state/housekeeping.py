"""What is done to the state beside runs: folding, doubting, forgetting, erasing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segctl.protocol import PROFILES
from segctl.state.blobs import LEDGER_SCHEMA, LOG_SCHEMA, newest_id, pack, unpack
from segctl.state.database import now
from segctl.state.knowledge import Knowledge
from segctl.state.tombstones import Tombstone

FOLD_PEOPLE = 500_000
"""Changes on top of the ledger from which on they are folded into it ..."""
FOLD_SHARE = 0.25
"""... if they are also more than this share of it: folding writes the whole ledger anew."""


OPT_OUT = "opt_out"
"""What an entry of the log is called that tells of somebody who said no to the tool."""

ERASED = "~erased:"
"""What person keys of the log begin with once the person is forgotten."""


DESTINATION_TABLES = (
    *("accounts", "ledger", "lists", "log", "dead_letters", "runs", "erasures", "optouts", "drift"),
)


def _optouts(destination: str, rows: pa.Table) -> list[dict[str, Any]]:
    return [
        {
            "d": destination,
            "k": row["person_key"],
            "r": row["remote_id"] or "",
            "t": row["digest"],
            "now": now(),
        }
        for row in rows.to_pylist()
    ]


class Housekeeping(Knowledge):
    """The state between runs."""

    def prune(self, destination: str, before: str) -> None:
        """Forget the part of the trail that was answered before a moment and is in the ledger."""
        self.write(
            "delete from log where destination = :d and folded = 1 and answered_at < :b",
            {"d": destination, "b": before},
        )

    def needs_folding(self, destination: str, before: str) -> bool:
        """Whether reading the log on top of the ledger has become slower than writing it anew, or
        there is something in it from before the moment up to which the trail is to be forgotten."""
        expired = self.select(
            "select 1 as found from log where destination = :d and folded = 0 "
            "and answered_at < :b limit 1",
            d=destination,
            b=before,
        )
        if expired:
            return True
        open_people = self.select(
            "select sum(people) as n from log where destination = :d and folded = 0",
            d=destination,
        )[0]["n"]
        held = self.select(
            "select sum(people) as n from ledger where destination = :d", d=destination
        )[0]["n"]
        return int(open_people or 0) > max(FOLD_PEOPLE, FOLD_SHARE * int(held or 0))

    def fold(self, destination: str, people: pa.RecordBatchReader) -> None:
        """Replace the ledger by `people`, which is ledger and log together."""
        at = {"d": destination}
        with self.transaction():
            self.write("delete from ledger where destination = :d", at)
            for number, batch in enumerate(people):
                rows = pa.Table.from_batches([batch])
                self.write(
                    "insert into ledger values (:d, :c, :n, :content)",
                    {
                        **at,
                        "c": number,
                        "n": rows.num_rows,
                        "content": pack(rows, LEDGER_SCHEMA),
                    },
                )
            self.write("update log set folded = 1 where destination = :d and folded = 0", at)

    def write_drift(self, destination: str, drifts: Sequence[Any]) -> None:
        """Note down what a look at the tool's lists showed."""
        with self.transaction():
            self.write("delete from drift where destination = :d", {"d": destination})
            self.write(
                "insert into drift values (:d, :a, :now, :held, :missing, :unexpected, :strangers)",
                [
                    {
                        "d": destination,
                        "a": drift.audience,
                        "now": now(),
                        "held": drift.held,
                        "missing": drift.held if drift.gone else drift.missing,
                        "unexpected": drift.unexpected,
                        "strangers": drift.strangers,
                    }
                    for drift in drifts
                ],
            )

    def take_out(self, destination: str, people: Iterable[tuple[str, pa.Table]]) -> None:
        """People who turned out not to be where they were put: the next plan puts them back."""
        with self.transaction():
            for audience, rows in people:
                self.append(
                    destination, self.latest_run(destination), "remove", audience, "adopted", rows
                )

    def append(
        self,
        destination: str,
        run_id: int,
        kind: str,
        audience: str,
        status: str,
        rows: pa.Table | None,
    ) -> None:
        """Add an entry to the log that no request stands behind."""
        self.write(
            "insert into log values (:d, :entry, 0, :run, :kind, :audience, :people, :status, "
            "null, :now, 0, :content)",
            {
                "d": destination,
                "entry": self.next_entry(destination),
                "run": run_id,
                "kind": kind,
                "audience": audience,
                "people": rows.num_rows if rows is not None else 0,
                "status": status,
                "now": now(),
                "content": pack(rows, LOG_SCHEMA) if rows is not None else None,
            },
        )

    def next_entry(self, destination: str) -> int:
        """The number of the next entry of the log."""
        rows = self.select(
            "select max(entry) as newest from log where destination = :d", d=destination
        )
        return int(rows[0]["newest"] or 0) + 1

    def forget_dead(self, destination: str, audience: str | None = None) -> int:
        """Let refused records be tried again; returns how many."""
        chosen = "" if audience is None else " and audience = :a"
        return self.write(
            f"delete from dead_letters where destination = :d and suppressed = 0{chosen}",
            {"d": destination, "a": audience},
        )

    def lift_pause(self, destination: str) -> bool:
        """The tool may be asked again; returns whether it wanted to be left alone."""
        return bool(
            self.write(
                "update accounts set paused_until = null "
                "where destination = :d and paused_until is not null",
                {"d": destination},
            )
        )

    # Erasure

    def keys_of(self, destination: str, digests: Collection[str]) -> dict[str, str | None]:
        """Person key -> what the tool calls the person, for everybody of this address."""
        found: dict[str, str | None] = {}
        wanted = pa.array(sorted(digests), pa.string())
        tables = (change.rows for change in self.changes(destination, folded=True))
        for rows in (*self.ledger(destination), *tables):
            if rows is not None:
                matching = rows.filter(pc.is_in(rows["digest"], wanted))
                for key, remote in zip(
                    matching["person_key"].to_pylist(),
                    matching["remote_id"].to_pylist(),
                    strict=True,
                ):
                    found[key] = newest_id(remote) or found.get(key)
        return found

    def bury(self, tombstones: Iterable[Tombstone]) -> None:
        """Whoever bears one of these digests is not sent again."""
        own = self.digest_key()
        self.write(
            "insert into tombstones values (:t, :p, :at, :key) on conflict (digest) do nothing",
            [
                {
                    "t": stone.digest,
                    "p": stone.person,
                    "at": stone.erased_at,
                    "key": None if stone.key == own else stone.key,
                }
                for stone in sorted(tombstones, key=lambda stone: stone.digest)
            ],
        )

    def exhume(self, persons: Collection[str]) -> bool:
        """Take a person's tombstones away, and the receipts: another erasure asks anew."""
        named = [{"p": person} for person in persons]
        with self.transaction():
            self.write("delete from erasures where digest = :p", named)
            return self.write("delete from tombstones where person = :p", named) > 0

    # Opt-outs

    def remember_optouts(self, destination: str, noticed: pa.Table, lifted: pa.Table) -> None:
        """Who was seen to have said no to the tool, and who does not any more."""
        statement = (
            "delete from optouts where destination = :d and person_key = :k and remote_id = :r"
        )
        with self.transaction():
            self.write(statement, _optouts(destination, lifted))
            self.note_optouts(destination, noticed)
            if noticed.num_rows:
                run = self.latest_run(destination)
                self.append(destination, run, OPT_OUT, PROFILES, "acknowledged", noticed)

    def note_optouts(self, destination: str, noticed: pa.Table) -> None:
        """Remember them, beside what is remembered already."""
        self.write(
            "insert into optouts values (:d, :k, :r, :t, :now) "
            "on conflict (destination, person_key, remote_id) do nothing",
            _optouts(destination, noticed),
        )

    # Other names

    def rename(self, before: str, after: str) -> None:
        """A destination has another name in sync.yml: everything known of it goes along."""
        at = {"before": before, "after": after}
        with self.transaction():
            # All that there may be of a name under which nothing was sent yet.
            for table in ("accounts", "drift"):
                self.write(f"delete from {table} where destination = :after", at)
            self.write(
                "delete from erasures where destination = :before and digest in "
                "(select digest from erasures where destination = :after)",
                at,
            )
            for table in DESTINATION_TABLES:
                self.write(
                    f"update {table} set destination = :after where destination = :before", at
                )

    def purge(self, destination: str, keys: Collection[str], digest: str) -> None:
        """Forget people: they leave the ledger, and the trail names them by their digest only."""
        doomed = pa.array(sorted(keys), pa.string())
        with self.transaction():
            for row in self.select(
                "select chunk from ledger where destination = :d", d=destination
            ):
                at = {"d": destination, "c": row["chunk"]}
                found = self.select(
                    "select content from ledger where destination = :d and chunk = :c", **at
                )
                rows = unpack(found[0]["content"])
                kept = rows.filter(pc.invert(pc.is_in(rows["person_key"], doomed)))
                if kept.num_rows < rows.num_rows:
                    self.write(
                        "update ledger set content = :content, people = :n "
                        "where destination = :d and chunk = :c",
                        {**at, "content": pack(kept, LEDGER_SCHEMA), "n": kept.num_rows},
                    )
            for entry in self.select(
                "select entry, part from log where destination = :d and content is not null",
                d=destination,
            ):
                self._anonymise(destination, entry, doomed, f"{ERASED}{digest}")
            named = [{"d": destination, "k": key} for key in sorted(keys)]
            for table in ("dead_letters", "optouts"):
                self.write(f"delete from {table} where destination = :d and person_key = :k", named)

    def _anonymise(
        self, destination: str, entry: Mapping[str, Any], doomed: pa.Array, name: str
    ) -> None:
        at = {"d": destination, "e": entry["entry"], "p": entry["part"]}
        where = "where destination = :d and entry = :e and part = :p"
        rows = unpack(self.select(f"select content from log {where}", **at)[0]["content"])
        hit = pc.is_in(rows["person_key"], doomed)
        if not pc.any(hit).as_py():
            return
        for column, value in (("person_key", name), ("remote_id", None), ("payload_hash", None)):
            kind = rows.schema.field(column).type
            there = rows.column_names.index(column)
            renamed = pc.if_else(hit, pa.scalar(value, kind), rows[column])
            rows = rows.set_column(there, column, renamed)
        # Out of the count as well: who is only part of the trail is nowhere.
        self.write(
            f"update log set content = :content {where}",
            {**at, "content": pack(rows, LOG_SCHEMA)},
        )

    def note_erasure(self, digest: str, destination: str, status: str, receipt: str = "") -> None:
        """How far the erasure of somebody at a tool has come."""
        self.write(
            "insert into erasures values (:t, :d, :s, :r, :now, :now) "
            "on conflict (digest, destination) do update set status = excluded.status, "
            "receipt = excluded.receipt, answered_at = excluded.answered_at",
            {"t": digest, "d": destination, "s": status, "r": receipt, "now": now()},
        )

    def erasure(self, digest: str, destination: str) -> dict[str, Any] | None:
        """How far it has come, None if it was never asked for."""
        rows = self.select(
            "select status, receipt, asked_at, answered_at from erasures "
            "where digest = :t and destination = :d",
            t=digest,
            d=destination,
        )
        return rows[0] if rows else None
