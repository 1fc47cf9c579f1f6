"""
Keep the state of the way to a collector: failures, pauses, caps and the retry budget; pure.

One link is shared by all streams of a client, since an outage meets all of them.
The draws of waits are injected: the shells pass tenacity's, tests and vectors pass fixed ones.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_protocol import limits
from tallymark_protocol._generated import retry as rules
from tallymark_protocol.retry import ceiling_ms

from tallymark.control import NO_CONTROL, Control

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark.answer import Answer

OUTAGE_AFTER = rules.SURFACE_AFTER
"""Failures in a row from which on sends are probes (RTY-4)."""

BUDGET_FLOOR = 30
"""Extra requests per window that are always allowed: a tenth of few requests is none."""

_TROUBLE = {
    "pause": "auth_error",
    "stop": "unsupported_version",
    "quota": "quota",
    "intercepted": "intercepted",
    "unavailable": "unavailable",
}
_AT_ONCE = ("pause", "stop", "quota")


@dataclass(frozen=True)
class Draws:
    """
    Draw the random part of waits.

    *backoff(failures)* gives ms within 0..`ceiling_ms(failures)` (RTY-1); *spread()* a number
    within 0..1, the share of the jitter on top of Retry-After.
    """

    backoff: Callable[[int], float]
    spread: Callable[[], float]


CEILING = Draws(ceiling_ms, lambda: 1.0)
"""The longest waits, without chance: until the shell passes its own."""


class Budget:
    """Allow at most a tenth extra requests within a minute (RTY-6)."""

    def __init__(self) -> None:
        """Begin with no request."""
        self._requests: deque[int] = deque()
        self._extra: deque[int] = deque()

    def note(self, now: int, *, extra: bool) -> None:
        """Count a request that was sent."""
        self._requests.append(now)
        if extra:
            self._extra.append(now)
        self._forget(now)

    def free_at(self, now: int) -> int:
        """Return from when on an extra request is within the budget."""
        self._forget(now)
        allowed = max(BUDGET_FLOOR, len(self._requests) * rules.BUDGET_PERCENT // 100)
        if len(self._extra) < allowed:
            return now
        return self._extra[0] + rules.BUDGET_WINDOW_MS

    def _forget(self, now: int) -> None:
        for times in (self._requests, self._extra):
            while times and times[0] <= now - rules.BUDGET_WINDOW_MS:
                times.popleft()


class Link:
    """Say when and in what size the next request may go out. Times are steady ms."""

    def __init__(self, draws: Draws = CEILING) -> None:
        """Begin with a way that works."""
        self.draws = draws
        self._streak: tuple[str, int] = ("", 0)
        self._cap: tuple[int, int, int] = (0, 0, 0)
        self._control = NO_CONTROL
        self.selective: bool = False
        """Whether events may have to be left out; a look before `control`, which needs the time."""
        self.budget: Budget = Budget()
        self.failures: int = 0
        self.blocked_until: int = 0
        self.stopped: bool = False
        self.identity = False
        self.trouble: str | None = None

    def answered(self) -> None:
        """Take note that the collector works."""
        self.failures = 0
        self._streak = ("", 0)
        self.trouble = None

    def failed(self, answer: Answer, now: int) -> None:
        """Take note of an answer that asks for a wait, and set the wait."""
        self.failures += 1
        action = answer.action
        self._streak = (action, self._streak[1] + 1 if self._streak[0] == action else 1)
        if action in _AT_ONCE or self._streak[1] >= rules.SURFACE_AFTER:
            self.trouble = _TROUBLE.get(action, self.trouble)
        if action == "stop":
            self.stopped = True
        self._block(now, self._wait(answer, now))

    def partly(self, now: int) -> None:
        """Take note that the collector works but asks for some events again: not at once."""
        self._block(now, self.draws.backoff(1))

    def steer(self, control: Control, now: int) -> None:
        """Obey a control block (CTL-1, CTL-3)."""
        self._control = control
        self.selective = control.selective
        if control.pause_ms:
            self._block(now, control.pause_ms)

    def control(self, now: int) -> Control:
        """Return the control block in force."""
        return self._control.at(now)

    @property
    def latest(self) -> Control:
        """Return the last control block, also if its time is over."""
        return self._control

    def cap(self, events: int, size: int, now: int) -> None:
        """Remember the size that is not too much for the collector (413)."""
        self._cap = (max(1, events), max(1, size), now + rules.CAP_MEMORY_MS)

    def fits(self, events: int, size: int) -> None:
        """Take note that a batch of this size was taken: the cap was too low."""
        cap_events, cap_size, until = self._cap
        self._cap = (max(cap_events, events), max(cap_size, size), until)

    def limit(self, events: int, size: int, now: int) -> tuple[int, int]:
        """Return how many events and bytes the next batch may have; *events*, *size* = wished."""
        cap_events, cap_size, until = self._cap
        if now < until:
            events, size = min(events, cap_events), min(size, cap_size)
        asked = self.control(now).max_batch
        if asked is not None:
            events = min(events, asked)
        if self.probing:
            events = min(events, limits.PROBE_EVENTS)
        return events, size

    @property
    def probing(self) -> bool:
        """Tell whether there is an outage, so that sends are small probes (RTY-4)."""
        return self.failures >= OUTAGE_AFTER

    def _wait(self, answer: Answer, now: int) -> float:
        if answer.action == "pause":
            return rules.PAUSE_MS
        floor = answer.floor_ms
        if floor is None:
            wait = self.draws.backoff(self.failures)
            return max(wait, self.budget.free_at(now) - now)
        if answer.action == "quota":
            return floor
        jitter = floor * rules.RETRY_AFTER_JITTER_PERCENT / 100 * self.draws.spread()
        return max(floor + jitter, self.budget.free_at(now) - now)

    def _block(self, now: int, wait: float) -> None:
        self.blocked_until = max(self.blocked_until, now + math.ceil(wait))
