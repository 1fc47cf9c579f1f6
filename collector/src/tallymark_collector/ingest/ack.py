"""Answers to accepted requests (protocol section 6): exceptions only, and what is settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from tallymark_protocol import limits
from tallymark_protocol.ack import format_ack
from tallymark_protocol.ranges import contains

from tallymark_collector.ingest.arrival import numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tallymark_collector.ingest.verdict import Verdicts
    from tallymark_collector.store.log import Arrival, Ranges, Refused, Row, Settlement

DURABILITY: Final = "committed"
MOST_RANGES: Final = limits.MAX_RANGES
"""Settled ranges one answer tells at most: more would go beyond what an SDK reads (ACK-03)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's body and its proof (`Tallymark-Ack`)."""

    body: bytes
    proof: str
    rejected: int


def answer(arrival: Arrival, verdicts: Verdicts, settlement: Settlement, now: int) -> Answer:
    """Return what a client is told about its request after the commit."""
    rejected = list(rejections(arrival, settlement))
    body: dict[str, Any] = {"v": 1}
    if arrival.stream is not None:
        body["stream"] = arrival.stream
    body |= {
        "received": len(arrival.rows) + len(arrival.refused),
        "stored": settlement.stored,
        "duplicate": settlement.duplicate,
    }
    if arrival.stream is not None:
        settled = _told(settlement.settled, arrival)
        body["ack"] = ack_of(settlement.upto, settled)
    if settlement.retry:
        body["retry"] = settlement.retry
    if rejected:
        body["rejected"] = rejected
    if verdicts.clamped:
        body["warn"] = [_clamped(arrival.rows, verdicts.clamped)]
    body["now"] = now
    proof = format_ack(arrival.stream, settlement.upto)
    return Answer(orjson.dumps(body), proof, len(rejected))


def ack_of(upto: int, settled: Ranges) -> dict[str, Any]:
    """Return the `ack` object (LED-05)."""
    return {"upto": upto, "settled": settled, "durability": DURABILITY}


def rejections(arrival: Arrival, settlement: Settlement) -> Iterator[dict[str, Any]]:
    """Yield the refused events and the conflicts in the order they came (ACK-06).

    What an earlier attempt has stored is not rejected any more (LED-02), and what was not taken has
    no verdict yet (LED-14).
    """
    conflicts = set(settlement.conflicts)
    superseded = set(settlement.superseded)
    found = [
        (row.place, _named(row) | {"code": "conflict"})
        for row in arrival.rows
        if row.place in conflicts
    ]
    found += [
        (refused.place, _named(refused) | _verdict(refused))
        for refused in arrival.refused
        if refused.place not in superseded and not _is_open(refused, settlement)
    ]
    for _, rejection in sorted(found, key=lambda pair: pair[0]):
        yield rejection


def _is_open(refused: Refused, settlement: Settlement) -> bool:
    return refused.seq is not None and contains(settlement.retry, refused.seq)


def _named(event: Row | Refused) -> dict[str, Any]:
    if event.seq is not None:
        return {"n": event.seq}
    return {"i": event.place} if event.id is None else {"id": event.id}


def _verdict(refused: Refused) -> dict[str, Any]:
    verdict: dict[str, Any] = {"code": refused.code}
    if refused.path:
        verdict["path"] = refused.path
    if refused.limit is not None:
        verdict["limit"] = refused.limit
    return verdict


def _clamped(rows: Sequence[Row], places: Sequence[int]) -> dict[str, Any]:
    numbers = [row.seq for row in rows if row.place == places[0] and row.seq is not None]
    first = {"n": numbers[0]} if numbers else {}
    return {"code": "time_clamped", "count": len(places)} | first


def _told(settled: Ranges, arrival: Arrival) -> Ranges:
    """Return the settled ranges to tell: all, or of too many those that hold this request's."""
    if len(settled) <= MOST_RANGES:
        return settled
    numbers = numbers_of(arrival.rows, arrival.refused)
    lowest, highest = min(numbers, default=0), max(numbers, default=0)
    near = tuple(pair for pair in settled if pair[1] >= lowest and pair[0] <= highest)
    return (near or settled)[:MOST_RANGES]
