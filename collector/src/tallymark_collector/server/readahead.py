"""How much of a connection may be read before it is worked on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadAheadLimits:
    """Requests and body bytes that may wait on one connection, and the caps of a single request.

    A head that does not end is cut at `head` bytes, give or take one read from the kernel.
    """

    requests: int = 256
    bytes: int = 2 * 1024 * 1024
    body: int = 1_048_576
    head: int = 65_536


class ReadAhead:
    """Count what waits in memory on one connection."""

    __slots__ = ("_bytes", "_limits", "_requests")

    def __init__(self, limits: ReadAheadLimits) -> None:
        """Start empty."""
        self._limits = limits
        self._requests = 0
        self._bytes = 0

    def queued(self) -> None:
        """Note a request that waits for its turn."""
        self._requests += 1

    def started(self) -> None:
        """Note that a waiting request has its turn."""
        self._requests -= 1

    def took(self, size: int) -> None:
        """Note *size* body bytes kept in memory."""
        self._bytes += size

    def gave(self, size: int) -> None:
        """Note *size* body bytes handed out or thrown away."""
        self._bytes -= size

    @property
    def full(self) -> bool:
        """Tell whether reading should pause."""
        return self._requests >= self._limits.requests or self._bytes >= self._limits.bytes
