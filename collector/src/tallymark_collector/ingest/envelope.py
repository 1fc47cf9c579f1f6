"""The envelope of a batch as a value; no I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tallymark_protocol import ranges
from tallymark_protocol.validate import integer, validate_envelope

from tallymark_collector.problem import Problem
from tallymark_collector.store.log import Loss

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 60
"""Characters of a wrong value that are told."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a batch says once (protocol section 4).

    `events` are as sent, not looked at yet; `seq` is the number of the first and means nothing
    without a stream.
    """

    stream: str | None
    seq: int
    hwm: int
    fin: bool
    t0: int
    clock: str
    ctx: Mapping[str, object]
    events: list[object]
    losses: tuple[Loss, ...]


def read_envelope(value: object) -> Envelope:
    """Return the envelope, or raise the problem its first issue is (ENV-01, ENV-10, ENV-11)."""
    issue = validate_envelope(value)
    if issue is not None:
        error: dict[str, object] = {"code": issue.code, "path": issue.path}
        if issue.limit is not None:
            error["limit"] = issue.limit
        detail = _what_is_wrong(value, issue.path) if issue.code == "malformed" else ""
        raise Problem(issue.code, detail, path=issue.path or None, errors=[error])
    assert isinstance(value, dict)
    return Envelope(
        stream=value.get("stream"),
        seq=integer(value.get("seq"), 0) or 0,
        hwm=integer(value.get("hwm"), 0) or 0,
        fin=value.get("fin") is True,
        t0=integer(value.get("t0"), 0) or 0,
        clock=value.get("clock") or "anchored",
        ctx=value.get("ctx") or {},
        events=value["events"],
        losses=tuple(map(_loss, value.get("drops") or ())),
    )


def _what_is_wrong(value: object, path: str) -> str:
    """Say which field of an envelope is missing, or which value it cannot have."""
    place: object = value
    for step in path.split(".") if path else ():
        if isinstance(place, dict) and step in place:
            place = place[step]
        elif isinstance(place, list) and step.isdigit() and int(step) < len(place):
            place = place[int(step)]
        else:
            return f"the envelope has no {path}"
    if place is None and path:
        return f"the envelope has no {path}"
    shown = _told(place)
    return f"the envelope's {path} cannot be {shown}" if path else f"{shown} is no envelope"


def _told(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "an array"
        case str():
            return ascii(value[:_SHOWN]) + ("…" if len(value) > _SHOWN else "")
        case _:
            return json.dumps(value)[:_SHOWN]


def _loss(drop: dict[str, Any]) -> Loss:
    pairs = [(int(low), int(high)) for low, high in drop.get("ranges") or ()]
    lost = ranges.normalise(pairs)
    return Loss(drop["reason"], lost, ranges.count(lost) or integer(drop.get("count"), 0) or 0)
