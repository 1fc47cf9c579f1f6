"""Keep undelivered events in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tallymark.backlog import Backlog
from tallymark.outcomes import Outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_protocol.ranges import Ranges

    from tallymark.buffer import Buffer

Overflow = Literal["newest", "oldest"]


class MemoryBuffer:
    """
    Keep the events of one stream in memory, bounded by number and by bytes (`buffer.Buffer`).

    A full buffer refuses the new event (*overflow* "newest") or gives up the oldest ones
    ("oldest"), which it declares itself. It has no lock: its owner calls it under one.
    """

    def __init__(
        self,
        stream: str,
        context: bytes = b"{}",
        *,
        max_events: int = 500_000,
        max_bytes: int = 64 << 20,
        overflow: Overflow = "newest",
    ) -> None:
        """Begin an empty buffer for a new stream."""
        self.stream = stream
        self.context = context
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._overflow = overflow
        self._backlog: Backlog[bytes] = Backlog([], b"")
        self._outcomes = Outcomes()

    def append(self, seq: int, event: bytes) -> str | None:
        """Keep one event, or return the reason it was refused for."""
        backlog, outcomes = self._backlog, self._outcomes
        if seq <= outcomes.assigned and (seq <= backlog.last or seq in outcomes):
            return "sdk_error"
        size = len(event)
        if (
            len(backlog) >= self._max_events or backlog.total_bytes + size > self._max_bytes
        ) and not self._make_room(size):
            return "queue_overflow"
        # A copy: what orjson returns lies in a buffer of 4 KiB, which would be kept with it.
        backlog.append(seq, size, b"%b" % event)
        outcomes.assigned = max(seq, outcomes.assigned)
        return None

    def broken_off(self, seq: int) -> bool:
        """Make the columns whole after an `append` that an exception left; True = *seq* is lost."""
        lost = self._backlog.broken_off(seq)
        if not lost:
            self._outcomes.assigned = max(seq, self._outcomes.assigned)
        return lost

    def _make_room(self, size: int) -> bool:
        if self._overflow == "newest" or size > self._max_bytes:
            return False
        backlog = self._backlog
        while backlog and (
            len(backlog) >= self._max_events or backlog.total_bytes + size > self._max_bytes
        ):
            oldest, _ = backlog.oldest()
            self.drop("queue_overflow", ((oldest, oldest),))
        return True

    def peek(self, max_events: int, max_bytes: int, skip: Ranges) -> list[tuple[int, bytes]]:
        """Return the oldest kept events that are not in *skip*, at least one if there is one."""
        return [(seq, event) for seq, event, _ in self._backlog.select(max_events, max_bytes, skip)]

    def settle(self, ranges: Ranges) -> None:
        """Release what was acknowledged."""
        self._backlog.release(self._outcomes.settle(ranges))

    def drop(self, reason: str, ranges: Ranges) -> None:
        """Release the events and remember the loss until it is acknowledged (LED-3)."""
        self._backlog.release(self._outcomes.drop(reason, ranges))

    def drops(self) -> Mapping[str, Ranges]:
        """Return the losses that are not acknowledged yet, by reason."""
        return self._outcomes.drops()

    def acked_drops(self, ranges: Ranges) -> None:
        """Forget loss reports that were acknowledged."""
        self._outcomes.ack(ranges)

    def pending(self) -> int:
        """Return the number of kept events."""
        return len(self._backlog)

    def pending_bytes(self) -> int:
        """Return the sum of the kept events' lengths."""
        return self._backlog.total_bytes

    def pending_ranges(self) -> Ranges:
        """Return the sequence numbers of the kept events."""
        return self._backlog.held.ranges()

    def assigned(self) -> int:
        """Return the highest sequence number that was appended or dropped."""
        return self._outcomes.assigned

    def sync(self) -> None:
        """Do nothing: memory has no disk to wait for."""

    def purge(self, reason: str) -> Ranges:
        """Erase every kept event, declare it as *reason* and return the numbers."""
        erased = self.pending_ranges()
        self.drop(reason, erased)
        return erased

    def close(self, *, fin: bool) -> None:
        """Free the memory; what is still kept is lost, whether or not it is the end (*fin*)."""
        del fin
        self._backlog.clear()

    def leave(self) -> None:
        """Do nothing: what memory holds ends with the process, and its owner declares it."""

    def abandon(self) -> None:
        """Free the memory in a forked child."""
        self._backlog.clear()


class MemoryBuffers:
    """Open buffers in memory (`buffer.Buffers`)."""

    location: str | None = None

    def __init__(
        self,
        *,
        max_events: int = 500_000,
        max_bytes: int = 64 << 20,
        overflow: Overflow = "newest",
    ) -> None:
        """Remember the bounds of each buffer."""
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._overflow: Overflow = overflow

    def open(self, stream: str, context: bytes) -> Buffer:
        """Open a buffer for a new stream."""
        return MemoryBuffer(
            stream,
            context,
            max_events=self._max_events,
            max_bytes=self._max_bytes,
            overflow=self._overflow,
        )

    def adopt(self) -> Sequence[Buffer]:
        """Return nothing: memory leaves nothing behind."""
        return ()
