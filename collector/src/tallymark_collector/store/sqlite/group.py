"""One commit: what several arrivals change, decided in memory and written by a few statements.

The ledgers of all streams named are read at once, arrivals that only carry their stream on touch
nothing but memory, and whatever a later decision may have to look up is written before it is made.
Nothing outlives the transaction, so a rollback leaves no watermark behind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tallymark_collector.store.identity import id_hash, place_hash
from tallymark_collector.store.log import Settlement
from tallymark_collector.store.settle import (
    Known,
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
from tallymark_collector.store.sqlite.bulk import Bulk
from tallymark_collector.store.sqlite.events import EventTable
from tallymark_collector.store.sqlite.streams import Stream, StreamTable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from tallymark_collector.store.log import Arrival, Refused, Row

_NOTHING = Settlement(0, 0, (), 0, ())


class CommitGroup:
    """The arrivals of one transaction, settled in order."""

    def __init__(self, connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> None:
        """Work inside the transaction that is open on *connection*."""
        self._connection = connection
        self._arrivals = arrivals
        self._events = EventTable(connection)
        self._streams = StreamTable(connection, arrivals)

    def write(self) -> tuple[Settlement, ...]:
        """Write what the arrivals change and return what became of each."""
        settlements = [self._settle(arrival) for arrival in self._arrivals]
        self._events.save()
        self._streams.save()
        return tuple(
            self._with_ledger(arrival, settlement)
            for arrival, settlement in zip(self._arrivals, settlements, strict=True)
        )

    def _with_ledger(self, arrival: Arrival, settlement: Settlement) -> Settlement:
        """Fill in the stream's ledger as it is after the whole group."""
        if arrival.stream is None:
            return settlement
        ledger = self._streams[arrival.project, arrival.stream].ledger
        return replace(settlement, upto=ledger.upto, settled=ledger.settled)

    def _settle(self, arrival: Arrival) -> Settlement:
        if arrival.stream is None:
            events: tuple[Row | Refused, ...] = (*arrival.rows, *arrival.refused)
            if any(event.seq is not None for event in events):
                raise ValueError("A numbered event came without a stream.")
            return self._settle_unnumbered(arrival)
        stream = self._streams[arrival.project, arrival.stream]
        stream.last_seen = max(stream.last_seen, arrival.received_at)
        if continues(stream.ledger, arrival):
            return self._carry_on(stream, arrival)
        numbered = self._settle_numbered(stream, arrival)
        rest = self._settle_unnumbered(arrival)
        return numbered if rest is _NOTHING else _sum(numbered, rest)

    def _carry_on(self, stream: Stream, arrival: Arrival) -> Settlement:
        """Take the usual case: the next rows of a stream without gaps, nothing to look up."""
        first = stream.ledger.upto + 1
        stream.ledger = extended(stream.ledger, arrival)
        stream.stored += len(arrival.rows)
        run = Run(first, stream.ledger.upto, self._events.pos + 1, arrival.sha256)
        self._events.add(arrival, stream.no, arrival.rows, (run,))
        return Settlement(len(arrival.rows), 0, (), 0, ())

    def _settle_numbered(self, stream: Stream, arrival: Arrival) -> Settlement:
        outcome = settle(stream.ledger, arrival, self._known(stream, arrival))
        runs = runs_of(outcome.fresh, self._events.pos + 1, arrival.sha256)
        self._events.add(arrival, stream.no, outcome.fresh, runs)
        self._streams.apply(stream, outcome)
        self._quarantine(arrival, stream.no, outcome.quarantined)
        return _settlement(outcome)

    def _known(self, stream: Stream, arrival: Arrival) -> Known:
        """Read what the ledger cannot tell about numbers that are settled already."""
        again = named_again(stream.ledger, arrival)
        if not again:
            return Known()
        self._events.flush()
        known = self._streams.look_up(stream, again)
        return replace(known, differing=self._events.differing(comparisons(arrival, known.runs)))

    def _settle_unnumbered(self, arrival: Arrival) -> Settlement:
        """Settle what has no place in a stream: explicit ids, refusals without one, loss counts."""
        self._count_losses(arrival)
        rows = [row for row in arrival.rows if row.seq is None]
        refused = [item for item in arrival.refused if item.seq is None]
        if not rows and not refused:
            return _NOTHING
        events: tuple[Row | Refused, ...] = (*rows, *refused)
        ids = dict.fromkeys(event.id for event in events if event.id is not None)
        stored = self._events.find_ids(arrival.project, list(ids))
        again = [(row, stored[row.id]) for row in rows if row.id is not None and row.id in stored]
        differing = self._events.differing(again)
        outcome = settle_identified(rows, refused, stored.keys(), differing)
        first_pos = self._events.pos + 1
        self._events.add(arrival, 0, outcome.fresh)
        self._events.remember_ids(arrival.project, outcome.fresh, first_pos)
        self._quarantine(arrival, 0, outcome.quarantined)
        return _settlement(outcome)

    def _count_losses(self, arrival: Arrival) -> None:
        bulk = Bulk(sql.INSERT_DROP_COUNT)
        for loss in arrival.losses:
            if not loss.ranges and loss.count:
                numbers = (arrival.project, loss.count, arrival.received_at)
                bulk.add(numbers, (loss.reason.encode(), arrival.sha256))
        bulk.execute(self._connection)

    def _quarantine(self, arrival: Arrival, stream_no: int, items: Iterable[Refused]) -> None:
        bulk = Bulk(sql.INSERT_QUARANTINE)
        for item in items:
            numbers = (
                arrival.project,
                stream_no,
                item.seq or 0,
                arrival.received_at,
                item.limit or 0,
            )
            texts = (item.code.encode(), item.path.encode(), (item.id or "").encode(), item.body)
            bulk.add(numbers, (*texts, _fingerprint(arrival, item)))
        bulk.execute(self._connection)


def _settlement(outcome: Outcome) -> Settlement:
    """Return the outcome without a ledger, which is filled in at the end of the group."""
    return Settlement(
        len(outcome.fresh), outcome.duplicate, outcome.conflicts, 0, (), outcome.superseded
    )


def _sum(a: Settlement, b: Settlement) -> Settlement:
    return Settlement(
        a.stored + b.stored,
        a.duplicate + b.duplicate,
        tuple(sorted(a.conflicts + b.conflicts)),
        0,
        (),
        tuple(sorted(a.superseded + b.superseded)),
    )


def _fingerprint(arrival: Arrival, item: Refused) -> bytes:
    """Return what makes a refused event without a number one and the same in every attempt."""
    if item.seq is not None:
        return b""
    if item.id is not None:
        return id_hash(arrival.project, item.id)
    return place_hash(arrival.project, arrival.sha256, item.place)
