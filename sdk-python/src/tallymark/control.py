"""Read the control block of an answer: values out of bounds are ignored (CTL-1); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tallymark_protocol import control

_NONE: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Control:
    """
    Hold what the collector asks of a client until *until* (steady ms); None = not asked.

    *sample* is the share of people whose events are kept, *sample_by_event* that of single events'
    names (CTL-2); events named in *disabled* are not recorded at all.
    """

    etag: str | None = None
    until: int = 0
    ttl_ms: int = control.TTL_S_DEFAULT * 1_000
    pause_ms: int = 0
    flush_ms: int | None = None
    max_batch: int | None = None
    sample: float = control.SAMPLE_DEFAULT
    sample_by_event: Mapping[str, float] = field(default_factory=lambda: _NONE)
    disabled: frozenset[str] = frozenset()

    @property
    def selective(self) -> bool:
        """Tell whether not every event is to be recorded."""
        return bool(self.sample < 1 or self.sample_by_event or self.disabled)

    def rate(self, name: object) -> float:
        """Return the share of people whose events of this name are kept; 0 = nobody's."""
        if name in self.disabled:
            return 0
        return self.sample_by_event.get(str(name), self.sample)

    def at(self, now: int) -> Control:
        """Return what is in force at *now*: after its time the defaults hold again."""
        return self if now < self.until else NO_CONTROL


NO_CONTROL = Control()


def read_control(block: object, now: int) -> Control | None:
    """Return the block's good values; None if there is no block."""
    if not isinstance(block, Mapping):
        return None
    etag, sample = block.get("etag"), block.get("sample")
    rates = sample if isinstance(sample, Mapping) else {}
    ttl_s = _number(block, "ttl_s") or control.TTL_S_DEFAULT
    return Control(
        until=now + ttl_s * 1_000,
        ttl_ms=ttl_s * 1_000,
        pause_ms=_number(block, "pause_ms") or control.PAUSE_MS_DEFAULT,
        flush_ms=_number(block, "flush_ms"),
        max_batch=_number(block, "max_batch"),
        etag=etag if isinstance(etag, str) else None,
        sample=_rate(rates.get("default")) or control.SAMPLE_DEFAULT,
        sample_by_event=_rates(rates.get("by_event")),
        disabled=_names(block.get("disable_events")),
    )


def _number(block: Mapping[object, object], field: str) -> int | None:
    value = block.get(field)
    low, high = control.BOUNDS[field]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        return None
    return value


def _rate(value: object) -> float | None:
    low, high = control.BOUNDS["sample"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        return None
    return value


def _rates(block: object) -> Mapping[str, float]:
    named = block.items() if isinstance(block, Mapping) else ()
    good = ((name, _rate(value)) for name, value in named)
    return {str(name): rate for name, rate in good if rate is not None}


def _names(names: object) -> frozenset[str]:
    if not isinstance(names, list) or len(names) > control.BOUNDS["disable_events"][1]:
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str))
