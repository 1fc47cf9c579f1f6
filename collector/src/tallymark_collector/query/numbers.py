"""Numbers over lists of values: means and percentiles, exact and without an estimate."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

Number = int | float

_WHOLE: Final = 2**63


class Sample(Sequence[int]):
    """Whole numbers that know their mean and percentiles without being looked at one by one."""

    @abstractmethod
    def mean(self) -> float | None:
        """Return the arithmetic mean, None of no numbers."""

    @abstractmethod
    def percentile(self, percent: float) -> Number | None:
        """Return a percentile as `percentile` defines it."""


def writable(value: Number) -> Number:
    """Return a number as JSON carries it: whole ones of more than 64 bits as the nearest double.

    What no double holds is infinite, which JSON writes as null.
    """
    return value if isinstance(value, float) or -_WHOLE <= value < _WHOLE else _nearest(value)


def total(values: Sequence[Number]) -> Number:
    """Return the sum, correctly rounded whatever the order; whole numbers stay whole."""
    if not _has_fractions(values):
        return writable(sum(values))
    try:
        return math.fsum(values)
    except OverflowError:
        return _nearest(_exact(values))


def mean(values: Sequence[Number]) -> float | None:
    """Return the arithmetic mean, None of no values."""
    if isinstance(values, Sample):
        return values.mean()
    if not values:
        return None
    try:
        return (math.fsum(values) if _has_fractions(values) else sum(values)) / len(values)
    except OverflowError:
        return _nearest(_exact(values) / len(values))


def percentile(values: Sequence[Number], percent: float) -> Number | None:
    """Return a percentile by linear interpolation between the closest ranks, None of no values.

    The rank is percent/100 · (n - 1), counted from 0 (Hyndman and Fan 1996, type 7).
    """
    if isinstance(values, Sample):
        return values.percentile(percent)
    return interpolated(sorted(values), percent) if values else None


def interpolated(ordered: Sequence[Number], percent: float) -> Number:
    """Return a percentile of values that are in order, and are some."""
    rank = percent / 100 * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    if ordered[low] == ordered[high]:
        return ordered[low]
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def ratio(part: Number, whole: Number) -> float | None:
    """Return part ÷ whole, None when the whole is 0."""
    return part / whole if whole else None


def _has_fractions(values: Sequence[Number]) -> bool:
    return not all(isinstance(value, int) for value in values)


def _exact(values: Sequence[Number]) -> Fraction:
    return sum(map(Fraction, values), Fraction())


def _nearest(value: Fraction | int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
