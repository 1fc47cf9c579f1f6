"""Days, weeks and months in a time zone."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.buckets import (
    Interval,
    bucket_of,
    buckets,
    day_span,
    local_day,
    start_of,
    zone,
)

ZONES = st.sampled_from(
    ["UTC", "Europe/Prague", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe",
     "Pacific/Apia", "America/Havana"]
)  # fmt: skip
DAYS = st.dates(date(2005, 1, 1), date(2030, 12, 31))
INTERVALS = st.sampled_from(["hour", "day", "week", "month"])
HOUR = 3_600_000


@given(DAYS, st.integers(0, 70), INTERVALS, ZONES)
def test_buckets_tile_the_range(first: date, days: int, interval: Interval, name: str) -> None:
    """Buckets must follow one another without gap or overlap and cover exactly the range."""
    tz = zone(name)
    last = first + timedelta(days=days)
    found = buckets(first, last, interval, tz)
    spans = [bucket.span for bucket in found]
    assert (spans[0].start, spans[-1].end) == (
        day_span(first, last, tz).start,
        day_span(first, last, tz).end,
    )
    assert all(a.end == b.start for a, b in pairwise(spans))
    assert len({bucket.label for bucket in found}) == len(found)


@given(st.integers(1_100_000_000_000, 1_900_000_000_000), ZONES)
def test_a_moment_lies_in_its_local_day(ts: int, name: str) -> None:
    """A moment must lie in the span of the local day it has, as zoneinfo tells it."""
    tz = zone(name)
    day = local_day(ts, tz)
    at = datetime.fromtimestamp(ts // 1000, tz=UTC).astimezone(zoneinfo.ZoneInfo(name))
    assert (at.date(), True) == (day, day_span(day, day, tz).holds(ts))


@given(DAYS, st.integers(0, 20), INTERVALS, ZONES, st.integers(-HOUR, 21 * 24 * HOUR))
def test_bucket_of(first: date, days: int, interval: Interval, name: str, after: int) -> None:
    """The bucket of a moment must be the one whose span holds it, or none."""
    tz = zone(name)
    found = buckets(first, first + timedelta(days=days), interval, tz)
    ts = start_of(first, tz) + after
    holding = [number for number, bucket in enumerate(found) if bucket.span.holds(ts)]
    assert (holding[0] if holding else None) == bucket_of(ts, found)


def test_days_of_summer_time() -> None:
    """The days of the changes must have 23 and 25 hours, and as many hourly buckets."""
    tz = zone("Europe/Prague")
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    lengths = [day_span(day, day, tz) for day in (spring, autumn)]
    assert [(span.end - span.start) // HOUR for span in lengths] == [23, 25]
    assert [len(buckets(day, day, "hour", tz)) for day in (spring, autumn)] == [23, 25]


def test_weeks_begin_on_monday_and_are_cut() -> None:
    """Weeks must begin on Monday; one that the range cuts must say so."""
    found = buckets(date(2026, 3, 4), date(2026, 3, 15), "week", zone("UTC"))
    assert [(bucket.label, bucket.partial) for bucket in found] == [
        ("2026-03-02", True),
        ("2026-03-09", False),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "../etc/passwd",
        "UTC\0",
        "Europe",
        "localtime",
        "right/UTC",
        "posixrules",
    ],
)
def test_unknown_zones(name: str) -> None:
    """A name that is no IANA zone must be refused with an example."""
    with pytest.raises(ValueError, match="Europe/Prague"):
        zone(name)
