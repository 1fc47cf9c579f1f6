"""Index kept events by sequence number, in compact columns."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Generic, TypeVar

from tallymark.intervals import Intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableSequence

    from tallymark_protocol.ranges import Ranges

V = TypeVar("V")

_FEW = 1_024
"""Rows below this number are not worth compacting."""


class Backlog(Generic[V]):
    """
    Keep one row per event: its seq, its length in bytes and a value (the bytes, or their place).

    Seqs only ever grow, so the columns are sorted and a row costs 12 bytes beside its value.
    Released rows stay until they outnumber the others; `held` says which ones count.
    """

    __slots__ = ("_blank", "_bytes", "_seqs", "_sizes", "_values", "held", "last")

    def __init__(self, values: MutableSequence[V], blank: V | None = None) -> None:
        """Begin empty; *values* is the column to use, *blank* what frees a released value."""
        self.held: Intervals = Intervals()
        self.last: int = 0
        self._seqs = array("Q")
        self._sizes = array("I")
        self._values = values
        self._blank = blank
        self._bytes = 0

    def __len__(self) -> int:
        """Return how many events are kept."""
        return self.held.count

    @property
    def total_bytes(self) -> int:
        """Return the sum of the kept events' lengths."""
        return self._bytes

    def append(self, seq: int, size: int, value: V) -> None:
        """Keep one event; *seq* must be above every earlier one."""
        self._seqs.append(seq)
        self._sizes.append(size)
        self._values.append(value)
        self.held.extend(seq)
        self._bytes += size
        self.last = seq

    def broken_off(self, seq: int) -> bool:
        """Make the columns whole after an `append` that an exception left; True = *seq* is lost."""
        rows = min(len(self._seqs), len(self._sizes), len(self._values))
        del self._seqs[rows:]
        del self._sizes[rows:]
        del self._values[rows:]
        self.held.mend()
        self.last = self._seqs[-1] if rows else 0
        kept = zip(self._seqs, self._sizes, strict=True)
        self._bytes = sum(size for one, size in kept if one in self.held)
        return seq not in self.held

    def replace(self, seq: int, value: V) -> None:
        """Put another value into the row of *seq*, which must be kept."""
        self._values[bisect_left(self._seqs, seq)] = value

    def oldest(self) -> tuple[int, V]:
        """Return the kept event with the lowest seq; there must be one."""
        seq = next(iter(self.held))[0]
        return seq, self._values[bisect_left(self._seqs, seq)]

    def release(self, ranges: Iterable[tuple[int, int]]) -> list[V]:
        """Let go of the events in *ranges*; return the values of those that were kept."""
        released: list[V] = []
        for asked_low, asked_high in ranges:
            for low, high in self.held.within(asked_low, asked_high):
                first = bisect_left(self._seqs, low)
                last = first + high - low + 1
                released += self._values[first:last]
                self._bytes -= sum(self._sizes[first:last])
                if self._blank is not None:
                    for row in range(first, last):
                        self._values[row] = self._blank
                self.held.remove(low, high)
        if len(self._seqs) > max(_FEW, 2 * self.held.count):
            self._compact()
        return released

    def where(self, wanted: Callable[[V], bool]) -> Ranges:
        """Return the seqs of the kept events whose value is *wanted*; looks at every row."""
        found = Intervals()
        for seq, value in zip(self._seqs, self._values, strict=True):
            if wanted(value) and seq in self.held:
                found.add(seq, seq)
        return found.ranges()

    def clear(self) -> None:
        """Let go of every event."""
        self.held.clear()
        self._compact()
        self._bytes = 0

    def select(
        self,
        max_events: int,
        max_bytes: int,
        skip: Ranges,
    ) -> list[tuple[int, V, int]]:
        """
        Return (seq, value, size) of the oldest kept events that are not in *skip*.

        The sizes add up to at most *max_bytes*, but one event is returned whatever its size.
        """
        rows: list[tuple[int, V, int]] = []
        for low, high in _outside(self.held, skip):
            first = bisect_left(self._seqs, low)
            last = first + min(high - low + 1, max_events - len(rows))
            sizes = self._sizes[first:last]
            fit = bisect_right(list(accumulate(sizes)), max_bytes)
            if fit == 0 and not rows and max_events > 0:
                fit = 1
            seqs, values = self._seqs[first : first + fit], self._values[first : first + fit]
            rows += zip(seqs, values, sizes[:fit], strict=True)
            max_bytes -= sum(sizes[:fit])
            if fit < high - low + 1:
                break
        return rows

    def _compact(self) -> None:
        seqs, sizes, values = self._seqs[:0], self._sizes[:0], self._values[:0]
        for low, high in self.held:
            first = bisect_left(self._seqs, low)
            last = first + high - low + 1
            seqs += self._seqs[first:last]
            sizes += self._sizes[first:last]
            values += self._values[first:last]
        self._seqs, self._sizes, self._values = seqs, sizes, values


def _outside(held: Intervals, skip: Ranges) -> Iterator[tuple[int, int]]:
    """Walk over the parts of *held* that are not in *skip*, both sorted, without copying either."""
    place = 0
    for start, high in held:
        low = start
        while place < len(skip) and skip[place][1] < low:
            place += 1
        ahead = place
        while low <= high:
            if ahead == len(skip) or skip[ahead][0] > high:
                yield low, high
                break
            if skip[ahead][0] > low:
                yield low, skip[ahead][0] - 1
            low = skip[ahead][1] + 1
            ahead += 1
