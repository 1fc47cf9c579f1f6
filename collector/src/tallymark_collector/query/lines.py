"""Stored events as lines of JSON: what an export holds and what goes over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import orjson
from tallymark_protocol.event_id import event_id

from tallymark_collector.store.log import StoredEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_collector.govern.access import Scope

_FURTHER: Final = 8
"""How many times as far back is looked when the newest events are not a project's own."""


class Newest(Protocol):
    """The reads of a log that looking back needs."""

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""

    def head(self) -> int:
        """Return the highest `pos` that is committed, 0 when the log is empty."""


def line_of(stored: StoredEvent) -> bytes:
    """Return one event as JSON without a line end; `id` is the one it can be known by (LED-07)."""
    known = stored.id
    if known is None and stored.stream is not None and stored.seq is not None:
        known = event_id(stored.stream, stored.seq)
    return orjson.dumps(
        {
            "pos": stored.pos,
            "ts": stored.ts,
            "received_at": stored.received_at,
            "stream": stored.stream,
            "seq": stored.seq,
            "id": known,
            "event": orjson.Fragment(stored.body),
        }
    )


def event_of(line: bytes) -> StoredEvent:
    """Read a line back; raise ValueError, TypeError or KeyError for what is none."""
    found = orjson.loads(line)
    stream, sent = found["stream"], found["event"].get("t")
    return StoredEvent(
        pos=found["pos"],
        stream=stream,
        seq=found["seq"],
        id=found["id"] if stream is None else None,
        received_at=found["received_at"],
        t=found["received_at"] if sent is None else sent,
        ts=found["ts"],
        body=orjson.dumps(found["event"]),
    )


def newest(log: Newest, scope: Scope, number: int) -> Sequence[StoredEvent]:
    """Return the last *number* events of a project, looking back further as long as needed."""
    head, back = log.head(), max(number, 1)
    while number:
        found = list(log.read(scope, max(0, head - back), back))
        if len(found) >= number or back >= head:
            return found[-number:]
        back *= _FURTHER
    return ()
