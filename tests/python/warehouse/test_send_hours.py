"""The hour to send at gets more clicks than one good hour for everybody.

A shop sends seventy of a hundred mails at nine; people react best around an hour of their own. What
the models choose from a history like that is judged by the rates that the history was drawn from.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pandas as pd
import pytest
from compiled import Compiled, connect, fill
from numpy.typing import NDArray

HOURS = np.arange(24)
PEOPLE = 1500
Array = NDArray[np.float64]
Slot = tuple[str, str, int, int, int]


class World:
    """People with the hour that is good for each, and what became of their mails."""

    def __init__(
        self, seed: int, good: Callable[[np.random.Generator], Array], mails: int, rate: float
    ) -> None:
        random = np.random.default_rng(seed)
        away = np.abs(HOURS - good(random)[:, None])
        away = np.minimum(away, 24 - away)
        level = rate * random.gamma(2, 0.5, PEOPLE)
        self.rates = np.clip(level[:, None] * (1 + 3 * np.exp(-(away**2) / 8)), 0, 0.9)
        times = np.where((HOURS >= 6) & (HOURS <= 22), 0.3 / 17, 0)
        times[9] += 0.7
        self.mails = random.multinomial(random.poisson(mails, PEOPLE), times / times.sum())
        self.engaged = random.binomial(self.mails, self.rates)

    def slots(self) -> list[Slot]:
        return [
            (f"p{person:04}", "hour", int(hour), int(sent), int(self.engaged[person, hour]))
            for (person, hour), sent in np.ndenumerate(self.mails)
            if sent
        ]

    def gained(self, chosen: NDArray[np.int64]) -> float:
        """Rate at the chosen hours against that of the best hour for everybody."""
        return float(self.rates[np.arange(PEOPLE), chosen].mean() / self.rates.mean(axis=0).max())

    def busiest(self) -> NDArray[np.int64]:
        """The hours with most reactions, which mostly are those with most mails."""
        return self.engaged.argmax(axis=1)


def around(*hours: int) -> Callable[[np.random.Generator], Array]:
    return lambda random: random.choice(np.array(hours, dtype=float), PEOPLE)


class Chooser:
    """The compiled models over the slots of a history."""

    def __init__(self, compiled: Compiled) -> None:
        self.connection: duckdb.DuckDBPyConnection = connect()
        self.curve = compiled.sql("email_send_curve")
        self.hours = compiled.sql("customer_email_hours")
        settings = [("email_hours_minimum", 5), ("email_hours_prior_mails", 3)]
        fill(self.connection, "feature_thresholds", "threshold varchar, setting integer", settings)

    def rows(self, slots: list[Slot]) -> dict[str, tuple[int, str]]:
        """By person: the hour, and why it is everybody's."""
        columns = ["customer_id", "slot_type", "slot", "mails", "engaged_mails"]
        frame = pd.DataFrame(slots, columns=columns).astype({"slot": "int32"})
        self.connection.register("slots", frame)
        self.connection.execute("create or replace table customer_mail_slots as from slots")
        self.connection.execute(
            "create or replace table customer_profiles as "
            f"select format('p{{:04d}}', n) as customer_id from range({PEOPLE}) as people (n)"
        )
        self.connection.execute(f"create or replace table email_send_curve as {self.curve}")
        found = self.connection.execute(
            f"select customer_id, preferred_slot, everybodys_because from ({self.hours}) "
            "where slot_type = 'hour' order by customer_id"
        ).fetchall()
        return {name: (hour, because) for name, hour, because in found}

    def hours_of(self, world: World) -> NDArray[np.int64]:
        return np.array([hour for hour, _ in self.rows(world.slots()).values()])


@pytest.fixture(scope="module")
def chooser(compiled: Compiled) -> Chooser:
    return Chooser(compiled)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("good", "mails", "rate", "least"),
    [
        pytest.param(around(7, 8, 12, 13, 18, 19, 20, 21, 22), 60, 0.1, 1.08, id="all day"),
        pytest.param(around(7, 8, 12, 13, 18, 19, 20, 21, 22), 25, 0.1, 1.02, id="few mails"),
        pytest.param(around(*range(24)), 60, 0.1, 1.2, id="day and night"),
        pytest.param(around(20), 60, 0.1, 0.99, id="evening"),
        pytest.param(around(8, 9, 10), 60, 0.1, 0.99, id="morning"),
        pytest.param(around(19, 20, 21), 150, 0.03, 0.99, id="many mails, few clicks"),
    ],
)
def test_no_clicks_are_lost(
    chooser: Chooser,
    seed: int,
    good: Callable[[np.random.Generator], Array],
    mails: int,
    rate: float,
    least: float,
) -> None:
    world = World(seed, good, mails, rate)
    gained = world.gained(chooser.hours_of(world))
    assert gained >= least
    assert gained >= world.gained(world.busiest())


def test_counting_reactions_would_lose_a_fifth() -> None:
    """What the models must not do: nine is where most reactions come after."""
    world = World(1, around(7, 8, 12, 13, 18, 19, 20, 21, 22), 60, 0.1)
    assert world.gained(world.busiest()) < 0.85


def test_without_evidence_everybodys_hour_and_why(chooser: Chooser) -> None:
    crowd = [(f"p{n:04}", "hour", 20 if n % 2 else 9, 20, 10 if n % 2 else 2) for n in range(400)]
    one = [("p1000", "hour", 9, 20, 4), ("p1001", "hour", 9, 20, 5), ("p1002", "hour", 6, 40, 36)]
    one.append(("p1002", "hour", 20, 40, 4))
    found = chooser.rows(crowd + one)
    assert found["p1400"] == (20, "no e-mail within 180 days")
    assert found["p1000"] == (20, "too few e-mails opened or clicked")
    assert found["p1001"] == (20, None)  # knows of no other hour: everybody's is the own best one
    assert found["p1002"] == (6, None)


def test_midnight_is_between_neighbours(chooser: Chooser) -> None:
    """Who reacts at 23 and at 0 alike reacts around midnight, not in the morning."""
    slots = [("p0000", "hour", hour, 10, 6 if hour in (23, 0) else 1) for hour in HOURS.tolist()]
    assert chooser.rows(slots)["p0000"][0] in (23, 0)
