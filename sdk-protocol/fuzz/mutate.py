"""Samples of every type and the mutations that make odd ones of them."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
ACK = {"upto": 5, "settled": [[7, 9]], "durability": "committed"}
SAMPLES: dict[str, tuple[Any, ...]] = {
    "event": (
        {
            "e": "product_view",
            "dt": 5,
            "u": "ann-1",
            "p": {"sku": "A", "n": 1, "l": [1, {"a": None}]},
        },
        {"k": "page", "n": 3, "p": {"$url": "x"}, "g": {"company": "acme"}, "sr": 0.5},
        {"k": "identify", "u": "ann-1", "d": "d-1", "ops": {"$set": {"a": 1}, "$add": {"b": 1.5}}},
        {"k": "profile", "d": "d-1", "ops": {"$union": {"a": [1, "x"]}, "$unset": ["b"]}},
        {"k": "group", "gt": "company", "gi": "acme", "ops": {"$delete": True}},
        {"k": "alias", "from": "ann-1", "to": "bob-1", "undo": True, "id": "a1b2c3d4"},
        {"k": "exposure", "f": "flag", "var": "on", "rule": "r", "bucket": 7},
        {"e": "x", "ctx": {"user_id": "u-1", "consent": {"ads": "denied"}, "groups": {"a": "b"}}},
    ),
    "flat": (
        {"e": "temp", "d": "dev-1", "n": 17, "b": 2, "p": {"c": 21.5}},
        {"e": "temp", "stream": STREAM, "n": 1, "v": 1},
        {"e": "temp", "id": "a1b2c3d4", "t": 1000},
    ),
    "context": (
        {"device_id": "d-1", "session_id": "s", "ip": "none", "gpc": True, "tz": "UTC"},
        {"groups": {"company": "acme"}, "app": {"name": "shop", "v": [1, 2]}, "locale": "de"},
    ),
    "envelope": (
        {"v": 1, "stream": STREAM, "seq": 1, "hwm": 2, "t0": 0, "events": [{"e": "x"}, {}]},
        {"v": 1, "stream": STREAM, "seq": 9, "hwm": 8, "fin": True, "t0": 0, "events": []}
        | {"drops": [{"reason": "expired", "ranges": [[1, 3], [5, 5]]}], "clock": "wall"},
        {
            "v": 1,
            "t0": 5,
            "events": [{"id": "a1b2c3d4"}],
            "drops": [{"reason": "hook", "count": 2}],
        },
    ),
    "answer": (
        {"v": 1, "stream": STREAM, "received": 2, "stored": 1, "duplicate": 0, "ack": ACK, "now": 5}
        | {"rejected": [{"n": 3, "code": "depth", "path": "p"}], "retry": [[1, 2]]}
        | {"warn": [{"code": "time_clamped", "count": 1}]},
        {"v": 1, "received": 0, "stored": 0, "duplicate": 0, "now": 5}
        | {"control": {"etag": "c", "ttl_s": 60, "sample": {"default": 0.5, "by_event": {"x": 1}}}},
    ),
    "stream_state": (
        {"v": 1, "stream": STREAM, "known": True, "ack": ACK, "hwm": 9, "fin": False, "stored": 6}
        | {
            "open_ended": False,
            "rejected": {"depth": 1},
            "dropped": {},
            "unaccounted": 2,
            "now": 5,
            "first_seen": 1,
        },
    ),
    "problem": (
        {"type": "x", "title": "x", "status": 400, "code": "malformed", "retryable": False}
        | {"errors": [{"code": "depth", "path": "p", "limit": 5}], "retry_after_ms": 5},
    ),
    "config": ({"v": 1, "control": {"flush_ms": 500, "disable_events": ["x"]}, "flags": {}},),
    "spec": (
        {
            "version": "1.0.0",
            "sha256": "a" * 64,
            "limits": {"A": 1},
            "codes": {},
            "features": ["x"],
        },
    ),
}
RAW = "\ue000"  # marks numbers that json.dumps would not write like this
NUMBERS = (
    "1.0 -0.0 0.0 7.5 1e3 1e400 -1e400 9007199254740993 9007199254740991.0 9007199254740992 "
    f"-9007199254740992 0.001 1e-9 2000.0 1{'0' * 309}"
).split()
STRANGE = (
    "",
    " Null\t",
    "\0",
    "a\0b",
    "\ud800",
    "a\udfffb",
    "\x1f",
    "\x7f",
    "\x85",
    "a\n",
    "\u2028",
)
ALIKE = ("\u2028", "\u212a", "\u00a0null", "\x1cnull", f"{STREAM}\n", "a1b2c3d4\n", "$x", "$x")
WORDS = (
    "x null undefined 0 -1 [] 😀 é Ⅷ K track page identify alias profile granted none wall "
    f"committed expired 00000000-0000-0000-0000-000000000000 {STREAM} {STREAM.upper()}"
).split()
TEXTS = (*STRANGE, *ALIKE, *WORDS)
SIZES = (7, 8, 36, 37, 127, 128, 129, 199, 200, 201, 255, 256, 8191, 8192, 8193, 8193, 8193)
COUNTS = (0, 1, 10, 11, 100, 101, 255, 256)
KEYS = (
    "k n id t dt u d s g sr ctx e p ops from to undo v stream seq hwm fin t0 clock events "
    "drops reason ranges count $set $add $union $unset $delete $inc gt gi f var bucket b "
    "__proto__ constructor toString 10 9 ack upto settled ip consent"
).split()


def case(draw: random.Random) -> tuple[str, str]:
    """Return a type and the JSON text of a mutated sample of it."""
    kind = draw.choice((*SAMPLES, *("event",) * 4, "envelope", "flat"))
    value = copy.deepcopy(draw.choice(SAMPLES[kind]))
    for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3, 5))):
        value = _mutated(draw, value)
    return kind, text_of(value)


def text_of(value: Any) -> str:
    """Return a value as JSON, marked numbers written as they were given."""
    return re.sub(r'"\\ue000([^"]*)"', r"\1", json.dumps(value))


def _mutated(draw: random.Random, value: Any) -> Any:
    """Change one member somewhere inside, now and then the whole."""
    holders = [value] if isinstance(value, (dict, list)) else []
    for holder in holders:
        members = holder.values() if isinstance(holder, dict) else holder
        holders += [member for member in members if isinstance(member, (dict, list))][:20]
    if not holders or draw.random() < 0.02:
        return _odd(draw, value)
    holder = draw.choice(holders)
    if isinstance(holder, list):
        _mutate_list(draw, holder)
    else:
        _mutate_object(draw, holder)
    return value


def _mutate_object(draw: random.Random, holder: dict[str, Any]) -> None:
    action = draw.random()
    if holder and action < 0.55:
        key = draw.choice(tuple(holder))
        holder[key] = _odd(draw, holder[key])
    elif holder and action < 0.65:
        del holder[draw.choice(tuple(holder))]
    elif holder and action < 0.75:
        holder[_text(draw)] = holder.pop(draw.choice(tuple(holder)))
    elif action < 0.97:
        holder[draw.choice(KEYS) if draw.random() < 0.8 else _text(draw)] = _odd(draw, None)
    else:
        holder.update({f"k{n}": n for n in range(draw.choice(COUNTS))})


def _mutate_list(draw: random.Random, holder: list[Any]) -> None:
    action = draw.random()
    if holder and action < 0.5:
        at = draw.randrange(len(holder))
        holder[at] = _odd(draw, holder[at])
    elif holder and action < 0.7:
        del holder[draw.randrange(len(holder))]
    elif action < 0.95:
        holder.insert(draw.randrange(len(holder) + 1), _odd(draw, None))
    else:
        holder += [draw.choice((0, {}, "x"))] * draw.choice(COUNTS)


def _odd(draw: random.Random, value: Any) -> Any:
    """Return a value that is wrong in many places, sometimes one made of the value given."""
    kind = draw.randrange(10)
    if kind < 2:
        return draw.choice((None, True, False, [], {}))
    if kind < 4:
        return RAW + draw.choice(NUMBERS)
    if kind == 4:
        return draw.choice(
            (0, 1, -1, 2, 5, 400, 2**53 - 1, 2**53, -(2**53) + 1, 0.5, 99_999, 100_000)
        )
    if kind < 7:
        return _text(draw)
    if kind == 7:
        return draw.choice(([value], {"a": value}, str(value), [value, value]))
    deep: Any = draw.choice((1, "\0", [], {}))
    for _ in range(draw.randrange(7)):
        deep = {draw.choice(("a", "b", "10")): deep} if draw.random() < 0.5 else [deep]
    return deep


def _text(draw: random.Random) -> str:
    if draw.random() < 0.65:
        return draw.choice(TEXTS)
    unit = draw.choice(("x", "é", "日", "😀"))
    size = len(unit.encode())
    length = draw.choice(SIZES)
    return unit * (length // size) + "y" * (length % size)
