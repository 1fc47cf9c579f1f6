"""p-values of several tests at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """Return the adjusted p-values, in the same order.

    Those below a level are the ones the procedure rejects at a false discovery rate of it
    (Y. Benjamini, Y. Hochberg, Controlling the False Discovery Rate, 1995).
    """
    count = len(values)
    order = sorted(range(count), key=values.__getitem__, reverse=True)
    adjusted = [1.0] * count
    least = 1.0
    for place, index in enumerate(order):
        least = min(least, values[index] * count / (count - place))
        adjusted[index] = least
    return adjusted
