"""How much may be read before it is worked on: on one connection, and on all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REQUEST_BYTES: Final = 4_096
"""What a waiting request takes in memory besides its head and body."""
AT_ONCE: Final = 65_536
SIPS: Final = 512
"""Bytes read at once while there is room, and while there is none.

A byte of a request's head can take ten in memory, so that even what one read brings counts.
"""


@dataclass(frozen=True, slots=True)
class ReadAheadLimits:
    """Requests and bytes that may wait on one connection, and the caps of a single request.

    `overall` is for the bytes of all connections. A head that does not end is cut at `head`
    bytes, give or take one read from the kernel.
    """

    requests: int = 256
    bytes: int = 2 * 1024 * 1024
    overall: int = 64 * 1024 * 1024
    body: int = 1_048_576
    head: int = 65_536


class Reservoir:
    """Count what waits in memory on all connections of a server."""

    def __init__(self, limit: int) -> None:
        """Start empty; *limit* is in bytes."""
        self._limit = limit
        self.held = 0

    @property
    def full(self) -> bool:
        """Tell whether no more than necessary should be read."""
        return self.held >= self._limit


class ReadAhead:
    """Count what waits in memory on one connection, as a part of what all of them hold.

    While the reservoir is full, only a connection that holds nothing is read from: its request may
    be the one that everybody else's room depends on.
    """

    __slots__ = ("_held", "_limits", "_requests", "_reservoir")

    def __init__(self, limits: ReadAheadLimits, reservoir: Reservoir) -> None:
        """Start empty."""
        self._limits = limits
        self._reservoir = reservoir
        self._requests = 0
        self._held = 0

    def queued(self, head: int) -> None:
        """Note a request that waits for its turn, with a head of so many bytes."""
        self._requests += 1
        self.took(REQUEST_BYTES + head)

    def started(self, head: int) -> None:
        """Note that a waiting request has its turn."""
        self._requests -= 1
        self.gave(REQUEST_BYTES + head)

    def took(self, size: int) -> None:
        """Note *size* body bytes kept in memory."""
        self._held += size
        self._reservoir.held += size

    def gave(self, size: int) -> None:
        """Note *size* body bytes handed out or thrown away."""
        self._held -= size
        self._reservoir.held -= size

    def end(self) -> None:
        """Give back whatever is left: the connection is done."""
        self._requests = 0
        self.gave(self._held)

    @property
    def full(self) -> bool:
        """Tell whether reading should pause."""
        if self._requests >= self._limits.requests or self._held >= self._limits.bytes:
            return True
        return self._reservoir.full and self._held > 0

    def appetite(self, body_left: int) -> int:
        """Return how many bytes to read at once, of which *body_left* belong to a body for sure."""
        return max(SIPS, min(body_left, AT_ONCE)) if self._reservoir.full else AT_ONCE
