"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_STEPS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))
_MANY_PLACES: Final = 100


def number(value: object) -> str:
    """Write a number with separators, at most two places, and null as a dash."""
    if not isinstance(value, int | float):
        return "-"
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= _MANY_PLACES else f"{value:,.2f}"


def percent(value: object) -> str:
    """Write a share as a percentage with one place, and null as a dash."""
    return f"{value * 100:.1f} %" if isinstance(value, int | float) else "-"


def duration(seconds: object) -> str:
    """Write a duration in its largest fitting unit: `8.9 min`, `2.0 d`; null is a dash."""
    if not isinstance(seconds, int | float):
        return "-"
    for size, unit in _STEPS:
        if abs(seconds) >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def day_and_time(milliseconds: int) -> str:
    """Write a moment in UTC, to the second: `2024-06-29 14:03:12`."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).strftime("%Y-%m-%d %H:%M:%S")
