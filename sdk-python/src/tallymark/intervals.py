"""Keep a set of sequence numbers as sorted, disjoint intervals that change in place."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tallymark_protocol.ranges import Ranges


class Intervals:
    """
    Hold closed intervals of whole numbers ≥ 0.

    The protocol's `Ranges` are values: each change copies them. A client that samples every second
    event offline has as many ranges as events, so its bookkeeping changes in place: O(log n) to
    find, one block move to insert, nothing to extend the last interval.
    """

    __slots__ = ("_count", "_highs", "_lows")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        """Begin with *ranges*, in any order."""
        self._lows = array("Q")
        self._highs = array("Q")
        self._count = 0
        for low, high in ranges:
            self.add(low, high)

    def __bool__(self) -> bool:
        """Tell whether any number is held."""
        return self._count > 0

    def __contains__(self, number: int) -> bool:
        """Tell whether *number* is held."""
        place = bisect_right(self._lows, number) - 1
        return place >= 0 and number <= self._highs[place]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Walk over the intervals in order; they must not change meanwhile."""
        return zip(self._lows, self._highs, strict=True)

    @property
    def count(self) -> int:
        """Return how many numbers are held."""
        return self._count

    @property
    def highest(self) -> int:
        """Return the highest number held; 0 if there is none."""
        return self._highs[-1] if self._highs else 0

    def add(self, low: int, high: int) -> None:
        """Hold *low* to *high*, both included."""
        highs = self._highs
        if not highs or low > highs[-1] + 1:
            self._lows.append(low)
            highs.append(high)
            self._count += high - low + 1
        elif low == highs[-1] + 1:
            highs[-1] = high
            self._count += high - low + 1
        else:
            self._join(low, high)

    def extend(self, number: int) -> None:
        """Hold *number*, which is above every other: the short way of `add`."""
        highs = self._highs
        if highs and highs[-1] == number - 1:
            highs[-1] = number
        else:
            self._lows.append(number)
            highs.append(number)
        self._count += 1

    def _join(self, low: int, high: int) -> None:
        # Intervals that touch or overlap low..high become one with it.
        first = bisect_left(self._highs, max(low - 1, 0))
        last = bisect_right(self._lows, high + 1)
        if first < last:
            low = min(low, self._lows[first])
            high = max(high, self._highs[last - 1])
        self._replace(first, last, [(low, high)])

    def remove(self, low: int, high: int) -> None:
        """Let go of *low* to *high*, both included."""
        first = bisect_left(self._highs, low)
        last = bisect_right(self._lows, high)
        if first >= last:
            return
        rest = []
        if self._lows[first] < low:
            rest.append((self._lows[first], low - 1))
        if self._highs[last - 1] > high:
            rest.append((high + 1, self._highs[last - 1]))
        self._replace(first, last, rest)

    def mend(self) -> None:
        """Make the columns whole after an `extend` that an exception broke off."""
        rows = min(len(self._lows), len(self._highs))
        del self._lows[rows:]
        del self._highs[rows:]
        self._count = sum(self._highs) - sum(self._lows) + rows

    def clear(self) -> None:
        """Let go of everything."""
        del self._lows[:]
        del self._highs[:]
        self._count = 0

    def within(self, low: int, high: int) -> list[tuple[int, int]]:
        """Return the parts of *low* to *high* that are held."""
        first = bisect_left(self._highs, low)
        last = bisect_right(self._lows, high)
        return [
            (max(low, self._lows[place]), min(high, self._highs[place]))
            for place in range(first, last)
        ]

    def without(self, low: int, high: int) -> list[tuple[int, int]]:
        """Return the parts of *low* to *high* that are not held."""
        missing = []
        for held_low, held_high in self.within(low, high):
            if low < held_low:
                missing.append((low, held_low - 1))
            low = held_high + 1
        if low <= high:
            missing.append((low, high))
        return missing

    def ranges(self) -> Ranges:
        """Return the intervals as a value of the protocol."""
        return tuple(self)

    def _replace(self, first: int, last: int, pairs: list[tuple[int, int]]) -> None:
        lows, highs = self._lows, self._highs
        before = sum(highs[first:last]) - sum(lows[first:last]) + (last - first)
        lows[first:last] = array("Q", [low for low, _ in pairs])
        highs[first:last] = array("Q", [high for _, high in pairs])
        self._count += sum(high - low + 1 for low, high in pairs) - before
