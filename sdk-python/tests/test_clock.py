"""Time: an anchor that cannot jump, and what callers may pass as a time."""

from __future__ import annotations

import datetime as dt
import time
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark.clock import AnchoredClock, instant_ms
from tallymark.errors import UsageError

UTC = dt.timezone.utc


def test_anchored_clock_tells_wall_time() -> None:
    """The anchored clock starts at the wall clock."""
    assert abs(AnchoredClock().now_ms() - time.time() * 1_000) < 1_000


def test_clocks_advance_together() -> None:
    """Wall and steady time keep their distance: the wall clock is read once (CLK-1)."""
    clock = AnchoredClock()
    distance = clock.now_ms() - clock.steady_ms()
    assert all(abs(clock.now_ms() - clock.steady_ms() - distance) <= 2 for _ in range(100))


def test_wait_ends_at_its_time_or_signal() -> None:
    """A wait ends when its time has come, and at once when there is a signal."""
    clock = AnchoredClock()
    signals: SimpleQueue[None] = SimpleQueue()
    clock.wait(signals, clock.steady_ms() + 5)
    signals.put(None)
    clock.wait(signals, None)
    assert signals.empty()


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (dt.datetime(1970, 1, 1, tzinfo=UTC), 0),
        (dt.datetime(2026, 1, 5, 6, tzinfo=dt.timezone(dt.timedelta(hours=2))), 1_767_585_600_000),
        (dt.datetime(2026, 1, 5, 4, 0, 0, 1_000, UTC), 1_767_585_600_001),
        (dt.date(2026, 1, 5), 1_767_571_200_000),
        (1_767_571_200, 1_767_571_200_000),
        (1_767_571_200.25, 1_767_571_200_250),
        (1_767_571_200_250, 1_767_571_200_250),
        (0, 0),
        (-1.5, -1_500),
    ],
)
def test_instant(moment: object, expected: int) -> None:
    """Datetimes are their instant, dates midnight in UTC, numbers seconds or milliseconds."""
    assert expected == instant_ms(moment)


def test_naive_datetime_is_local_time() -> None:
    """A datetime without an offset is local time; `fold` tells the two readings apart."""
    naive = dt.datetime(2026, 7, 1, 12)  # noqa: DTZ001 - the case under test
    assert round(naive.timestamp() * 1_000) == instant_ms(naive)


@pytest.mark.parametrize("moment", ["now", True, float("nan"), float("inf"), 1e300, [], b""])
def test_no_instant(moment: object) -> None:
    """Anything else is wrong use."""
    with pytest.raises(UsageError, match="time"):
        instant_ms(moment)


@given(st.datetimes(timezones=st.just(UTC), min_value=dt.datetime(1970, 1, 1)))  # noqa: DTZ001
def test_instant_is_exact_to_the_millisecond(moment: dt.datetime) -> None:
    """A moment becomes the nearest millisecond."""
    exact = (moment - dt.datetime(1970, 1, 1, tzinfo=UTC)) / dt.timedelta(milliseconds=1)
    assert abs(instant_ms(moment) - exact) <= 1
