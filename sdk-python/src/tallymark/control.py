"""Read the control block of an answer: values out of bounds are ignored (CTL-1); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallymark_protocol import control


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
    ttl_s = _number(block, "ttl_s") or control.TTL_S_DEFAULT
    return Control(
        until=now + ttl_s * 1_000,
        pause_ms=_number(block, "pause_ms") or control.PAUSE_MS_DEFAULT,
        flush_ms=_number(block, "flush_ms"),
        max_batch=_number(block, "max_batch"),
    )


def _number(block: Mapping[object, object], field: str) -> int | None:
    value = block.get(field)
    low, high = control.BOUNDS[field]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        return None
    return value
