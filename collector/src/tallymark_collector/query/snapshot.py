"""What one answer is computed from: events and links up to one position of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from tallymark_collector.query.event import Event
    from tallymark_collector.query.people import People
    from tallymark_collector.query.plan import Bounds
    from tallymark_collector.query.row import Row


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All events of a project up to `pos`, in any order.

    `received_at` is when the newest of them arrived, None when there are none. `events` can be
    iterated more than once. `rows` are the events in order and `names` their names, if they are
    known without looking at each event.
    """

    events: Iterable[Event]
    people: People
    bounds: Bounds
    pos: int
    received_at: int | None
    rows: Sequence[Row] | None = None
    names: AbstractSet[str] | None = None

    def event_names(self) -> AbstractSet[str]:
        """Return the names of the stored events."""
        return {event.name for event in self.events} if self.names is None else self.names
