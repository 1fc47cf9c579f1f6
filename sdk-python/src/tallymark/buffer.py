"""Say what a buffer of undelivered events must do: the one contract of queue and spool.

A buffer belongs to one stream. It keeps events until they are settled, remembers declared losses
until the server has them, and knows the highest sequence number that was ever handed out.
It decides nothing: who calls it does.

Locking: every method is called under its owner's one lock, except `sync` and `close`, which may
block on a disk and are therefore called without it. `append`, `peek`, `settle` and `drop` must not
wait for a disk beyond the write itself: what creates, removes or flushes files belongs into `sync`
wherever that is possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_protocol.ranges import Ranges


class Buffer(Protocol):
    """Keep the events of one stream until they are settled."""

    @property
    def stream(self) -> str:
        """Return the UUIDv7 of the producer instance."""

    @property
    def context(self) -> bytes:
        """Return the shared context (one JSON object) that was given when the stream was opened."""

    def append(self, seq: int, event: bytes) -> str | None:
        """
        Keep one encoded event; None = kept, else the drop reason (nothing was kept).

        `seq` is above every earlier one but need not follow it directly. A refused event is not
        remembered: the caller declares it with `drop`.
        """

    def broken_off(self, seq: int) -> bool:
        """
        Make the buffer whole after an `append` that an exception of a signal handler left.

        Return True if the event of *seq* is not kept: the caller declares it.
        """

    def peek(self, max_events: int, max_bytes: int, skip: Ranges) -> list[tuple[int, bytes]]:
        """
        Return the oldest kept events in order of seq, without those in `skip`.

        `max_bytes` bounds the sum of the events' lengths, but the first event is always returned.
        """

    def settle(self, ranges: Ranges) -> None:
        """Release what was acknowledged; numbers that are not kept are ignored."""

    def drop(self, reason: str, ranges: Ranges) -> None:
        """
        Declare a loss: release the events and remember the report until it is acknowledged (LED-3).

        The numbers need not be kept (an event refused by `append`, or never built); they count
        as assigned from here on.
        """

    def drops(self) -> Mapping[str, Ranges]:
        """Return the declared losses that are not acknowledged yet, by reason."""

    def acked_drops(self, ranges: Ranges) -> None:
        """Forget loss reports that were acknowledged."""

    def pending(self) -> int:
        """Return the number of kept events."""

    def pending_bytes(self) -> int:
        """Return the sum of the kept events' lengths."""

    def pending_ranges(self) -> Ranges:
        """Return the sequence numbers of the kept events."""

    def assigned(self) -> int:
        """Return the highest sequence number seen by `append` or `drop`; 0 for a new stream."""

    def sync(self) -> None:
        """Make what was appended durable and tidy up files; called by the worker, lock-free."""

    def purge(self, reason: str) -> Ranges:
        """Erase every kept event now (also on disk), declare it as `reason`, return the numbers."""

    def leave(self) -> None:
        """Put what only memory holds where the next process finds it; declare what cannot be."""

    def close(self, *, fin: bool) -> None:
        """
        Let go of the stream; `fin` = everything is settled and told, so nothing needs to be kept.

        Without `fin` a spool leaves its files for the next process to adopt. May be called twice.
        """

    def abandon(self) -> None:
        """
        Forget the stream in a forked child: free memory and descriptors, write nothing.

        The parent goes on using the same files. No lock of the parent may be waited for.
        """


class Buffers(Protocol):
    """Open buffers: where a client's streams are kept (memory, or one spool directory)."""

    @property
    def location(self) -> str | None:
        """Return the directory, or None for memory."""

    def open(self, stream: str, context: bytes) -> Buffer:
        """Open a buffer for a new stream; `context` is kept with it."""

    def adopt(self) -> Sequence[Buffer]:
        """
        Claim and open the streams that dead processes left behind (LED-9); may block on a disk.

        A stream is handed out once: to one process, and in it once.
        """
