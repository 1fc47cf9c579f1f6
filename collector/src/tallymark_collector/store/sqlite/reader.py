"""The reading half of the log: every answer from one snapshot, on a connection of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.store.log import QuarantinedEvent, StoredEvent
from tallymark_collector.store.sqlite.connection import (
    DATABASE_FILE,
    Connections,
    translated,
)
from tallymark_collector.store.sqlite.schema import require_up_to_date
from tallymark_collector.store.state import stream_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.store.log import StreamState

_STREAM = """
SELECT s.upto, s.settled, s.hwm, s.fin, s.stored, s.first_seen, s.last_seen, (
    SELECT json_group_array(json_array(l.state, l.reason, l.numbers)) FROM (
        SELECT state, reason, sum(last - first + 1) AS numbers
        FROM loss WHERE stream_no = s.no GROUP BY state, reason ORDER BY reason
    ) AS l
)
FROM stream AS s WHERE s.project = ? AND s.id = ?
"""
_EVENTS = """
SELECT e.pos, s.id, e.seq, e.id, e.received_at, e.t, e.ts, CAST(e.body AS BLOB)
FROM event AS e LEFT JOIN stream AS s ON s.no = e.stream_no
WHERE e.project = ? AND e.pos > ? ORDER BY e.pos LIMIT ?
"""
_QUARANTINED = """
SELECT q.pos, s.id, q.seq, q.received_at, q.code, q.path, CAST(q.body AS BLOB)
FROM quarantine AS q LEFT JOIN stream AS s ON s.no = q.stream_no
WHERE q.project = ? AND q.pos > ? ORDER BY q.pos LIMIT ?
"""
_COUNT = """
SELECT (SELECT coalesce(sum(stored), 0) FROM stream WHERE project = :project)
     + (SELECT count(*) FROM imported WHERE project = :project)
"""
_ALL = -1


class SqliteReader:
    """Reads of a log, safe beside the process that writes it."""

    def __init__(self, path: Path) -> None:
        """Read the database at *path*, which must be up to date."""
        self._readers = Connections(path, writes=False)

    @classmethod
    def open(cls, directory: Path) -> SqliteReader:
        """Open the log in *directory* for reading; raise FileNotFoundError if there is none."""
        path = directory / DATABASE_FILE
        if not path.is_file():
            raise FileNotFoundError(
                f"There is no database in {directory}: start the collector once."
            )
        reader = SqliteReader(path)
        with reader._readers.lease() as connection:
            require_up_to_date(connection)
        return reader

    def stream(self, scope: Scope, stream: str) -> StreamState | None:
        """Return the ledger of *stream* in the scope's project, or None if it was never seen."""
        scope.require("read", "write")
        with self._readers.lease() as connection, translated():
            row = connection.execute(_STREAM, (scope.project, stream)).fetchone()
        return None if row is None else stream_state(stream, row)

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""
        scope.require("read")
        with self._readers.lease() as connection, translated():
            rows = connection.execute(_EVENTS, (scope.project, after, limit)).fetchall()
        return [StoredEvent(*row) for row in rows]

    def scan(self, scope: Scope, after: int = 0) -> Iterator[StoredEvent]:
        """Iterate over all events with `pos` > *after*, in `pos` order, on one snapshot."""
        scope.require("read")
        with self._readers.lease() as connection, translated():
            rows = connection.execute(_EVENTS, (scope.project, after, _ALL))
            try:
                for row in rows:
                    yield StoredEvent(*row)
            finally:
                rows.close()

    def quarantined(self, scope: Scope, after: int, limit: int) -> Sequence[QuarantinedEvent]:
        """Return up to *limit* refused events with `pos` > *after*."""
        scope.require("read")
        with self._readers.lease() as connection, translated():
            rows = connection.execute(_QUARANTINED, (scope.project, after, limit)).fetchall()
        return [QuarantinedEvent(*row) for row in rows]

    def count(self, scope: Scope) -> int:
        """Return how many events the scope's project has stored."""
        scope.require("read")
        return self._number(_COUNT, {"project": scope.project})

    def head(self) -> int:
        """Return the highest `pos` that is committed, 0 when the log is empty."""
        return self._number("SELECT pos FROM head", {})

    def close(self) -> None:
        """Release the connections."""
        self._readers.close()

    def _number(self, query: str, parameters: dict[str, int]) -> int:
        with self._readers.lease() as connection, translated():
            return int(connection.execute(query, parameters).fetchone()[0])
