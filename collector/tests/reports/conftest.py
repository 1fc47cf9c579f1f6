"""Snapshots for the tests of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.query.event import Event
from tallymark_collector.query.people import People
from tallymark_collector.query.plan import Bounds
from tallymark_collector.query.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = 1_772_409_600_000  # 2026-03-02T00:00Z
HOUR = 3_600_000


@pytest.fixture(scope="session")
def stored() -> Callable[..., Snapshot]:
    """Return the maker of a snapshot of (name, hours after 2026-03-02, user, properties)."""

    def make(*rows: tuple[str, float, str | None, dict[str, Any]]) -> Snapshot:
        events = [
            Event(pos, int(FIRST + hours * HOUR), name, user, None, None, properties, {}, {})
            for pos, (name, hours, user, properties) in enumerate(rows, start=1)
        ]
        times = [event.ts for event in events]
        bounds = Bounds(min(times, default=None), max(times, default=None))
        return Snapshot(events, People(), bounds, len(events), FIRST if events else None)

    return make
