"""Numbers over lists of values: means and percentiles, exact and without an estimate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Number = int | float


def total(values: Sequence[Number]) -> Number:
    """Return the sum, correctly rounded whatever the order; whole numbers stay whole."""
    if all(isinstance(value, int) for value in values):
        return sum(values)
    return math.fsum(values)


def mean(values: Sequence[Number]) -> float | None:
    """Return the arithmetic mean, None of no values."""
    return total(values) / len(values) if values else None


def percentile(values: Sequence[Number], percent: float) -> Number | None:
    """Return a percentile by linear interpolation between the closest ranks, None of no values.

    The rank is percent/100 · (n - 1), counted from 0 (Hyndman and Fan 1996, type 7).
    """
    if not values:
        return None
    ordered = sorted(values)
    rank = percent / 100 * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    if ordered[low] == ordered[high]:
        return ordered[low]
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def ratio(part: Number, whole: Number) -> float | None:
    """Return part ÷ whole, None when the whole is 0."""
    return part / whole if whole else None
