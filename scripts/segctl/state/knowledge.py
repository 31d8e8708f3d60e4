"""What the state knows about a destination: lists, people, dead letters, pauses, runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from segctl.state.blobs import unpack
from segctl.state.database import Database
from segctl.state.tombstones import Tombstone


@dataclass(frozen=True)
class Change:
    """A batch that was asked since the ledger was written."""

    entry: int
    kind: str
    audience: str
    certain: bool
    """Whether the destination has confirmed it."""
    rows: pa.Table | None
    """None: whatever was known of the list before is void."""

    @classmethod
    def gone(cls, audience: str) -> Change:
        """Of the list nothing is left, whatever was asked before."""
        return cls(sys.maxsize, "void", audience, True, None)


class Knowledge(Database):
    """Everything that is read from the state."""

    def digest_key(self) -> str:
        """The key of all digests of e-mails in this state."""
        return str(self.select("select content from meta where name = 'digest_key'")[0]["content"])

    def lists(self, destination: str) -> dict[str, tuple[int | None, str | None]]:
        """The lists that are there: audience -> (digest of the title, what the tool calls it)."""
        rows = self.select("select * from lists where destination = :d", d=destination)
        return {row["audience"]: (row["payload_hash"], row["remote_id"]) for row in rows}

    def ledger(self, destination: str) -> Iterator[pa.Table]:
        """What the destination held when the log was last folded, in chunks."""
        chunks = self.select(
            "select chunk from ledger where destination = :d order by chunk", d=destination
        )
        for row in chunks:
            found = self.select(
                "select content from ledger where destination = :d and chunk = :c",
                d=destination,
                c=row["chunk"],
            )
            yield unpack(found[0]["content"])

    def changes(self, destination: str, *, folded: bool = False) -> Iterator[Change]:
        """What was asked since then, oldest first; what was never sent is left out."""
        entries = self.select(
            "select entry, part, kind, audience, status from log where destination = :d "
            f"and folded <= {int(folded)} and status <> 'pending' "
            "and kind not in ('create_list', 'drop_list', 'opt_out') order by entry, part",
            d=destination,
        )
        for row in entries:
            yield Change(
                row["entry"],
                row["kind"],
                row["audience"],
                row["status"] in ("acknowledged", "adopted", "void"),
                self.rows_of(destination, row["entry"], row["part"]),
            )

    def rows_of(self, destination: str, entry: int, part: int) -> pa.Table | None:
        """The people of an entry of the log; None if it is about a whole list."""
        found = self.select(
            "select content from log where destination = :d and entry = :e and part = :p",
            d=destination,
            e=entry,
            p=part,
        )
        return unpack(found[0]["content"]) if found[0]["content"] is not None else None

    def dead(self, destination: str) -> pa.Table:
        """Records that were refused, to hold them back until they change."""
        rows = self.select(
            "select audience, person_key, payload_hash, suppressed from dead_letters "
            "where destination = :d",
            d=destination,
        )
        types = {"audience": pa.string(), "person_key": pa.string(), "payload_hash": pa.int64()}
        types["suppressed"] = pa.int64()
        return pa.table(
            {name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()}
        )

    def unsettled_jobs(self, destination: str) -> list[str]:
        """Background jobs whose outcome is not known yet."""
        rows = self.select(
            "select distinct job from log where destination = :d and status = 'accepted' "
            "order by job",
            d=destination,
        )
        return [row["job"] for row in rows]

    def keys_of_job(self, destination: str, job: str) -> list[str]:
        """The people whom a background job is about, in the order in which they were sent."""
        entries = self.select(
            "select entry, part from log where destination = :d and job = :j "
            "and status = 'accepted' order by entry, part",
            d=destination,
            j=job,
        )
        tables = (self.rows_of(destination, row["entry"], row["part"]) for row in entries)
        return [
            key for rows in tables if rows is not None for key in rows["person_key"].to_pylist()
        ]

    def has_leftovers(self, destination: str) -> bool:
        """Whether a run left operations behind."""
        rows = self.select(
            "select 1 as found from log where destination = :d "
            "and status in ('pending', 'in_flight', 'accepted') limit 1",
            d=destination,
        )
        return bool(rows)

    def fingerprint(self, destination: str) -> str:
        """Changes with everything that is learnt about the destination."""
        rows = self.select(
            "select status, count(*) as entries, max(entry) as newest, sum(people) as people "
            "from log where destination = :d group by status order by status",
            d=destination,
        )
        return repr([tuple(row.values()) for row in rows])

    def latest_run(self, destination: str) -> int:
        """Number of the newest run, 0 if there is none."""
        rows = self.select(
            "select max(run_id) as newest from runs where destination = :d", d=destination
        )
        return int(rows[0]["newest"] or 0)

    def acknowledged_since(self, destination: str, kind: str, moment: datetime) -> int:
        """How many operations of a kind the tool has confirmed since a moment."""
        rows = self.select(
            "select sum(people) as n from log where destination = :d and kind = :k "
            "and status = 'acknowledged' and answered_at >= :at",
            d=destination,
            k=str(kind),
            at=moment.isoformat(timespec="seconds"),
        )
        return int(rows[0]["n"] or 0)

    def requests_on(self, destination: str, day: str) -> int:
        """Requests that the runs of a day (UTC, YYYY-MM-DD) have made."""
        rows = self.select(
            "select sum(requests) as made from runs "
            "where destination = :d and started_at like :day",
            d=destination,
            day=f"{day}%",
        )
        return int(rows[0]["made"] or 0)

    def account(self, destination: str) -> str | None:
        """The account that everything in the ledger was sent to."""
        rows = self.select("select account from accounts where destination = :d", d=destination)
        return str(rows[0]["account"]) or None if rows else None

    def paused_until(self, destination: str) -> datetime | None:
        """Before this moment the tool does not want to be asked."""
        rows = self.select(
            "select paused_until from accounts where destination = :d", d=destination
        )
        until = rows[0]["paused_until"] if rows else None
        return datetime.fromisoformat(until) if until else None

    def tombstones(self) -> list[Tombstone]:
        """People who had themselves erased."""
        own = self.digest_key()
        return [
            Tombstone(row.get("digest_key") or own, row["digest"], row["person"], row["erased_at"])
            for row in self.select("select * from tombstones order by digest")
        ]

    def optouts(self, destination: str) -> pa.Table:
        """People who were seen to have said no to the tool: address and record that did."""
        rows = []
        if self.version > 2:
            rows = self.select(
                "select person_key, digest, remote_id from optouts where destination = :d "
                "order by person_key, remote_id",
                d=destination,
            )
        names = ("person_key", "digest", "remote_id")
        return pa.table({n: pa.array([row[n] for row in rows], pa.string()) for n in names})

    def accounts(self) -> dict[str, str]:
        """Every destination that was ever sent to, and its account."""
        rows = self.select(
            # Who was asked to wait before anything was sent has no account yet.
            "select destination, account from accounts where account <> '' order by destination"
        )
        return {row["destination"]: row["account"] for row in rows}

    def has_run(self, started_at: str) -> bool:
        """Whether this state knows of a run that began at this moment, of whatever destination:
        they get other names."""
        return bool(
            self.select("select 1 as found from runs where started_at = :at limit 1", at=started_at)
        )
