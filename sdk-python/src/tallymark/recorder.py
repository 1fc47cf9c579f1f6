"""
Number events, keep them, and know what became of each: a client's ledger under its one lock.

Each stream is a lane: a buffer and the delivery that drains it. Calls add to the current lane;
lanes of earlier streams (reset, consent, dead processes) are drained until they are done.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tallymark_protocol.event_id import uuid7
from tallymark_protocol.ranges import count

from tallymark.decisions import Done, Wait
from tallymark.delivery import Delivery
from tallymark.lanes import Job, Lane, Lanes, Report, Tally
from tallymark.queue import MemoryBuffer
from tallymark.results import Stats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tallymark.buffer import Buffer, Buffers
    from tallymark.clock import Clock
    from tallymark.decisions import Outcome
    from tallymark.lanes import Goals
    from tallymark.options import Batching, Retry
    from tallymark.retry import Link
    from tallymark.transport import Failure, Response

_NEVER = 1 << 62
_CALL_AGAIN = 100
"""Events until a worker that could not be started is called again."""


class Recorder:
    """Keep a client's streams. Its methods may be called from any thread."""

    def __init__(  # noqa: PLR0917 - the parts it joins
        self,
        buffers: Buffers,
        memory: Callable[[str, bytes], Buffer],
        link: Link,
        clock: Clock,
        batching: Batching,
        retry: Retry,
        *,
        spool_bytes: int,
        keep_results: bool,
    ) -> None:
        """Join the parts; no stream is begun yet. *spool_bytes* bounds what is kept on a disk."""
        # Reentrant: a signal handler or a finalizer may call the client while it holds the lock.
        # What it finds half changed it must leave alone: see `_changing`.
        self.lock: threading.RLock = threading.RLock()
        self.changed: threading.Condition = threading.Condition(self.lock)
        self.link = link
        self.wake: Callable[[], bool] = _nobody
        self.sanitized: int = 0
        self.refused: int = 0
        self.requests: int = 0
        self.closed: bool = False
        self._buffers = buffers
        self._memory = memory
        self._clock = clock
        self._batching = batching
        self._retry = retry
        self._spool_bytes = spool_bytes
        self._own = Tally()
        self._recovered = Tally()
        self._lanes = Lanes()
        self._lane: Lane | None = None
        self._reports: list[Report] | None = [] if keep_results else None
        self._late: tuple[bytes, bool] | None = None
        self._beginning = threading.RLock()
        self._early_events = 1
        self._early_bytes = 1
        self._changing = False
        self._syncing = 0
        self._interrupting: deque[tuple[bytes, bool, str | None]] = deque()

    def record(self, event: bytes, sanitized: bool) -> str | None:  # noqa: FBT001 - hot path
        """Give an event its number and keep it; return its id (LED-1, LED-7) if it has one."""
        with self.lock:
            if self._changing or (self._syncing and self._syncing == threading.get_ident()):
                self._interrupting.append((event, sanitized, None))
                return None
            self._changing = True
            lane, seq, early = self._lane, 0, False
            try:
                if lane is not None:
                    lane.assigned = seq = lane.assigned + 1
                    reason = lane.append(seq, event)
                    if reason is not None:
                        self._lose(lane, reason, seq)
                    if sanitized:
                        self.sanitized += 1
                    early = self._hear(len(event))
            except BaseException:
                self._mend(lane, seq)
                raise
            finally:
                self._changing = False
        if self._interrupting:
            self._number_interrupting()
        if lane is None:
            return self.record(event, sanitized) if self._open_late() else None
        if early:
            self._call()
        return lane.ids.of(seq)

    def lose(self, reason: str) -> str | None:
        """Give a number to an event that cannot be kept, and declare it as lost (LED-3)."""
        with self.lock:
            if self._changing or (self._syncing and self._syncing == threading.get_ident()):
                self._interrupting.append((b"", False, reason))
                return None
            lane, seq, early = self._lane, 0, False
            with self._change():
                if lane is not None:
                    lane.assigned = seq = lane.assigned + 1
                    self._lose(lane, reason, seq)
                    early = self._hear(0)
        if lane is None:
            return self.lose(reason) if self._open_late() else None
        if early:
            self._call()
        return lane.ids.of(seq)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Hold the lock while the books are changed; number what came in between afterwards."""
        with self.lock:
            outer, self._changing = self._changing, True
            try:
                yield
            finally:
                self._changing = outer
        if self._interrupting and not outer:
            self._number_interrupting()

    def _number_interrupting(self) -> None:
        """Record what this thread's signal handlers and finalizers tracked in mid-change."""
        while True:
            try:
                event, sanitized, reason = self._interrupting.popleft()
            except IndexError:
                return
            if reason is None:
                self.record(event, sanitized)
            else:
                self.lose(reason)

    def interrupted(self) -> bool:
        """Tell whether the caller interrupts a change of its own thread, which waits for it."""
        with self.lock:
            return self._changing

    def _mend(self, lane: Lane | None, seq: int) -> None:
        """Account for a number whose recording an exception of a signal handler broke off."""
        if lane is not None and lane.buffer.broken_off(seq):
            self._lose(lane, "sdk_error", seq)

    def _hear(self, size: int) -> bool:
        """Count down to the point where the worker wants to know; tell whether it is reached."""
        self._early_events -= 1
        self._early_bytes -= size
        if self._early_events > 0 and self._early_bytes > 0:
            return False
        self._early_events = self._early_bytes = _NEVER
        return True

    def _call(self) -> None:
        """Wake the worker; try again before long if it could not be."""
        if not self.wake():
            self._early_events = _CALL_AGAIN

    def _open_late(self) -> bool:
        """Begin the stream that was put off (see `begin_late`); count the call if there is none."""
        with self._beginning:
            if self._lane is None and self._late is not None:
                context, held = self._late
                self.begin(context, held=held)
            if self._lane is not None:
                return True
        self.refuse()
        return False

    def refuse(self) -> None:
        """Count a call that is no event."""
        with self.lock:
            self.refused += 1

    def _lose(self, lane: Lane, reason: str, seq: int) -> None:
        lane.delivery.lose(reason, ((seq, seq),))
        for report in lane.count_losses():
            self._report(report)

    def _count_losses(self) -> None:
        for lane in self._lanes:
            for report in lane.count_losses():
                self._report(report)

    def _report(self, report: Report) -> None:
        if self._reports is not None:
            self._reports.append(report)

    def begin(self, context: bytes, *, held: bool = False, stream: str | None = None) -> None:
        """Begin a new stream (LED-10); what is pending in the one before goes out all the same."""
        stream = stream or uuid7(max(0, self._clock.now_ms()), os.urandom(10))
        buffer = self._memory(stream, context) if held else self._buffers.open(stream, context)
        with self._change():
            self._late = None
            retired = self._retire()
            delivery = Delivery(buffer, self.link, self._batching, self._retry)
            self._lane = Lane(buffer, delivery, self._own, own=True, held=held)
            self._lanes.add(self._lane)
            self._early_events = self._early_bytes = 1
        if retired:
            self.wake()

    def begin_late(self, context: bytes, *, held: bool = False) -> None:
        """Begin a new stream with the first event: a forked child may never record one."""
        self._late = (context, held)

    def end(self) -> None:
        """End the current stream: nothing is recorded until `begin`."""
        with self._change():
            self._late = None
            self._retire()
            touched = not self._lanes.untouched
        if touched:
            self.wake()

    def release_held(self) -> None:
        """Let held events go out: consent was given."""
        with self._change():
            self._lanes.release()
        self.wake()

    def purge(self, reason: str) -> None:
        """Erase everything that is pending, on disk too, and forget its streams (CON-1)."""
        orphans = [self._adopted(buffer) for buffer in self._buffers.adopt()]
        with self._change():
            self._late = None
            self._lane = None
            self._lanes.add(*orphans)
            for lane in self._lanes:
                erased = lane.buffer.purge(reason)
                lane.delivery.ledger.end(erased)
                lane.delivery.lost.append((reason, erased))
            gone = self._close_lanes()
        for lane in gone:
            lane.buffer.close(fin=True)

    def _close_lanes(self) -> list[Lane]:
        self._count_losses()
        gone = self._lanes.take()
        for lane in gone:
            lane.archive()
        self.changed.notify_all()
        return gone

    def adopt(self) -> None:
        """Take over the streams of dead processes; called by the worker, it may read a disk."""
        lanes = [self._adopted(buffer) for buffer in self._buffers.adopt()]
        with self._change():
            self._lanes.add(*lanes)

    def _adopted(self, buffer: Buffer) -> Lane:
        with self._change():
            self._recovered.assigned += buffer.pending()
            return Lane(
                buffer,
                Delivery(buffer, self.link, self._batching, self._retry, adopted=True),
                self._recovered,
                own=False,
            )

    def _retire(self) -> bool:
        if self._lane is None:
            return False
        self._lane.delivery.finish()
        self._lane = None
        return True

    def next(self) -> Job | Wait | Done:
        """Decide what the worker does next; a waiting one is woken when that changes."""
        with self._change():
            now, wall = self._clock.steady_ms(), self._clock.now_ms()
            decision = self._lanes.decide(now, wall)
            self._count_losses()
            done = self._lanes.remove_done()
            if isinstance(decision, Job):
                self.requests += 1
            else:
                self._listen(now)
            over = self.closed and not list(self._lanes)
            self.changed.notify_all()
        for lane in done:
            lane.buffer.close(fin=True)
        return Done() if over else decision

    def _listen(self, now: int) -> None:
        early = None
        if self._lane is not None and not self._lane.held:
            early = self._lane.delivery.early(now)
        self._early_events, self._early_bytes = early or (_NEVER, _NEVER)

    def settle(self, job: Job, came: Response | Failure) -> Outcome | None:
        """Take what came back for a job; None if its stream was forgotten meanwhile."""
        with self._change():
            lane = job.lane
            if not lane.alive:
                return None
            now, wall = self._clock.steady_ms(), self._clock.now_ms()
            outcome = lane.delivery.settle(job.send.ticket, came, now, wall)
            report = lane.count_outcome(outcome)
            if report.rejected:
                self._report(report)
            self._count_losses()
            self.changed.notify_all()
        return outcome

    def sync(self) -> None:
        """Let the buffers flush and tidy their files; called by the worker."""
        with self.lock:
            buffers = [lane.buffer for lane in self._lanes]
        self._syncing = threading.get_ident()
        try:
            for buffer in buffers:
                buffer.sync()
        finally:
            self._syncing = 0
        self._number_interrupting()

    def take_reports(self) -> list[Report]:
        """Return the ends of events since the last call."""
        with self.lock:
            if not self._reports:
                return []
            reports, self._reports = self._reports, []
        return reports

    @property
    def place(self) -> str | None:
        """Return the directory streams are kept in; None = memory."""
        return self._buffers.location

    @property
    def spooled(self) -> bool:
        """Tell whether streams are kept on a disk."""
        return self.place is not None

    def dropped(self) -> Mapping[str, int]:
        """Return how many events were lost so far, by reason; adopted streams count, too."""
        with self._change():
            self._count_losses()
            return Counter(self._own.dropped) + Counter(self._recovered.dropped)

    def hurry(self) -> Goals:
        """Send everything recorded so far without delay; return what has to be settled."""
        with self._change():
            return self._lanes.hurry()

    def hopeless(self, wait_ms: float) -> bool:
        """Tell whether nothing can be sent within that time; the lock must be held."""
        if self.link.stopped:
            return True
        return self.link.blocked_until - self._clock.steady_ms() > wait_ms

    def crowded(self) -> bool:
        """Tell whether a caller that can wait should: little room is left, and it is being made."""
        lane = self._lane
        if lane is None or lane.held or self.link.failures:
            return False
        if not lane.nearly_full(self._batching, self._spool_bytes):
            return False
        return not self.hopeless(0)

    def drained(self) -> bool:
        """Tell whether every stream is done; the lock must be held."""
        return self._lanes.drained

    def shut(self) -> tuple[int, int]:
        """
        Stop: what is pending stays in the spool, or is lost and said so (LED-3).

        Return how many events were lost now, and how many are left.
        """
        lost = 0
        with self._change():
            self.closed = True
            self._retire()
            for lane in self._lanes:
                pending = lane.buffer.pending_ranges()
                if pending and isinstance(lane.buffer, MemoryBuffer):
                    lane.delivery.lose("shutdown_deadline", pending)
                    lost += count(pending)
                else:
                    # Before it is counted: a full disk may not take what only memory holds.
                    lane.buffer.leave()
            left = self._lanes.pending(own=True) + self._lanes.pending(own=False)
            gone = self._close_lanes()
        for lane in gone:
            lane.buffer.close(fin=not lane.assigned)
        return lost, left

    def abandon(self) -> None:
        """Let go of the parent's streams in a forked child; takes no lock, any may be held."""
        for lane in self._lanes:
            lane.alive = False
            lane.buffer.abandon()

    def stats(self, *, note: str | None = None, disabled: bool = False) -> Stats:
        """Return the ledger of this instant (LED-4)."""
        with self._change():
            self._count_losses()
            totals = self._own.totals(self._lanes.pending(own=True))
            return Stats(
                totals.assigned + self._lanes.assigned(),
                totals.stored,
                totals.rejected,
                totals.dropped,
                totals.pending,
                stream="" if self._lane is None else self._lane.buffer.stream,
                in_flight=self._lanes.in_flight,
                sanitized=self.sanitized,
                refused=self.refused,
                requests=self.requests,
                failures=self.link.failures,
                trouble=self.link.trouble,
                spool=self._place(),
                note=note,
                disabled=disabled,
                recovered=self._recovered.totals(self._lanes.pending(own=False)),
            )

    def _place(self) -> str | None:
        in_memory = self._lane is not None and isinstance(self._lane.buffer, MemoryBuffer)
        return None if in_memory else self.place


def _nobody() -> bool:
    """Stand in until a worker listens."""
    return False
