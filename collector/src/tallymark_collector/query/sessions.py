"""Sessions at query time: which of a user's events belong to one visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.query.buckets import local_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo


def sessions(times: Sequence[int], gap: int, tz: tzinfo) -> list[int]:
    """Return the session number (from 0) of each of a user's event times, given in order.

    A session goes on while the next event follows within *gap* ms, the end included, and ends at
    local midnight.
    """
    numbers: list[int] = []
    for index, ts in enumerate(times):
        if index == 0:
            numbers.append(0)
            continue
        before = times[index - 1]
        goes_on = ts - before <= gap and local_day(ts, tz) == local_day(before, tz)
        numbers.append(numbers[-1] + (0 if goes_on else 1))
    return numbers
