"""Small drawings in text: sparklines and bars."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

Number = int | float

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def sparkline(values: Sequence[Number | None], width: int) -> str:
    """Draw values as at most *width* blocks; zero is the lowest block, null a blank.

    More values than blocks are averaged in equal runs, so that peaks become flatter but no run
    is left out.
    """
    points = _squeezed(values, width)
    known = [value for value in points if value is not None]
    low, high = min(0, *known, 0), max(0, *known, 0)
    return "".join(" " if value is None else _block(value, low, high) for value in points)


def bar(share: float, width: int) -> str:
    """Draw a share from 0 to 1 as a bar of at most *width* cells, in eighths of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    full, part = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[part] if part else "")


def _block(value: Number, low: Number, high: Number) -> str:
    if high == low:
        return _LEVELS[0]
    place = (value - low) / (high - low)
    return _LEVELS[min(len(_LEVELS) - 1, math.ceil(place * (len(_LEVELS) - 1)))]


def _squeezed(values: Sequence[Number | None], width: int) -> list[Number | None]:
    count = len(values)
    if count <= width:
        return list(values)
    cuts = [index * count // width for index in range(width + 1)]
    runs = (values[a:b] for a, b in pairwise(cuts))
    return [_average([value for value in run if value is not None]) for run in runs]


def _average(values: Sequence[Number]) -> Number | None:
    return sum(values) / len(values) if values else None
