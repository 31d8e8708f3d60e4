"""The line to an account, in a time of its own: nothing here depends on how busy the machine is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segctl.destinations.rate_limit import Rate, RateLimiter, Throttled, Unavailable
from segctl.errors import SyncInterrupted


class Time:
    """Passes when everybody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        wake = self.now + seconds
        while self.now < wake:
            await asyncio.sleep(0)
            self.now = max(self.now, min(wake, self.now + 0.005))


def limiter(time: Time, **options: object) -> RateLimiter:
    return RateLimiter("Tool", sleep=time.sleep, clock=lambda: time.now, **options)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(
    rates=st.lists(
        st.builds(Rate, st.integers(1, 30), st.sampled_from([0.5, 1.0, 10.0, 15.0])),
        min_size=1,
        max_size=3,
    ),
    count=st.integers(1, 80),
    concurrency=st.integers(1, 8),
)
def test_no_window_ever_holds_more_than_a_rate_allows(
    rates: list[Rate], count: int, concurrency: int
) -> None:
    time, sent = Time(), []
    under_test = limiter(time, rates={"": rates}, concurrency=concurrency)

    async def request() -> None:
        sent.append(time.now)

    async def all_of_them() -> None:
        await asyncio.gather(*(under_test.call(request) for _ in range(count)))

    asyncio.run(all_of_them())
    assert len(sent) == count
    for rate in rates:
        for start in sent:
            within = [moment for moment in sent if start <= moment < start + rate.seconds]
            assert len(within) <= rate.requests
    # And it is not slower than it has to be: at least 95 % of the tightest rate.
    shortest = max((count - rate.requests) / rate.requests * rate.seconds for rate in rates)
    spacing = max(rate.seconds for rate in rates)
    assert sent[-1] <= max(0.0, shortest) / 0.95 + spacing * 1.1


def failing(*faults: Exception) -> Callable[[], Awaitable[str]]:
    waiting = list(faults)

    async def request() -> str:
        if waiting:
            raise waiting.pop(0)
        return "answer"

    return request


def test_being_throttled_costs_no_attempt_and_the_pause_is_kept() -> None:
    time = Time()
    under_test = limiter(time)
    faults = [Throttled(5.0) for _ in range(12)]
    assert asyncio.run(under_test.call(failing(*faults))) == "answer"
    assert time.now >= 60 and under_test.throttled == 12


def test_a_pause_is_for_everybody() -> None:
    time, sent = Time(), []
    under_test = limiter(time, concurrency=4)

    async def request() -> None:
        sent.append(time.now)
        if len(sent) == 1:
            raise Throttled(30.0)

    async def both() -> None:
        await under_test.call(request)
        await under_test.call(request)

    asyncio.run(both())
    assert min(sent[1:]) >= 30


def test_without_a_time_the_pauses_grow() -> None:
    time = Time()
    asyncio.run(limiter(time).call(failing(*(Throttled(None) for _ in range(4)))))
    assert 1 + 2 + 4 + 8 <= time.now < 20


def test_no_answer_is_tried_again_and_given_up_at_last() -> None:
    time = Time()
    assert asyncio.run(limiter(time).call(failing(*[Unavailable("x")] * 5))) == "answer"
    with pytest.raises(SyncInterrupted, match="did not answer 6 times"):
        asyncio.run(limiter(time).call(failing(*[Unavailable("x")] * 6)))
    with pytest.raises(Unavailable):
        asyncio.run(limiter(time).call(failing(Unavailable("x")), repeat=False))


def test_a_long_pause_stops_the_run_and_says_until_when() -> None:
    with pytest.raises(SyncInterrupted, match="to be resumed at") as stopped:
        asyncio.run(limiter(Time()).call(failing(Throttled(4000.0))))
    assert stopped.value.resume_at and stopped.value.resume_at > datetime.now(UTC)


def test_a_daily_budget_ends_at_midnight() -> None:
    under_test = limiter(Time(), daily=10, used_today=8)
    for _ in range(2):
        asyncio.run(under_test.call(failing()))
    with pytest.raises(SyncInterrupted, match="daily budget") as stopped:
        asyncio.run(under_test.call(failing()))
    assert stopped.value.resume_at is not None and stopped.value.resume_at.hour == 0


def test_two_lines_of_one_account_keep_its_limits_together() -> None:
    time, sent = Time(), []
    rates = {"": [Rate(4, 60.0)], "lists": [Rate(1, 60.0)]}
    one, other = limiter(time, rates=rates), limiter(time, rates={**rates, "own": [Rate(1, 5.0)]})
    other.share(one)

    async def request() -> None:
        sent.append(time.now)

    async def all_of_them() -> None:
        for number in range(8):
            await (one, other)[number % 2].call(request)

    asyncio.run(all_of_them())
    for start in sent:
        assert len([moment for moment in sent if start <= moment < start + 60]) <= 4
