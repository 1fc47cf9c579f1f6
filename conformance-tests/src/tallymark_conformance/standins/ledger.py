"""The stand-in collector's store: events, ledgers and losses in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tallymark_conformance.intervals import members, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS stream (
  no INTEGER PRIMARY KEY, project INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,
  hwm INTEGER NOT NULL DEFAULT 0, fin INTEGER NOT NULL DEFAULT 0,
  conflicts INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS event (
  pos INTEGER PRIMARY KEY, project INTEGER NOT NULL, stream_no INTEGER, seq INTEGER,
  received_at INTEGER NOT NULL, t INTEGER NOT NULL, ts INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS loss (
  stream_no INTEGER, first INTEGER, last INTEGER, state TEXT, reason TEXT);
"""

SYNCHRONOUS = {"FULL": "PRAGMA synchronous=FULL", "NORMAL": "PRAGMA synchronous=NORMAL"}


@dataclass(frozen=True, slots=True)
class Defects:
    """What the stand-in does wrong on purpose, so that a judge can be seen to find it."""

    ack_before_commit: bool = False
    no_dedupe: bool = False
    forgets_every: int = 0


class StandinLedger:
    """Keep what batches bring, once per (stream, seq)."""

    def __init__(self, path: Path, *, synchronous: str = "FULL", defects: Defects) -> None:
        """Open or create the file *path*."""
        self._defects = defects
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(SYNCHRONOUS[synchronous])
        self._db.execute("PRAGMA wal_autocheckpoint=200")
        self._db.executescript(SCHEMA)
        self._open_transaction = False
        self.ready = True

    def take(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Store *batch* and return the body of its ack."""
        now = time.time_ns() // 1_000_000
        self._begin()
        number, known = self._stream(batch["stream"], batch.get("hwm", 0), batch.get("fin", False))
        events = batch.get("events", [])
        duplicate = 0
        for place, event in enumerate(events):
            seq = event.get("n", batch["seq"] + place)
            if seq in known and not self._defects.no_dedupe:
                duplicate += 1
                continue
            known.add(seq)
            if not self._forgotten(seq):
                self._insert(number, seq, now, batch, event)
        self._losses(number, known, batch.get("drops", []))
        self._end()
        return {
            "v": 1,
            "stream": batch["stream"],
            "received": len(events),
            "stored": len(events) - duplicate,
            "duplicate": duplicate,
            "ack": {**_cumulative(known), "durability": "committed"},
            "rejected": [],
            "retry": [],
            "now": now,
        }

    def state(self, stream: str) -> dict[str, Any]:
        """Return the ledger of *stream* as `GET /v1/streams/{stream}` answers it."""
        row = self._db.execute("SELECT no, hwm, fin FROM stream WHERE id = ?", (stream,))
        found = row.fetchone()
        known = self._known(found[0]) if found else set()
        hwm = found[1] if found else 0
        dropped = self._dropped(found[0]) if found else {}
        return {
            "v": 1,
            "stream": stream,
            "known": found is not None,
            "ack": {**_cumulative(known), "durability": "committed"},
            "hwm": hwm,
            "fin": bool(found[2]) if found else False,
            "stored": len(known) - sum(dropped.values()),
            "rejected": {},
            "dropped": dropped,
            "unaccounted": hwm - len(known),
            "now": time.time_ns() // 1_000_000,
        }

    def give_up(self) -> None:
        """Roll back what a failed write has left open; not ready until a write succeeds."""
        self.ready = False
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._open_transaction = False

    def close(self) -> None:
        """Commit what is open and let go of the file."""
        if self._open_transaction:
            self._db.execute("COMMIT")
        self._db.close()

    def _begin(self) -> None:
        if not self._open_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            self._open_transaction = True

    def _end(self) -> None:
        # The planted defect keeps the transaction open: answers go out before anything is safe.
        if not self._defects.ack_before_commit:
            self._db.execute("COMMIT")
            self._open_transaction = False
            self.ready = True

    def _stream(self, stream: str, hwm: int, fin: bool) -> tuple[int, set[int]]:  # noqa: FBT001 (a field of the envelope)
        self._db.execute(
            "INSERT INTO stream (project, id) VALUES (1, ?) ON CONFLICT DO NOTHING", (stream,)
        )
        self._db.execute(
            "UPDATE stream SET hwm = max(hwm, ?), fin = fin OR ? WHERE id = ?",
            (hwm, fin, stream),
        )
        number = self._db.execute("SELECT no FROM stream WHERE id = ?", (stream,)).fetchone()[0]
        return number, self._known(number)

    def _known(self, number: int) -> set[int]:
        stored = self._db.execute("SELECT seq FROM event WHERE stream_no = ?", (number,))
        lost = self._db.execute("SELECT first, last FROM loss WHERE stream_no = ?", (number,))
        return {row[0] for row in stored}.union(members(lost))

    def _dropped(self, number: int) -> dict[str, int]:
        rows = self._db.execute(
            "SELECT reason, first, last FROM loss WHERE stream_no = ?", (number,)
        )
        found: dict[str, int] = {}
        for reason, first, last in rows:
            found[reason] = found.get(reason, 0) + last - first + 1
        return found

    def _insert(
        self, number: int, seq: int, now: int, batch: Mapping[str, Any], event: Mapping[str, Any]
    ) -> None:
        t = event.get("t", batch["t0"] + event.get("dt", 0))
        self._db.execute(
            "INSERT INTO event (project, stream_no, seq, received_at, t, ts, body)"
            " VALUES (1, ?, ?, ?, ?, ?, ?)",
            (number, seq, now, t, t, json.dumps(event)),
        )

    def _losses(self, number: int, known: set[int], drops: Sequence[Mapping[str, Any]]) -> None:
        for drop in drops:
            for first, last in pairs(set(members(drop["ranges"])) - known):
                self._db.execute(
                    "INSERT INTO loss VALUES (?, ?, ?, 'dropped', ?)",
                    (number, first, last, drop["reason"]),
                )
                known.update(range(first, last + 1))

    def _forgotten(self, seq: int) -> bool:
        return self._defects.forgets_every > 0 and seq % self._defects.forgets_every == 0


def _cumulative(known: set[int]) -> dict[str, Any]:
    intervals = pairs(known)
    if intervals and intervals[0][0] == 1:
        return {"upto": intervals[0][1], "settled": [list(pair) for pair in intervals[1:]]}
    return {"upto": 0, "settled": [list(pair) for pair in intervals]}
