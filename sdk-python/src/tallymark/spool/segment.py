"""Write one segment file: mapped into memory, or by plain writes with the same bytes."""

from __future__ import annotations

import errno
import mmap
import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

NO_ROOM = -1


class Segment(Protocol):
    """Append records to one file until it is full."""

    used: int
    capacity: int

    def put(self, record: bytes) -> int:
        """Append a record; return its offset, or `NO_ROOM`. :raises OSError: the disk failed."""

    def close(self) -> None:
        """Let go of the file."""


class MappedSegment:
    """
    Append by copying into a shared mapping of a file whose blocks are allocated beforehand.

    The kernel owns the bytes once they are copied, so they survive the process. Room is allocated
    for real because a write into an unallocated page of a full disk would kill the process.
    """

    def __init__(self, descriptor: int, capacity: int) -> None:
        """Allocate and map; takes the descriptor over. :raises OSError: there is no room."""
        self.used: int = 0
        self.capacity = capacity
        try:
            os.posix_fallocate(descriptor, 0, capacity)
            self._map = mmap.mmap(descriptor, capacity, flags=mmap.MAP_SHARED)
        finally:
            # The mapping holds the file by itself.
            os.close(descriptor)

    def put(self, record: bytes) -> int:
        """Append a record; return its offset, or `NO_ROOM`."""
        start = self.used
        end = start + len(record)
        if end > self.capacity:
            return NO_ROOM
        self.used = end
        self._map[start:end] = record
        return start

    def close(self) -> None:
        """Unmap the file; it keeps its zeros until it is trimmed."""
        self._map.close()


class PlainSegment:
    """Append with one write per record, where mapping is not possible or not wanted."""

    def __init__(self, descriptor: int, capacity: int) -> None:
        """Take the descriptor over."""
        self.used: int = 0
        self.capacity = capacity
        self._descriptor = descriptor

    def put(self, record: bytes) -> int:
        """Append a record; return its offset, or `NO_ROOM`. :raises OSError: the disk failed."""
        start = self.used
        if start + len(record) > self.capacity:
            return NO_ROOM
        if os.pwrite(self._descriptor, record, start) != len(record):
            # `used` stays: the next record overwrites the piece that was written.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.used = start + len(record)
        return start

    def close(self) -> None:
        """Close the file; harmless when done twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


MAPPABLE = hasattr(os, "posix_fallocate")
"""Whether blocks can be allocated beforehand on this platform."""


def create(path: Path, capacity: int, *, mapped: bool) -> Segment:
    """Create a segment file (mode 0600) and open it for appending. :raises OSError: it fails."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    if mapped and MAPPABLE:
        try:
            return MappedSegment(descriptor, capacity)
        except OSError:
            # The file system cannot allocate (or not that much): records are written one by one.
            descriptor = os.open(path, os.O_RDWR | os.O_TRUNC | os.O_CLOEXEC)
    return PlainSegment(descriptor, capacity)
