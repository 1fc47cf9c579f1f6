"""What a collector holds of a scenario: its rows, refusals, losses and ledgers."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.checker import event_id
from tallymark_conformance.log_reader import FILE, TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

ROWS: Final = """
SELECT event.pos, stream.id, event.seq, event.id, event.received_at, event.t, event.ts, event.body
FROM event LEFT JOIN stream ON stream.no = event.stream_no
WHERE stream.id IN (SELECT value FROM json_each(?1)) OR instr(event.body, ?2) ORDER BY event.pos
"""
LOSSES: Final = """
SELECT stream.id, loss.state, loss.reason, loss.first, loss.last FROM loss
JOIN stream ON stream.no = loss.stream_no
WHERE stream.id IN (SELECT value FROM json_each(?1))
"""
CONFLICTS: Final = """
SELECT id, conflicts FROM stream WHERE conflicts > 0 AND id IN (SELECT value FROM json_each(?1))
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored event: its place, the id derived from it, its times in ms, and what it says."""

    pos: int
    stream: str
    seq: int
    id: str
    received_at: int
    t: int
    ts: int
    body: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the event's properties."""
        found: Mapping[str, Any] = self.body.get("p") or {}
        return found


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything a collector holds of some streams; losses by stream, number and reason."""

    rows: tuple[Stored, ...]
    rejected: Mapping[str, Mapping[int, str]]
    dropped: Mapping[str, Mapping[int, str]]
    conflicts: Mapping[str, int]


def read_kept(data: Path, streams: Collection[str], token: str) -> Kept:
    """Return what the log in *data* holds of *streams*, and events that mention *token*."""
    names = json.dumps(sorted(streams))
    database = sqlite3.connect(f"file:{data / FILE}?mode=ro", uri=True, timeout=TIMEOUT_S)
    try:
        rows = tuple(_rows(database, names, token))
        # A device names no stream on the wire: the collector derives it (TM-IOT-01).
        names = json.dumps(sorted({*streams, *(row.stream for row in rows if row.stream)}))
        states: dict[str, dict[str, dict[int, str]]] = {"rejected": {}, "dropped": {}}
        for stream, state, reason, first, last in database.execute(LOSSES, (names,)):
            numbers = states[state].setdefault(stream, {})
            numbers.update(dict.fromkeys(range(first, last + 1), reason))
        conflicts = dict(database.execute(CONFLICTS, (names,)))
    finally:
        database.close()
    return Kept(rows, states["rejected"], states["dropped"], conflicts)


def _rows(database: sqlite3.Connection, names: str, token: str) -> Iterator[Stored]:
    for pos, stream, seq, own, received_at, t, ts, body in database.execute(ROWS, (names, token)):
        place = own if stream is None else event_id(stream, seq)
        yield Stored(pos, stream or "", seq or 0, place, received_at, t, ts, json.loads(body))
