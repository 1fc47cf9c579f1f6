"""Durations of many attempts, kept as an array: looked at one by one only if somebody asks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from tallymark_collector.query.numbers import Sample, interpolated

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tallymark_collector.query.numbers import Number


class Times(Sample):
    """Whole numbers of ms."""

    def __init__(self, values: npt.NDArray[np.int64]) -> None:
        """Keep *values*."""
        self._values = values

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._values)

    @overload
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[int]: ...

    def __getitem__(self, place: int | slice) -> int | Sequence[int]:
        """Return one, or some, of them."""
        found: int | list[int] = self._values[place].tolist()
        return found

    def mean(self) -> float | None:
        """Return the arithmetic mean, None of none: sums of ms fit into 64 bits."""
        return int(self._values.sum()) / len(self._values) if len(self._values) else None

    def percentile(self, percent: float) -> Number | None:
        """Return a percentile by linear interpolation, None of none."""
        return interpolated(self._ordered, percent) if len(self._values) else None

    @cached_property
    def _ordered(self) -> Sequence[int]:
        return Times(np.sort(self._values))
