"""Keys: user, time and arrival of a row in one integer, so that order is a comparison.

A key is (user | time | rank): the time in ms after the earliest row, the rank as rows of one ms
arrived. Where that takes more than 62 bits, time and rank are counted instead of measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.engine.local.beyond import Beyond

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tallymark_collector.engine.local.selection import Rows

    I64 = npt.NDArray[np.int64]

BITS = 62
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Clock:
    """How keys are put together; `times` are the different times, None when a key holds ms."""

    start: int
    time_bits: int
    rank_bits: int
    times: I64 | None

    @property
    def user_shift(self) -> int:
        """The bits below the user."""
        return self.time_bits + self.rank_bits

    def user(self, keys: I64) -> I64:
        """Return the users of keys."""
        return keys >> self.user_shift

    def time(self, keys: I64) -> I64:
        """Return the times of keys, in ms."""
        ticks = (keys >> self.rank_bits) & ((1 << self.time_bits) - 1)
        found: I64 = ticks + self.start if self.times is None else self.times[ticks]
        return found

    def limit(self, keys: I64, window: int) -> I64:
        """Return the highest key of the same user whose time is at most *window* ms later."""
        mask = (1 << self.time_bits) - 1
        ticks = (keys >> self.rank_bits) & mask
        if self.times is None:
            ends = np.minimum(ticks + window, mask)
        else:
            ends = np.searchsorted(self.times, self.times[ticks] + window, side="right") - 1
        users = (keys >> self.user_shift) << self.user_shift
        found: I64 = users | (ends << self.rank_bits) | ((1 << self.rank_bits) - 1)
        return found


def keyed(lists: Sequence[Rows]) -> tuple[Clock, list[I64]]:
    """Return the keys of the rows of each list, in the order of the list, by one clock."""
    ranked = [rows.ranks() for rows in lists]
    filled = [rows for rows in lists if len(rows)]
    if not filled:
        return Clock(0, 1, 0, None), [np.zeros(0, np.int64) for _ in lists]
    start = min(int(rows.ts.min()) for rows in filled)
    end = max(int(rows.ts.max()) for rows in filled)
    user_bits = max(int(rows.users.max()) for rows in filled).bit_length()
    low_bits = max(bits for _, bits in ranked)
    ranks = [_widened(rank, bits, low_bits) for rank, bits in ranked]
    rank_bits = max(int(rank.max(initial=0)) for rank in ranks).bit_length()
    time_bits = max(1, (end - start).bit_length())
    if user_bits + time_bits + rank_bits > BITS:
        return _counted(lists, ranks, user_bits)
    clock = Clock(start, time_bits, rank_bits, None)
    shift = clock.user_shift
    return clock, [
        (rows.users.astype(np.int64) << shift) | ((rows.ts - start) << rank_bits) | rank
        for rows, rank in zip(lists, ranks, strict=True)
    ]


def _widened(rank: I64, bits: int, wanted: int) -> I64:
    """Return (segment | rank) numbers with more bits for the rank."""
    if bits == wanted:
        return rank
    found: I64 = ((rank >> bits) << wanted) | (rank & ((1 << bits) - 1))
    return found


def _counted(
    lists: Sequence[Rows], ranks: Sequence[I64], user_bits: int
) -> tuple[Clock, list[I64]]:
    """Count the different times, and the rows of one user and time, instead of measuring."""
    users = np.concatenate([rows.users for rows in lists]).astype(np.int64)
    times, ticks = np.unique(np.concatenate([rows.ts for rows in lists]), return_inverse=True)
    rank = np.concatenate(ranks)
    order = np.lexsort((rank, ticks, users))
    moved = (np.diff(users[order], prepend=-1) != 0) | (np.diff(ticks[order], prepend=-1) != 0)
    other = moved | (np.diff(rank[order], prepend=-1) != 0)
    number = np.cumsum(other)
    first = np.maximum.accumulate(np.where(moved, number, 0))
    place = np.empty(len(order), np.int64)
    place[order] = number - first
    rank_bits, time_bits = int(place.max()).bit_length(), max(1, len(times).bit_length())
    if user_bits + time_bits + rank_bits > BITS:
        raise Beyond("a key of user, time and arrival takes more than 62 bits")
    clock = Clock(0, time_bits, rank_bits, times)
    keys = (users << clock.user_shift) | (ticks << rank_bits) | place
    ends = np.cumsum([len(rows) for rows in lists])
    return clock, np.split(keys, ends[:-1])


def ascending(keys: I64) -> tuple[I64, npt.NDArray[np.intp] | None]:
    """Return keys in order, and where each came from; None when they came in order.

    The stable sort makes use of rows that are in order within each segment.
    """
    if len(keys) < 2 or bool((keys[1:] >= keys[:-1]).all()):  # noqa: PLR2004 -- nothing to order
        return keys, None
    order = np.argsort(keys, kind="stable")
    return keys[order], order
