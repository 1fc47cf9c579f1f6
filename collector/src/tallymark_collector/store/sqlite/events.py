"""Events on their way into the log during one commit, and the digests that tell them apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tallymark_collector.store.identity import id_hash
from tallymark_collector.store.sqlite import statements as sql
from tallymark_collector.store.sqlite.bulk import WIDTH, Bulk

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from tallymark_collector.store.log import Arrival, Row
    from tallymark_collector.store.settle import Run

FLUSH_BYTES = 8 * 1024 * 1024
"""Waiting bytes above which events are written before the commit's end."""

_HEAD = f"%{WIDTH}d" * 3
_TAIL = f"%{WIDTH}d" * 5


class EventTable:
    """Gives positions and collects rows; what waits is written by `flush`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work inside the transaction that is open on *connection*."""
        self._connection = connection
        self._events = Bulk(sql.INSERT_EVENT)
        self._batches = Bulk(sql.INSERT_BATCH)
        self.pos: int = connection.execute("SELECT pos FROM head").fetchone()[0]

    def add(
        self, arrival: Arrival, stream_no: int, rows: Sequence[Row], runs: Iterable[Run] = ()
    ) -> None:
        """Give the rows the next positions; *stream_no* is 0 for rows that carry an id."""
        if not rows:
            return
        values: list[int] = []
        data: list[bytes] = []
        for row in rows:
            event_id = b"" if row.id is None else row.id.encode()
            values += (row.seq or 0, row.t, row.ts, len(event_id), len(row.body))
            data += (event_id, row.body)
        head = _HEAD % (arrival.project, stream_no, arrival.received_at)
        numbers = (head + _TAIL) * len(rows) % tuple(values)
        self._events.add_packed(numbers, data, len(rows))
        for run in runs:
            self._batches.add((stream_no, run.first, run.last, run.pos), (run.sha256,))
        self.pos += len(rows)
        if self._events.bytes > FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write the rows and runs that wait, so that look-ups see them."""
        self._events.execute(self._connection, {"before": self.pos - self._events.count})
        self._batches.execute(self._connection)

    def save(self) -> None:
        """Write everything, and the highest position given."""
        self.flush()
        self._connection.execute("UPDATE head SET pos = ?", (self.pos,))

    def differing(self, pairs: Iterable[tuple[Row, int]]) -> frozenset[int]:
        """Return the places of the rows whose bytes are not those stored at the position."""
        bulk = Bulk(sql.SELECT_DIFFERING)
        for row, pos in pairs:
            bulk.add((row.place, pos), (row.body,))
        cursor = bulk.execute(self._connection)
        return frozenset(json.loads(cursor.fetchone()[0])) if cursor else frozenset()

    def find_ids(self, project: int, ids: Sequence[str]) -> dict[str, int]:
        """Return the position of each of these ids that the project has stored."""
        self.flush()
        bulk = Bulk(sql.SELECT_IMPORTED)
        for event_id in ids:
            bulk.add((project,), (id_hash(project, event_id),))
        cursor = bulk.execute(self._connection)
        found = json.loads(cursor.fetchone()[0]) if cursor else ()
        return {ids[index]: pos for index, pos in found}

    def remember_ids(self, project: int, rows: Sequence[Row], first_pos: int) -> None:
        """Make the rows' ids known; what was refused under them leaves the quarantine."""
        imported = Bulk(sql.INSERT_IMPORTED)
        released = Bulk(sql.DELETE_FINGERPRINTS)
        for pos, row in enumerate(rows, first_pos):
            assert row.id is not None
            digest = id_hash(project, row.id)
            imported.add((project, pos), (digest,))
            released.add((project,), (digest,))
        imported.execute(self._connection)
        released.execute(self._connection)
