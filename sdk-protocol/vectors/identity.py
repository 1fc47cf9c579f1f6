"""Identity mappings by walking a graph, for drawn sets of operations."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Vector = dict[str, Any]
Op = dict[str, Any]
USERS = ("ann", "bob", "cyd", "dee", "é", "😀", "\ufffd")
STREAMS = ("0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c")


def merges() -> Iterator[Vector]:
    """Yield 300 sets of at most six operations with the mapping and the owners they give."""
    draw = random.Random(4)
    for n in range(300):
        operations = [_operation(draw, seq) for seq in range(1, 2 + n % 6)]
        asked = [
            {
                "user": draw.choice((None, *USERS)),
                "device": draw.choice((None, "d1", "d2", "d3")),
                "ts": ts,
            }
            for ts in (0, 2, 4, 6)
        ]
        yield {
            "requirement": "TM-IDN-06",
            "input": {"operations": operations, "events": asked},
            "expect": {
                "users": {
                    user: to
                    for user in sorted(USERS, key=_order)
                    if (to := _canonical(user, operations)) != user
                },
                "owners": [_owner(event, operations) for event in asked],
            },
        }


def _operation(draw: random.Random, seq: int) -> Op:
    tag = {"ts": draw.randrange(6), "stream": draw.choice(STREAMS), "seq": seq}
    kind = draw.choice(("seen", "identify", "identify", "alias", "alias", "undo"))
    one, two = draw.sample(USERS, 2)
    if kind == "seen":
        return {"op": "seen", "ts": tag["ts"], "user": one}
    if kind == "identify":
        return {"op": "identify", "tag": tag, "device": draw.choice(("d1", "d2")), "user": one}
    return {"op": "alias", "tag": tag, "source": one, "target": two, "undo": kind == "undo"}


def _order(user: str) -> bytes:
    return user.encode("utf-16-be")


def _place(op: Op) -> tuple[int, str, int]:
    return op["tag"]["ts"], op["tag"]["stream"], op["tag"]["seq"]


def _joined(one: str, two: str, operations: list[Op]) -> bool:
    """Say whether the last word on a pair joins it."""
    about = [
        op
        for op in operations
        if op["op"] == "alias" and {op["source"], op["target"]} == {one, two}
    ]
    return bool(about) and not max(about, key=_place)["undo"]


def _canonical(user: str, operations: list[Op]) -> str:
    """Walk from a user over all joined pairs; the one seen first is the canonical one."""
    reached, waiting = {user}, [user]
    while waiting:
        at = waiting.pop()
        new = {other for other in USERS if other not in reached and _joined(at, other, operations)}
        reached |= new
        waiting += new
    return min(reached, key=lambda name: (_first(name, operations), _order(name)))


def _first(user: str, operations: list[Op]) -> int:
    times = [
        op["ts"] if op["op"] == "seen" else op["tag"]["ts"]
        for op in operations
        if user in (op.get("user"), op.get("source"), op.get("target"))
    ]
    return min(times, default=0)


def _owner(event: Op, operations: list[Op]) -> str | None:
    if event["user"] is not None:
        return _canonical(event["user"], operations)
    links = sorted(
        (op for op in operations if op["op"] == "identify" and op["device"] == event["device"]),
        key=_place,
    )
    if not links:
        device: str | None = event["device"]
        return device
    before = [op for op in links if op["tag"]["ts"] <= event["ts"]]
    return _canonical((before or links[:1])[-1]["user"], operations)
