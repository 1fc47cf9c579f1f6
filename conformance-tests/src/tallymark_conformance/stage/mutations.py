"""Bodies that are nearly right: drawn from good envelopes, changed in a place or two."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from random import Random

    from tallymark_conformance.stage.server import ServerStage

LEAVES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 1.5, 2**53, -(2**53), 10**30, 1e308, -0.0, "", "null", "x"),
    *("\u0000", "\ud800", "\u202e", "é" * 200, "x" * 9_000, "$x", "0", [], {}, [[]], {"": {}}),
    *([1, [2, [3, [4, [5, [6]]]]]], {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}, "2026-01-01"),
)
FIELDS: Final = (
    *("v", "stream", "seq", "hwm", "fin", "t0", "clock", "ctx", "events", "drops", "k", "n", "id"),
    *("t", "dt", "e", "u", "d", "s", "g", "p", "sr", "ops", "from", "to", "gt", "gi", "undo", "f"),
)
KINDS: Final = (*("track", "page", "screen", "identify", "profile", "group", "alias"), "exposure")
BYTES: Final = (b"\x00", b"\xff", b'"', b"\\", b"{", b"]", b",", b"1e999", b"\xed\xa0\x80", b" ")
CODED: Final = {"Content-Encoding": "gzip"}
LINES: Final = {"Content-Type": "application/x-ndjson"}


def mutated(stage: ServerStage) -> tuple[bytes, str, dict[str, str]]:
    """Return a body, where to post it, and its headers; all drawn from the stage's seed."""
    rng = stage.rng
    batch = stage.envelope(0, hwm=3, events=[_event(rng) for _ in range(rng.randint(0, 3))])
    if _chance(rng, 30):
        batch["drops"] = [{"reason": "hook", "ranges": [[4, 9]]}]
        batch["hwm"] = 9
    path = rng.choice(("/v1/batch", "/v1/batch", "/v1/validate", "/v1/e"))
    value: Any = _event(rng) if path == "/v1/e" else batch
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        value = _changed(rng, value)
    text = json.dumps(value).encode()
    headers: dict[str, str] = {}
    if path != "/v1/e" and _chance(rng, 10):
        text, headers = _lines(value), dict(LINES)
    if _chance(rng, 25):
        text = _scratched(rng, text)
    if _chance(rng, 15):
        text, headers = gzip.compress(text, 1), {**headers, **CODED}
        text = _scratched(rng, text) if _chance(rng, 30) else text
    return text, path, headers


def _chance(rng: Random, percent: int) -> bool:
    return rng.randrange(100) < percent


def _event(rng: Random) -> dict[str, Any]:
    kind = rng.choice(KINDS)
    whole = {
        "k": kind,
        "e": "probe",
        "u": "ann-1",
        "d": "dev-1",
        "dt": rng.randint(-99, 99),
        "p": {"a": 1, "b": [1, {"c": "x"}]},
        "g": {"company": "acme-1"},
        "gt": "company",
        "gi": "acme-1",
        "from": "a-1",
        "to": "b-1",
        "f": "flag",
        "var": "on",
        "ops": {"$set": {"a": 1}, "$add": {"b": 2}},
        "ctx": {"app": "shop"},
    }
    kept = {name: item for name, item in whole.items() if name == "k" or _chance(rng, 70)}
    return {"e": "probe", **kept} if _chance(rng, 80) else kept


def _changed(rng: Random, value: Any) -> Any:
    """Return *value* with one thing in it replaced, added or left out."""
    if _chance(rng, 25) or not isinstance(value, dict | list) or not value:
        if isinstance(value, dict):
            return {**value, rng.choice(FIELDS): rng.choice(LEAVES)}
        return [*value, rng.choice(LEAVES)] if isinstance(value, list) else rng.choice(LEAVES)
    if isinstance(value, list):
        place = rng.randrange(len(value))
        return [*value[:place], _changed(rng, value[place]), *value[place + 1 :]]
    name = rng.choice(list(value))
    if _chance(rng, 20):
        return {key: item for key, item in value.items() if key != name}
    return {**value, name: _changed(rng, value[name])}


def _lines(value: Any) -> bytes:
    head = (
        {key: item for key, item in value.items() if key != "events"}
        if isinstance(value, dict)
        else value
    )
    events = value.get("events") if isinstance(value, dict) else None
    rows = [head, *(events if isinstance(events, list) else [events])]
    return "\n".join(json.dumps(row) for row in rows).encode()


def _scratched(rng: Random, text: bytes) -> bytes:
    """Return *text* with some bytes cut out, put in or doubled."""
    place = rng.randrange(len(text) + 1)
    how = rng.randrange(4)
    if how == 0:
        return text[:place]
    if how == 1:
        return text[:place] + rng.choice(BYTES) + text[place:]
    if how == 2:  # noqa: PLR2004 (one of four ways)
        return text[:place] + text[place + rng.randint(1, 20) :]
    return text[:place] + text
