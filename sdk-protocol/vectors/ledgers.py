"""Traces of one stream by sets of integers, one member at a time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Vector = dict[str, Any]
CODES = ("bad_name", "depth")
REASONS = ("queue_overflow", "expired")


def ledgers() -> Iterator[Vector]:
    """Yield 200 traces of stored, rejected and dropped numbers, seen in any order and repeated."""
    draw = random.Random(6)
    for n in range(200):
        steps = [_step(draw) for _ in range(1 + n % 8)]
        yield {
            "requirement": "TM-LED-02" if n % 2 else "TM-LED-05",
            "input": steps,
            "expect": _end(steps),
        }


def _step(draw: random.Random) -> Vector:
    low = draw.randrange(1, 20)
    ranges = [[low, low + draw.randrange(6)]]
    if draw.random() < 0.3:
        ranges.append([ranges[0][1] + draw.randrange(2, 5), ranges[0][1] + 6])
    kind = draw.choice(("stored", "stored", "rejected", "dropped"))
    step: Vector = {
        "state": kind,
        "ranges": ranges,
        "hwm": draw.randrange(30),
        "fin": draw.random() < 0.1,
    }
    if kind != "stored":
        step["name"] = draw.choice(CODES if kind == "rejected" else REASONS)
    return step


def _end(steps: list[Vector]) -> Vector:
    """Decide each number on its own: the best state it ever had, the first name of that state."""
    ends: dict[int, tuple[str, str | None]] = {}
    hwm = max(step["hwm"] for step in steps)
    for state in ("stored", "rejected", "dropped"):
        for step in (step for step in steps if step["state"] == state):
            for low, high in step["ranges"]:
                for seq in range(low, high + 1):
                    ends.setdefault(seq, (state, step.get("name")))
    hwm = max([hwm, *ends])
    upto = 0
    while upto + 1 in ends:
        upto += 1
    return {
        "upto": upto,
        "settled": _ranges(seq for seq in ends if seq > upto),
        "hwm": hwm,
        "fin": any(step["fin"] for step in steps),
        "unaccounted": _ranges(seq for seq in range(1, hwm + 1) if seq not in ends),
        "stored": _ranges(seq for seq, end in ends.items() if end[0] == "stored"),
        "rejected": _named(ends, "rejected"),
        "dropped": _named(ends, "dropped"),
    }


def _named(ends: dict[int, tuple[str, str | None]], state: str) -> dict[str, Any]:
    names = sorted({name for kind, name in ends.values() if kind == state and name})
    return {
        name: _ranges(seq for seq, end in ends.items() if end == (state, name)) for name in names
    }


def _ranges(numbers: Iterable[int]) -> list[list[int]]:
    out: list[list[int]] = []
    for number in sorted(numbers):
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return out
