"""What the engine asks of a destination.

A destination is told operations in batches of one kind for one list. Every call must be *set-like*:
"this person is in the list", "this person is not". Saying it twice changes nothing, which is what
lets the engine repeat a batch whose answer was lost. A destination answers for every record: it is
acknowledged, or dead with the tool's reason. Tools that work in the background return a job, which
the engine settles later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

import pyarrow as pa

PROFILES = ""
"""The list that everybody with consent is in: it carries the attributes instead of memberships."""


class Kind(StrEnum):
    """The operations, in the order in which they are sent: out before in, revoked consent first."""

    REVOKE = "revoke"  # leaves a list because the person may not be mailed any more
    REMOVE = "remove"  # leaves a list because the segment was left
    WITHDRAW = "withdraw"  # the profile is not ours to keep up to date any more
    DROP_LIST = "drop_list"
    CREATE_LIST = "create_list"
    UPSERT = "upsert"  # the profile's attributes
    ADD = "add"
    UPDATE = "update"  # already in the list, with another e-mail or day of entry

    @property
    def takes_away(self) -> bool:
        """Whether the record is gone from the destination afterwards."""
        return self in (Kind.REVOKE, Kind.REMOVE, Kind.WITHDRAW, Kind.DROP_LIST)


SENDING_ORDER: tuple[Kind, ...] = tuple(Kind)


@dataclass(frozen=True)
class Batch:
    """Operations of one kind for one list, at most as many as the destination takes at once.

    `rows` has the columns `seq` and `person_key`. Where there is something to write, memberships
    add `email` and `entered_on`, and profiles add `email` and every attribute with its own type.
    """

    kind: Kind
    audience: str
    rows: pa.Table

    @property
    def first(self) -> int:
        """Sequence number of the first row; the rows are numbered without gaps."""
        return int(self.rows["seq"][0].as_py())

    @property
    def last(self) -> int:
        """Sequence number of the last row."""
        return self.first + len(self) - 1

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def halves(self) -> tuple[Batch, Batch]:
        """The batch in two, to find the record that spoils it."""
        middle = len(self) // 2
        return (
            Batch(self.kind, self.audience, self.rows.slice(0, middle)),
            Batch(self.kind, self.audience, self.rows.slice(middle)),
        )


@dataclass(frozen=True)
class Outcome:
    """The tool's answer: who is not in `dead` is acknowledged, or accepted if there is a job."""

    dead: Mapping[str, str] = field(default_factory=dict)
    """person key -> the tool's reason, free of personal data."""
    job: str | None = None
    """Set when the tool works in the background; the engine settles it later."""


@dataclass(frozen=True)
class Capabilities:
    """The tool's limits and ways, from which the plan foretells requests and time."""

    batch_size: int
    requests_per_second: float | None = None
    burst: int = 1
    concurrency: int = 1
    settles: Literal["phase", "run"] = "phase"
    """When jobs are settled: after each kind of operation, or all at once at the end of the run."""
    first_run_limit: int | None = None
    """A first run above this size is stopped by a guard."""
    keeps_email: bool = False
    """Whether e-mails are written, for the help and for data protection records."""


@dataclass(frozen=True)
class Survey:
    """What the destination holds already, asked before planning."""

    lost: frozenset[str] = frozenset()
    """Lists that are no longer as we left them: the ledger's word on them is void."""
    adopted: Iterable[pa.Table] = ()
    """Records there that the ledger misses: (audience, person_key, payload_hash or null)."""
    suppressed: pa.Table | None = None
    """Person keys that the tool refuses to mail, in a column `person_key`."""


class BatchRejected(Exception):
    """The tool refused the whole batch for what is in it; the engine looks for the culprit."""


class Throttled(Exception):
    """The tool asks to wait. Costs no attempt."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:.0f} s")
        self.seconds = seconds


class Unavailable(Exception):
    """No answer, or an answer that says nothing about the records (time-out, 5xx)."""


class Destination(Protocol):
    """One account of one tool."""

    @property
    def name(self) -> str:
        """Name of the tool, as on the command line."""

    @property
    def identity(self) -> str:
        """Which account: two accounts of one tool have separate ledgers."""

    @property
    def capabilities(self) -> Capabilities:
        """Limits of this account."""

    def survey(self, known: Sequence[str], wanted: Sequence[str]) -> Survey:
        """Compare what is there with the lists that the ledger knows. Writes nothing.

        Raises DestinationError when a wanted list cannot be kept, say for want of a right.
        """

    def open(self, work_dir: Path, profile_schema: pa.Schema) -> None:
        """Get ready to be sent to. `work_dir` is private and vanishes after the run."""

    def send(self, batch: Batch) -> Outcome:
        """Carry out one batch; may be called again with the same batch."""

    def settle(self, job: str) -> Outcome | None:
        """The outcome of a job, None while it runs. LookupError when the job is unknown."""

    def close(self) -> None:
        """Let go of connections and temporary files, whether or not the run went well."""
