"""Read the control block of an answer: values out of bounds are ignored (CTL-1); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_DEFAULT_TTL_S = 3_600
_MAX_TTL_S = 86_400
_MAX_PAUSE_MS = 3_600_000


@dataclass(frozen=True)
class Control:
    """Hold what the collector asks of a client until *until* (steady ms); None = not asked."""

    until: int = 0
    pause_ms: int = 0
    flush_ms: int | None = None
    max_batch: int | None = None

    def at(self, now: int) -> Control:
        """Return what is in force at *now*: after its time the defaults hold again."""
        return self if now < self.until else NO_CONTROL


NO_CONTROL = Control()


def read_control(block: object, now: int) -> Control | None:
    """Return the block's good values; None if there is no block."""
    if not isinstance(block, Mapping):
        return None
    ttl_s = _within(block.get("ttl_s"), 1, _MAX_TTL_S) or _DEFAULT_TTL_S
    return Control(
        until=now + ttl_s * 1_000,
        pause_ms=_within(block.get("pause_ms"), 0, _MAX_PAUSE_MS) or 0,
        flush_ms=_within(block.get("flush_ms"), 100, 600_000),
        max_batch=_within(block.get("max_batch"), 1, 2_000),
    )


def _within(value: object, low: int, high: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        return None
    return value
