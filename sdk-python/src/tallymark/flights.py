"""Keep the batches of one stream that are on their way, or have to go again; pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_protocol.ranges import EMPTY, Ranges, normalise

from tallymark.batch import weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark.batch import Batch, Entry


@dataclass(slots=True)
class Flight:
    """Hold a batch, its attempts, and whether the stream is to be asked before the next one."""

    batch: Batch
    attempt: int = 0
    ask: bool = False


class Flights:
    """Hold batches in the air, batches to send again, and pieces to cut anew."""

    def __init__(self) -> None:
        """Begin with none."""
        self.waiting: deque[Flight] = deque()
        self.pieces: deque[tuple[Entry, ...]] = deque()
        self._flying: dict[int, Flight] = {}
        self._tickets = 0

    def __len__(self) -> int:
        """Return the number of requests without an answer."""
        return len(self._flying)

    @property
    def none(self) -> bool:
        """Tell whether nothing is on its way and nothing has to go again."""
        return not (self._flying or self.waiting or self.pieces)

    def start(self, flight: Flight) -> int:
        """Take note that a flight begins; return its ticket."""
        self._tickets += 1
        self._flying[self._tickets] = flight
        return self._tickets

    def land(self, ticket: int) -> Flight:
        """Return the flight of that ticket; it is over."""
        return self._flying.pop(ticket)

    def split(self, halves: Sequence[Sequence[Entry]]) -> None:
        """Have these pieces sent next, in this order."""
        for half in reversed(halves):
            if half:
                self.pieces.appendleft(tuple(half))

    def flying(self) -> Ranges:
        """Return the events on their way."""
        return normalise(pair for flight in self._flying.values() for pair in flight.batch.seqs)

    def held(self) -> Ranges:
        """Return the events that are in a batch already."""
        numbers = [pair for flight in self._batches() for pair in flight.batch.seqs]
        numbers += [(seq, seq) for piece in self.pieces for seq, _ in piece]
        return normalise(numbers)

    def held_bytes(self) -> int:
        """Return the bytes of the events in batches."""
        return sum(weight(flight.batch.entries) for flight in self._batches())

    def carried(self, reason: str) -> Ranges:
        """Return the losses for *reason* that a batch reports."""
        return normalise(
            pair for flight in self._batches() for pair in flight.batch.drops.get(reason, EMPTY)
        )

    def _batches(self) -> list[Flight]:
        return [*self._flying.values(), *self.waiting]
