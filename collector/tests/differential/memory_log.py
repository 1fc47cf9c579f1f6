"""A log in memory: the reads that segments and the plain evaluator make, and erasure."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import orjson
from tallymark_collector.store.log import StoredEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tallymark_collector.govern.access import Scope


class MemoryLog:
    """Stored events in order of position; positions may have gaps, as those of a project have."""

    def __init__(self) -> None:
        """Begin without any."""
        self.rows: list[StoredEvent] = []
        self._pos = 0

    def append(self, ts: int, body: dict[str, Any], gap: int = 1) -> None:
        """Store one event *gap* positions on."""
        self._pos += gap
        stream = f"0197a1b2-0000-7000-8000-{self._pos % 3:012x}"
        self.rows.append(
            StoredEvent(
                self._pos, stream, self._pos, None, 1_000 + self._pos, ts, ts, orjson.dumps(body)
            )
        )

    def erase(self, users: set[str], devices: set[str]) -> None:
        """Delete what users and devices did, and the links that name them."""
        self.rows = [row for row in self.rows if not _names(orjson.loads(row.body), users, devices)]

    def restore(self, count: int) -> None:
        """Go back to the first *count* events, as a restored backup does."""
        self.rows = self.rows[:count]
        self._pos = self.rows[-1].pos if self.rows else 0

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""
        start = bisect_right(self.rows, after, key=lambda row: row.pos)
        return self.rows[start : start + limit]

    def scan(self, scope: Scope, after: int = 0) -> Iterator[StoredEvent]:
        """Iterate over all events with `pos` > *after*, in `pos` order."""
        return iter(self.read(scope, after, len(self.rows)))

    def head(self) -> int:
        """Return the highest position."""
        return self._pos

    def count(self) -> int:
        """Return how many events are stored."""
        return len(self.rows)


def _names(body: dict[str, Any], users: set[str], devices: set[str]) -> bool:
    context = body.get("ctx") or {}
    if body.get("k") in ("identify", "alias"):
        named = {body.get("u"), body.get("from"), body.get("to")} & users
        return bool(named) or body.get("d") in devices
    user = body.get("u") or context.get("user_id")
    device = body.get("d") or context.get("device_id")
    return user in users if user else device in devices
