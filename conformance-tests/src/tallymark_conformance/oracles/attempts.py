"""Oracles over the attempts of a batch and the numbers of a stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.oracles.requests import batches
from tallymark_conformance.proxy.message import Request, header, inflate
from tallymark_conformance.verdict import Violation
from tallymark_protocol.canonical import merge_patch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tallymark_conformance.trace import Exchange

Slice = tuple[str, int, int]
"""A stream and the first and last number of a batch in it."""

OVERTAKING_MS: Final = 1_000
"""How long a batch may be on its way from its cut to this end of the wire."""


def bodies_are_stable(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """Find attempts whose bytes differ from the attempt before (TM-HDR-01).

    A batch is cut anew under attempt 1; so an attempt above 1 repeats the last one of its slice,
    unless the port was shut in between and the record has a gap.
    """
    last: dict[Slice, tuple[int, bytes, float]] = {}
    for exchange, request, batch in batches(exchanges):
        place = _slice(batch)
        if place is None:
            continue
        attempt = _attempt(request)
        plain = inflate(request.headers, request.body) or b""
        before = last.get(place)
        repeats = before is not None and 1 < attempt == before[0] + 1
        if before is not None and repeats and before[1] != plain:
            detail = f"TM-HDR-01 attempt {attempt} in request {exchange.n} has other bytes"
            if not _gap(exchanges, before[2], exchange.started):
                yield Violation("wire", detail, place[0], place[1])
        last[place] = attempt, plain, exchange.ended


def sent_at_moves(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """Find attempts that repeat the send time of the attempt before (TM-HDR-03)."""
    last: dict[Slice, tuple[int, str, float]] = {}
    for exchange, request, batch in batches(exchanges):
        place = _slice(batch)
        sent_at = header(request.headers, "tallymark-sent-at")
        if place is None or sent_at is None:
            continue
        attempt, before = _attempt(request), last.get(place)
        repeats = before is not None and attempt == before[0] + 1 and before[1] == sent_at
        if before is not None and repeats and exchange.started - before[2] > 1:
            detail = f"TM-HDR-03 the send time stands still in request {exchange.n}"
            yield Violation("wire", detail, place[0], place[1])
        last[place] = attempt, sent_at, exchange.started


def numbers_keep_their_content(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """Find a number that is used twice in a batch or for two contents (TM-LED-01, TM-HDR-01)."""
    known: dict[tuple[str, int], int] = {}
    for exchange, _, batch in batches(exchanges):
        stream, first = batch.get("stream"), batch.get("seq")
        if not isinstance(stream, str) or not isinstance(first, int):
            continue
        seen: set[int] = set()
        for place, event in enumerate(batch.get("events", ())):
            if not isinstance(event, dict) or "id" in event:
                continue
            seq = event.get("n", first + place)
            content = hash(_content(batch, event))
            if seq in seen:
                yield Violation("wire", f"TM-LED-01 twice in request {exchange.n}", stream, seq)
            elif known.setdefault((stream, seq), content) != content:
                detail = f"TM-HDR-01 other content in request {exchange.n}"
                yield Violation("wire", detail, stream, seq)
            seen.add(seq)


def high_water_rises(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """Find fresh batches that announce less than one before them (TM-ENV-04).

    Later attempts repeat the bytes of the first and may lag. Batches that were cut at the same
    time overtake each other on their way here, so only what ended OVERTAKING_MS before counts.
    """
    highest: dict[str, list[tuple[int, float]]] = {}
    for exchange, request, batch in batches(exchanges):
        stream, hwm = batch.get("stream"), batch.get("hwm")
        if not isinstance(stream, str) or not isinstance(hwm, int):
            continue
        if _attempt(request) == 1:
            known = exchange.started - OVERTAKING_MS
            before = [high for high, ended in highest.get(stream, ()) if ended <= known]
            if before and max(before) > hwm:
                detail = f"TM-ENV-04 hwm {hwm} after {max(before)} in request {exchange.n}"
                yield Violation("wire", detail, stream)
        told = [pair for pair in highest.get(stream, ()) if pair[0] > hwm]
        highest[stream] = [*told, (hwm, exchange.ended)]


def _slice(batch: Mapping[str, Any]) -> Slice | None:
    stream, first, events = batch.get("stream"), batch.get("seq"), batch.get("events")
    if not isinstance(stream, str) or not isinstance(first, int) or not isinstance(events, list):
        return None
    return stream, first, first + len(events) - 1


def _attempt(request: Request) -> int:
    text = header(request.headers, "tallymark-attempt") or ""
    return int(text) if text.isdigit() else 1


def _content(batch: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Return what the event says whatever batch it stands in: its time and context made whole."""
    absolute = event.get("t", batch.get("t0", 0) + event.get("dt", 0))
    context = merge_patch(batch.get("ctx") or {}, event.get("ctx") or {})
    bare = {key: value for key, value in event.items() if key not in ("n", "t", "dt", "ctx")}
    return json.dumps([absolute, context, bare], sort_keys=True)


def _gap(exchanges: Sequence[Exchange], after: float, before: float) -> bool:
    """Tell whether the port was shut between two times: requests may be missing from the record."""
    return any(
        exchange.end == "refused" and exchange.started < before and exchange.ended > after
        for exchange in exchanges
    )
