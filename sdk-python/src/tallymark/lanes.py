"""Hold one stream of a client: where its events lie, what drains it, what is counted for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tallymark_protocol.ranges import Ranges, count

from tallymark.decisions import Send, Wait
from tallymark.event_ids import EventIds
from tallymark.queue import MemoryBuffer
from tallymark.results import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tallymark.answer import Rejection
    from tallymark.buffer import Buffer
    from tallymark.decisions import Outcome
    from tallymark.delivery import Delivery
    from tallymark.options import Batching


@dataclass
class Tally:
    """Count events by their end; *left* are those that wait in a spool for another process."""

    assigned: int = 0
    stored: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    left: int = 0

    def totals(self, pending: int) -> Totals:
        """Return the counts as a value that does not change; *pending* is added to what is left."""
        return Totals(
            self.assigned,
            self.stored,
            dict(self.rejected),
            dict(self.dropped),
            self.left + pending,
        )


@dataclass(frozen=True)
class Report:
    """Hold the ends of events that are to be told to the caller's hook."""

    stream: str
    rejected: tuple[Rejection, ...] = ()
    reason: str = ""
    dropped: Ranges = ()


class Lane:
    """Hold one stream. `append` and `assigned` are here for the hot path."""

    __slots__ = ("alive", "append", "assigned", "buffer", "delivery", "held", "ids", "own", "tally")

    assigned: int

    def __init__(
        self,
        buffer: Buffer,
        delivery: Delivery,
        tally: Tally,
        *,
        own: bool,
        held: bool = False,
    ) -> None:
        """Begin; *own* = this client numbers its events, *held* = nothing may be sent yet."""
        self.buffer: Buffer = buffer
        self.delivery: Delivery = delivery
        self.tally: Tally = tally
        self.own: bool = own
        self.held: bool = held
        self.alive: bool = True
        self.assigned = buffer.assigned()
        self.append: Callable[[int, bytes], str | None] = buffer.append
        self.ids: EventIds = EventIds(buffer.stream)

    def count_losses(self) -> Iterator[Report]:
        """Count what was lost since the last call; the iterator has to be used up."""
        for reason, ranges in self.delivery.take_losses():
            self.tally.dropped[reason] = self.tally.dropped.get(reason, 0) + count(ranges)
            yield Report(self.buffer.stream, reason=reason, dropped=ranges)

    def count_outcome(self, outcome: Outcome) -> Report:
        """Count what an answer ended."""
        self.tally.stored += count(outcome.stored)
        for item in outcome.rejected:
            self.tally.rejected[item.code] = self.tally.rejected.get(item.code, 0) + 1
        return Report(self.buffer.stream, rejected=outcome.rejected)

    def nearly_full(self, batching: Batching, spool_bytes: int) -> bool:
        """Tell whether half of what its buffer may hold is used: by number or by bytes."""
        waiting, size = self.buffer.pending(), self.buffer.pending_bytes()
        if not isinstance(self.buffer, MemoryBuffer):
            return size * 2 >= spool_bytes
        return waiting * 2 >= batching.queue_max or size * 2 >= batching.queue_bytes

    def archive(self) -> None:
        """Leave the counts in the tally: the lane goes."""
        self.alive = False
        if self.own:
            self.tally.assigned += self.assigned
        self.tally.left += self.buffer.pending()


@dataclass(frozen=True)
class Job:
    """Name a request that is to be made, and the lane it is for."""

    lane: Lane
    send: Send


Goals = list[tuple[Lane, int]]
"""Streams, and the number up to which each has to be settled."""


class Lanes:
    """Hold all streams of a client that are not done. Its owner's lock protects it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lanes: list[Lane] = []

    def __iter__(self) -> Iterator[Lane]:
        """Walk over the lanes, the oldest first."""
        return iter(self._lanes)

    def add(self, *lanes: Lane) -> None:
        """Add streams."""
        self._lanes += lanes

    def take(self) -> list[Lane]:
        """Return all lanes; none is left."""
        lanes, self._lanes = self._lanes, []
        return lanes

    def decide(self, now: int, wall: int) -> Job | Wait:
        """Return the first request there is to make, else how long to wait."""
        until: int | None = None
        for lane in self._lanes:
            if lane.held:
                continue
            decision = lane.delivery.next(now, wall)
            if isinstance(decision, Send):
                # Its turn is over: a busy stream must not keep the others waiting.
                self._lanes.remove(lane)
                self._lanes.append(lane)
                return Job(lane, decision)
            if isinstance(decision, Wait) and decision.until is not None:
                until = decision.until if until is None else min(until, decision.until)
        return Wait(until)

    def remove_done(self) -> list[Lane]:
        """Take away the streams that are done, and return them."""
        done = [lane for lane in self._lanes if not lane.held and lane.delivery.done]
        for lane in done:
            self._lanes.remove(lane)
            lane.archive()
        return done

    def hurry(self) -> Goals:
        """Send everything without delay; return what has to be settled for that."""
        return [(lane, lane.delivery.hurry()) for lane in self._lanes if not lane.held]

    def release(self) -> None:
        """Let held events go out."""
        for lane in self._lanes:
            lane.held = False

    @property
    def untouched(self) -> bool:
        """Tell whether no event was ever recorded in any of them."""
        return not any(lane.assigned for lane in self._lanes)

    @property
    def drained(self) -> bool:
        """Tell whether nothing is left that could be sent."""
        return all(lane.held or not lane.assigned for lane in self._lanes)

    @property
    def in_flight(self) -> int:
        """Return the number of requests without an answer."""
        return sum(lane.delivery.in_flight for lane in self._lanes)

    def assigned(self) -> int:
        """Return how many numbers the client's own streams have given out."""
        return sum(lane.assigned for lane in self._lanes if lane.own)

    def pending(self, *, own: bool) -> int:
        """Return how many events wait in the client's own streams, or in the others."""
        return sum(lane.buffer.pending() for lane in self._lanes if lane.own is own)


def settled(goals: Goals) -> bool:
    """Tell whether goals are reached; a stream that is gone holds nothing back."""
    return all(not lane.alive or lane.delivery.settled_to(end) for lane, end in goals)
