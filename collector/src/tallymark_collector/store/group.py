"""One commit: what several arrivals change, decided in memory and written by a few statements.

The same for every store. The ledgers of all streams named are read at once, arrivals that only
carry their stream on touch nothing but memory, and whatever a later decision may have to look up is
written before it is made. Nothing outlives the transaction, so a rollback leaves no watermark
behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

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

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tallymark_protocol.ledger import Ledger

    from tallymark_collector.store.log import Arrival, Ranges, Refused, Row

_NOTHING = Settlement(0, 0, (), 0, ())


@dataclass(slots=True)
class Stream:
    """One stream during one commit, and what to add to its counters."""

    no: int
    ledger: Ledger
    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    last_seen: int = 0


class EventTable(Protocol):
    """Gives positions and collects rows; what waits is written by `flush`."""

    pos: int
    """The highest position given so far."""

    def add(
        self, arrival: Arrival, stream_no: int, rows: Sequence[Row], runs: Iterable[Run] = ()
    ) -> None:
        """Give the rows the next positions; *stream_no* is 0 for rows that carry an id."""

    def flush(self) -> None:
        """Write the rows and runs that wait, so that look-ups see them."""

    def save(self) -> None:
        """Write everything, and the highest position given."""

    def differing(self, pairs: Iterable[tuple[Row, int]]) -> Collection[int]:
        """Return the places of the rows whose bytes are not those stored at the position."""

    def find_ids(self, project: int, ids: Sequence[str]) -> Mapping[str, int]:
        """Return the position of each of these ids that the project has stored."""

    def remember_ids(self, project: int, rows: Sequence[Row], first_pos: int) -> None:
        """Make the rows' ids known; what was refused under them leaves the quarantine."""


class StreamTable(Protocol):
    """The streams that a group of arrivals names."""

    def __getitem__(self, key: tuple[int, str]) -> Stream:
        """Return the stream of a project."""

    def look_up(self, stream: Stream, again: Ranges) -> Known:
        """Return what is stored and lost of these numbers, without comparing any content."""

    def apply(self, stream: Stream, outcome: Outcome) -> None:
        """Take an outcome into the stream: ledger and counters later, losses now."""

    def save(self) -> None:
        """Write ledgers and counters of all streams."""


class RefusalTable(Protocol):
    """What arrives without being stored as an event."""

    def count_losses(self, arrival: Arrival) -> None:
        """Write the losses that the request declares without a stream, once per request."""

    def quarantine(self, arrival: Arrival, stream_no: int, items: Iterable[Refused]) -> None:
        """Keep refused events, each once."""


class CommitGroup:
    """The arrivals of one transaction, settled in order."""

    def __init__(
        self,
        events: EventTable,
        streams: StreamTable,
        refusals: RefusalTable,
        arrivals: Sequence[Arrival],
    ) -> None:
        """Work inside the transaction in which the tables were opened."""
        self._arrivals = arrivals
        self._events = events
        self._streams = streams
        self._refusals = refusals

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
        self._refusals.quarantine(arrival, stream.no, outcome.quarantined)
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
        self._refusals.count_losses(arrival)
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
        self._refusals.quarantine(arrival, 0, outcome.quarantined)
        return _settlement(outcome)


def _settlement(outcome: Outcome) -> Settlement:
    """Return the outcome without a ledger, which is filled in at the end of the group."""
    return Settlement(
        stored=len(outcome.fresh),
        duplicate=outcome.duplicate,
        conflicts=outcome.conflicts,
        upto=0,
        settled=(),
        superseded=outcome.superseded,
        retry=outcome.retry,
    )


def _sum(a: Settlement, b: Settlement) -> Settlement:
    return Settlement(
        a.stored + b.stored,
        a.duplicate + b.duplicate,
        tuple(sorted(a.conflicts + b.conflicts)),
        0,
        (),
        tuple(sorted(a.superseded + b.superseded)),
        a.retry,
    )
