"""
Tell the time so that it cannot jump (CLK-1).

One wall anchor is taken at start; monotonic time is added to it. Event times and `Sent-At` come
from the same clock, so their difference is exact even if the wall clock is set in between.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import date, datetime, timezone
from queue import Empty
from typing import TYPE_CHECKING, Protocol

from tallymark.errors import UsageError

if TYPE_CHECKING:
    from queue import SimpleQueue

SECONDS_BELOW = 100_000_000_000
"""Numbers below this are seconds (until the year 5138), others milliseconds since 1970."""

_NS_PER_MS = 1_000_000


class Signals(Protocol):
    """What is told that something happened: a queue, or a task."""

    def put(self, item: None) -> None:
        """Tell it."""


class Clock(Protocol):
    """Give the wall time for events and a steady time for delays, both in milliseconds."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970 UTC."""

    def steady_ms(self) -> int:
        """Return milliseconds that never go back; their zero means nothing."""

    def wait(self, signals: SimpleQueue[None], until: int | None) -> None:
        """Wait for a signal, at most until then (steady ms); None = without an end."""

    def delay(self, signals: Signals, until: int | None) -> float | None:
        """Return for how many seconds a task has to wait for the same; None = without an end."""


class AnchoredClock:
    """Add monotonic time to one wall anchor."""

    __slots__ = ("_monotonic", "_offset_ns")

    def __init__(self) -> None:
        """Take the anchor now."""
        self._monotonic = time.monotonic_ns
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ms(self) -> int:
        """Return milliseconds since 1970 UTC, by the anchor."""
        return (self._monotonic() + self._offset_ns) // _NS_PER_MS

    def steady_ms(self) -> int:
        """Return the monotonic clock in milliseconds."""
        return self._monotonic() // _NS_PER_MS

    def wait(self, signals: SimpleQueue[None], until: int | None) -> None:
        """Wait for a signal, at most until then (steady ms)."""
        if until is None:
            signals.get()
            return
        with suppress(Empty):
            signals.get(timeout=max(0, until - self.steady_ms()) / 1_000)

    def delay(self, signals: Signals, until: int | None) -> float | None:
        """Return for how many seconds to wait until then (steady ms)."""
        del signals
        return None if until is None else max(0, until - self.steady_ms()) / 1_000


def seconds(timeout: object) -> float:
    """
    Return how long a caller wants to wait at most, in what locks can wait for.

    :raises UsageError: if it is no number, or below 0
    """
    if isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and timeout >= 0:
        return min(timeout, threading.TIMEOUT_MAX)
    raise UsageError(f"timeout: {timeout!r} must be a number of seconds, at least 0")


def instant_ms(moment: object) -> int:
    """
    Convert what a caller may pass as *time* to milliseconds since 1970 UTC.

    A datetime with an offset is that instant; one without is local time, as everywhere in Python
    (`fold` decides between the two readings of a repeated hour). A date is its midnight in UTC.
    Numbers are seconds as `time.time` gives, or milliseconds from `SECONDS_BELOW` on.

    :raises UsageError: if it is none of these, or outside what a datetime can hold
    """
    if isinstance(moment, datetime):
        return _of_datetime(moment)
    if isinstance(moment, date):
        return _of_datetime(datetime(moment.year, moment.month, moment.day, tzinfo=timezone.utc))
    if isinstance(moment, bool) or not isinstance(moment, (int, float)):
        raise UsageError(
            f"time: {moment!r} is a {type(moment).__name__}; pass a datetime, a date, "
            "seconds or milliseconds since 1970",
        )
    return _of_number(moment)


def _of_datetime(moment: datetime) -> int:
    try:
        return int(moment.timestamp() * 1000 + 0.5)
    except (OverflowError, OSError, ValueError) as error:
        raise UsageError(f"time: {moment!r} has no timestamp: {error}") from error


def _of_number(moment: float) -> int:
    try:
        ms = round(moment * 1000) if abs(moment) < SECONDS_BELOW else round(moment)
    except (OverflowError, ValueError) as error:
        raise UsageError(f"time: {moment!r} is not a finite number") from error
    if abs(ms) >= 1 << 53:
        raise UsageError(f"time: {moment!r} is outside ±2^53 ms")
    return ms
