"""A segment: the rows of a range of positions, on disk or in memory, and how it is read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from tallymark_collector.query.event import Event, Operation, decode
from tallymark_collector.segments.shred import Shredder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.segments.actors import Actors
    from tallymark_collector.segments.files import Entry
    from tallymark_collector.segments.part import Part
    from tallymark_collector.store.log import StoredEvent

READ_AT_ONCE: Final = 5_000


class EventSource(Protocol):
    """The reads of a log that building needs."""

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""

    def head(self) -> int:
        """Return the highest `pos` that is committed, 0 when the log is empty."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The rows of positions (low, high].

    `last` is the last position at which the log holds something, 0 when it holds nothing there.
    `others` are positions that became no rows, `operations` those of them that say who is who.
    `numbers` are the first and the following number of the actors it is the first to name.
    `entry` is what the manifest says of it, None while it is in memory only.
    """

    low: int
    high: int
    last: int
    rows: int
    others: int
    received_at: int
    numbers: tuple[int, int]
    parts: tuple[Part, ...]
    operations: tuple[Operation, ...]
    entry: Entry | None = None


@dataclass(slots=True)
class Harvest:
    """What reading positions from *low* on has given so far."""

    low: int
    high: int = 0
    shredder: Shredder = field(default_factory=Shredder)
    operations: list[Operation] = field(default_factory=list)
    stored: int = 0
    received_at: int = 0
    digest: tuple[int, str] = (0, "")

    def take(self, stored: StoredEvent, actors: Actors) -> Event | Operation | None:
        """Take the next position; return what it is."""
        decoded = decode(stored)
        self.stored += 1
        self.received_at = max(self.received_at, stored.received_at)
        if isinstance(decoded, Operation):
            actors.take_operation(decoded)
            self.operations.append(decoded)
        elif decoded is not None:
            self.shredder.take(decoded, actors.of_event(decoded))
        return decoded

    def end(self, last: StoredEvent) -> None:
        """Remember how far it goes, and by which body its log is known again."""
        self.high = last.pos
        self.digest = last.pos, digest_of(last)

    def segment(self, numbers: tuple[int, int]) -> Segment:
        """Return the segment in memory."""
        return Segment(
            low=self.low,
            high=self.high,
            last=self.digest[0],
            rows=len(self.shredder),
            others=self.stored - len(self.shredder),
            received_at=self.received_at,
            numbers=numbers,
            parts=tuple(self.shredder.parts()),
            operations=tuple(self.operations),
        )


def harvest(log: EventSource, scope: Scope, low: int, high: int, actors: Actors) -> Harvest:
    """Read positions (low, high] again; their actors have their numbers."""
    found = Harvest(low)
    last: StoredEvent | None = None
    for stored in stored_between(log, scope, low, high):
        found.take(stored, actors)
        last = stored
    if last is not None:
        found.end(last)
    found.high = high
    return found


def stored_between(log: EventSource, scope: Scope, low: int, high: int) -> Iterator[StoredEvent]:
    """Iterate over what is stored at positions (low, high]."""
    while rows := log.read(scope, low, READ_AT_ONCE):
        for stored in rows:
            if stored.pos > high:
                return
            yield stored
        low = rows[-1].pos


def digest_of(stored: StoredEvent) -> str:
    """Return the SHA-256 of a stored body, in hexadecimal."""
    return hashlib.sha256(stored.body).hexdigest()
