"""Days, weeks and months in a time zone, and the half-open spans of milliseconds they are."""

from __future__ import annotations

import functools
import zoneinfo
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final, Literal

from tallymark_collector.query.durations import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Interval = Literal["hour", "day", "week", "month"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time, `start` ≤ ts < `end`, in ms since 1970."""

    start: int
    end: int

    def holds(self, ts: int) -> bool:
        """Tell whether *ts* lies in the span."""
        return self.start <= ts < self.end


@dataclass(frozen=True, slots=True)
class Bucket:
    """One point of a series: its label, and its span cut to the range asked for.

    `partial` buckets are weeks or months that the range cuts; `last_day` is the last local day
    they hold.
    """

    label: str
    span: Span
    last_day: date
    partial: bool


def zone(name: str) -> tzinfo:
    """Return the IANA time zone of that name; raise ValueError naming it when there is none."""
    if name not in _names():
        raise ValueError(f"{name!r} is no IANA time zone; write it like Europe/Prague or UTC")
    return zoneinfo.ZoneInfo(name)


@functools.cache
def _names() -> frozenset[str]:
    """Return the zones there are; others among their files depend on the machine, or on leap s."""
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "Factory"}


def local(ts: int, tz: tzinfo) -> datetime:
    """Return the local time at *ts*."""
    return (_EPOCH + timedelta(milliseconds=ts)).astimezone(tz)


def local_day(ts: int, tz: tzinfo) -> date:
    """Return the local day at *ts*."""
    return local(ts, tz).date()


def start_of(day: date, tz: tzinfo) -> int:
    """Return the ms at which a local day begins, also when its midnight is skipped or repeated."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=tz)
    return (midnight - _EPOCH) // _MILLISECOND


def day_span(first: date, last: date, tz: tzinfo) -> Span:
    """Return the span of the local days *first* to *last*, both included."""
    return Span(start_of(first, tz), start_of(last + _DAY, tz))


def period_start(day: date, interval: Interval) -> date:
    """Return the first day of the week (Monday) or month *day* is in; the day itself otherwise."""
    if interval == "week":
        return day - timedelta(days=day.weekday())
    if interval == "month":
        return day.replace(day=1)
    return day


def next_period(day: date, interval: Interval) -> date:
    """Return the first day after the day, week or month that begins at *day*."""
    if interval == "week":
        return day + timedelta(days=7)
    if interval == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + _DAY


def buckets(first: date, last: date, interval: Interval, tz: tzinfo) -> tuple[Bucket, ...]:
    """Cut the local days *first* to *last*, both included, into buckets in order."""
    if interval == "hour":
        return tuple(_hours(first, last, tz))
    return tuple(_periods(first, last, interval, tz))


def bucket_of(ts: int, ordered: Sequence[Bucket]) -> int | None:
    """Return the index of the bucket that holds *ts*, or None; buckets are in order."""
    index = bisect_right(ordered, ts, key=lambda bucket: bucket.span.start) - 1
    return index if index >= 0 and ordered[index].span.holds(ts) else None


def _periods(first: date, last: date, interval: Interval, tz: tzinfo) -> Iterator[Bucket]:
    begin = period_start(first, interval)
    while begin <= last:
        following = next_period(begin, interval)
        shown_first, shown_last = max(begin, first), min(following - _DAY, last)
        cut = shown_first > begin or shown_last < following - _DAY
        yield Bucket(begin.isoformat(), day_span(shown_first, shown_last, tz), shown_last, cut)
        begin = following


def _hours(first: date, last: date, tz: tzinfo) -> Iterator[Bucket]:
    """Cut each local day from its midnight on, so a day may have 23 or 25 hours."""
    day = first
    while day <= last:
        span = day_span(day, day, tz)
        for start in range(span.start, span.end, HOUR):
            label = local(start, tz).isoformat(timespec="minutes")
            yield Bucket(label, Span(start, min(start + HOUR, span.end)), day, partial=False)
        day += _DAY
