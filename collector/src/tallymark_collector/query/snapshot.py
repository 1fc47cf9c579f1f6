"""What one answer is computed from: events and links up to one position of the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tallymark_collector.query.event import Event
    from tallymark_collector.query.people import People
    from tallymark_collector.query.plan import Bounds


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All events of a project up to `pos`, in any order.

    `received_at` is when the newest of them arrived, None when there are none. `events` can be
    iterated more than once.
    """

    events: Iterable[Event]
    people: People
    bounds: Bounds
    pos: int
    received_at: int | None
