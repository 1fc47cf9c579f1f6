"""Breakdowns: the segments that rows with these codes are in, told once for each combination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.query.values import Segment, segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tallymark_collector.engine.local.coding import Coding
    from tallymark_collector.query.values import Found

    I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Combinations:
    """The different combinations of codes, and which of them each row has."""

    codes: I64
    of_row: I64

    def values(self, codings: Sequence[Coding]) -> list[tuple[Found, ...]]:
        """Return the values of each combination."""
        return [
            tuple(coding.values[code] for coding, code in zip(codings, codes, strict=True))
            for codes in self.codes.tolist()
        ]


def combined(columns: Sequence[I64], size: int) -> Combinations:
    """Return the different combinations of the codes of several properties."""
    if not columns:
        return Combinations(np.zeros((1, 0), np.int64), np.zeros(size, np.int64))
    packed = columns[0]
    for codes in columns[1:]:
        _, packed = np.unique(packed, return_inverse=True)
        packed = packed * (int(codes.max(initial=0)) + 1) + codes
    highest = int(packed.max(initial=0))
    if highest < max(4 * len(packed), 1024):
        used = np.flatnonzero(np.bincount(packed, minlength=1))
        number = np.zeros(highest + 1, np.int64)
        number[used] = np.arange(len(used))
        of_row = number[packed]
        first = np.zeros(len(used), np.int64)
        first[of_row] = np.arange(len(packed))
    else:
        _, first, of_row = np.unique(packed, return_index=True, return_inverse=True)
    return Combinations(np.stack([codes[first] for codes in columns], axis=1), of_row)


class Segments:
    """The segments met, numbered; equal values are one."""

    def __init__(self) -> None:
        """Begin without any."""
        self.met: list[Segment] = []
        self._numbers: dict[Segment, int] = {}

    def number(self, segment: Segment) -> int:
        """Return the number of a segment."""
        known = self._numbers.get(segment)
        if known is None:
            known = self._numbers[segment] = len(self.met)
            self.met.append(segment)
        return known

    def of(self, combinations: Combinations, codings: Sequence[Coding]) -> tuple[I64, I64]:
        """Return pairs of row and segment: a row is in several where a value is a list."""
        homes = [
            [self.number(one) for one in segments(values)]
            for values in combinations.values(codings)
        ]
        rows = np.arange(len(combinations.of_row))
        if all(len(own) == 1 for own in homes):
            single = np.array([own[0] for own in homes], np.int64)
            return rows, single[combinations.of_row]
        sizes = np.array([len(own) for own in homes], np.int64)
        flat = np.array([number for own in homes for number in own], np.int64)
        starts = np.cumsum(sizes) - sizes
        count = sizes[combinations.of_row]
        repeated = np.repeat(rows, count)
        within = np.arange(len(repeated)) - np.repeat(np.cumsum(count) - count, count)
        return repeated, flat[starts[combinations.of_row][repeated] + within]
