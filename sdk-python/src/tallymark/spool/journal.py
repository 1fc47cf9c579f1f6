"""Keep the segment files of one stream: append, rotate, read back, delete what is settled."""

from __future__ import annotations

import contextlib
import errno
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_protocol import limits

from tallymark.spool import files, segment
from tallymark.spool.format import (
    PREAMBLE,
    encode_context,
    encode_dropped,
    encode_drops_acked,
    encode_settled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tallymark.outcomes import Outcomes
    from tallymark.spool.claim import Claim

FULL = -1
_PAGE = 4_096


@dataclass(frozen=True)
class Bounds:
    """Say how much disk a spool directory may use, and in what pieces."""

    max_bytes: int = limits.SPOOL_MAX_BYTES
    """All segments of the directory together, those of other processes included."""
    largest: int = limits.SPOOL_SEGMENT
    first: int = limits.SPOOL_FIRST_SEGMENT
    """Segments begin small, so that many idle processes share one bound, and double."""

    def next_size(self, last: int) -> int:
        """Return the size of the segment after one of *last* bytes (0 = there is none)."""
        largest = min(self.largest, self.max_bytes // 8)
        return max(_PAGE, min(largest, max(self.first, 2 * last)))


class Journal:
    """
    Own the files in one claim.

    Every segment begins with what was known when it was made (TM-SPL-20), so a segment none of
    whose events is wanted any more can go, whatever else it says. Nothing here locks.
    """

    def __init__(
        self,
        claim: Claim,
        bounds: Bounds,
        outcomes: Outcomes,
        context: bytes,
        header: Callable[[int], bytes],
        *,
        mapped: bool,
    ) -> None:
        """Begin without a segment; *header* makes the header record of a segment's number."""
        self.claim = claim
        self.root: Path = claim.path.parent
        self._bounds = bounds
        self._outcomes = outcomes
        self._context = context
        self._header = header
        self._mapped = mapped
        self._active: segment.Segment | None = None
        self._number = 0
        self._for_events = False
        self._sizes: dict[int, int] = {}
        self._live: dict[int, int] = {}
        self._finished: set[int] = set()
        self._untrimmed: dict[int, int] = {}
        self._unflushed: set[int] = set()
        self._renamed = True
        self._elsewhere = 0
        self._reader: tuple[int, int] | None = None

    def restore(self, sizes: dict[int, int], places: Iterable[int]) -> None:
        """Go on with the segments of a dead process; *places* are those of the wanted events."""
        self._sizes = dict(sizes)
        self._live = dict.fromkeys(sizes, 0)
        for number, count in Counter(place >> 32 for place in places).items():
            self._live[number] = count
        self._finished = {number for number, count in self._live.items() if not count}
        self._number = max(sizes, default=0)

    def write_event(self, record: bytes) -> int:
        """Append an event's record; return its place, or `FULL`. :raises OSError: disk failed."""
        offset = segment.NO_ROOM
        if self._active is not None and self._for_events:
            offset = self._active.put(record)
        if offset < 0:
            if not self._rotate(len(record), for_events=True):
                return FULL
            assert self._active is not None
            offset = self._active.put(record)
        self._live[self._number] += 1
        return self._number << 32 | offset

    def write_control(self, record: bytes) -> None:
        """
        Append what else must be known; the bound does not hold here. :raises OSError: disk failed.

        Deleting needs a little room, or a full spool could never be emptied.
        """
        if self._active is None or self._active.put(record) < 0:
            self._rotate(len(record), for_events=False)
            assert self._active is not None
            self._active.put(record)

    def start(self) -> None:
        """Make the first segment. :raises OSError: the directory cannot be written to."""
        self.note_use(files.used_bytes(self.root))
        self._rotate(0, for_events=False)

    def read(self, number: int, start: int, length: int) -> bytes:
        """Read back from a segment; short or empty if it is damaged. :raises OSError: it is."""
        if self._reader is None or self._reader[0] != number:
            self._close_reader()
            path = files.segment_path(self.claim.path, number)
            self._reader = (number, os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        return os.pread(self._reader[1], length, start)

    def release(self, places: Iterable[int]) -> None:
        """Count events as no longer wanted; a segment that has none left is finished."""
        for number, count in Counter(place >> 32 for place in places).items():
            self._live[number] -= count
            if not self._live[number] and number != self._number:
                self._finished.add(number)

    def oldest_closed(self) -> int | None:
        """Return the oldest segment that holds wanted events and is not written to."""
        closed = (n for n, count in self._live.items() if count and n != self._number)
        return min(closed, default=None)

    def erase(self, record: bytes) -> None:
        """Delete every byte of every event now; *record* says so in the segment that is left."""
        doomed = sorted(self._sizes)
        # A segment that says what is void comes first: deleting may be cut short (TM-SPL-41).
        # On a full disk there is only room for it once the others are gone.
        with contextlib.suppress(OSError):
            self._rotate(len(record), for_events=False, first_record=record)
        for number in doomed:
            if number == self._number and self._active is not None:
                self._active.close()
                self._active = None
            self._live[number] = 0
            self._unlink(number)
        if self._active is None:
            self._rotate(len(record), for_events=False, first_record=record)

    def delete_finished(self) -> bool:
        """
        Delete one segment none of whose events is wanted; False if there is none.

        :raises OSError: what it says besides could not be written elsewhere; it is kept.
        """
        doomed = self._finished
        if doomed and self._active is None:
            try:
                self._rotate(0, for_events=False)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                # Room comes first: should this process die now, the next one declares lost what
                # the server has, which is void. The last segment still tells the numbers.
                doomed = doomed - {max(self._sizes)}
        if not doomed:
            return False
        self._unlink(min(doomed))
        return True

    def note_use(self, total: int) -> None:
        """Learn from the *total* of the directory how much other streams use."""
        self._elsewhere = max(0, total - sum(self._sizes.values()))

    def trim(self) -> bool:
        """Give back the room one closed segment did not use; False if there is none."""
        if not self._untrimmed:
            return False
        number, used = self._untrimmed.popitem()
        files.trim(files.segment_path(self.claim.path, number), used)
        self._sizes[number] = used
        return True

    def unflushed(self) -> list[Path]:
        """Return the files (and their directories) with bytes the disk may not have."""
        paths = [files.segment_path(self.claim.path, n) for n in sorted(self._unflushed)]
        if self._renamed:
            paths += [self.claim.path, self.root, self.root.parent]
            self._renamed = False
        self._unflushed = {self._number} if self._active is not None else set()
        return paths

    def close(self, *, keep: bool) -> None:
        """Let go of the files: for the next process to adopt (*keep*), or for good."""
        self.abandon_files()
        if keep:
            while self.trim():
                pass
            for number in sorted(self._finished):
                self._unlink(number)
            self.claim.release()
        else:
            # Oldest first: the newest one knows what was settled.
            for number in sorted(self._sizes):
                self._unlink(number)
            self.claim.remove()

    def abandon(self) -> None:
        """Let go of everything in a forked child; the parent goes on with the same files."""
        self.abandon_files()
        self.claim.abandon()

    def abandon_files(self) -> None:
        """Close descriptors and mappings, write and delete nothing."""
        self._close_reader()
        if self._active is not None:
            self._untrimmed[self._number] = self._active.used
            self._active.close()
            self._active = None

    def _rotate(self, needed: int, *, for_events: bool, first_record: bytes = b"") -> bool:
        size = self._bounds.next_size(self._active.capacity if self._active else 0)
        if for_events and not self._room(size):
            # Refusing must be cheap: it happens for every event while the spool is full.
            return False
        number = self._number + 1
        start = self._beginning(number, first_record)
        least = len(start) + needed + (4 * len(start) if len(start) > size // 4 else 0)
        size = -(-max(size, least) // _PAGE) * _PAGE
        room = self._room(size)
        if for_events and not room:
            return False
        path = files.segment_path(self.claim.path, number)
        fresh = segment.create(path, size, mapped=self._mapped)
        try:
            fresh.put(start)
        except OSError:
            fresh.close()
            path.unlink(missing_ok=True)
            raise
        self._retire()
        self._active, self._number, self._for_events = fresh, number, room
        self._sizes[number], self._live[number] = fresh.capacity, 0
        self._unflushed.add(number)
        self._renamed = True
        return True

    def _retire(self) -> None:
        if self._active is None:
            return
        self._active.close()
        self._untrimmed[self._number] = self._active.used
        if not self._live[self._number]:
            self._finished.add(self._number)

    def _beginning(self, number: int, first_record: bytes) -> bytes:
        outcomes = self._outcomes
        records = [PREAMBLE, self._header(number), encode_context(self._context), first_record]
        for reason, ranges in outcomes.drops().items():
            records += encode_dropped(reason, ranges)
        records += encode_drops_acked(outcomes.acked.ranges())
        # Behind the losses: a reader ignores a loss of what it knows as settled.
        records += encode_settled(outcomes.settled.ranges())
        return b"".join(records)

    def _room(self, size: int) -> bool:
        own = sum(self._sizes.values())
        return own + self._elsewhere + size <= self._bounds.max_bytes

    def _unlink(self, number: int) -> None:
        if self._reader is not None and self._reader[0] == number:
            self._close_reader()
        files.segment_path(self.claim.path, number).unlink(missing_ok=True)
        for table in (self._sizes, self._live, self._untrimmed):
            table.pop(number, None)
        self._finished.discard(number)
        self._unflushed.discard(number)

    def _close_reader(self) -> None:
        if self._reader is not None:
            os.close(self._reader[1])
            self._reader = None
