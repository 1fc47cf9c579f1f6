"""The reading half of the log: every answer from one snapshot, on a connection of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tallymark_collector.store.log import QuarantinedEvent, StoredEvent
from tallymark_collector.store.postgres.connection import Connections, Database
from tallymark_collector.store.postgres.refusals import unescaped
from tallymark_collector.store.postgres.schema import require_up_to_date
from tallymark_collector.store.state import stream_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.store.log import StreamState

CONNECTIONS: Final = 8
_AT_ONCE: Final = 1_000

_STREAM: Final = """
SELECT s.upto, s.settled, s.hwm, s.fin, s.stored, s.first_seen, s.last_seen, coalesce((
    SELECT json_agg(json_build_array(l.state, l.reason, l.numbers))::text FROM (
        SELECT state, reason, sum(last - first + 1) AS numbers
        FROM loss WHERE stream_no = s.no GROUP BY state, reason ORDER BY reason
    ) AS l
), '[]')
FROM stream AS s WHERE s.project = %(project)s AND s.id = %(stream)s
"""
_EVENTS: Final = """
SELECT e.pos, s.id, e.seq, e.id, e.received_at, e.t, e.ts, convert_to(e.body, 'UTF8')
FROM event AS e LEFT JOIN stream AS s ON s.no = e.stream_no
WHERE e.project = %(project)s AND e.pos > %(after)s ORDER BY e.pos LIMIT %(limit)s
"""
_QUARANTINED: Final = """
SELECT q.pos, s.id, q.seq, q.received_at, q.code, q.path, convert_to(q.body, 'UTF8')
FROM quarantine AS q LEFT JOIN stream AS s ON s.no = q.stream_no
WHERE q.project = %(project)s AND q.pos > %(after)s ORDER BY q.pos LIMIT %(limit)s
"""
_COUNT: Final = """
SELECT (SELECT coalesce(sum(stored), 0) FROM stream WHERE project = %(project)s)::bigint
     + (SELECT coalesce(sum(stored), 0) FROM imported_count WHERE project = %(project)s)::bigint
"""
_HEAD: Final = "SELECT pos FROM head"


class PostgresReader:
    """Reads of a log, beside the processes that write it."""

    def __init__(self, database: Database, connections: int = CONNECTIONS) -> None:
        """Read *database*, which must be up to date, over at most *connections* at a time."""
        self._readers = Connections(database, "read", connections)

    @classmethod
    def open(cls, url: str) -> PostgresReader:
        """Open the log at *url* for reading; raise `MigrationError` if there is none."""
        reader = PostgresReader(Database(url))
        try:
            with reader._readers.lease() as connection:
                require_up_to_date(connection)
        except BaseException:
            reader.close()
            raise
        return reader

    def stream(self, scope: Scope, stream: str) -> StreamState | None:
        """Return the ledger of *stream* in the scope's project, or None if it was never seen."""
        scope.require("read", "write")
        if "\0" in stream:
            return None
        found = self._readers.rows(_STREAM, {"project": scope.project, "stream": stream})
        return stream_state(stream, found[0]) if found else None

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to *limit* events with `pos` > *after*, in `pos` order."""
        scope.require("read")
        rows = self._readers.rows(_EVENTS, _page(scope, after, limit))
        return [StoredEvent(*row) for row in rows]

    def scan(self, scope: Scope, after: int = 0) -> Iterator[StoredEvent]:
        """Iterate over all events with `pos` > *after*, in `pos` order, on one snapshot."""
        scope.require("read")
        with (
            self._readers.lease() as connection,
            connection.transaction(),
            connection.cursor("scan", binary=True) as cursor,
        ):
            cursor.itersize = _AT_ONCE
            for row in cursor.execute(_EVENTS.encode(), _page(scope, after, None)):
                yield StoredEvent(*row)

    def quarantined(self, scope: Scope, after: int, limit: int) -> Sequence[QuarantinedEvent]:
        """Return up to *limit* refused events with `pos` > *after*."""
        scope.require("read")
        rows = self._readers.rows(_QUARANTINED, _page(scope, after, limit))
        return [
            QuarantinedEvent(pos, stream, seq, received_at, code, unescaped(path), body)
            for pos, stream, seq, received_at, code, path, body in rows
        ]

    def count(self, scope: Scope) -> int:
        """Return how many events the scope's project has stored."""
        scope.require("read")
        return int(self._readers.rows(_COUNT, {"project": scope.project})[0][0])

    def head(self) -> int:
        """Return the highest `pos` that is committed, 0 when the log is empty."""
        return int(self._readers.rows(_HEAD, {})[0][0])

    def close(self) -> None:
        """Release the connections."""
        self._readers.close()


def _page(scope: Scope, after: int, limit: int | None) -> dict[str, Any]:
    return {"project": scope.project, "after": after, "limit": limit}
