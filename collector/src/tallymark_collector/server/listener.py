"""What all connections of one server share: limits, the gate, the sweep for overdue ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tallymark_collector.server.deadlines import DeadlineLimits
from tallymark_collector.server.gate import ConnectionLimits, Gate
from tallymark_collector.server.readahead import AT_ONCE, ReadAheadLimits, Reservoir

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

SWEEPS_PER_DEADLINE = 5
LONGEST_SWEEP_S = 0.5


class Timed(Protocol):
    """A connection as the sweep sees it."""

    def check(self, now: float) -> None:
        """Close the connection if it is overdue at *now*."""

    def evict(self) -> None:
        """Close the connection although it is not overdue."""

    def __hash__(self) -> int:
        """Tell connections apart by identity."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Every number of the HTTP layer."""

    deadlines: DeadlineLimits = field(default_factory=DeadlineLimits)
    connections: ConnectionLimits = field(default_factory=ConnectionLimits)
    read_ahead: ReadAheadLimits = field(default_factory=ReadAheadLimits)
    stop_grace_s: float = 2.0


class Listener:
    """The shared part of a server's connections; used from its event loop only.

    `buffer` is what every read from the kernel goes into, one after the other.
    """

    def __init__(self, limits: ServerLimits, new_request_id: Callable[[], str]) -> None:
        """Start without connections; *new_request_id* names the answers the server gives itself."""
        self.limits = limits
        self.new_request_id = new_request_id
        self.gate: Gate[Timed] = Gate(limits.connections)
        self.reservoir = Reservoir(limits.read_ahead.overall)
        self.buffer = bytearray(AT_ONCE)
        self.rescued = 0
        self.unheard = 0
        self.overdue = 0
        self._timer: asyncio.TimerHandle | None = None
        self._period = min(LONGEST_SWEEP_S, limits.deadlines.tightest_s() / SWEEPS_PER_DEADLINE)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Keep sweeping while there are connections."""
        if self._timer is None:
            self._timer = loop.call_later(self._period, self._sweep, loop)

    def make_room(self) -> None:
        """Close the connection that has been idle longest if the next one would be too many."""
        if self.gate.crowded():
            idlest = self.gate.idlest()
            if idlest is not None:
                # At once: it is closed only after the newcomers of this turn have been counted.
                self.gate.leave(idlest)
                idlest.evict()

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for connection in self.gate:
            connection.check(now)
        if self.gate.statistics().open:
            self.watch(loop)
