"""Decide when waiting events make a batch: by number, size, age, or because someone waits; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallymark.options import Batching


class Pace:
    """Know since when events wait that are in no batch. Times are steady ms."""

    def __init__(self, batching: Batching) -> None:
        """Begin with nothing waiting."""
        self._flush_at = min(batching.flush_at, batching.max_events)
        self._flush_bytes = batching.flush_bytes
        self._flush_ms = batching.flush_ms
        self._since: int | None = None

    def rest(self) -> None:
        """Take note that nothing waits."""
        self._since = None

    def begin(self, now: int) -> None:
        """Take note that something waits, unless that is known."""
        if self._since is None:
            self._since = now

    def restart(self, now: int) -> None:
        """Take note that a batch was cut and something is left: it waits from now on."""
        self._since = now

    @property
    def resting(self) -> bool:
        """Tell whether nothing waits."""
        return self._since is None

    def due(self, events: int, size: int, now: int, flush_ms: int | None) -> bool:
        """Tell whether so much, waiting for so long, is sent; *flush_ms* = what the server asks."""
        full = events >= self._flush_at or size >= self._flush_bytes
        at = self.due_at(flush_ms)
        return full or (at is not None and now >= at)

    def due_at(self, flush_ms: int | None) -> int | None:
        """Return when what waits will be sent at the latest."""
        if self._since is None:
            return None
        return self._since + (self._flush_ms if flush_ms is None else flush_ms)

    def early(self, events: int, size: int) -> tuple[int, int]:
        """Return how many more events, or bytes, change the decision."""
        if self._since is None:
            return (1, 1)
        return (max(1, self._flush_at - events), max(1, self._flush_bytes - size))
