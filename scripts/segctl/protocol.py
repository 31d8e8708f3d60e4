"""What the engine asks of a destination.

A destination is told operations in batches of one kind for one list. Every call must be *set-like*:
"this person is in the list", "this person is not". Saying it twice changes nothing, which is what
lets the engine repeat a batch whose answer was lost. A destination answers for every record: it is
acknowledged, suppressed by the tool, or dead with the tool's reason. Tools that work in the
background return a job, which the engine settles later.

What a destination never does: subscribe, unsubscribe or delete anybody, or touch members of a list
that it was not told about.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import pyarrow as pa

PROFILES = ""
"""The list that everybody with consent is in: it carries the attributes instead of memberships."""
EVENTS = "~events"
"""The list of entries and exits that were told; its members are events, its keys their ids."""
MEMBERSHIP_COLUMNS = {"email": "VARCHAR", "entered_on": "DATE"}
"""What a destination is told of a member, with DuckDB's types."""


class Kind(StrEnum):
    """The operations, in the order in which they are sent: out before in, revoked consent first."""

    REVOKE = "revoke"  # leaves a list because the person may not be mailed any more
    REMOVE = "remove"  # leaves a list because the segment was left
    WITHDRAW = "withdraw"  # the profile is not ours to keep up to date any more
    DROP_LIST = "drop_list"
    CREATE_LIST = "create_list"  # or give it the title that it has by now
    UPSERT = "upsert"  # the profile's attributes
    ADD = "add"
    UPDATE = "update"  # already in the list, with another e-mail or day of entry
    EVENT = "event"  # tell that somebody entered or left a segment

    @property
    def takes_away(self) -> bool:
        """Whether the record is gone from the destination afterwards."""
        return self in (Kind.REVOKE, Kind.REMOVE, Kind.WITHDRAW, Kind.DROP_LIST)


SENDING_ORDER: tuple[Kind, ...] = tuple(Kind)


@dataclass(frozen=True)
class Batch:
    """Operations of one kind for one list, at most as many as the destination takes at once.

    `rows` always has the columns `person_key` and `remote_id`: what the tool calls the person, as
    it told us in an earlier outcome, or null. In addition:

    REVOKE, REMOVE     `remote_id` is the one under which the person was put into the list;
                       `email` is the present address, or null if the warehouse has none
    CREATE_LIST        `title`; one row, whose `person_key` is ''
    UPSERT             `email`, and every attribute under the tool's name and with its own type
    ADD, UPDATE        `email`, `entered_on`, and `previous_id`: the remote id under which the
                       person was put into the list before. Where it differs from `remote_id`, that
                       old record has to leave the list. Null for ADD; null for UPDATE if it is
                       not sure that the person is in the list at all.
    EVENT              `email`, `segment`, `change` ('entered' or 'exited'), `changed_on`;
                       `person_key` is the event's id, `customer_id` the person's
    """

    kind: Kind
    audience: str
    rows: pa.Table
    list_id: str | None = None
    """What the tool calls the list, for operations on memberships."""

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def keys(self) -> list[str]:
        """The person keys."""
        found: list[str] = self.rows["person_key"].to_pylist()
        return found

    def halves(self) -> tuple[Batch, Batch]:
        """The batch in two, to find the record that spoils it."""
        middle = len(self) // 2
        return self.part(0, middle), self.part(middle)

    def part(self, start: int, length: int | None = None) -> Batch:
        """A stretch of the batch."""
        rows = self.rows.slice(start, length)
        return Batch(self.kind, self.audience, rows, self.list_id)


@dataclass(frozen=True)
class Outcome:
    """The tool's answer: whom it does not mention is acknowledged, or accepted if there is a job.

    All keys are person keys of the batch.
    """

    dead: Mapping[str, str] = field(default_factory=dict)
    """Rejected, with the tool's reason, free of personal data (see `http.scrub`)."""
    dead_rows: Mapping[int, str] = field(default_factory=dict)
    """Of a job, whose people only the state knows: the same by the numbers of the batch's rows."""
    others: str = ""
    """Of a job: why everybody whom `remote_ids` does not name was refused, if not everybody was."""
    suppressed: Mapping[str, str] = field(default_factory=dict)
    """Refused because the person said no to the tool itself; not a failure."""
    lost: frozenset[str] = frozenset()
    """Members whose profile the tool does not have any more, say because somebody deleted it there:
    the next run makes it again and repeats the operation."""
    remote_ids: Mapping[str, str] = field(default_factory=dict)
    """What the tool calls these people from now on (UPSERT), or the list ('' of CREATE_LIST)."""
    job: str | None = None
    """Set when the tool works in the background; the engine settles it later, perhaps in another
    process, so it must tell `settle` everything. Free of personal data."""

    def about(self, keys: Sequence[str]) -> Outcome:
        """With everybody named by person key; `keys` are the batch's."""
        if not self.dead_rows and not self.others:
            return self
        dead = {keys[row]: why for row, why in self.dead_rows.items() if 0 <= row < len(keys)}
        dead |= self.dead
        if self.others:
            unnamed = [key for key in keys if key not in dead and key not in self.remote_ids]
            dead |= dict.fromkeys(unnamed, self.others)
        return replace(self, dead=dead, dead_rows={}, others="")


Renames = Literal["profile", "lists", "never"]


@dataclass(frozen=True)
class Capabilities:
    """The tool's ways, from which the plan foretells requests and time."""

    batch_size: int
    """Records per `send`, unless `batch_sizes` says otherwise for the kind."""
    batch_sizes: Mapping[Kind, int] = field(default_factory=dict)
    requests_per_batch: Mapping[Kind, float] = field(default_factory=dict)
    """Requests that a `send` of this kind takes for a full batch; 1 if not named, 0 for none."""
    requests_per_second: float | None = None
    """Steady rate that the account's limits allow, for the estimate. None: no limit known."""
    daily: Mapping[Kind, int] = field(default_factory=dict)
    """Operations of a kind that the account allows within 24 hours."""
    concurrency: int = 1
    """Batches at once."""
    settles: Literal["phase", "run"] = "phase"
    """When jobs are settled: after each kind of operation, or all at once at the end of the run."""
    profiles_are_a_list: bool = False
    """Whether the profiles are a list of their own, which may be lost like any other."""
    takes_events: bool = False
    """Whether entries and exits can be told without telling them twice."""
    owns_lists: bool = False
    """Whether every member of our lists is ours, strangers included."""
    renames: Renames = "profile"
    """Where a person is known by the customer id, so that a new one has to be told: in the profile
    alone; in the lists, too; or as who somebody is ('never': a new id is a new person)."""
    record_ends_at: str = ""
    """What separates the record in a remote id from what we keep beside it; nothing if empty."""
    reads_back: bool = True
    """Whether the tool can be asked who is in a list."""

    def size(self, kind: Kind) -> int:
        """Records per `send` of this kind."""
        return self.batch_sizes.get(kind, self.batch_size)


@dataclass(frozen=True)
class ListSpec:
    """A list that should be found at the tool."""

    audience: str
    title: str
    """What it is called there, if it has to be looked for or made."""
    remote_id: str | None = None
    """What the tool called it when we last saw it."""


@dataclass(frozen=True)
class Member:
    """Somebody whom a list holds at the tool, or whom it refuses to mail."""

    remote_id: str
    email: str | None = None
    payload_hash: int | None = None
    """Digest of what the list holds about the person, if the destination can tell."""


@dataclass(frozen=True)
class Erased:
    """What became of a request to erase somebody."""

    status: Literal["erased", "requested", "absent"]
    """Gone; the tool took the request and works on it; the tool did not know the person."""
    receipt: str = ""
    """The tool's own reference, if it gives one. Free of personal data."""


class BatchRejected(Exception):
    """The tool refused the whole batch for what is in it; the engine looks for the culprit.

    The message is the tool's reason, free of personal data. `culprits` are the rows that it names,
    if it does, by their numbers and with its reasons.
    """

    def __init__(self, reason: str, culprits: Mapping[int, str] | None = None) -> None:
        super().__init__(reason)
        self.culprits = culprits or {}


class JobLost(LookupError):
    """A job whose outcome will never be known. The message is a sentence of its own."""


class Traffic(Protocol):
    """What a destination has asked of its tool, as its limiter counts it."""

    requests: int
    throttled: int
    """How often the tool asked to be asked less."""
    say: Callable[[str], None]
    """Told of long waits."""


class Destination(Protocol):
    """One account of one tool.

    Every method may raise DestinationError (nothing can be done without a person: wrong key,
    missing right, paused account, list gone) and SyncInterrupted (the tool does not answer, or asks
    to wait for long; the run stops and the next one goes on).
    """

    @property
    def name(self) -> str:
        """What the user calls it."""

    @property
    def identity(self) -> str:
        """Under which its ledger is kept, such as 'klaviyo:newsletter'."""

    @property
    def capabilities(self) -> Capabilities:
        """Its ways and limits."""

    @property
    def limiter(self) -> Traffic | None:
        """What keeps it within the tool's limits; None where there are none."""

    async def connect(self) -> str:
        """Check the key and its rights; returns an id of the account that the key belongs to."""

    async def find_lists(self, lists: Sequence[ListSpec]) -> Mapping[str, str]:
        """Which of the lists are there: audience -> remote id. Writes nothing.

        With a remote id given, that list and no other is meant; without, one of this title.
        """

    def members(self, list_id: str) -> AsyncIterator[list[Member]]:
        """Everybody in the list, page by page."""

    def suppressed(self) -> AsyncIterator[list[Member]]:
        """Everybody whom the tool refuses to mail, page by page."""

    async def records(self, remote_ids: Collection[str]) -> set[str] | None:
        """Which of these ids lead to somebody; None if the tool cannot be asked."""

    async def prepare(self, attributes: Mapping[str, str], work_dir: Path) -> None:
        """Make sure that the attributes (tool's name -> DuckDB type) exist there with fitting
        types, creating those that are missing. Called before anything is sent. `work_dir` is
        private and vanishes after the run.
        """

    async def send(self, batch: Batch) -> Outcome:
        """Carry out one batch; may be called again with the same batch."""

    async def settle(self, job: str) -> Outcome | None:
        """The outcome of a job, None while it runs. LookupError when the job is unknown."""

    async def erase(self, email: str, remote_id: str | None) -> Erased:
        """Delete the person and everything about them, as the law asks. Again is harmless."""

    async def held(self, email: str, remote_id: str | None) -> Mapping[str, object]:
        """Everything that the tool holds about the person, for an access request; empty if none."""

    async def close(self) -> None:
        """Let go of connections and temporary files, whether or not the run went well."""


@runtime_checkable
class NamesByAddress(Protocol):
    """A destination whose ids of people depend on their addresses.

    There, a new address is a new remote id, at once and in every list. Should a run be killed
    before it hears so, the state has to know the new id as well.
    """

    def ids_to_be(self, batch: Batch) -> Mapping[str, str]:
        """Person key -> another id that the person may have once the tool got this UPSERT."""


@runtime_checkable
class ShowsProgress(Protocol):
    """A destination that can tell how far a job is, by which one that stands still is known."""

    def progress(self, job: str) -> int:
        """Any number that changes with every step, as of the last time that it was asked after."""
