"""Measures: what a list of rows comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tallymark_collector.query import numbers
from tallymark_collector.query.naive.rows import by_user
from tallymark_collector.query.question import DISTINCT_USERS, percentile_of
from tallymark_collector.query.values import UNDEFINED, identity_of, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from tallymark_collector.query.numbers import Number
    from tallymark_collector.query.row import Row


@dataclass(frozen=True, slots=True)
class Measuring:
    """How a list of rows becomes a number; `session_of` gives the session of each row by `pos`."""

    measure: str
    property: str | None
    per_user: str | None
    session_of: Mapping[int, Hashable]

    def value(self, rows: Sequence[Row]) -> Number | None:
        """Return the measure of *rows*; counts and sums of nothing are 0, the rest is null."""
        if self.measure == "total":
            return len(rows)
        if self.measure in DISTINCT_USERS:
            return len(by_user(rows))
        if self.measure == "per_user":
            users = by_user(rows)
            return numbers.ratio(sum(len(group) for group in users.values()), len(users))
        if self.measure == "sessions":
            found = (self.session_of.get(row.event.pos) for row in rows)
            return len({session for session in found if session is not None})
        if self.measure == "distinct":
            values = (row.lookup(self.property or "") for row in rows)
            return len({identity_of(value) for value in values if value is not UNDEFINED})
        return _aggregate(self.measure, self._values(rows))

    def counts(self, row: Row) -> bool:
        """Tell whether a row has what is measured: a session, a value, a number."""
        if self.measure == "sessions":
            return self.session_of.get(row.event.pos) is not None
        if self.property is None:
            return True
        value = row.lookup(self.property)
        return (
            value is not UNDEFINED if self.measure == "distinct" else number_of(value) is not None
        )

    def ignored(self, rows: Sequence[Row]) -> int:
        """Return how many rows a numeric measure leaves out because their value is no number."""
        if self.property is None or self.measure == "distinct":
            return 0
        return sum(number_of(row.lookup(self.property)) is None for row in rows)

    def _values(self, rows: Sequence[Row]) -> list[Number]:
        """Return the property's numbers, or each user's fold of theirs."""
        if self.per_user is None:
            return self._numbers(rows)
        folded = [_FOLDS[self.per_user](self._numbers(group)) for group in by_user(rows).values()]
        return [value for value in folded if value is not None]

    def _numbers(self, rows: Sequence[Row]) -> list[Number]:
        found = (number_of(row.lookup(self.property or "")) for row in rows)
        return [value for value in found if value is not None]


_FOLDS: Final[Mapping[str, Callable[[list[Number]], Number | None]]] = {
    "sum": lambda values: numbers.total(values) if values else None,
    "average": numbers.mean,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "count": lambda values: len(values) or None,
}


def _aggregate(measure: str, values: list[Number]) -> Number | None:
    if measure == "sum":
        return numbers.total(values)
    percent = percentile_of(measure)
    if percent is not None:
        return numbers.percentile(values, percent)
    return _FOLDS[measure](values)
