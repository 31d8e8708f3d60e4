"""The state itself: how a run is made durable, and what is known of a destination afterwards.

Everything that happens to a list is an entry of the log, in the order in which it was asked. An
entry is written before its request leaves and changes its status with the answer; what the
destination holds is the ledger with the log's entries on top. So no crash can leave the two at
odds, and the log is the audit trail at the same time
(docs/decisions/0401-the-outbox-is-the-ledgers-log.md).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from segctl.protocol import PROFILES, Kind, Outcome
from segctl.state.blobs import LOG_SCHEMA, OR_ALSO, newest_id, pack
from segctl.state.database import moment, now
from segctl.state.housekeeping import Housekeeping


@dataclass(frozen=True)
class Run:
    """A run that has begun."""

    run_id: int
    destination: str
    first_entry: int
    """Entries of this run are numbered from here."""


@dataclass(frozen=True)
class OutboxEntry:
    """A batch that is going to be asked, without its payload."""

    number: int
    kind: Kind
    audience: str
    rows: pa.Table
    is_revised: bool = False
    """Whether the people are not the same any more, or known by other ids, since it was written."""


@dataclass
class Counts:
    """How the records of a batch ended."""

    acknowledged: int = 0
    dead: int = 0
    suppressed: int = 0
    lost: int = 0


class State(Housekeeping):
    """The state, as a run changes it."""

    def __init__(self, engine: sa.Engine, name: str, *, read_only: bool) -> None:
        super().__init__(engine, name, read_only=read_only)
        self._dead_keys: set[tuple[str, str]] = set()

    # A run

    def remember_account(
        self, destination: str, account: str, paused_until: datetime | None = None
    ) -> None:
        """Note down whose ledger this is, and until when the tool wants to be left alone."""
        self.write(
            "insert into accounts values (:d, :a, :p) on conflict (destination) "
            "do update set account = excluded.account, paused_until = excluded.paused_until",
            {"d": destination, "a": account, "p": paused_until and paused_until.isoformat()},
        )

    def begin_run(
        self,
        destination: str,
        plan: Mapping[str, Any],
        allowed: Collection[str] = (),
        void: Collection[str] = (),
        adopted: Iterable[tuple[str, pa.Table]] = (),
        renamed: Iterable[tuple[str, pa.Table]] = (),
        found: Mapping[str, str] | None = None,
        entries: Iterable[Sequence[OutboxEntry]] = (),
    ) -> Run:
        """Make everything that will be asked durable before the first request.

        `void` names lists of which nothing is left, `adopted` are people found in the lists that
        were found at the tool (`found`: audience -> remote id), or who have a new id; `renamed` are
        the ids that they had.
        """
        with self.transaction():
            run = self._insert_run(destination, plan, allowed)
            self._settle_the_past(destination)
            self._void(run, void)
            for audience, rows in adopted:
                self.append(run.destination, run.run_id, "adopt", audience, "adopted", rows)
            for audience, rows in renamed:
                self.append(run.destination, run.run_id, "rename", audience, "adopted", rows)
            for audience, remote_id in (found or {}).items():
                self.put_list(destination, audience, None, remote_id)
            first = self.next_entry(destination)
        self._dead_keys = {
            (row["audience"], row["person_key"])
            for row in self.select(
                "select audience, person_key from dead_letters where destination = :d",
                d=destination,
            )
        }
        run = Run(run.run_id, destination, first)
        # In pieces, so that a large first run does not need twice its size in the write-ahead log.
        # A crash in between is harmless: nothing of it has been sent.
        for piece in entries:
            self.write(
                "insert into log values (:d, :entry, 0, :run, :kind, :audience, :people, "
                "'pending', null, null, 0, :content)",
                [
                    {
                        "d": destination,
                        "entry": first + item.number,
                        "run": run.run_id,
                        "kind": str(item.kind),
                        "audience": item.audience,
                        "people": item.rows.num_rows,
                        "content": pack(item.rows, LOG_SCHEMA),
                    }
                    for item in piece
                ],
            )
        self.write("update runs set status = 'sending' where run_id = :r", {"r": run.run_id})
        return run

    def _insert_run(
        self, destination: str, plan: Mapping[str, Any], allowed: Collection[str]
    ) -> Run:
        self.write(
            "update runs set status = 'killed', finished_at = :now "
            "where destination = :d and status in ('preparing', 'sending')",
            {"d": destination, "now": now()},
        )
        with self.transaction() as db:
            run_id = db.execute(
                sa.text(
                    "insert into runs (destination, started_at, status, operations, acknowledged, "
                    "dead, suppressed, blocked, requests, throttled, allowed, plan) values "
                    "(:d, :at, 'preparing', :n, 0, 0, 0, 0, 0, 0, :allowed, :plan) "
                    "returning run_id"
                ),
                {
                    "d": destination,
                    "at": moment(),
                    "n": plan["operations"],
                    "allowed": json.dumps(sorted(allowed)),
                    "plan": json.dumps(plan),
                },
            ).scalar_one()
        return Run(int(run_id), destination, 0)

    def _settle_the_past(self, destination: str) -> None:
        """What was in flight when a run died may have arrived: neither trust nor forget it."""
        at = {"d": destination}
        self.write("delete from log where destination = :d and status = 'pending'", at)
        self.write(
            "update log set status = 'doubtful' where destination = :d "
            "and status in ('in_flight', 'accepted')",
            at,
        )

    def _void(self, run: Run, audiences: Collection[str]) -> None:
        for audience in audiences:
            self.append(run.destination, run.run_id, "void", audience, "void", None)
            self.write(
                "delete from lists where destination = :d and audience = :a",
                {"d": run.destination, "a": audience},
            )

    def put_list(
        self, destination: str, audience: str, payload_hash: int | None, remote_id: str | None
    ) -> None:
        self.write(
            "insert into lists values (:d, :a, :h, :r) on conflict (destination, audience) "
            "do update set payload_hash = excluded.payload_hash, remote_id = excluded.remote_id",
            {"d": destination, "a": audience, "h": payload_hash, "r": remote_id},
        )

    def mark_in_flight(self, run: Run, entries: Iterable[OutboxEntry]) -> None:
        """Durable before the requests leave: from now on the destination may hold these people."""
        for item in entries:
            at = {"d": run.destination, "e": run.first_entry + item.number, "p": 0}
            self._mark(at, "in_flight", item.rows if item.is_revised else None)

    def _mark(
        self, where: Mapping[str, Any], status: str, rows: pa.Table | None, **more: Any
    ) -> None:
        """Another status for an entry, and other people if they are given."""
        values: dict[str, Any] = {**more, "status": status}
        if rows is not None:
            values |= {"people": rows.num_rows, "content": pack(rows, LOG_SCHEMA)}
        changes = ", ".join(f"{name} = :{name}" for name in values)
        self.write(
            f"update log set {changes} where destination = :d and entry = :e and part = :p",
            {**where, **values},
        )

    def drop(self, run: Run, number: int) -> None:
        """Take an entry out that turned out not to be sendable."""
        self.write(
            "delete from log where destination = :d and entry = :e",
            {"d": run.destination, "e": run.first_entry + number},
        )

    def record(
        self, run: Run, item: OutboxEntry, parts: Sequence[tuple[pa.Table, Outcome]]
    ) -> Counts:
        """Write down the answer to an entry; in parts, if it had to be asked in parts."""
        counts = Counts()
        with self.transaction():
            at = {"d": run.destination, "e": run.first_entry + item.number}
            if len(parts) > 1:
                self._split(at, len(parts))
            for part, (rows, outcome) in enumerate(parts):
                where = {**at, "p": part}
                if outcome.job is not None:
                    kept = rows if len(parts) > 1 else None
                    self._mark(where, "accepted", kept, job=outcome.job)
                else:
                    kept = rows if len(parts) == 1 else None
                    self._answered(run.run_id, where, item, rows, kept, outcome, counts)
            self._count(run.run_id, counts)
        return counts

    def _split(self, at: Mapping[str, Any], parts: int) -> None:
        self.write(
            "insert into log select destination, entry, :p, run_id, kind, audience, people, "
            "status, job, answered_at, folded, content from log "
            "where destination = :d and entry = :e and part = 0",
            [{**at, "p": part} for part in range(1, parts)],
        )

    def settle(self, run_id: int, destination: str, job: str, outcome: Outcome) -> Counts:
        """Write down how a background job ended."""
        counts = Counts()
        with self.transaction():
            entries = self.select(
                "select entry, part, kind, audience from log "
                "where destination = :d and job = :job and status = 'accepted'",
                d=destination,
                job=job,
            )
            for row in entries:
                rows = self.rows_of(destination, row["entry"], row["part"])
                if rows is None:
                    continue
                item = OutboxEntry(row["entry"], Kind(row["kind"]), row["audience"], rows)
                where = {"d": destination, "e": row["entry"], "p": row["part"]}
                self._answered(run_id, where, item, rows, rows, outcome, counts)
            self._count(run_id, counts)
        return counts

    def _answered(
        self,
        run_id: int,
        where: Mapping[str, Any],
        item: OutboxEntry,
        rows: pa.Table,
        kept: pa.Table | None,
        outcome: Outcome,
        counts: Counts,
    ) -> None:
        """The final answer for `rows`; `kept` is what the entry holds of them as yet."""
        dead = self._bury(run_id, where["d"], item, rows, outcome, counts)
        missing = dead | outcome.lost
        if outcome.lost:
            counts.lost += self._lose(run_id, where["d"], rows, outcome.lost)
        if missing:
            keep = pc.invert(pc.is_in(rows["person_key"], pa.array(sorted(missing), pa.string())))
            rows = rows.filter(keep)
        if item.kind is Kind.UPSERT and outcome.remote_ids:
            known = zip(rows["person_key"].to_pylist(), rows["remote_id"].to_pylist(), strict=True)
            ids = [outcome.remote_ids.get(key, before) for key, before in known]
            at = rows.column_names.index("remote_id")
            rows = rows.set_column(at, "remote_id", pa.array(ids, pa.string()))
        rows = _under_newest_id(rows)
        if item.kind is Kind.CREATE_LIST and rows.num_rows:
            remote_id = outcome.remote_ids.get("") or rows["remote_id"][0].as_py()
            title_hash = rows["payload_hash"][0].as_py()
            self.put_list(where["d"], item.audience, title_hash, remote_id)
        elif item.kind is Kind.DROP_LIST and rows.num_rows:
            self.write(
                "delete from lists where destination = :d and audience = :a",
                {"d": where["d"], "a": item.audience},
            )
        self._resurrect(where["d"], item.audience, rows)
        self._mark(where, "acknowledged", None if rows is kept else rows, answered_at=now())
        counts.acknowledged += rows.num_rows

    def _lose(self, run_id: int, destination: str, rows: pa.Table, lost: frozenset[str]) -> int:
        """Profiles that the tool does not have any more are in doubt, and known by no id."""
        keys = pa.array(sorted(lost & set(rows["person_key"].to_pylist())), pa.string())
        if len(keys):
            people = pa.table({"person_key": keys})
            self.append(destination, run_id, str(Kind.UPSERT), PROFILES, "doubtful", people)
        return len(keys)

    def doubt(self, destination: str, job: str) -> None:
        """Do not believe what a job says: its people are perhaps there, and sent again."""
        self.write(
            "update log set status = 'doubtful' where destination = :d and job = :j "
            "and status = 'accepted'",
            {"d": destination, "j": job},
        )

    def forget_refusals(self, run: Run, reasons: Collection[str]) -> None:
        """Take back that records were refused in this run for one of these reasons."""
        self.write(
            "delete from dead_letters where destination = :d and run_id = :r and reason = :why "
            "and suppressed = 0",
            [{"d": run.destination, "r": run.run_id, "why": reason} for reason in sorted(reasons)],
        )

    def _bury(
        self,
        run_id: int,
        destination: str,
        item: OutboxEntry,
        rows: pa.Table,
        outcome: Outcome,
        counts: Counts,
    ) -> set[str]:
        """Turn refused records into dead letters; returns their keys."""
        reasons = {**outcome.dead, **outcome.suppressed}
        if not reasons:
            return set()
        hashes = dict(
            zip(rows["person_key"].to_pylist(), rows["payload_hash"].to_pylist(), strict=True)
        )
        buried = [key for key in reasons if key in hashes]
        self.write(
            "insert into dead_letters values (:d, :a, :k, :kind, :h, :reason, :s, :run, :now) "
            "on conflict (destination, audience, person_key) do update set "
            "kind = excluded.kind, payload_hash = excluded.payload_hash, "
            "reason = excluded.reason, suppressed = excluded.suppressed, "
            "run_id = excluded.run_id, failed_at = excluded.failed_at",
            [
                {
                    "d": destination,
                    "a": item.audience,
                    "k": key,
                    "kind": str(item.kind),
                    "h": hashes[key],
                    "reason": reasons[key],
                    "s": int(key in outcome.suppressed),
                    "run": run_id,
                    "now": now(),
                }
                for key in buried
            ],
        )
        if item.kind is Kind.UPSERT and outcome.suppressed:
            refused = pc.is_in(rows["person_key"], pa.array(list(outcome.suppressed), pa.string()))
            self.note_optouts(destination, _under_newest_id(rows.filter(refused)))
        self._dead_keys.update((item.audience, key) for key in buried)
        refusals = sum(key in outcome.suppressed for key in buried)
        counts.suppressed += refusals
        counts.dead += len(buried) - refusals
        return set(buried)

    def _resurrect(self, destination: str, audience: str, rows: pa.Table) -> None:
        """An acknowledged record is no dead letter any more."""
        if not self._dead_keys:
            return
        alive = [
            {"d": destination, "a": audience, "k": key}
            for key in rows["person_key"].to_pylist()
            if (audience, key) in self._dead_keys
        ]
        self.write(
            "delete from dead_letters where destination = :d and audience = :a and person_key = :k",
            alive,
        )

    def _count(self, run_id: int, counts: Counts) -> None:
        self.write(
            "update runs set acknowledged = acknowledged + :a, dead = dead + :d, "
            "suppressed = suppressed + :s where run_id = :r",
            {"a": counts.acknowledged, "d": counts.dead, "s": counts.suppressed, "r": run_id},
        )

    def finish_run(
        self, run: Run, status: str, *, requests: int = 0, throttled: int = 0, blocked: int = 0
    ) -> None:
        """The run is over; an interrupted one keeps its outbox for the next run to look at."""
        self.write(
            "update runs set status = :s, finished_at = :now, requests = :q, throttled = :t, "
            "blocked = :b where run_id = :r",
            {
                "s": status,
                "now": now(),
                "q": requests,
                "t": throttled,
                "b": blocked,
                "r": run.run_id,
            },
        )


def _under_newest_id(rows: pa.Table) -> pa.Table:
    """People of whom it is sure by now that they go by the last id only."""
    if not pc.any(pc.match_substring(rows["remote_id"], OR_ALSO)).as_py():
        return rows
    ids = [newest_id(found) for found in rows["remote_id"].to_pylist()]
    at = rows.column_names.index("remote_id")
    return rows.set_column(at, "remote_id", pa.array(ids, pa.string()))
