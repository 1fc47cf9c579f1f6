"""Local days of many times at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.query.durations import DAY, HOUR

if TYPE_CHECKING:
    from datetime import tzinfo

    import numpy.typing as npt

    I64 = npt.NDArray[np.int64]

EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = 6 * HOUR
_MILLISECOND = timedelta(milliseconds=1)


def local_days(ts: I64, tz: tzinfo) -> I64:
    """Return the local day of each time, as days after 1970-01-01."""
    if not len(ts):
        return np.zeros(0, np.int64)
    since, offsets = _offsets(int(ts.min()), int(ts.max()), tz)
    found: I64 = (ts + offsets[np.searchsorted(since, ts, side="right") - 1]) // DAY
    return found


def day_of(number: int) -> date:
    """Return a day by its number."""
    return EPOCH_DAY + timedelta(days=number)


def _offsets(first: int, last: int, tz: tzinfo) -> tuple[I64, I64]:
    """Return from when on which offset from UTC holds, in ms, from *first* to *last*."""
    since, offsets = [first], [_offset(first, tz)]
    at = first
    while at < last:
        ahead = min(at + _STEP, last)
        found = _offset(ahead, tz)
        if found != offsets[-1]:
            since.append(_change(at, ahead, tz))
            offsets.append(found)
        at = ahead
    return np.array(since, np.int64), np.array(offsets, np.int64)


def _change(low: int, high: int, tz: tzinfo) -> int:
    """Return the first ms at which the offset is that of *high*, no more that of *low*."""
    before = _offset(low, tz)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, tz) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(ts: int, tz: tzinfo) -> int:
    offset = (_EPOCH + timedelta(milliseconds=ts)).astimezone(tz).utcoffset()
    assert offset is not None
    return offset // _MILLISECOND
