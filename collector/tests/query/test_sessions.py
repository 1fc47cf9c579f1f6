"""Sessions at query time."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.buckets import local_day, zone
from tallymark_collector.query.sessions import sessions

MINUTE = 60_000
GAP = 30 * MINUTE


def test_gap_is_inclusive() -> None:
    """An event exactly at the end of the gap must belong to the session, a ms later not."""
    assert sessions([0, GAP, 2 * GAP + 1], GAP, zone("UTC")) == [0, 0, 1]


def test_midnight_ends_a_session() -> None:
    """A session must not cross midnight of the time zone, and of that one only."""
    before, after = 86_400_000 - MINUTE, 86_400_000 + MINUTE
    assert sessions([before, after], GAP, zone("UTC")) == [0, 1]
    assert sessions([before, after], GAP, zone("Asia/Tokyo")) == [0, 0]


@given(st.lists(st.integers(0, 400 * MINUTE), min_size=1).map(sorted), st.integers(1, 60))
def test_neighbours_decide(times: list[int], minutes: int) -> None:
    """Two neighbours must share a session exactly if gap and day allow it."""
    tz = zone("Europe/Prague")
    numbers = sessions(times, minutes * MINUTE, tz)
    for (a, b), (m, n) in zip(pairwise(times), pairwise(numbers), strict=True):
        together = b - a <= minutes * MINUTE and local_day(a, tz) == local_day(b, tz)
        assert (n - m) == (0 if together else 1)
