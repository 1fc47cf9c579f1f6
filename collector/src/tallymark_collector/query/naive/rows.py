"""Rows: events with the user they belong to at query time, in the order reports count them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_collector.query.filters import matches
from tallymark_collector.query.question import ANY_EVENT, EventSet
from tallymark_collector.query.values import Found, Segment, segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tallymark_collector.query.event import Event
    from tallymark_collector.query.snapshot import Snapshot


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


def rows_of(snapshot: Snapshot) -> list[Row]:
    """Return all rows by time, then by arrival."""
    events = sorted(snapshot.events, key=lambda event: (event.ts, event.pos))
    return [Row(snapshot.people.canonical(event), event) for event in events]


def belongs(events: EventSet, row: Row) -> bool:
    """Tell whether a row is one of a set of events."""
    if events.any_ is not None:
        inside = any(belongs(part, row) for part in events.any_)
    else:
        inside = events.event in (ANY_EVENT, row.event.name)
    return inside and matches(events.where, row.lookup)


def by_user(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group rows by user, leaving out those that belong to nobody."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.user is not None:
            groups.setdefault(row.user, []).append(row)
    return groups


def segments_at(row: Row, properties: Sequence[str]) -> tuple[Segment, ...]:
    """Return the segments a row is in by the values it has itself: one, unless there are lists."""
    return segments([row.lookup(name) for name in properties])
