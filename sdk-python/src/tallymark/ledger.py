"""Keep what a client knows of a stream: what it sent, what ended, which losses it told; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_protocol.ranges import EMPTY, Ranges, contains, intersect, normalise, subtract, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tallymark.answer import Answer, Rejection
    from tallymark.buffer import Buffer


class StreamLedger:
    """Tell open numbers from ended ones; an ended one never opens again (LED-2)."""

    def __init__(self, buffer: Buffer, *, adopted: bool) -> None:
        """Begin; *adopted* = another process numbered the events."""
        self._buffer = buffer
        self._told: dict[str, Ranges] = {}
        known: Ranges = ((1, buffer.assigned()),) if adopted and buffer.assigned() else EMPTY
        # What a dead process sent is unknown: all of it may have been (LED-9).
        self._sent = known
        self._ended = subtract(known, buffer.pending_ranges()) if known else EMPTY
        self._ended_new: list[tuple[int, int]] = []

    def ended(self) -> Ranges:
        """Return the numbers that were stored, rejected or given up."""
        if self._ended_new:
            self._ended = normalise((*self._ended, *self._ended_new))
            self._ended_new.clear()
        return self._ended

    def end(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Take note that these numbers have ended."""
        self._ended_new.extend(ranges)

    def open(self, ranges: Ranges) -> Ranges:
        """Return the part of *ranges* that has not ended."""
        return subtract(ranges, self.ended())

    def is_open(self, seq: int) -> bool:
        """Tell whether *seq* has not ended."""
        return not contains(self.ended(), seq)

    def send(self, ranges: Ranges) -> None:
        """Take note that these numbers, events or losses, are in a request."""
        self._sent = union(self._sent, ranges)

    def tell(self, drops: Mapping[str, Ranges]) -> None:
        """Take note that a proven answer came for these loss reports."""
        for reason, ranges in drops.items():
            self._told[reason] = union(self._told.get(reason, EMPTY), ranges)

    def untold(self) -> dict[str, Ranges]:
        """Return declared losses that no proven answer has carried yet (LED-3)."""
        left = {
            reason: subtract(ranges, self._told.get(reason, EMPTY))
            for reason, ranges in self._buffer.drops().items()
        }
        return {reason: ranges for reason, ranges in left.items() if ranges}

    def self_declared(self) -> dict[str, Ranges]:
        """Return losses the buffer declared itself (overflow, damage) since the last call."""
        found = {}
        for reason, ranges in self._buffer.drops().items():
            new = self.open(ranges)
            if new:
                found[reason] = new
                self.end(new)
        return found

    def believable(self, acked: Ranges) -> Ranges:
        """Return the part of an ack that is about what was sent: no more is released."""
        return intersect(acked, self._sent)

    def verdicts(self, answer: Answer, acked: Ranges) -> tuple[Rejection, ...]:
        """Return the rejections that end an event now: each once, none that may go again."""
        ended: dict[int, Rejection] = {}
        for item in answer.rejected:
            over = item.final or contains(acked, item.seq)
            if over and self.is_open(item.seq) and contains(self._sent, item.seq):
                ended.setdefault(item.seq, item)
        return tuple(ended.values())
