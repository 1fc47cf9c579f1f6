"""How long a connection may take for what it owes; times go in, a verdict comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Expired = Literal["headers", "body", "rate", "idle", "answer", "linger"]
"""What a connection was too slow with."""

Phase = Literal["between", "headers", "body", "linger"]


@dataclass(frozen=True, slots=True)
class DeadlineLimits:
    """Seconds a connection may take, and the least pace of a body in bytes per second.

    The pace is looked at once a body has been under way for `rate_grace_s`, so that one pause of
    a mobile link does not end it.
    """

    headers_s: float = 10.0
    body_s: float = 30.0
    body_rate: int = 1_000
    rate_grace_s: float = 10.0
    idle_s: float = 75.0
    answer_s: float = 30.0
    linger_s: float = 2.0

    def tightest_s(self) -> float:
        """Return the shortest of the limits: nothing needs to be checked much more often."""
        return min(
            self.headers_s, self.body_s, self.rate_grace_s,
            self.idle_s, self.answer_s, self.linger_s,
        )  # fmt: skip


class Deadlines:
    """Follow one connection through its requests and tell when it is overdue.

    Every method takes *now*, in seconds of one monotonic clock. Only what the peer owes is timed:
    while the server works, or does not read because enough is queued, no time passes.
    """

    __slots__ = ("_bytes", "_held_at", "_limits", "_phase", "_since", "_stalled_at", "_working")

    def __init__(self, limits: DeadlineLimits, now: float) -> None:
        """Start with a fresh connection: it owes its first headers from *now* on."""
        self._limits = limits
        self._phase: Phase = "headers"
        self._since = now
        self._bytes = 0
        self._working = False
        self._held_at: float | None = None
        self._stalled_at: float | None = None

    @property
    def phase(self) -> Phase:
        """Return what the connection is doing on its reading side."""
        return self._phase

    def message_began(self, now: float) -> None:
        """Note the first byte of a request's head; the very first one is due from the start on."""
        if self._phase == "between":
            self._enter("headers", now)

    def headers_done(self, now: float) -> None:
        """Note that the head is complete and the body is due."""
        self._working = True
        self._enter("body", now)

    def body_received(self, size: int) -> None:
        """Note *size* bytes of the body."""
        self._bytes += size

    def message_done(self, now: float) -> None:
        """Note that a request is complete; it is now our turn."""
        self._enter("between", now)

    def answered(self, now: float) -> None:
        """Note that nothing is left to answer; the connection idles from *now* on."""
        self._working = False
        if self._phase == "between":
            self._since = now

    def linger(self, now: float) -> None:
        """Note that the last answer is out and only the peer's leftovers are awaited."""
        self._working = False
        self._held_at = None
        self._enter("linger", now)

    def hold(self, now: float) -> None:
        """Stop the reading clock: it is us who do not read."""
        if self._held_at is None:
            self._held_at = now

    def release(self, now: float) -> None:
        """Let the reading clock go on after `hold`."""
        if self._held_at is not None:
            self._since += now - self._held_at
            self._held_at = None

    def stalled(self, now: float) -> None:
        """Note that the peer does not take our answers."""
        if self._stalled_at is None:
            self._stalled_at = now

    def flowing(self) -> None:
        """Note that the peer takes our answers again."""
        self._stalled_at = None

    def hurry(self, now: float, seconds: float) -> None:
        """Leave at most *seconds* from *now* for whatever is half received."""
        limit = self._limits.headers_s if self._phase == "headers" else self._limits.body_s
        self._since = min(self._since, now + seconds - limit)

    def expired(self, now: float) -> Expired | None:
        """Return what the connection is too slow with at *now*, or None."""
        limits = self._limits
        if self._stalled_at is not None and now - self._stalled_at > limits.answer_s:
            return "answer"
        if self._held_at is not None:
            return None
        elapsed = now - self._since
        if self._phase == "headers":
            return "headers" if elapsed > limits.headers_s else None
        if self._phase == "body":
            return self._body_expired(elapsed)
        if self._phase == "linger":
            return "linger" if elapsed > limits.linger_s else None
        return "idle" if not self._working and elapsed > limits.idle_s else None

    def _body_expired(self, elapsed: float) -> Expired | None:
        if elapsed > self._limits.body_s:
            return "body"
        if elapsed > self._limits.rate_grace_s and self._bytes < self._limits.body_rate * elapsed:
            return "rate"
        return None

    def _enter(self, phase: Phase, now: float) -> None:
        self._phase = phase
        self._since = now
        self._bytes = 0
        if self._held_at is not None:
            self._held_at = now
