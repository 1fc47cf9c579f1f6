"""Cut batches: join encoded events to a request body without encoding them again; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_protocol import limits
from tallymark_protocol.ranges import Ranges, normalise

from tallymark.encode import dumps_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Entry = tuple[int, bytes]


@dataclass(frozen=True)
class Batch:
    """Hold one request body, and what was put into it. The body never changes (HDR-1)."""

    entries: tuple[Entry, ...]
    seqs: Ranges
    drops: Mapping[str, Ranges]
    hwm: int
    fin: bool
    body: bytes


@dataclass(frozen=True)
class Envelope:
    """Hold what a batch says beside its events."""

    stream: str
    hwm: int
    t0: int
    context: bytes
    drops: Mapping[str, Ranges]
    fin: bool = False
    clock: str = "anchored"


def cut(envelope: Envelope, entries: Sequence[Entry]) -> Batch:
    """Return the batch of these events, in this order; it may be empty (drops or `fin` only)."""
    drops = _reportable(envelope.drops)
    first = entries[0][0] if entries else envelope.hwm + 1
    head = {"v": 1, "stream": envelope.stream, "seq": first, "hwm": envelope.hwm}
    if envelope.fin:
        head["fin"] = True
    head["t0"] = envelope.t0
    if envelope.clock != "anchored":
        head["clock"] = envelope.clock
    parts = [dumps_plain(head)[:-1]]
    if envelope.context not in (b"", b"{}"):
        parts += [b',"ctx":', envelope.context]
    parts += [b',"events":[', b",".join(_numbered(first, entries)), b"]"]
    if drops:
        report = [{"reason": reason, "ranges": ranges} for reason, ranges in drops.items()]
        parts += [b',"drops":', dumps_plain(report)]
    parts.append(b"}")
    seqs = normalise((seq, seq) for seq, _ in entries)
    return Batch(tuple(entries), seqs, drops, envelope.hwm, envelope.fin, b"".join(parts))


def _numbered(first: int, entries: Sequence[Entry]) -> Iterable[bytes]:
    # An event's number follows from its place; after a gap it has to be written (field `n`).
    if entries and entries[-1][0] - first == len(entries) - 1:
        return [event for _, event in entries]
    return [
        event if seq == first + place else b'{"n":%d,' % seq + event[1:]
        for place, (seq, event) in enumerate(entries)
    ]


def _reportable(drops: Mapping[str, Ranges]) -> dict[str, Ranges]:
    # What is left out stays declared and goes with a later batch.
    return {
        reason: ranges[: limits.MAX_DROP_RANGES]
        for reason, ranges in list(drops.items())[: limits.MAX_DROPS]
        if ranges
    }


def halves(entries: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Cut events in two by count."""
    middle = (len(entries) + 1) // 2
    return entries[:middle], entries[middle:]


def weight(entries: Iterable[Entry]) -> int:
    """Return the bytes of events."""
    return sum(len(event) for _, event in entries)
