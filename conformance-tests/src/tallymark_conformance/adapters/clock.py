"""A clock of the Python SDK that the suite can move, over the SDK's own way to read the time.

The SDK's `AnchoredClock` stays in charge: what it reads of the machine is what moves. So a jump of
the wall clock meets the code that must not follow it (TM-CLK-01).
"""

from __future__ import annotations

import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import tallymark.clock
from tallymark.clock import AnchoredClock
from tallymark.draws import draws
from tallymark.transport.http import HttpTransport

if TYPE_CHECKING:
    from tallymark.retry import Draws

NS: Final = 1_000_000
LOOK_S: Final = 0.02
"""How often a waiting worker looks whether its time has come: nothing wakes it at a move."""

_moves: Final = {"steady": 0, "wall": 0}


def moved(ms: int, wall_ms: int) -> None:
    """Let *ms* pass on all clocks; *wall_ms* moves the wall clock alone."""
    _moves["steady"] += ms * NS
    _moves["wall"] += (ms + wall_ms) * NS


def _monotonic_ns() -> int:
    return time.monotonic_ns() + _moves["steady"]


def _time_ns() -> int:
    return time.time_ns() + _moves["wall"]


class MovableClock(AnchoredClock):
    """The SDK's clock on a machine whose time the suite moves."""

    __slots__ = ()

    def wait(self, signals: SimpleQueue[None], until: int | None) -> None:
        """Wait for a signal or until then (steady ms), in small steps: time may be moved."""
        if until is None:
            signals.get()
            return
        with suppress(Empty):
            while (left := until - self.steady_ms()) > 0:
                try:
                    signals.get(timeout=min(left / 1000, LOOK_S))
                except Empty:
                    continue
                return
            signals.get_nowait()


class MovableTransport(HttpTransport):
    """The SDK's transport, with the clock the client takes from it."""

    def __init__(self, url: str) -> None:
        """Send to *url*."""
        super().__init__(url)
        self.clock = MovableClock()
        self.draws: Draws = draws()


def virtual_transport(url: str) -> MovableTransport:
    """Return the transport of a client whose time can be moved."""
    readings = SimpleNamespace(monotonic_ns=_monotonic_ns, time_ns=_time_ns)
    vars(tallymark.clock)["time"] = readings
    return MovableTransport(url)
