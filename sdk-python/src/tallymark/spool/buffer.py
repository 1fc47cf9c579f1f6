"""Keep the undelivered events of one stream on disk."""

from __future__ import annotations

import contextlib
import os
import weakref
from array import array
from threading import RLock
from typing import TYPE_CHECKING, Literal

from tallymark.backlog import Backlog
from tallymark.spool import files
from tallymark.spool.format import (
    MAX_EVENT,
    encode_dropped,
    encode_drops_acked,
    encode_event,
    encode_fin,
    encode_purge,
    encode_settled,
)
from tallymark.spool.journal import FULL, Journal
from tallymark.spool.notice import Notice
from tallymark.spool.reading import IN_MEMORY, read_events

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tallymark_protocol.ranges import Ranges

    from tallymark.outcomes import Outcomes
    from tallymark.queue import Overflow
    from tallymark.spool.notice import NoticeCode, Report


class SpoolBuffer:
    """
    Keep the events of one stream in segment files (`buffer.Buffer`).

    An event whose `append` returned None survives the death of the process, and a power cut once
    a `sync` with *durable* has returned. Memory holds 20 bytes per event: its number, length and
    place. While the disk fails, events are kept in memory and `degraded` says why.
    """

    def __init__(
        self,
        journal: Journal,
        outcomes: Outcomes,
        context: bytes,
        *,
        report: Report,
        durable: bool = False,
        overflow: Overflow = "newest",
        memory_bytes: int = 64 << 20,
        adopted: Iterable[tuple[int, int, int]] | None = None,
    ) -> None:
        """Serve *journal*; *adopted* = (seq, size, place) of a dead process's pending events."""
        self.stream: str = journal.claim.stream
        self.context = context
        self.degraded: str | None = None
        """Why events are kept in memory at the moment; None = they are on disk."""
        self.clock: Literal["anchored", "wall"] = "anchored" if adopted is None else "wall"
        """How far the events' times can be trusted; another process's clock is gone (CLK-5)."""
        self._journal = journal
        self._outcomes = outcomes
        self._report = report
        self._notices: list[Notice] = []
        self._durable = durable
        self._overflow: Overflow = overflow
        self._memory_bytes = memory_bytes
        self._memory: dict[int, bytes] = {}
        self._memory_used = 0
        self._backlog: Backlog[int] = Backlog(array("Q"))
        for seq, size, place in adopted or ():
            self._backlog.append(seq, size, place)
        self._closed = False
        self._writable = adopted is None
        self._lock = RLock()
        self._finalizer = weakref.finalize(self, _let_go, journal, os.getpid())
        self._finalizer.atexit = False

    def append(self, seq: int, event: bytes) -> str | None:
        """Keep one event, or return the reason it was refused for."""
        with self._lock:
            backlog, outcomes = self._backlog, self._outcomes
            if seq <= outcomes.assigned and (seq <= backlog.last or seq in outcomes):
                return "sdk_error"
            place = self._write(seq, event)
            if place < 0:
                return self._refusal(event)
            backlog.append(seq, len(event), place)
            if outcomes.assigned < seq:  # noqa: PLR1730 - max() costs three times as much
                outcomes.assigned = seq
            return None

    def broken_off(self, seq: int) -> bool:
        """Make the columns whole after an `append` that an exception left; True = *seq* is lost."""
        with self._lock:
            lost = self._backlog.broken_off(seq)
            if not lost:
                self._outcomes.assigned = max(seq, self._outcomes.assigned)
            return lost

    def peek(self, max_events: int, max_bytes: int, skip: Ranges) -> list[tuple[int, bytes]]:
        """Return the oldest kept events that are not in *skip*, at least one if there is one."""
        with self._lock:
            found: list[tuple[int, bytes]] = []
            while not found and not self._closed:
                rows = self._backlog.select(max_events, max_bytes, skip)
                if not rows:
                    break
                found, lost = read_events(rows, self._journal.read, self._memory)
                if lost:
                    self._note("damaged", f"{len(lost)} events could not be read back")
                    self.drop("storage_error", tuple((seq, seq) for seq in lost))
            return found

    def settle(self, ranges: Ranges) -> None:
        """Release what was acknowledged."""
        with self._lock:
            settled = self._outcomes.settled.count
            noted = self._outcomes.settle(ranges)
            self._release(noted)
            if self._outcomes.settled.count != settled:
                self._record(encode_settled(tuple(noted)))

    def drop(self, reason: str, ranges: Ranges) -> None:
        """Release the events and remember the loss until it is acknowledged (LED-3)."""
        with self._lock:
            noted = self._outcomes.drop(reason, ranges)
            self._release(noted)
            self._record(encode_dropped(reason, tuple(noted)))

    def drops(self) -> Mapping[str, Ranges]:
        """Return the losses that are not acknowledged yet, by reason."""
        with self._lock:
            return self._outcomes.drops()

    def acked_drops(self, ranges: Ranges) -> None:
        """Forget loss reports that were acknowledged."""
        with self._lock:
            self._record(encode_drops_acked(tuple(self._outcomes.ack(ranges))))

    def pending(self) -> int:
        """Return the number of kept events."""
        return len(self._backlog)

    def pending_bytes(self) -> int:
        """Return the sum of the kept events' lengths."""
        return self._backlog.total_bytes

    def pending_ranges(self) -> Ranges:
        """Return the sequence numbers of the kept events."""
        with self._lock:
            return self._backlog.held.ranges()

    def assigned(self) -> int:
        """Return the highest sequence number that was appended or dropped."""
        return self._outcomes.assigned

    def sync(self) -> None:
        """Delete settled segments, try a failed disk again, and wait for the disk if *durable*."""
        try:
            self._tidy()
            if self._durable:
                with self._lock:
                    paths = () if self._closed else self._journal.unflushed()
                for path in paths:
                    files.flush(path)
        except OSError as error:
            with self._lock:
                self._degrade(error)
        self._tell()

    def purge(self, reason: str) -> Ranges:
        """Erase every kept event, on disk too, declare it as *reason* and return the numbers."""
        with self._lock:
            erased = self._backlog.held.ranges()
            self._outcomes.drop(reason, erased)
            self._backlog.clear()
            self._memory.clear()
            self._memory_used = 0
            if not self._closed:
                try:
                    self._journal.erase(encode_purge(reason, erased))
                except OSError as error:
                    self._degrade(error)
        self._tell()
        return erased

    def leave(self) -> None:
        """Write what only memory holds, so that the next process finds it; declare the rest."""
        with self._lock:
            if not self._closed:
                self._save_memory()

    def close(self, *, fin: bool) -> None:
        """Let go of the stream; without *fin* its files stay for the next process to adopt."""
        with self._lock:
            if self._closed:
                return
            keep = not fin and self._outcomes.assigned > 0
            if keep:
                self._leave()
            self._closed = True
            self._writable = False
            self._finalizer.detach()
            try:
                self._journal.close(keep=keep)
            except OSError as error:
                self._note("unreadable", str(error))
            self._backlog.clear()
        self._tell()

    def abandon(self) -> None:
        """Forget the stream in a forked child: free memory and descriptors, write nothing."""
        self._closed = True
        self._writable = False
        self._lock = RLock()
        self._finalizer.detach()
        self._journal.abandon()
        self._backlog.clear()
        self._memory.clear()

    def _write(self, seq: int, event: bytes) -> int:
        """Return the place an event was written to, or `FULL`."""
        if not self._writable or len(event) > MAX_EVENT:
            return self._keep(seq, event)
        try:
            record = encode_event(seq, event)
            place = self._journal.write_event(record)
            while place == FULL and self._overflow == "oldest" and self._evict():
                place = self._journal.write_event(record)
        except (OSError, ValueError) as error:
            # ValueError: the mapping was closed under a signal handler's feet.
            self._degrade(error)
            return self._keep(seq, event)
        return place

    def _keep(self, seq: int, event: bytes) -> int:
        """Keep an event in memory while the disk fails; `FULL` if that cannot be either."""
        size = len(event)
        if self.degraded is None or size > MAX_EVENT or self._ended:
            return FULL
        if self._memory_used + size > self._memory_bytes:
            return FULL
        # A copy, as in MemoryBuffer: an encoder's buffer is longer than what it holds.
        self._memory[seq] = b"%b" % event
        self._memory_used += size
        return IN_MEMORY | seq

    def _refusal(self, event: bytes) -> str:
        if self._ended:
            return "sdk_error"
        if len(event) > MAX_EVENT:
            return "too_large"
        return "queue_overflow" if self.degraded is None else "storage_error"

    @property
    def _ended(self) -> bool:
        # The numbers of an adopted stream ended with its process.
        return self._closed or self.clock == "wall"

    def _evict(self) -> bool:
        """Give up the oldest segment's events; False if there is none to give up."""
        number = self._journal.oldest_closed()
        if number is None:
            return False
        seqs = self._backlog.where(lambda place: place >> 32 == number)
        self.drop("queue_overflow", seqs)
        return self._journal.delete_finished()

    def _release(self, ranges: Iterable[tuple[int, int]]) -> None:
        places = self._backlog.release(ranges)
        on_disk = places
        if self._memory:
            on_disk = [place for place in places if place < IN_MEMORY]
            for place in places:
                if place >= IN_MEMORY:
                    self._memory_used -= len(self._memory.pop(place ^ IN_MEMORY))
        if not self._closed:
            self._journal.release(on_disk)

    def _record(self, records: Iterable[bytes]) -> None:
        if self._closed:
            return
        try:
            for record in records:
                self._journal.write_control(record)
        except (OSError, ValueError) as error:
            # At worst the next process sends events again, which the server knows by number.
            self._degrade(error)

    def _tidy(self) -> None:
        total = files.used_bytes(self._journal.root)
        with self._lock:
            if self._closed:
                return
            self._journal.note_use(total)
        # One file at a time, so that no caller of append waits for more than that.
        while self._tidy_one():
            pass
        # Afterwards: the disk may have been full of what just went.
        with self._lock:
            if self.degraded is not None and not self._closed:
                self._retry()

    def _tidy_one(self) -> bool:
        with self._lock:
            return not self._closed and (self._journal.delete_finished() or self._journal.trim())

    def _retry(self) -> None:
        """Begin a new segment, which repeats all that is known, and move events out of memory."""
        self._journal.start()
        for seq in sorted(self._memory):
            place = self._journal.write_event(encode_event(seq, self._memory[seq]))
            if place == FULL:
                return
            self._backlog.replace(seq, place)
            self._memory_used -= len(self._memory.pop(seq))
        self.degraded = None
        self._writable = not self._ended
        self._note("recovered", "events are written to disk again")

    def _leave(self) -> None:
        self._save_memory()
        self._record([encode_fin(self._outcomes.assigned)])

    def _save_memory(self) -> None:
        try:
            if self._memory:
                self._retry()
        except (OSError, ValueError) as error:
            self._degrade(error)
        if self._memory:
            self.drop("storage_error", tuple((seq, seq) for seq in sorted(self._memory)))

    def _degrade(self, error: Exception) -> None:
        self._writable = False
        if self.degraded is None:
            self.degraded = f"{type(error).__name__}: {error}"
            self._note("degraded", self.degraded)

    def _note(self, code: NoticeCode, detail: str) -> None:
        # Told by `sync`, `purge` and `close`: the report may log, and a log handler may track.
        self._notices.append(Notice(code, str(self._journal.claim.path), detail))

    def _tell(self) -> None:
        while self._notices:
            self._report(self._notices.pop(0))


def _let_go(journal: Journal, pid: int) -> None:
    """Free what a buffer that was never closed held; its events wait for the next adoption."""
    if os.getpid() != pid:
        journal.abandon()
        return
    with contextlib.suppress(OSError):
        journal.close(keep=True)
