"""Durations as people write them: `7d`, `30m`, `2s`, `500ms`."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY

_UNITS: Final = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_WORDS: Final = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))
_PATTERN: Final = re.compile(r"(\d{1,9})\s*(ms|s|m|h|d|w)")


def parse_duration(value: object) -> int:
    """Read a duration such as `7d` and return it in milliseconds."""
    match = _PATTERN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is not a duration: write a whole number and a unit "
            "(ms, s, m, h, d or w), for example 7d"
        )
    return int(match[1]) * _UNITS[match[2]]


def in_words(milliseconds: int) -> str:
    """Name a duration in the largest unit that divides it: `7 days`, `90 minutes`."""
    for size, word in _WORDS:
        if milliseconds and milliseconds % size == 0:
            count = milliseconds // size
            return f"{count} {word}" if count == 1 else f"{count:,} {word}s"
    return f"{milliseconds} ms"


Duration = Annotated[int, BeforeValidator(parse_duration)]
"""A pydantic field that takes `"7d"` and holds milliseconds."""
