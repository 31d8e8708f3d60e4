"""Watches a history from inside the fake tool, and holds what happens against the promises."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from history import AUDIENCES, World
from rig import READ_BACK, TYPES, Event, Person, Rig, title

from segctl.state.tables import newest_runs
from segctl.sync.plan import Plan
from segctl.sync.standing import STALE

Effect = tuple[str, ...]
_NO = ("SUPPRESSED", "UNSUBSCRIBED", "unsubscribed", "blocklisted", "opted out")


class Effects(Counter[Effect]):
    """Counts, and tells of each effect while it happens."""

    def __init__(self, tell: Callable[[Effect], None]) -> None:
        super().__init__()
        self._tell = tell

    def __setitem__(self, effect: Effect, count: int) -> None:
        super().__setitem__(effect, count)
        self._tell(effect)


@dataclass(frozen=True)
class Remembers:
    """What a state knows for sure, as far as promises hang on it."""

    telling: bool = False
    """Whether events are told from now on: those of before the first run are not."""
    newest: str = ""
    """When the newest run began that it knows of."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Key -> address under which the tool has the person's record."""
    said_no: frozenset[str] = frozenset()
    """People whose record says no at the tool."""
    refusers: frozenset[str] = frozenset()
    """People who were seen to say no, and are remembered whatever becomes of the record."""


class Auditor:
    """Knows what may happen, and remembers what happened."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.fake: Any = rig.fake
        self.fake.effects = Effects(self._see)
        self.world = World()
        self.faults: list[str] = []
        """Broken promises."""
        self.planted: set[tuple[str, str]] = set()
        """List and address of strangers, who must stay."""
        self.left_over: set[tuple[str, str]] = set()
        """Members that nobody remembers the adding of; they may stay."""
        self.said_no: set[str] = set()
        self.spoilt: set[str] = set()
        """Addresses that the tool has ever refused."""
        self._addresses: dict[str, set[str]] = {}
        """Key -> every address that the person ever had."""
        self._allowed: set[str] = set()
        """Addresses that profiles may be made or changed of."""
        self._due: set[str] = set()
        """Events that have to be told."""
        self.knows = Remembers()
        """What the state knows that is there now."""
        self.erased_emails: set[str] = set()
        self._erased_keys: set[str] = set()
        self._is_old = False
        """Whether the state misses a run, which the next plan has to say."""
        self._unpermitted: Mapping[str, int] | None = None
        """What the first plan on an old state said of people who should not be in a list."""

    # Before and after each run

    def expect(self, world: World) -> None:
        """The next run is to bring about this world."""
        if self.knows.telling:
            known = {event.event_id for event in self.world.events}
            self._due |= {event.event_id for event in world.events} - known
        self.world = world
        for key, person in world.people.items():
            self._addresses.setdefault(key, set()).add(person.email)

    def begin(self, unfinished: bool) -> None:
        """A run begins; `unfinished` if another one may have left jobs at the tool."""
        now = {p.email for key, p in self.world.people.items() if not self._must_be_out(key)}
        self._allowed = (now | (self._allowed if unfinished else set())) - self.erased_emails
        self._statuses = self.fake.statuses()
        self._profiles = {email: self.fake.profile(email) for email in self._statuses}
        self._refused = {email for email, status in self._statuses.items() if status in _NO}

    def shown(self, plan: Plan) -> None:
        """A plan was made, and shows what stands in its way."""
        if self._is_old:
            named = {guard.name for guard in plan.guards}
            self._require(STALE in named, "nobody was told that the state is an old one")
            self._is_old = False
            self._unpermitted = plan.unpermitted if self.rig.tool in READ_BACK else None

    def went_through(self) -> None:
        """The run is over, and everything was answered."""
        if self._unpermitted is not None:
            self._check_unpermitted(self._unpermitted)
        now = {key: person.email for key, person in self.world.people.items()}
        seen = {key for key in self.knows.said_no if now.get(key) != self.knows.addresses.get(key)}
        self.knows = replace(
            self.knows,
            telling=self.rig.destination().capabilities.takes_events,
            addresses={
                key: email
                for key, email in now.items()
                if self.fake.profile(email) is not None and not self._is_odd(key)
            }
            | {key: self.knows.addresses[key] for key in self.knows.said_no & now.keys()},
            said_no=self.knows.said_no & now.keys(),
            refusers=self.knows.refusers | (seen & now.keys()),
        )
        self._unpermitted = None

    def broke_off(self) -> None:
        """The run is over, and nobody knows how far it came."""
        now = {key: person.email for key, person in self.world.people.items()}
        sure = {
            key: email
            for key, email in self.knows.addresses.items()
            if key in now and (now[key] == email or key in self.knows.said_no)
        }
        said_no = self.knows.said_no & now.keys()
        self.knows = replace(self.knows, addresses=sure, said_no=said_no)
        self._unpermitted = None

    def _check_unpermitted(self, shown: Mapping[str, int]) -> None:
        """Whoever was put into a list by a run that the state misses, and is left there."""
        lists = self.fake.snapshot()
        for audience in self.world.audiences:
            members = self.world.members(audience)
            wanted = {self.world.people[key].email for key in members}
            odd = {email for key in self._addresses if self._is_odd(key) for email in self.had(key)}
            left = lists.get(title(audience), set()) - wanted - odd
            self._require(
                len(left) <= shown.get(audience, 0),
                f"{left} are left in {audience}, and {shown} was shown",
            )

    def end(self) -> None:
        """A run is over, however it ended."""
        statuses = self.fake.statuses()
        for email in statuses:
            if email not in self._statuses:
                self._require(email in self._allowed, f"{email} was made a profile")
            elif self.fake.profile(email) != self._profiles[email]:
                self._require(email in self._allowed, f"the profile of {email} was changed")
        self._check_statuses(statuses)
        lists = self.fake.snapshot()
        for name, email in self.planted:
            self._require(email in lists.get(name, ()), f"stranger {email} is not in {name}")
        self._require(not self.fake.violations, str(self.fake.violations))
        told = [effect for effect in self.fake.effects if effect[0] == "event"]
        twice = [effect for effect in told if self.fake.effects[effect] > 1]
        self._require(not twice, f"told twice: {twice}")
        self.report()

    def _check_statuses(self, statuses: Mapping[str, str]) -> None:
        """Nobody's changes. Whose address changed has taken the status along."""
        taken_along = [s for email, s in self._statuses.items() if email not in statuses]
        usual = self.fake.new_status
        for email, status in statuses.items():
            before = self._statuses.get(email, usual)
            if email not in self._statuses and status != usual and status in taken_along:
                taken_along.remove(status)
                self.said_no.add(email)
            else:
                self._require(status == before, f"{email} was {before} and is {status}")
        lost = [status for status in taken_along if status in _NO]
        # A receiver remembers who said no by address, and shows the addresses in use.
        if self.rig.tool != "webhook":
            self._require(not lost, f"somebody was {lost} and is not any more")

    def report(self) -> None:
        """Fail with every promise that was broken so far."""
        assert not self.faults, "; ".join(self.faults)

    def _require(self, kept: bool, what: str) -> None:
        if not kept:
            self.faults.append(what)

    def _see(self, effect: Effect) -> None:
        """Called by the tool at the moment of each effect."""
        if effect[0] == "add":
            name, email = effect[1:]
            audience = next(one for one in AUDIENCES if title(one) == name)
            wanted = {self.world.people[key].email for key in self.world.members(audience)}
            self._require(email in wanted, f"{email} was put into {name}")
            self._require(email not in self._refused, f"{email} said no and was put into {name}")
            owner = self.world.owner(email)
            self._require(
                owner is None or not self._must_be_out(owner), f"{owner} must be out, {effect}"
            )
            self._require(email not in self.erased_emails, f"{email} was erased, {effect}")
        elif effect[0] == "remove":
            self._require(effect[1:] not in self.planted, f"stranger {effect[2]} left {effect[1]}")
        elif effect[0] in ("subscribe", "unsubscribe"):
            self._require(False, str(effect))
        elif effect[0] == "erase":
            self._require(effect[1] in self.erased_emails, str(effect))

    # What happens outside runs

    def memory(self) -> Remembers:
        """What a backup of the state knows that is made now."""
        return replace(self.knows, newest=self._newest_run())

    def _newest_run(self) -> str:
        """As the tables of runs have it."""
        assert self.rig.tables is not None
        return max(newest_runs(self.rig.tables).values(), default="")

    def lost(self, known: Remembers) -> None:
        """The state is gone, or an old one: who is in the lists by runs that it misses is nobody's
        from now on."""
        self.knows = known
        self._is_old = known.newest < self._newest_run()
        self._unpermitted = None
        if not known.telling:
            self._due.clear()
        self.left_over |= {
            (name, email) for name, emails in self.fake.snapshot().items() for email in emails
        }

    def says_no(self, email: str) -> None:
        """Somebody unsubscribes at the tool."""
        self.said_no.add(email)
        if self.rig.tool in READ_BACK:
            by_record = {key for key, had in self.knows.addresses.items() if had == email}
            self.knows = replace(self.knows, said_no=self.knows.said_no | by_record)

    def erased(self, email: str) -> None:
        """Somebody has themselves erased, by address; known ids of theirs are meant as well."""
        self.erased_emails.add(email)
        self._erased_keys |= {key for key, had in self.knows.addresses.items() if had == email}
        self.left_over = {pair for pair in self.left_over if pair[1] != email}
        meant = {key for key in self._addresses if email in self.had(key)}
        self.knows = replace(
            self.knows,
            addresses={k: had for k, had in self.knows.addresses.items() if k not in meant},
            said_no=self.knows.said_no - meant,
            refusers=self.knows.refusers - meant,
        )

    def plants(self, name: str, email: str) -> None:
        """A stranger is in a list. Or somebody who is, or was, or will be one of ours."""
        if email.endswith("@example.org"):
            self.planted.add((name, email))
        else:
            self.left_over.add((name, email))

    def deleted(self, name: str) -> None:
        """A list is gone, with everybody who was in it."""
        self.planted = {pair for pair in self.planted if pair[0] != name}
        self.left_over = {pair for pair in self.left_over if pair[0] != name}

    # In the end

    def dead_for_a_reason(self, dead: Collection[str]) -> None:
        """Nobody is refused who never had an address that the tool refuses."""
        events = {event.event_id: event.key for event in self.world.events}
        for name in dead:
            had = self.had(events.get(name, name))
            self._require(bool(had & self.spoilt), f"{name} is a dead letter")
        self.report()

    def final(self) -> None:
        """Everything is as it should be."""
        lists = self.fake.snapshot()
        for audience in AUDIENCES:
            self._check_list(audience, lists.get(title(audience), set()))
        again = {email for _, email in self.left_over}
        for name, emails in lists.items():
            back = emails & self.erased_emails - again
            self._require(not back, f"{back} were erased and are in {name}")
        for key, person in self.world.people.items():
            if not self._may_be_out(key):
                self._check_profile(person)
        events = {event.event_id: event for event in self.world.events}
        for event_id in self._due & events.keys():
            if self._is_tellable(events[event_id]):
                count = self.fake.effects["event", self._told_as(event_id)]
                self._require(count == 1, f"{event_id} was told {count} times")
        self.report()

    def had(self, key: str) -> set[str]:
        """Every address that somebody ever had."""
        return self._addresses.get(key, set())

    def _may_be_out(self, key: str) -> bool:
        """Whether somebody said no or was erased, under whatever address."""
        return bool(self.had(key) & (self.said_no | self.erased_emails))

    def _must_be_out(self, key: str) -> bool:
        """Whether the state knows that somebody said no, or was erased."""
        out = self.knows.said_no | self.knows.refusers | self._erased_keys
        return key in out or self.world.people[key].email in self.erased_emails

    def _is_odd(self, key: str) -> bool:
        """Whether the tool may not have done what was asked about somebody."""
        return self._may_be_out(key) or bool(self.had(key) & self.spoilt)

    def _check_list(self, audience: str, actual: set[str]) -> None:
        name = title(audience)
        members = self.world.members(audience)
        out = {key for key in members if self._may_be_out(key)}
        wanted = {self.world.people[key].email for key in members - out}
        optional = {email for key in out for email in self.had(key)}
        optional |= {email for at, email in self.left_over if at == name}
        strangers = {email for at, email in self.planted if at == name}
        self._require(wanted <= actual, f"{name} lacks {wanted - actual}")
        extra = actual - wanted - optional - strangers
        self._require(not extra, f"{name} has {extra}")

    def _check_profile(self, person: Person) -> None:
        stored = self.fake.profile(person.email)
        if stored is None:
            self._require(False, f"no profile of {person.email}")
            return
        names = self.rig.settings().attribute_names(list(TYPES))
        for attribute, name in names.items():
            ours, theirs = getattr(person, attribute), stored.get(name)
            self._require(
                _plain(ours) == _plain(theirs),
                f"{attribute} of {person.email} is {theirs!r}, not {ours!r}",
            )

    def _is_tellable(self, event: Event) -> bool:
        wanted = event.key in self.world.people and event.audience in self.world.audiences
        return wanted and not self._may_be_out(event.key)

    def _told_as(self, event_id: str) -> str:
        if self.rig.tool == "hubspot":
            return str(uuid.uuid5(uuid.NAMESPACE_URL, f"segctl:{event_id}"))
        return event_id


def _plain(value: Any) -> Any:
    """A value as it is, whichever way the tool keeps it."""
    if value in (None, ""):
        return None
    if isinstance(value, date):
        return value.isoformat()
    try:
        return float(value)
    except ValueError:
        return str(value)


def counts(found: Mapping[str, int]) -> str:
    """For the end of a test run."""
    return ", ".join(f"{count:,} {what}" for what, count in found.items())
