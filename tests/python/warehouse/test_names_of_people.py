"""A new name is no new person: history, events and experiments follow whoever is called otherwise.

A guest who opens an account gets another name, and two accounts that turn out to be one person get
one. The log keeps the names of its days; what is read from it is as if everybody had always had
the name of the day that one looks from.
"""

from __future__ import annotations

import pytest
from change_log import Log, Names, expected
from compiled import Compiled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PEOPLE = "wxyz"
MEMBERS = st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from(PEOPLE)))
DAYS = st.dictionaries(st.integers(0, 6), MEMBERS, min_size=1, max_size=7)
# On which day who turns out to be somebody whose name comes earlier.
MERGES = st.dictionaries(
    st.sampled_from(PEOPLE[1:]), st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=3
)

Merges = dict[str, tuple[int, int]]
Builds = list[tuple[int, set[tuple[str, str]]]]


def named_by(merges: Merges) -> Names:
    def name(person: str, day: int) -> str:
        since, other = merges.get(person, (99, 0))
        place = min(other, PEOPLE.index(person) - 1)
        return person if day < since else name(PEOPLE[place], day)

    return lambda day: {person: name(person, day) for person in PEOPLE}


def called(members: set[tuple[str, str]], names: dict[str, str]) -> set[tuple[str, str]]:
    return {(segment, names[person]) for segment, person in members}


@pytest.fixture(scope="module")
def log(compiled: Compiled) -> Log:
    return Log(compiled)


def property_of_any_story(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@property_of_any_story(80)
@given(days=DAYS, merges=MERGES, order=st.randoms(use_true_random=False), again=st.integers(0, 2))
def test_history_is_told_by_the_names_of_today(
    log: Log, days: dict[int, set[tuple[str, str]]], merges: Merges, order: object, again: int
) -> None:
    """Whatever the order of builds, and days built again."""
    names = named_by(merges)
    builds = [(day, called(members, names(day))) for day, members in sorted(days.items())]
    now = names(max(days))
    by_todays_names = {day: called(members, now) for day, members in builds}
    assert log.told(builds, names) == expected(by_todays_names)
    shuffled = builds + builds[:again]
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert log.told(shuffled, names) == expected(by_todays_names)


@property_of_any_story(60)
@given(days=DAYS, merges=MERGES)
def test_a_new_name_fires_nothing(
    log: Log, days: dict[int, set[tuple[str, str]]], merges: Merges
) -> None:
    """Of the days that were told before, no event has another id later; and whoever enters today
    was not inside under any name when the segment was built last."""
    names = named_by(merges)
    log.forget()
    told: set[str] = set()
    before: set[tuple[str, str]] = set()
    for day, people in sorted(days.items()):
        members = called(people, names(day))
        log.build(day, members, names)
        log.as_of(day, names)
        events = log.read("segment_events")
        new = {event[0] for event in events} - told
        entered = {
            (segment, person)
            for id_, segment, person, what, *_ in events
            if id_ in new and what == "entered"
        }
        assert entered == members - called(before, names(day))
        told |= new
        before = members


@pytest.mark.parametrize("first_day", [0, 1])
def test_a_day_built_again_under_a_new_name_keeps_its_events(log: Log, first_day: int) -> None:
    """The name is new for a past day, too, when what explains it arrived late."""
    log.forget()
    one_a_day = [(day, {("a", "y")} if day >= first_day else set()) for day in range(3)]
    for day, members in one_a_day:
        log.build(day, members, lambda _: {"x": "x", "y": "y"})
    log.as_of(2, lambda _: {"x": "x", "y": "y"})
    before = {event[0] for event in log.read("segment_events")}

    merged: Names = lambda _: {"x": "x", "y": "x"}  # noqa: E731
    for day, members in one_a_day:
        log.build(day, called(members, merged(day)), merged)
    log.as_of(2, merged)
    events = log.read("segment_events")
    assert {event[0] for event in events} == before
    assert {event[2] for event in events} == {"x"}
