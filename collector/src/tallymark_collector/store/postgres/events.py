"""Events on their way into the log during one commit, and the digests that tell them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tallymark_collector.store.identity import id_hash
from tallymark_collector.store.postgres import packing
from tallymark_collector.store.postgres import statements as sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tallymark_collector.store.log import Arrival, Row
    from tallymark_collector.store.postgres.connection import Connection
    from tallymark_collector.store.settle import Run

FLUSH_BYTES: Final = 8 * 1024 * 1024
"""Waiting bytes above which events are written before the commit's end."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One event that is at its position if, and only if, its commit happened."""

    pos: int
    project: int
    stream: str | None
    row: Row

    def is_found(self, connection: Connection) -> bool:
        """Look for it."""
        found = connection.execute(sql.SELECT_WITNESS, {"pos": self.pos}, binary=True).fetchone()
        place = (self.stream if self.row.seq is not None else None, self.row.seq)
        return found == (self.project, *place, self.row.id, self.row.body)


class EventTable:
    """Gives positions and collects rows; what waits is written by `flush`."""

    def __init__(self, connection: Connection, pos: int) -> None:
        """Work inside the transaction that is open on *connection*, behind position *pos*."""
        self._connection = connection
        self._events: list[bytes] = []
        self._bytes = 0
        self._batches: list[bytes] = []
        self.pos = pos
        self.witness: Witness | None = None

    def add(
        self, arrival: Arrival, stream_no: int, rows: Sequence[Row], runs: Iterable[Run] = ()
    ) -> None:
        """Give the rows the next positions; *stream_no* is 0 for rows that carry an id."""
        if not rows:
            return
        project, received_at = arrival.project, arrival.received_at
        packed = [
            packing.event(pos, project, stream_no, received_at, row)
            for pos, row in enumerate(rows, self.pos + 1)
        ]
        self._events += packed
        self._bytes += sum(map(len, packed))
        self._batches += [packing.batch(stream_no, run) for run in runs]
        self.pos += len(rows)
        self.witness = Witness(self.pos, project, arrival.stream, rows[-1])
        if self._bytes > FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write the rows and runs that wait, so that look-ups see them."""
        self._copy(sql.COPY_EVENTS, self._events)
        self._copy(sql.COPY_BATCHES, self._batches)
        self._events, self._batches, self._bytes = [], [], 0

    def save(self) -> None:
        """Write everything, and the highest position given."""
        self.flush()
        if self.witness is not None:
            self._connection.execute(sql.UPDATE_HEAD, {"pos": self.pos})

    def differing(self, pairs: Iterable[tuple[Row, int]]) -> frozenset[int]:
        """Return the places of the rows whose bytes are not those stored at the position."""
        pairs = list(pairs)
        if not pairs:
            return frozenset()
        found = self._connection.execute(
            sql.SELECT_DIFFERING,
            {
                "places": [row.place for row, _ in pairs],
                "at": [pos for _, pos in pairs],
                "bodies": [row.body.decode() for row, _ in pairs],
            },
        )
        return frozenset(place for (place,) in found)

    def find_ids(self, project: int, ids: Sequence[str]) -> dict[str, int]:
        """Return the position of each of these ids that the project has stored."""
        if not ids:
            return {}
        self.flush()
        hashes = [id_hash(project, event_id) for event_id in ids]
        found = self._connection.execute(
            sql.SELECT_IMPORTED, {"project": project, "hashes": hashes}
        )
        return {ids[number - 1]: pos for number, pos in found}

    def remember_ids(self, project: int, rows: Sequence[Row], first_pos: int) -> None:
        """Make the rows' ids known; what was refused under them leaves the quarantine."""
        if not rows:
            return
        hashes = [id_hash(project, row.id or "") for row in rows]
        packed = [
            packing.imported(project, digest, pos) for pos, digest in enumerate(hashes, first_pos)
        ]
        self._copy(sql.COPY_IMPORTED, packed)
        self._connection.execute(sql.COUNT_IMPORTED, {"project": project, "stored": len(rows)})
        self._connection.execute(sql.DELETE_FINGERPRINTS, {"hashes": hashes})

    def _copy(self, statement: str, rows: Sequence[bytes]) -> None:
        if not rows:
            return
        with self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.write(b"".join((packing.HEAD, *rows, packing.TAIL)))
