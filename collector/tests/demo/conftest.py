"""The invented shop as a snapshot of events, without a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tallymark_collector.query.event import Event, Operation
from tallymark_collector.query.people import resolve
from tallymark_collector.query.plan import Bounds
from tallymark_collector.query.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tallymark_collector.demo.call import Call


def snapshot_of(calls: Sequence[Call]) -> Snapshot:
    """Return the events and links of calls, in their order."""
    events: list[Event] = []
    links: list[Operation] = []
    for pos, call in enumerate(calls, start=1):
        if call.name is None:
            body = {"u": call.user, "d": call.device}
            links.append(Operation(pos, call.ts, "identify", "s", pos, None, body))
        else:
            events.append(
                Event(
                    pos, call.ts, call.name, call.user, call.device, None,
                    dict(call.properties), {}, {},
                )
            )  # fmt: skip
    times = [event.ts for event in events]
    bounds = Bounds(min(times), max(times))
    return Snapshot(events, resolve(links, {}), bounds, len(calls), max(times))


@pytest.fixture(scope="session")
def snapshot() -> Callable[[Sequence[Call]], Snapshot]:
    """Return the maker of a snapshot."""
    return snapshot_of
