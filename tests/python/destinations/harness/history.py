"""Random histories: what may happen to a shop, to a tool and to the runs between them.

A history is plain data, so that hypothesis can print it, replay it and make it smaller. `player`
plays it, `auditor` watches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from hypothesis import strategies as st
from rig import Event, Person, Shop

KEYS = ("ada", "bob", "cy", "dora", "eve")
EMAILS = tuple(f"m{number}@example.com" for number in range(7))
STRANGERS = ("s0@example.org", "s1@example.org")
AUDIENCES = ("vip", "win_back", "new")

# What changes in the warehouse


@dataclass(frozen=True)
class Consents:
    """Somebody may be mailed, at this address. Whoever had it so far has none any more."""

    key: str
    email: str


@dataclass(frozen=True)
class Revokes:
    """Somebody may not be mailed any more."""

    key: str


@dataclass(frozen=True)
class Moves:
    """Somebody has another address. Whoever has it already gets the old one in exchange."""

    key: str
    email: str


@dataclass(frozen=True)
class Shops:
    """Somebody's attributes change."""

    key: str
    first_name: str | None
    orders: int | None
    last_order_on: date | None


@dataclass(frozen=True)
class Enters:
    """Somebody enters a segment; `told` if that is an event, too."""

    key: str
    audience: str
    told: bool


@dataclass(frozen=True)
class Leaves:
    """Somebody leaves a segment; `told` if that is an event, too."""

    key: str
    audience: str
    told: bool


@dataclass(frozen=True)
class Closes:
    """A segment is taken out of the catalogue. It comes back when somebody enters it."""

    audience: str


@dataclass(frozen=True)
class DayPasses:
    """What happened is no longer new."""


Change = Consents | Revokes | Moves | Shops | Enters | Leaves | Closes | DayPasses

# What people do at the tool


@dataclass(frozen=True)
class Plants:
    """Somebody puts a stranger into a list of ours."""

    audience: str
    email: str


@dataclass(frozen=True)
class SaysNo:
    """Somebody unsubscribes at the tool."""

    email: str


@dataclass(frozen=True)
class DeletesList:
    """Somebody deletes a list of ours."""

    audience: str


@dataclass(frozen=True)
class Spoils:
    """From now on the tool refuses an address, by itself or with its whole request."""

    email: str
    how: Literal["invalid", "poison"]


@dataclass(frozen=True)
class SaysNoAndMoves:
    """Somebody unsubscribes at the tool, and has another address in the warehouse."""

    key: str
    email: str


Hand = Plants | SaysNo | DeletesList | Spoils | SaysNoAndMoves

# What happens to segctl's own memory


@dataclass(frozen=True)
class Erases:
    """Somebody has themselves erased."""

    email: str


@dataclass(frozen=True)
class LosesState:
    """The state is gone."""


@dataclass(frozen=True)
class RestoresState:
    """A backup of the state comes back, from before so many steps."""

    steps: int


@dataclass(frozen=True)
class Renames:
    """The destination is called otherwise in sync.yml from now on."""


Memory = Erases | LosesState | RestoresState | Renames

# What happens to a run


@dataclass(frozen=True)
class Weather:
    """How bad the line is: rates of faults, and faults in a row after some good requests."""

    rate: float = 0.0
    seed: int = 0
    good: int = 0
    script: tuple[str, ...] = ()
    retry_after: float = 0.01


@dataclass(frozen=True)
class Crash:
    """The run dies: at its n-th request or transaction, before it, in it or after it."""

    at: Literal["request", "transaction"]
    number: int
    when: Literal["before", "within", "after"]


@dataclass(frozen=True)
class Step:
    """Things happen, then a run."""

    changes: tuple[Change, ...]
    hands: tuple[Hand, ...] = ()
    weather: Weather = Weather()
    crash: Crash | None = None
    memory: tuple[Memory, ...] = ()


@dataclass(frozen=True)
class History:
    """A destination's life."""

    batch_size: int
    concurrency: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class World:
    """The warehouse at one moment."""

    people: Mapping[str, Person] = field(default_factory=dict)
    """Whoever consented."""
    audiences: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Segment -> members, whether or not they consented."""
    events: tuple[Event, ...] = ()
    counted: int = 0
    """Events so far, which gives them their ids."""

    def shop(self) -> Shop:
        """As activation shows it: consent is applied."""
        members = {name: sorted(keys & self.people.keys()) for name, keys in self.audiences.items()}
        return Shop(self.people, members, self.events)

    def members(self, audience: str) -> set[str]:
        """Keys of those who should be in the list."""
        return set(self.audiences.get(audience, frozenset()) & self.people.keys())

    def owner(self, email: str) -> str | None:
        """Whose address it is."""
        return next((key for key, person in self.people.items() if person.email == email), None)

    def after(self, change: Change) -> World:
        """The world once this has happened."""
        match change:
            case Consents(key, email):
                loser = self.owner(email)
                people = {k: p for k, p in self.people.items() if k not in (key, loser)}
                before = self.people.get(key, Person(email))
                return replace(self, people={**people, key: replace(before, email=email)})
            case Revokes(key):
                return replace(self, people={k: p for k, p in self.people.items() if k != key})
            case Moves(key, email):
                return self._moved(key, email)
            case Shops(key, first_name, orders, last_order_on):
                if key not in self.people:
                    return self
                email = self.people[key].email
                changed = Person(email, first_name, orders, last_order_on)
                return replace(self, people={**self.people, key: changed})
            case Enters(key, audience, told):
                members = self.audiences.get(audience, frozenset()) | {key}
                return self._with(audience, members, key, "entered" if told else None)
            case Leaves(key, audience, told):
                if audience not in self.audiences:
                    return self
                members = self.audiences[audience] - {key}
                return self._with(audience, members, key, "left" if told else None)
            case Closes(audience):
                left = {n: keys for n, keys in self.audiences.items() if n != audience}
                return replace(self, audiences=left)
            case DayPasses():
                return replace(self, events=())

    def _moved(self, key: str, email: str) -> World:
        if key not in self.people:
            return self
        people = dict(self.people)
        other = self.owner(email)
        if other is not None:
            people[other] = replace(people[other], email=people[key].email)
        people[key] = replace(people[key], email=email)
        return replace(self, people=people)

    def _with(self, audience: str, members: frozenset[str], key: str, event: str | None) -> World:
        world = replace(self, audiences={**self.audiences, audience: members})
        if event is None:
            return world
        told = Event(f"event-{self.counted}", audience, key, event)
        return replace(world, events=(*world.events, told), counted=self.counted + 1)


_keys, _emails = st.sampled_from(KEYS), st.sampled_from(EMAILS)
_audiences = st.sampled_from(AUDIENCES)
_changes = st.one_of(
    st.builds(Consents, _keys, _emails),
    st.builds(Enters, _keys, _audiences, st.booleans()),
    st.builds(Leaves, _keys, _audiences, st.booleans()),
    st.builds(Moves, _keys, _emails),
    st.builds(
        Shops,
        _keys,
        st.sampled_from(["Ada", 'Zoë "Z" O\'Hara, jr.', None]),
        st.sampled_from([0, 1, 7, None]),
        st.sampled_from([date(2026, 3, 30), None]),
    ),
    st.builds(Revokes, _keys),
    st.builds(Closes, _audiences),
    st.builds(DayPasses),
)
_hands = st.one_of(
    st.builds(Plants, _audiences, st.sampled_from([*STRANGERS, *STRANGERS, EMAILS[-1]])),
    st.builds(Spoils, _emails, st.sampled_from(["invalid", "poison"])),
    st.builds(SaysNo, _emails),
    st.builds(SaysNoAndMoves, _keys, _emails),
    st.builds(DeletesList, _audiences),
)
_FAULTS = ["ok", "500", "lost", "429", "429-bare", "half", "html", "refuse"]
_weather = st.one_of(
    st.just(Weather()),
    st.builds(Weather, rate=st.just(0.25), seed=st.integers(0, 99)),
    st.builds(
        Weather,
        good=st.integers(0, 25),
        script=st.lists(st.sampled_from(_FAULTS), min_size=1, max_size=8).map(tuple),
        retry_after=st.sampled_from([0.01, 0.01, 0.01, 900.0]),
    ),
    # Until the line gives up.
    st.builds(
        Weather, good=st.integers(0, 25), script=st.sampled_from([("lost",) * 6, ("500",) * 6])
    ),
)
_crash = st.one_of(
    st.none(),
    st.builds(
        Crash,
        st.just("request"),
        st.integers(1, 30),
        st.sampled_from(["before", "within", "after"]),
    ),
    st.builds(
        Crash,
        st.just("transaction"),
        st.integers(1, 60),
        st.sampled_from(["before", "within", "after"]),
    ),
)
_memory = st.one_of(
    st.builds(RestoresState, st.integers(1, 3)),
    st.builds(RestoresState, st.just(1)),
    st.builds(Erases, _emails),
    st.builds(Renames),
    st.builds(LosesState),
)
_memories = st.sampled_from([0, 0, 0, 0, 0, 1, 1, 2]).flatmap(
    lambda most: st.lists(_memory, min_size=min(most, 1), max_size=most).map(tuple)
)


@st.composite
def histories(draw: st.DrawFn, most_steps: int) -> History:
    """A shop opens with some customers, and lives on."""
    keys = draw(st.lists(_keys, unique=True, min_size=1))
    opening: list[Change] = [Consents(key, EMAILS[KEYS.index(key)]) for key in keys]
    opening += draw(st.lists(st.builds(Enters, _keys, _audiences, st.booleans()), max_size=5))
    first = Step(tuple(opening), (), draw(_weather), draw(_crash))
    later = st.builds(
        Step,
        st.lists(_changes, max_size=4).map(tuple),
        st.lists(_hands, max_size=2).map(tuple),
        _weather,
        _crash,
        _memories,
    )
    steps = (first, *draw(st.lists(later, min_size=1, max_size=most_steps - 1)))
    return History(draw(st.sampled_from([1, 2, 50])), draw(st.sampled_from([1, 3])), steps)
