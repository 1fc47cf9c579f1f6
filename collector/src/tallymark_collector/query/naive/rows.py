"""What reports ask of rows: all of them, those of a set of events, of a user, of a segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.query.filters import matches
from tallymark_collector.query.question import ANY_EVENT, EventSet
from tallymark_collector.query.row import Row, in_order
from tallymark_collector.query.values import Segment, segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tallymark_collector.query.snapshot import Snapshot


def rows_of(snapshot: Snapshot) -> Sequence[Row]:
    """Return all rows by time, then by arrival."""
    return snapshot.rows or in_order(snapshot.events, snapshot.people)


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
