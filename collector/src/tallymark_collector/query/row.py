"""One event with the user it belongs to at query time, and rows in the order reports count them."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tallymark_collector.query.event import Event
    from tallymark_collector.query.people import People
    from tallymark_collector.query.values import Found

_FEW: Final = 500
"""Rows that are put into their places one by one; for more of them sorting is faster."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event and the canonical user it belongs to, None when it belongs to nobody."""

    user: str | None
    event: Event

    @property
    def ts(self) -> int:
        """The time of the event in ms."""
        return self.event.ts

    def lookup(self, name: str) -> Found:
        """Return a property of the event; `$user_id` is the canonical user."""
        if name == "$user_id" and self.user is not None:
            return self.user
        return self.event.lookup(name)


def in_order(events: Iterable[Event], people: People) -> list[Row]:
    """Return the rows of events by time, then by arrival."""
    ordered = sorted(events, key=lambda event: (event.ts, event.pos))
    return [Row(people.canonical(event), event) for event in ordered]


class Rows:
    """The rows of events that only grow, kept in order from one question to the next."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rows: list[Row] = []
        self._count = 0
        self._people: People | None = None

    def of(self, events: Sequence[Event], people: People) -> Sequence[Row]:
        """Return the rows of *events*, which begin with those given before.

        What is returned never changes. Other *people* than before mean to look at each row anew.
        """
        if people is not self._people:
            self._rows = in_order(events, people)
        elif len(events) > self._count:
            self._rows = _joined(self._rows, events[self._count :], people)
        self._count, self._people = len(events), people
        return self._rows


def _joined(rows: list[Row], events: Sequence[Event], people: People) -> list[Row]:
    fresh = in_order(events, people)
    if not rows or _order(rows[-1]) < _order(fresh[0]):
        return rows + fresh
    both = list(rows)
    if len(fresh) > _FEW:
        both += fresh
        both.sort(key=_order)
    else:
        for row in fresh:
            insort(both, row, key=_order)
    return both


def _order(row: Row) -> tuple[int, int]:
    return row.event.ts, row.event.pos
