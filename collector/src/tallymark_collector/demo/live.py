"""The invented shop goes on: new visitors, at the pace of people, through the write path."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tallymark import Batching, Client, Spool

from tallymark_collector.demo.people import (
    CHANNELS,
    COUNTRIES,
    PLATFORMS,
    REACHED,
    WEEK,
    Person,
    picked,
)
from tallymark_collector.demo.sending import record
from tallymark_collector.demo.visits import first_visits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from tallymark_collector.demo.call import Call

EVERY_MS: Final = 2_500
"""Between two new visitors, on average; each does a handful of things."""

FASTER: Final = 6
"""How many times as fast a live visit goes as one of the history: people watch it."""


def arrivals(start: int, run: str, rng: Random) -> Iterator[Call]:
    """Iterate, for ever, over what happens from *start* (ms) on, in order of time.

    Nobody of the history is among them, and *run* tells these visitors from those of another run:
    what the history's answers are stays true.
    """
    under_way: list[tuple[int, int, Call]] = []
    ties = itertools.count()
    next_visitor = start
    for number in itertools.count(1):
        for call in _visit(next_visitor, f"{run}-{number:05}", rng):
            heapq.heappush(under_way, (call.ts, next(ties), call))
        next_visitor += max(1, round(rng.expovariate(1 / EVERY_MS)))
        while under_way and under_way[0][0] < next_visitor:
            yield heapq.heappop(under_way)[2]


def live(url: str, write_key: str, calls: Iterator[Call], wait: Callable[[int], bool]) -> None:
    """Send each call when its time has come, until *wait* says that it is enough.

    *wait* is called with the time (ms) to wait for; false means to stop.
    """
    quick = Batching(flush_at=1, flush_ms=100)
    with Client(write_key, url, batching=quick, spool=Spool(directory=False)) as client:
        for call in calls:
            if not wait(call.ts):
                return
            record(client, call)


def _visit(first: int, name: str, rng: Random) -> Iterator[Call]:
    depth = rng.choices(range(len(REACHED)), [a - b for a, b in _drops()])[0]
    person = Person(
        number=0,
        first=first,
        depth=depth,
        weeks=frozenset(),
        signs_up=depth > 2 or rng.random() < 0.1,  # noqa: PLR2004 -- who orders, and a few more
        second=False,
        platform=picked(PLATFORMS, rng),
        channel=picked(CHANNELS, rng),
        country=picked(COUNTRIES, rng),
    )
    for call in first_visits(person, first + WEEK, rng):
        yield replace(
            call,
            ts=first + (call.ts - first) // FASTER,
            device=f"live-{name}",
            user=None if call.user is None else f"live-customer-{name}",
        )


def _drops() -> Iterator[tuple[int, int]]:
    return zip(REACHED, (*REACHED[1:], 0), strict=True)
