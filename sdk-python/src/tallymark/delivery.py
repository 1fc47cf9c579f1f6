"""
Decide what one stream sends next, and what an answer means for its events; no I/O, no clock.

`next(now, wall)` says Send, Wait or Done; `settle(ticket, answer, now, wall)` takes what came back
and says what is released, sent again or lost. A thread and a task can drive it alike. The events
themselves lie in a `Buffer`; everything is called under its owner's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_protocol import limits
from tallymark_protocol.ranges import EMPTY, Ranges, count, intersect, normalise, subtract, union

from tallymark.ages import Ages
from tallymark.answer import Answer, read
from tallymark.batch import Entry, Envelope, cut, halves, weight
from tallymark.control import read_control
from tallymark.decisions import Decision, Done, Outcome, Send, Wait
from tallymark.flights import Flight, Flights
from tallymark.ledger import StreamLedger
from tallymark.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark.buffer import Buffer
    from tallymark.options import Batching, Retry
    from tallymark.retry import Link
    from tallymark.transport import Failure, Response

_MASS_REFUSAL = 3
"""Single events refused in a row, without one accepted, that are not about those events."""


class Delivery:
    """Drive one stream from its buffer to the collector."""

    def __init__(
        self,
        buffer: Buffer,
        link: Link,
        batching: Batching,
        retry: Retry,
        *,
        adopted: bool = False,
    ) -> None:
        """Drain *buffer*; *adopted* = a process that died filled it, so nothing will be added."""
        self.buffer = buffer
        self.closing: bool = adopted
        self._link = link
        self._batching = batching
        self._retry = retry
        self._clock = "wall" if adopted else "anchored"
        self._flights = Flights()
        self._pace = Pace(batching)
        self._urgent = 0
        self._fin_told = False
        self._given_up_in_row = 0
        self._ages = Ages(retry.max_age_ms)
        self.ledger: StreamLedger = StreamLedger(buffer, adopted=adopted)
        self.lost: list[tuple[str, Ranges]] = []

    def hurry(self) -> int:
        """Send everything assigned so far without waiting for a full batch; return its end."""
        self._urgent = max(self._urgent, self.buffer.assigned())
        return self._urgent

    def finish(self) -> None:
        """Take note that no event will be added: the rest goes out, then `fin`."""
        self.closing = True

    def lose(self, reason: str, ranges: Ranges) -> None:
        """Declare a loss (LED-3); the owner finds it in `take_losses`."""
        self.buffer.drop(reason, ranges)
        self.ledger.end(ranges)
        self.lost.append((reason, ranges))

    def take_losses(self) -> list[tuple[str, Ranges]]:
        """Return the losses since the last call, those the buffer declared itself included."""
        found = [*self.lost, *self.ledger.self_declared().items()]
        self.lost.clear()
        return found

    @property
    def in_flight(self) -> int:
        """Return the number of requests without an answer."""
        return len(self._flights)

    def settled_to(self, end: int) -> bool:
        """Tell whether everything up to *end* has ended and every loss among it is told."""
        whole: Ranges = ((1, end),) if end else EMPTY
        if self.ledger.open(whole):
            return False
        return not any(intersect(ranges, whole) for ranges in self.ledger.untold().values())

    def next(self, now: int, wall: int) -> Decision:
        """Decide what to do at *now* (steady ms); *wall* (ms since 1970) dates the batch."""
        self._ages.note(self.buffer.assigned(), now)
        if self._flights and len(self._flights) >= self._retry.in_flight:
            return Wait(None)
        self._expire(now)
        self._look(now)
        if self.done:
            return Done()
        if self._link.stopped:
            return Wait(None)
        if now < self._link.blocked_until:
            return Wait(self._link.blocked_until) if self._has_work() else Wait(self._next_expiry())
        flight = self._take(now, wall)
        if flight is None:
            return self._idle(now)
        return self._send(flight, now)

    @property
    def done(self) -> bool:
        """Tell whether nothing is left and nothing will come."""
        if not self.closing or len(self._flights) or self.buffer.pending():
            return False
        return not self.ledger.untold() and (self._fin_told or not self._touched)

    def _has_work(self) -> bool:
        return bool(self.buffer.pending() or self.ledger.untold() or self.closing)

    def _send(self, flight: Flight, now: int) -> Send:
        ticket = self._flights.start(flight)
        asking = flight.ask
        if not asking:
            flight.attempt += 1
        self._link.budget.note(now, extra=asking or flight.attempt > 1)
        told = [pair for ranges in flight.batch.drops.values() for pair in ranges]
        self.ledger.send(normalise([*flight.batch.seqs, *told]))
        batch = None if asking else flight.batch
        return Send(ticket, batch, flight.attempt, self._link.identity)

    def _take(self, now: int, wall: int) -> Flight | None:
        while self._flights.waiting:
            flight = self._flights.waiting.popleft()
            if not self._stale(flight):
                return flight
        while self._flights.pieces:
            entries = [
                entry for entry in self._flights.pieces.popleft() if self.ledger.is_open(entry[0])
            ]
            if entries:
                return self._cut(entries, wall)
        self._look(now)
        if not self._due(now):
            return None
        events, size = self._link.limit(self._batching.max_events, self._batching.max_bytes, now)
        entries = self.buffer.peek(events, size, self._flights.held())
        if len(entries) < self._fresh():
            self._pace.restart(now)
        else:
            self._pace.rest()
        return self._cut(entries, wall)

    def _stale(self, flight: Flight) -> bool:
        """Tell whether a batch is to be cut anew instead of sent again."""
        if flight.ask:
            return False
        if self._link.probing and len(flight.batch.entries) > limits.PROBE_EVENTS:
            return True
        return self.ledger.open(flight.batch.seqs) != flight.batch.seqs

    def _cut(self, entries: Sequence[Entry], wall: int) -> Flight:
        last = self._flights.none and self.buffer.pending() == len(entries)
        envelope = Envelope(
            self.buffer.stream,
            self.buffer.assigned(),
            wall,
            self.buffer.context,
            self.buffer.drops(),
            fin=self.closing and last and not self._fin_told,
            clock=self._clock,
        )
        return Flight(cut(envelope, entries))

    def _look(self, now: int) -> None:
        """Take note whether something waits that is in no batch."""
        if self._fresh() or self._unreported():
            self._pace.begin(now)
        else:
            self._pace.rest()

    def _due(self, now: int) -> bool:
        if self._pace.resting:
            return self._fin_due()
        if self.closing or self._urgent_left():
            return True
        waiting = self._fresh(), self._fresh_bytes()
        return self._pace.due(*waiting, now, self._asked_flush_ms(now))

    def _unreported(self) -> bool:
        """Tell whether there are losses that no request is carrying."""
        return any(
            subtract(ranges, self._flights.carried(reason))
            for reason, ranges in self.ledger.untold().items()
        )

    def _fin_due(self) -> bool:
        return self.closing and self._flights.none and not self._fin_told and self._touched

    @property
    def _touched(self) -> bool:
        return self.buffer.assigned() > 0

    def _fresh(self) -> int:
        return max(0, self.buffer.pending() - count(self.ledger.open(self._flights.held())))

    def _fresh_bytes(self) -> int:
        return self.buffer.pending_bytes() - self._flights.held_bytes()

    def _urgent_left(self) -> bool:
        return self._urgent > 0 and not self.settled_to(self._urgent)

    def early(self, now: int) -> tuple[int, int] | None:
        """
        Return after how many more events, or bytes, `next` would decide otherwise.

        None = not before its time: something else holds the stream back.
        """
        if self._link.stopped:
            return None
        if now < self._link.blocked_until:
            # `next` waits for the end of the pause, but without an end while nothing is there.
            return None if self._has_work() else (1, 1)
        return self._pace.early(self._fresh(), self._fresh_bytes())

    def _asked_flush_ms(self, now: int) -> int | None:
        return self._link.control(now).flush_ms

    def _idle(self, now: int) -> Wait:
        times = (self._pace.due_at(self._asked_flush_ms(now)), self._next_expiry())
        return Wait(min((time for time in times if time is not None), default=None))

    def _expire(self, now: int) -> None:
        """Drop what is too old, except what is on its way (RTY-2)."""
        end = self._ages.expired(now)
        if not end:
            return
        flying = self._flights.flying()
        old = subtract(self.ledger.open(((1, end),)), flying)
        if old:
            self.lose("expired", old)
        if intersect(flying, ((1, end),)):
            # Their answer decides; if it does not, they are looked at again.
            self._ages.again(end, now)

    def _next_expiry(self) -> int | None:
        if not self.buffer.pending() or self._flights:
            return None
        return self._ages.next_expiry()

    def settle(self, ticket: int, came: Response | Failure, now: int, wall: int) -> Outcome:
        """Take the answer to a request; every `Send` is answered exactly once."""
        flight = self._flights.land(ticket)
        answer = read(came, self.buffer.stream, wall)
        if answer.action == "settle":
            return self._settled(flight, answer, now)
        if flight.ask:
            return self._unanswered(flight, answer, now)
        if answer.action == "bisect":
            return self._refused(flight, answer, now, "send_rejected")
        if answer.action == "halve":
            if len(flight.batch.entries) > 1:
                size = weight(flight.batch.entries)
                self._link.cap(len(flight.batch.entries) // 2, size // 2, now)
            return self._refused(flight, answer, now, "too_large")
        if answer.action == "identity" and not self._link.identity:
            self._link.identity = True
            return self._again(flight, answer)
        self._link.failed(answer, now)
        flight.ask = answer.ambiguous and len(flight.batch.body) > limits.QUERY_ABOVE
        return self._again(flight, answer)

    def _again(self, flight: Flight, answer: Answer) -> Outcome:
        self._flights.waiting.append(flight)
        again = self.ledger.open(flight.batch.seqs)
        return Outcome(again=again, detail=answer.detail)

    def _unanswered(self, flight: Flight, answer: Answer, now: int) -> Outcome:
        """Go on without the stream's ledger if the collector does not tell it."""
        flight.ask = False
        if answer.action not in ("bisect", "unavailable", "halve", "identity"):
            self._link.failed(answer, now)
        return self._again(flight, answer)

    def _refused(self, flight: Flight, answer: Answer, now: int, reason: str) -> Outcome:
        """Cut a refused batch in two; give a single event up."""
        entries = [entry for entry in flight.batch.entries if self.ledger.is_open(entry[0])]
        if not flight.batch.entries:
            # Nothing to cut: the envelope itself was refused. Not at once, not for ever.
            self._link.failed(answer, now)
            return Outcome(detail=answer.detail)
        if len(flight.batch.entries) == 1:
            return self._given_up(entries, answer, now, reason)
        self._link.answered()
        self._flights.split(halves(entries))
        return Outcome(again=normalise((seq, seq) for seq, _ in entries), detail=answer.detail)

    def _given_up(
        self,
        entries: Sequence[Entry],
        answer: Answer,
        now: int,
        reason: str,
    ) -> Outcome:
        """Drop the event that was refused alone."""
        self._given_up_in_row += 1
        if self._given_up_in_row < _MASS_REFUSAL:
            self._link.answered()
        else:
            # Not one bad event but a collector that refuses everything: no faster than an outage.
            self._link.failed(answer, now)
        lost = normalise((seq, seq) for seq, _ in entries)
        if lost:
            self.lose(reason, lost)
        return Outcome(lost={reason: lost} if lost else {}, detail=answer.detail)

    def _settled(self, flight: Flight, answer: Answer, now: int) -> Outcome:
        """Release everything the ack names, whichever request it came from (LED-5)."""
        acked = self.ledger.believable(answer.acked)
        self._given_up_in_row = 0
        rejected = self.ledger.verdicts(answer, acked)
        refused = normalise((item.seq, item.seq) for item in rejected)
        fresh = self.ledger.open(union(acked, refused))
        stored = subtract(fresh, refused)
        self.buffer.settle(fresh)
        self.ledger.end(fresh)
        self._take_drops(flight, acked)
        rest = self.ledger.open(flight.batch.seqs)
        self._steer(flight, answer, now, fresh, rest)
        return Outcome(stored, rejected, again=rest, detail=answer.detail)

    def _take_drops(self, flight: Flight, acked: Ranges) -> None:
        for ranges in list(self.buffer.drops().values()):
            known = intersect(ranges, acked)
            if known:
                self.buffer.acked_drops(known)
        if flight.ask:
            return
        self.ledger.tell(flight.batch.drops)
        self._fin_told = self._fin_told or flight.batch.fin

    def _steer(
        self,
        flight: Flight,
        answer: Answer,
        now: int,
        fresh: Ranges,
        rest: Ranges,
    ) -> None:
        """Set the pace after an answer that proves itself."""
        control = read_control(answer.control, now)
        if control is not None:
            self._link.steer(control, now)
        if flight.ask:
            self._link.answered()
            if rest:
                flight.ask = False
                self._flights.waiting.append(flight)
        elif rest and not fresh:
            # A proof that settles nothing of what was sent: waiting grows, or it would spin.
            self._link.failed(answer, now)
        else:
            self._link.answered()
            self._link.fits(len(flight.batch.entries), weight(flight.batch.entries))
            if rest:
                self._link.partly(now)
