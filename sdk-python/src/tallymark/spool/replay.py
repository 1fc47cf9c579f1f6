"""Rebuild the state of a stream from its segments."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from tallymark.intervals import Intervals
from tallymark.outcomes import Outcomes
from tallymark.spool.format import (
    CONTEXT,
    DROPPED,
    DROPS_ACKED,
    EVENT,
    FIN,
    PURGE,
    SEQ_SIZE,
    SETTLED,
    MalformedRecordError,
    decode_dropped,
    decode_number,
    decode_ranges,
)
from tallymark.spool.scan import Damage, Record, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOST = "storage_error"


class Replay:
    """
    Fold segments, oldest first, into what they leave to be done.

    Settled, acknowledged and dropped numbers only ever accumulate, so records of one segment may
    be repeated in a later one (TM-SPL-20).
    """

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.outcomes: Outcomes = Outcomes()
        self.context: bytes = b"{}"
        self.fin: bool = False
        self.damaged: int = 0
        """Stretches of bytes that were no record."""
        self.void_before: int | None = None
        """Segments below this number hold erased events: their files must go."""
        self._seqs = array("Q")
        self._places = array("Q")
        self._sizes = array("I")
        self._tail = 0
        self._segment = 0
        self._steps: dict[int, Callable[[bytes], None]] = {
            SETTLED: self._settled,
            DROPPED: self._dropped,
            DROPS_ACKED: self._drops_acked,
            CONTEXT: self._context,
            FIN: self._fin,
            PURGE: self._purge,
        }

    def read(self, segment: int, data: bytes) -> None:
        """Fold one segment in; its number tells where its events are."""
        self._segment = segment
        for found in scan(data):
            if isinstance(found, Damage):
                self._damage(event=found.event)
                continue
            try:
                self._fold(found, data)
            except MalformedRecordError:
                self._damage(event=found.kind == EVENT)

    def finish(self) -> Iterator[tuple[int, int, int]]:
        """
        Walk over (seq, size, place) of the events still to be delivered, in order of seq.

        A number that was assigned but is nowhere to be found was lost to the storage: it is
        declared, and so is each damaged record behind the last good event (TM-SPL-22).
        """
        outcomes = self.outcomes
        if not self.fin:
            outcomes.assigned += self._tail
        self._tail = 0
        order = sorted(range(len(self._seqs)), key=self._seqs.__getitem__)
        held = Intervals()
        for row in order:
            held.add(self._seqs[row], self._seqs[row])
        outcomes.drop(LOST, outcomes.unknown(held))
        for place, row in enumerate(order):
            seq = self._seqs[row]
            # Of two records with one number, the later one is what the process knew of.
            twice = place + 1 < len(order) and self._seqs[order[place + 1]] == seq
            if not twice and seq not in outcomes:
                yield seq, self._sizes[row], self._places[row]

    def _damage(self, *, event: bool) -> None:
        self.damaged += 1
        self._tail += event

    def _fold(self, record: Record, data: bytes) -> None:
        payload = data[record.start : record.end]
        if record.kind == EVENT:
            seq = decode_number(payload)
            self._seqs.append(seq)
            self._places.append(self._segment << 32 | record.offset)
            self._sizes.append(len(payload) - SEQ_SIZE)
            self._assign(seq)
        elif record.kind in self._steps:
            self._steps[record.kind](payload)

    def _assign(self, seq: int) -> None:
        if seq > self.outcomes.assigned:
            self.outcomes.assigned = seq
            self._tail = 0

    def _settled(self, payload: bytes) -> None:
        ranges = decode_ranges(payload)
        if ranges:
            self._assign(ranges[-1][1])
        self.outcomes.settle(ranges)

    def _dropped(self, payload: bytes) -> None:
        reason, ranges = decode_dropped(payload)
        if ranges:
            self._assign(ranges[-1][1])
        self.outcomes.drop(reason, ranges)

    def _drops_acked(self, payload: bytes) -> None:
        ranges = decode_ranges(payload)
        self.outcomes.ack(ranges)
        for low, high in ranges:
            self._assign(high)
            self.outcomes.acked.add(low, high)

    def _context(self, payload: bytes) -> None:
        self.context = payload

    def _fin(self, payload: bytes) -> None:
        self._assign(decode_number(payload))
        self.fin = True

    def _purge(self, payload: bytes) -> None:
        self._dropped(payload)
        del self._seqs[:], self._places[:], self._sizes[:]
        self.void_before = self._segment
