"""Closed intervals of sequence numbers, written again here: the judge shares nothing it judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

Pairs = tuple[tuple[int, int], ...]


def pairs(numbers: Iterable[int]) -> Pairs:
    """Return *numbers* as sorted closed intervals that neither touch nor overlap."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def members(intervals: Iterable[Iterable[int]]) -> Iterator[int]:
    """Iterate over every number inside *intervals* (pairs of first and last)."""
    for first, last in intervals:
        yield from range(first, last + 1)


def settled(upto: int, above: Iterable[Iterable[int]]) -> AbstractSet[int]:
    """Return the numbers an ack settles: 1..*upto* and the intervals *above* it (TM-LED-05)."""
    return set(range(1, upto + 1)).union(members(above))
