"""Measures over spans of time: rows are put into cells once, and each span is a run of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tallymark_collector.engine.local.beyond import Beyond
from tallymark_collector.engine.local.conditions import EXACT
from tallymark_collector.query import numbers
from tallymark_collector.query.question import DISTINCT_USERS, percentile_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tallymark_collector.engine.local.selection import Values
    from tallymark_collector.query.buckets import Span
    from tallymark_collector.query.numbers import Number

    I64 = npt.NDArray[np.int64]

_SAFE = 2**62


@dataclass(frozen=True, slots=True)
class Cells:
    """The boundaries of some spans of time: cell *i* lies between two that follow one another.

    Span *s* is the cells from `first[s]` up to, not including, `last[s]`. Spans are in order: none
    begins or ends before the one before it.
    """

    edges: I64
    first: I64
    last: I64

    @property
    def count(self) -> int:
        """How many cells there are."""
        return max(0, len(self.edges) - 1)

    def of(self, ts: I64) -> I64:
        """Return the cell of each time; -1 and `count` lie before and after all of them."""
        found: I64 = np.searchsorted(self.edges, ts, side="right") - 1
        return found


def cells(spans: Sequence[Span]) -> Cells:
    """Return the cells of spans."""
    starts = np.array([span.start for span in spans], np.int64)
    ends = np.array([span.end for span in spans], np.int64)
    edges = np.unique(np.concatenate((starts, ends)))
    return Cells(edges, np.searchsorted(edges, starts), np.searchsorted(edges, ends))


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows by group, to be measured: who did them, when, and the number or value each has.

    `values` are codes of what is told apart, `numbers` what is added up.
    """

    groups: int
    group: I64
    ts: I64
    users: npt.NDArray[np.uint32]
    values: I64 | None
    numbers: Values | None


def measure(name: str, rows: Measured, spans: Sequence[Span]) -> list[list[Number | None]]:
    """Return the measure of each group in each span, as the plain evaluator's `Measuring`."""
    grid = cells(spans)
    cell = grid.of(rows.ts)
    inside = (cell >= 0) & (cell < grid.count)
    place = rows.group * max(grid.count, 1) + cell
    if name in DISTINCT_USERS or name == "per_user":
        known = inside & (rows.users != 0)
        users = _distinct(rows.users[known], place[known], rows.groups, grid)
        if name != "per_user":
            return _listed(users)
        counts = _counts(place[known], rows.groups, grid)
        return [
            [numbers.ratio(count, whole) for count, whole in zip(*pair, strict=True)]
            for pair in zip(counts.tolist(), users.tolist(), strict=True)
        ]
    if name == "total":
        return _listed(_counts(place[inside], rows.groups, grid))
    if name == "distinct":
        assert rows.values is not None
        known = inside & (rows.values != 0)
        return _listed(_distinct(rows.values[known], place[known], rows.groups, grid))
    return _aggregates(name, rows, place, inside, grid)


def ignored(rows: Measured, span: Span) -> list[int]:
    """Return how many rows of each group in a span have no number."""
    assert rows.numbers is not None
    left = ~rows.numbers.numeric & (rows.ts >= span.start) & (rows.ts < span.end)
    found: list[int] = np.bincount(rows.group[left], minlength=rows.groups).tolist()
    return found


def _listed(grid: I64) -> list[list[Number | None]]:
    found: list[list[Number | None]] = grid.tolist()
    return found


def _counts(place: I64, groups: int, grid: Cells) -> I64:
    """Return how many rows of each group lie in each span."""
    counted = np.bincount(place, minlength=groups * grid.count).reshape(groups, grid.count)
    summed = np.zeros((groups, grid.count + 1), np.int64)
    np.cumsum(counted, axis=1, out=summed[:, 1:])
    found: I64 = summed[:, grid.last] - summed[:, grid.first]
    return found


def _distinct(things: npt.NDArray[np.integer], place: I64, groups: int, grid: Cells) -> I64:
    """Return how many different things each group has in each span.

    A thing is counted in the spans of which its last cell up to their end lies behind their start.
    """
    size = groups * max(grid.count, 1)
    spans = len(grid.first)
    if not len(things):
        return np.zeros((groups, spans), np.int64)
    if int(things.max()).bit_length() + size.bit_length() > 62:  # noqa: PLR2004 -- of an int64
        raise Beyond("too many groups and users for one key")
    key = things.astype(np.int64) * size + place
    key = _once(np.sort(_once(key), kind="stable"))
    owner, cell = key // max(grid.count, 1), key % max(grid.count, 1)
    group = owner % groups
    if grid.count == spans and bool((grid.last == grid.first + 1).all()):
        return np.bincount(group * spans + cell, minlength=groups * spans).reshape(groups, spans)
    following = np.append(np.where(owner[1:] == owner[:-1], cell[1:], grid.count), grid.count)
    begin = np.searchsorted(grid.last, cell, side="right")
    end = np.minimum(
        np.searchsorted(grid.last, following, side="right"),
        np.searchsorted(grid.first, cell, side="right"),
    )
    kept = begin < end
    width = spans + 1
    changes = np.bincount(group[kept] * width + begin[kept], minlength=groups * width)
    changes -= np.bincount(group[kept] * width + end[kept], minlength=groups * width)
    found: I64 = np.cumsum(changes.reshape(groups, width), axis=1)[:, :spans]
    return found


def _once(keys: I64) -> I64:
    """Drop each key that is equal to the one before it."""
    if not len(keys):
        return keys
    kept = np.empty(len(keys), bool)
    kept[0] = True
    np.not_equal(keys[1:], keys[:-1], out=kept[1:])
    return keys[kept]


def _aggregates(
    name: str, rows: Measured, place: I64, inside: npt.NDArray[np.bool_], grid: Cells
) -> list[list[Number | None]]:
    values = rows.numbers
    assert values is not None
    chosen = np.flatnonzero(inside & values.numeric)
    order = chosen[np.argsort(place[chosen], kind="stable")]
    ends = np.searchsorted(place[order], np.arange(rows.groups * grid.count + 1))
    ordered = _Ordered(values.ints[order], values.floats[order], values.whole[order])
    found: list[list[Number | None]] = []
    for group in range(rows.groups):
        base = group * grid.count
        found.append(
            [
                ordered.value(name, int(ends[base + first]), int(ends[base + last]))
                for first, last in zip(grid.first, grid.last, strict=True)
            ]
        )
    return found


class _Ordered:
    """Numbers in the order of their cells: a span's are a slice of them."""

    def __init__(
        self, ints: I64, floats: npt.NDArray[np.float64], whole: npt.NDArray[np.bool_]
    ) -> None:
        self._ints, self._floats, self._whole = ints, floats, whole
        self._fractions = np.concatenate(([0], np.cumsum(~whole)))
        most = max(abs(int(ints.max(initial=0))), abs(int(ints.min(initial=0))))
        self._small = most * max(len(ints), 1) < _SAFE
        self._exact = most <= EXACT

    def value(self, name: str, low: int, high: int) -> Number | None:
        """Return an aggregate of the numbers from *low* up to, not including, *high*."""
        if name == "sum":
            return self._sum(low, high)
        if low == high:
            return None
        if name == "average":
            return self._mean(low, high)
        own = self._own(low, high)
        if name == "min":
            return _number(own.min())
        if name == "max":
            return _number(own.max())
        percent = percentile_of(name)
        assert percent is not None
        return numbers.interpolated(np.sort(own).data, percent)

    def _sum(self, low: int, high: int) -> Number:
        if self._adds_up(low, high):
            return int(self._ints[low:high].sum())
        return numbers.total(self._values(low, high))

    def _mean(self, low: int, high: int) -> Number | None:
        if self._adds_up(low, high):
            return int(self._ints[low:high].sum()) / (high - low)
        return numbers.mean(self._values(low, high))

    def _adds_up(self, low: int, high: int) -> bool:
        """Tell whether the sum is one of whole numbers that 64 bits hold."""
        return self._small and bool(self._fractions[high] == self._fractions[low])

    def _values(self, low: int, high: int) -> list[Number]:
        """Return the numbers as events have them."""
        fractions = self._fractions[high] - self._fractions[low]
        floats: list[Number] = self._floats[low:high].tolist()
        if fractions == high - low:
            return floats
        ints: list[Number] = self._ints[low:high].tolist()
        if fractions == 0:
            return ints
        whole = self._whole[low:high].tolist()
        triples = zip(whole, ints, floats, strict=True)
        return [number if is_whole else other for is_whole, number, other in triples]

    def _own(self, low: int, high: int) -> npt.NDArray[np.generic]:
        fractions = self._fractions[high] - self._fractions[low]
        if fractions == 0:
            return self._ints[low:high]
        if fractions < high - low and not self._exact:
            raise Beyond("whole numbers beyond 2**53 are compared with fractions")
        return self._floats[low:high]


def _number(value: np.generic) -> Number:
    found: Number = value.item()
    return found
