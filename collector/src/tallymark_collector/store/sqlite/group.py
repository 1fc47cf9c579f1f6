"""One commit: what several arrivals change, decided in memory and written by a few statements.

The ledgers of all streams named are read at once, arrivals that only carry their stream on touch
nothing but memory, and whatever a later decision may have to look up is written before it is made.
Nothing outlives the transaction, so a rollback leaves no watermark behind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tallymark_protocol.ledger import Ledger

from tallymark_collector.store.identity import id_hash, place_hash
from tallymark_collector.store.log import Arrival, Ranges, Refused, Row, Settlement
from tallymark_collector.store.settle import (
    Known,
    Lost,
    Outcome,
    Run,
    comparisons,
    continues,
    extended,
    named_again,
    runs_of,
    settle,
    settle_identified,
)
from tallymark_collector.store.sqlite import statements as sql
from tallymark_collector.store.sqlite.bulk import WIDTH, Bulk

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

FLUSH_BYTES = 8 * 1024 * 1024

_EVENT_HEAD = f"%{WIDTH}d" * 3
_EVENT_TAIL = f"%{WIDTH}d" * 5


@dataclass(slots=True)
class _Stream:
    """One stream during one commit, and what to add to its counters."""

    no: int
    ledger: Ledger
    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    last_seen: int = 0


class CommitGroup:
    """The arrivals of one transaction, settled in order."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work inside the transaction that is open on *connection*."""
        self._connection = connection
        self._streams: dict[tuple[int, str], _Stream] = {}
        self._pos: int = connection.execute("SELECT pos FROM head").fetchone()[0]
        self._events = Bulk(sql.INSERT_EVENT)
        self._batches = Bulk(sql.INSERT_BATCH)

    def settle_all(self, arrivals: Sequence[Arrival]) -> tuple[Settlement, ...]:
        """Write what the arrivals change and return what became of each."""
        self._load(arrivals)
        settlements = [self._settle(arrival) for arrival in arrivals]
        self._flush()
        self._save()
        return tuple(self._with_ledger(*pair) for pair in zip(arrivals, settlements, strict=True))

    def _with_ledger(self, arrival: Arrival, settlement: Settlement) -> Settlement:
        """Fill in the stream's ledger as it is after the whole group."""
        if arrival.stream is None:
            return settlement
        ledger = self._streams[arrival.project, arrival.stream].ledger
        return replace(settlement, upto=ledger.upto, settled=ledger.settled)

    def _load(self, arrivals: Iterable[Arrival]) -> None:
        wanted: dict[tuple[int, str], int] = {}
        for arrival in arrivals:
            if arrival.stream is not None:
                wanted.setdefault((arrival.project, arrival.stream), arrival.received_at)
        self._read_streams(list(wanted))
        missing = [(*key, seen) for key, seen in wanted.items() if key not in self._streams]
        if missing:
            self._connection.execute(sql.INSERT_STREAMS, (json.dumps(missing),))
            self._read_streams([(project, stream) for project, stream, _ in missing])

    def _read_streams(self, keys: Sequence[tuple[int, str]]) -> None:
        if not keys:
            return
        (text,) = self._connection.execute(sql.SELECT_STREAMS, (json.dumps(keys),)).fetchone()
        for index, no, upto, settled, hwm, fin in json.loads(text):
            ledger = Ledger(upto, tuple((low, high) for low, high in settled), hwm, bool(fin))
            self._streams[keys[index]] = _Stream(no, ledger)

    def _settle(self, arrival: Arrival) -> Settlement:
        if arrival.stream is None:
            return self._settle_without_stream(arrival)
        stream = self._streams[arrival.project, arrival.stream]
        stream.last_seen = max(stream.last_seen, arrival.received_at)
        if not continues(stream.ledger, arrival):
            return self._settle_slowly(stream, arrival)
        rows = arrival.rows
        stream.ledger = extended(stream.ledger, arrival)
        run = Run(_first(rows), stream.ledger.upto, self._pos + 1, arrival.sha256)
        self._store(arrival, stream.no, rows, (run,))
        stream.stored += len(rows)
        return Settlement(len(rows), 0, (), 0, ())

    def _settle_slowly(self, stream: _Stream, arrival: Arrival) -> Settlement:
        known = self._look_up(stream, arrival)
        outcome = settle(stream.ledger, arrival, known)
        rows = outcome.fresh
        runs = runs_of(rows, self._pos + 1, arrival.sha256)
        self._store(arrival, stream.no, rows, runs)
        self._release(stream.no, outcome.released)
        self._change_losses(stream.no, outcome)
        self._quarantine(arrival, stream.no, outcome.quarantined)
        stream.ledger = outcome.ledger
        stream.stored += len(rows)
        stream.duplicates += outcome.duplicate
        stream.conflicts += len(outcome.conflicts)
        rest = self._settle_without_stream(arrival)
        return Settlement(
            stored=len(rows) + rest.stored,
            duplicate=outcome.duplicate + rest.duplicate,
            conflicts=tuple(sorted((*outcome.conflicts, *rest.conflicts))),
            upto=0,
            settled=(),
            superseded=tuple(sorted((*outcome.superseded, *rest.superseded))),
        )

    def _settle_without_stream(self, arrival: Arrival) -> Settlement:
        """Settle what has no place in a stream: explicit ids, unnumbered refusals, loss counts."""
        rows = [row for row in arrival.rows if row.seq is None]
        refused = [item for item in arrival.refused if item.seq is None]
        if arrival.stream is None and (
            len(rows) < len(arrival.rows) or len(refused) < len(arrival.refused)
        ):
            raise ValueError("A numbered event came without a stream.")
        self._count_losses(arrival)
        if not rows and not refused:
            return Settlement(0, 0, (), 0, ())
        stored = self._find_ids(arrival.project, (*rows, *refused))
        differing = self._differing(
            [(row, stored[row.id]) for row in rows if row.id is not None and row.id in stored]
        )
        outcome = settle_identified(rows, refused, stored.keys(), differing)
        first_pos = self._pos + 1
        self._store(arrival, 0, outcome.fresh, ())
        self._remember_ids(arrival.project, outcome.fresh, first_pos)
        self._quarantine(arrival, 0, outcome.quarantined)
        return Settlement(
            len(outcome.fresh), outcome.duplicate, outcome.conflicts, 0, (), outcome.superseded
        )

    def _look_up(self, stream: _Stream, arrival: Arrival) -> Known:
        """Read what the ledger cannot tell about numbers that are settled already."""
        again = named_again(stream.ledger, arrival)
        if not again:
            return Known()
        self._flush()
        where = {"stream_no": stream.no, "ranges": json.dumps(again)}
        (runs_text,) = self._connection.execute(sql.SELECT_RUNS, where).fetchone()
        (loss_text,) = self._connection.execute(sql.SELECT_LOSSES, where).fetchone()
        runs = sorted(
            {
                Run(first, last, pos, bytes.fromhex(sha256))
                for first, last, pos, sha256 in json.loads(runs_text)
            },
            key=lambda run: run.first,
        )
        losses = {Lost(*fields) for fields in json.loads(loss_text)}
        differing = self._differing(comparisons(arrival, runs))
        return Known(runs, sorted(losses, key=lambda lost: lost.first), differing)

    def _differing(self, pairs: Sequence[tuple[Row, int]]) -> frozenset[int]:
        """Return the places of the rows whose bytes are not those stored at the position."""
        bulk = Bulk(sql.SELECT_DIFFERING)
        for row, pos in pairs:
            bulk.add((row.place, pos), (row.body,))
        cursor = bulk.execute(self._connection)
        return frozenset(json.loads(cursor.fetchone()[0])) if cursor else frozenset()

    def _store(
        self, arrival: Arrival, stream_no: int, rows: Sequence[Row], runs: Iterable[Run]
    ) -> None:
        """Give the rows the next positions and queue them for the next flush."""
        if not rows:
            return
        values: list[int] = []
        data: list[bytes] = []
        for row in rows:
            event_id = b"" if row.id is None else row.id.encode()
            values += (row.seq or 0, row.t, row.ts, len(event_id), len(row.body))
            data += (event_id, row.body)
        head = _EVENT_HEAD % (arrival.project, stream_no, arrival.received_at)
        numbers = (head + _EVENT_TAIL) * len(rows) % tuple(values)
        self._events.add_packed(numbers, data, len(rows))
        for run in runs:
            self._batches.add((stream_no, run.first, run.last, run.pos), (run.sha256,))
        self._pos += len(rows)
        if self._events.bytes > FLUSH_BYTES:
            self._flush()

    def _release(self, stream_no: int, released: Ranges) -> None:
        if released:
            where = {"stream_no": stream_no, "ranges": json.dumps(released)}
            self._connection.execute(sql.DELETE_QUARANTINED, where)

    def _change_losses(self, stream_no: int, outcome: Outcome) -> None:
        if outcome.gone:
            gone = json.dumps([lost.first for lost in outcome.gone])
            self._connection.execute(sql.DELETE_LOSSES, (stream_no, gone))
        if outcome.lost:
            new = [(lost.first, lost.last, lost.state, lost.reason) for lost in outcome.lost]
            self._connection.execute(sql.INSERT_LOSSES, (stream_no, json.dumps(new)))

    def _count_losses(self, arrival: Arrival) -> None:
        bulk = Bulk(sql.INSERT_DROP_COUNT)
        for loss in arrival.losses:
            if not loss.ranges and loss.count:
                numbers = (arrival.project, loss.count, arrival.received_at)
                bulk.add(numbers, (loss.reason.encode(), arrival.sha256))
        bulk.execute(self._connection)

    def _find_ids(self, project: int, events: Iterable[Row | Refused]) -> dict[str, int]:
        """Return the position of each id that the project has stored."""
        ids = list(dict.fromkeys(event.id for event in events if event.id is not None))
        bulk = Bulk(sql.SELECT_IMPORTED)
        for event_id in ids:
            bulk.add((project,), (id_hash(project, event_id),))
        self._flush()
        cursor = bulk.execute(self._connection)
        found = json.loads(cursor.fetchone()[0]) if cursor else ()
        return {ids[index]: pos for index, pos in found}

    def _remember_ids(self, project: int, rows: Sequence[Row], first_pos: int) -> None:
        imported = Bulk(sql.INSERT_IMPORTED)
        released = Bulk(sql.DELETE_FINGERPRINTS)
        for pos, row in enumerate(rows, first_pos):
            assert row.id is not None
            digest = id_hash(project, row.id)
            imported.add((project, pos), (digest,))
            released.add((project,), (digest,))
        imported.execute(self._connection)
        released.execute(self._connection)

    def _quarantine(self, arrival: Arrival, stream_no: int, items: Iterable[Refused]) -> None:
        bulk = Bulk(sql.INSERT_QUARANTINE)
        for item in items:
            bulk.add(
                (arrival.project, stream_no, item.seq or 0, arrival.received_at, item.limit or 0),
                (
                    item.code.encode(),
                    item.path.encode(),
                    (item.id or "").encode(),
                    item.body,
                    _fingerprint(arrival, item),
                ),
            )
        bulk.execute(self._connection)

    def _flush(self) -> None:
        """Write the events and runs that wait, so that look-ups see them."""
        first_pos = self._pos - self._events.count
        self._events.execute(self._connection, {"before": first_pos})
        self._batches.execute(self._connection)

    def _save(self) -> None:
        """Write the ledgers and the head."""
        rows = [
            (
                stream.no,
                stream.ledger.upto,
                json.dumps(stream.ledger.settled, separators=(",", ":")),
                stream.ledger.hwm,
                int(stream.ledger.fin),
                stream.stored,
                stream.duplicates,
                stream.conflicts,
                stream.last_seen,
            )
            for stream in self._streams.values()
        ]
        if rows:
            self._connection.execute(sql.UPDATE_STREAMS, (json.dumps(rows),))
        self._connection.execute("UPDATE head SET pos = ?", (self._pos,))


def _first(rows: Sequence[Row]) -> int:
    seq = rows[0].seq
    assert seq is not None
    return seq


def _fingerprint(arrival: Arrival, item: Refused) -> bytes:
    """Return what makes a refused event without a number one and the same in every attempt."""
    if item.seq is not None:
        return b""
    if item.id is not None:
        return id_hash(arrival.project, item.id)
    return place_hash(arrival.project, arrival.sha256, item.place)
