"""Profiles by each operation's own rule, for drawn sets of operations on few keys."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Vector = dict[str, Any]
KEYS = ("a", "b", "10", "é")
SCALARS = (1, 2, "x", "y", True, None, 1.5, -3)
ORDER = ("$set", "$set_once", "$add", "$append", "$union", "$remove", "$unset", "$delete")


def profiles() -> Iterator[Vector]:
    """Yield 300 sets of at most six stored events with the state they give."""
    draw = random.Random(5)
    for n in range(300):
        operations = [
            {
                "tag": {"ts": draw.randrange(4), "stream": draw.choice("ab"), "seq": seq},
                "ops": _ops(draw),
            }
            for seq in range(1, 2 + n % 6)
        ]
        state = {
            key: value
            for key in sorted(KEYS, key=lambda k: k.encode("utf-16-be"))
            if (value := _key(key, operations)) is not _NONE
        }
        yield {"requirement": "TM-PRF-01", "input": operations, "expect": state}


_NONE = object()


def _ops(draw: random.Random) -> dict[str, Any]:
    return {op: _operand(draw, op) for op in draw.sample(ORDER, draw.choice((1, 1, 2, 3)))}


def _operand(draw: random.Random, op: str) -> object:
    key = draw.choice(KEYS)
    if op == "$add":
        return {key: draw.choice((1, 2.5, -1, 0.1, 10))}
    if op == "$union":
        return {key: draw.sample(SCALARS, draw.randrange(4))}
    if op == "$unset":
        return draw.sample(KEYS, draw.randrange(1, 3))
    if op == "$delete":
        return True
    if op == "$set" and draw.random() < 0.3:
        return {key: draw.sample(SCALARS, draw.randrange(3))}
    return {key: draw.choice(SCALARS)}


def _key(key: str, operations: list[dict[str, Any]]) -> object:
    """Follow one key through all operations that name it, oldest first."""
    steps = [
        (
            event["tag"]["ts"],
            event["tag"]["stream"],
            event["tag"]["seq"],
            ORDER.index(op),
            op,
            operand,
        )
        for event in operations
        for op, operand in event["ops"].items()
    ]
    value: object = _NONE
    for *_, op, operand in sorted(steps, key=lambda step: step[:4]):
        if op == "$delete" or (op == "$unset" and key in operand):
            value = _NONE
        elif op != "$unset" and key in operand:
            value = _after(op, value, operand[key])
    return value


def _after(op: str, held: Any, operand: Any) -> object:
    missing = held is _NONE
    if op == "$set" or (op == "$set_once" and missing):
        return operand
    if op == "$add" and (missing or type(held) in (int, float)):
        return (0 if missing else held) + operand
    if op == "$append" and (missing or isinstance(held, list)):
        return ([] if missing else held) + [operand]
    if op == "$union" and (missing or isinstance(held, list)):
        known = [] if missing else list(held)
        for item in operand:
            if not any(_same(item, other) for other in known):
                known.append(item)
        return known
    if op == "$remove" and isinstance(held, list):
        return [item for item in held if not _same(item, operand)]
    return held


def _same(one: object, two: object) -> bool:
    return json.dumps(one) == json.dumps(two)
