"""Sets of sequence numbers as sorted, disjoint, non-adjacent closed intervals."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Ranges = tuple[tuple[int, int], ...]
"""`((1, 3), (7, 7))` is the set {1, 2, 3, 7}."""

EMPTY: Ranges = ()


def normalise(pairs: Iterable[Iterable[int]]) -> Ranges:
    """Bring any closed intervals into the one form every function here expects.

    Overlapping and adjacent intervals are joined; an interval that ends before it starts is empty.
    """
    joined: list[tuple[int, int]] = []
    for low, high in sorted((low, high) for low, high in pairs):
        if low > high:
            continue
        if joined and low <= joined[-1][1] + 1:
            if high > joined[-1][1]:
                joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return tuple(joined)


def union(a: Ranges, b: Ranges) -> Ranges:
    """Return the numbers in *a* or *b*."""
    if not a:
        return b
    if not b:
        return a
    return normalise(a + b)


def intersect(a: Ranges, b: Ranges) -> Ranges:
    """Return the numbers in both *a* and *b*."""
    out: list[tuple[int, int]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        low, high = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if low <= high:
            out.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def subtract(a: Ranges, b: Ranges) -> Ranges:
    """Return the numbers in *a* that are not in *b*."""
    out: list[tuple[int, int]] = []
    j = 0
    for start, high in a:
        low = start
        while j < len(b) and b[j][1] < low:
            j += 1
        k = j
        while k < len(b) and b[k][0] <= high:
            if b[k][0] > low:
                out.append((low, b[k][0] - 1))
            low = b[k][1] + 1
            k += 1
        if low <= high:
            out.append((low, high))
    return tuple(out)


def contains(ranges: Ranges, number: int) -> bool:
    """Say whether *number* is in the set."""
    at = bisect_right(ranges, number, key=_low) - 1
    return at >= 0 and number <= ranges[at][1]


def count(ranges: Ranges) -> int:
    """Return how many numbers the set holds."""
    return sum(high - low + 1 for low, high in ranges)


def add(ranges: Ranges, low: int, high: int) -> Ranges:
    """Return the set with the closed interval low..high added."""
    if low > high:
        return ranges
    if not ranges or low > ranges[-1][1] + 1:
        return (*ranges, (low, high))
    return normalise((*ranges, (low, high)))


def numbers(ranges: Ranges) -> Iterator[int]:
    """Iterate over the numbers in ascending order."""
    for low, high in ranges:
        yield from range(low, high + 1)


def _low(pair: tuple[int, int]) -> int:
    return pair[0]
