"""Know how old the events of a stream are without keeping a time for each; pure."""

from __future__ import annotations

from collections import deque

_STEPS = 64
"""How finely ages are known: the limit is met to within a 64th of it."""


class Ages:
    """
    Remember, coarsely, when which sequence number was the highest. Times are steady ms.

    The time an event was recorded counts, not the time it is about: a backfill of old events is
    not old.
    """

    def __init__(self, max_age_ms: int) -> None:
        """Begin without a number."""
        self._max_age_ms = max_age_ms
        self._marks: deque[tuple[int, int]] = deque()

    def note(self, assigned: int, now: int) -> None:
        """Take note that numbers up to *assigned* exist at *now*."""
        if not self._marks:
            if assigned:
                self._marks.append((assigned, now))
            return
        seen, since = self._marks[-1]
        if assigned == seen:
            return
        if now - since < max(1, self._max_age_ms // _STEPS):
            self._marks[-1] = (assigned, since)
        else:
            self._marks.append((assigned, now))

    def expired(self, now: int) -> int:
        """Return the highest number that is too old, once; 0 if there is none."""
        end = 0
        while self._marks and now - self._marks[0][1] >= self._max_age_ms:
            end = self._marks.popleft()[0]
        return end

    def again(self, end: int, now: int) -> None:
        """Put numbers up to *end* back: they are too old but cannot be given up right now."""
        self._marks.appendleft((end, now - self._max_age_ms))

    def next_expiry(self) -> int | None:
        """Return when the oldest numbers will be too old."""
        return self._marks[0][1] + self._max_age_ms if self._marks else None
