"""Read what came back for a request: an action of the retry table, and what it settles; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tallymark_protocol import ack, codes, retry
from tallymark_protocol._generated.retry import RETRY_AFTER_CAP_MS
from tallymark_protocol.ranges import Ranges, normalise

from tallymark.encode import loads
from tallymark.transport import AMBIGUOUS, Failure, Response

_MAX_SEQ = (1 << 53) - 1
_OK = range(200, 300)


@dataclass(frozen=True)
class Rejection:
    """Hold the verdict on one event; *final* = sending it again would change nothing."""

    seq: int
    code: str
    path: str | None
    limit: int | None
    final: bool


@dataclass(frozen=True)
class Answer:
    """
    Say what an answer means.

    *action* is one of the retry table's. *ambiguous* = the collector may have taken the request
    (LED-6). *floor_ms* is the least wait it asked for.
    """

    action: str
    ambiguous: bool = False
    acked: Ranges = ()
    rejected: tuple[Rejection, ...] = ()
    retry: Ranges = ()
    floor_ms: int | None = None
    control: Mapping[str, Any] | None = None
    detail: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)


def read(answer: Response | Failure, stream: str, wall_ms: int) -> Answer:
    """Return the meaning of *answer* for a request on *stream*."""
    if isinstance(answer, Failure):
        ambiguous = answer.kind in AMBIGUOUS
        return Answer("backoff", ambiguous, detail=f"{answer.kind}: {answer.detail}")
    proven = ack.proves(answer.status, answer.headers.get("tallymark-ack"), stream)
    body = _object(answer.body)
    code = body.get("code")
    action = retry.classify(answer.status, code if isinstance(code, str) else None, proven)
    if action == "settle":
        return _settling(body, stream)
    return Answer(
        action,
        ambiguous=answer.status in _OK,
        floor_ms=_floor(answer, body, wall_ms),
        detail=f"status {answer.status}" + (f" {code}" if isinstance(code, str) else ""),
    )


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def _floor(answer: Response, body: Mapping[str, Any], wall_ms: int) -> int | None:
    floor = retry.retry_after_ms(answer.headers.get("retry-after"), wall_ms)
    if floor is not None:
        return floor
    value = body.get("retry_after_ms")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    return min(value, RETRY_AFTER_CAP_MS)


def _settling(body: Mapping[str, Any], stream: str) -> Answer:
    """Read the body of a proven answer; a broken one is a truncated answer."""
    try:
        acked = _acked(body["ack"])
        again = _pairs(body.get("retry") or ())
        rejected = _rejections(body.get("rejected"))
    except (KeyError, TypeError, ValueError) as error:
        return Answer("backoff", ambiguous=True, detail=f"unreadable answer: {error!r}")
    if body.get("stream") != stream:
        return Answer("intercepted", ambiguous=True, detail="the answer is about another stream")
    control = body.get("control")
    return Answer(
        "settle",
        acked=acked,
        retry=again,
        rejected=rejected,
        control=control if isinstance(control, Mapping) else None,
    )


def _acked(block: Mapping[str, Any]) -> Ranges:
    upto = block["upto"]
    if not _is_whole(upto) or upto < 0:
        raise ValueError(f"ack.upto is {upto!r}")
    return normalise([(1, upto), *_pairs(block.get("settled") or ())])


def _pairs(pairs: Any) -> Ranges:  # noqa: ANN401 - foreign JSON
    for low, high in pairs:
        if not (_is_whole(low) and _is_whole(high) and 1 <= low <= high <= _MAX_SEQ):
            raise ValueError(f"[{low!r}, {high!r}] is no range")
    return normalise(pairs)


def _rejections(items: object) -> tuple[Rejection, ...]:
    # A stream's ledger counts its rejections (an object); only a batch's answer lists them.
    if not isinstance(items, list):
        return ()
    return tuple(_rejection(item) for item in items if "n" in item)


def _rejection(item: Mapping[str, Any]) -> Rejection:
    seq, code, limit, path = item["n"], item["code"], item.get("limit"), item.get("path")
    if not _is_whole(seq) or not isinstance(code, str):
        raise ValueError(f"{item!r} is no rejection")
    known = codes.VERDICTS.get(code)
    # Unknown codes are final and count as rejected (VER-3).
    return Rejection(
        seq,
        code,
        path if isinstance(path, str) else None,
        limit if _is_whole(limit) else None,
        final=known is None or not known.retryable,
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
