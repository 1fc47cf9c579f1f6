"""The ledgers of the streams of one commit: read at once, changed in memory, written at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tallymark_protocol.ledger import Ledger

from tallymark_collector.store.group import Stream
from tallymark_collector.store.settle import Known, Lost, Run
from tallymark_collector.store.sqlite import statements as sql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from tallymark_collector.store.log import Arrival, Ranges
    from tallymark_collector.store.settle import Outcome


class StreamTable:
    """The streams that a group of arrivals names."""

    def __init__(self, connection: sqlite3.Connection, arrivals: Iterable[Arrival]) -> None:
        """Read the streams inside the open transaction; those not seen before are created."""
        self._connection = connection
        self._streams: dict[tuple[int, str], Stream] = {}
        wanted: dict[tuple[int, str], int] = {}
        for arrival in arrivals:
            if arrival.stream is not None:
                wanted.setdefault((arrival.project, arrival.stream), arrival.received_at)
        self._read(list(wanted))
        missing = [(*key, seen) for key, seen in wanted.items() if key not in self._streams]
        if missing:
            connection.execute(sql.INSERT_STREAMS, (_json(missing),))
            self._read([(project, stream) for project, stream, _ in missing])

    def __getitem__(self, key: tuple[int, str]) -> Stream:
        """Return the stream of a project."""
        return self._streams[key]

    def look_up(self, stream: Stream, again: Ranges) -> Known:
        """Return what is stored and lost of these numbers, without comparing any content."""
        where = {"stream_no": stream.no, "ranges": _json(again)}
        (runs_text,) = self._connection.execute(sql.SELECT_RUNS, where).fetchone()
        (lost_text,) = self._connection.execute(sql.SELECT_LOSSES, where).fetchone()
        # Two ranges may lie in one run: it is named for each of them.
        runs = {
            Run(first, last, pos, bytes.fromhex(sha256))
            for first, last, pos, sha256 in json.loads(runs_text)
        }
        losses = {Lost(*fields) for fields in json.loads(lost_text)}
        return Known(
            sorted(runs, key=lambda run: run.first), sorted(losses, key=lambda lost: lost.first)
        )

    def apply(self, stream: Stream, outcome: Outcome) -> None:
        """Take an outcome into the stream: ledger and counters later, losses now."""
        stream.ledger = outcome.ledger
        stream.stored += len(outcome.fresh)
        stream.duplicates += outcome.duplicate
        stream.conflicts += len(outcome.conflicts)
        if outcome.released:
            where = {"stream_no": stream.no, "ranges": _json(outcome.released)}
            self._connection.execute(sql.DELETE_QUARANTINED, where)
        if outcome.gone:
            gone = _json([lost.first for lost in outcome.gone])
            self._connection.execute(sql.DELETE_LOSSES, (stream.no, gone))
        if outcome.lost:
            new = [(lost.first, lost.last, lost.state, lost.reason) for lost in outcome.lost]
            self._connection.execute(sql.INSERT_LOSSES, (stream.no, _json(new)))

    def save(self) -> None:
        """Write ledgers and counters of all streams."""
        rows = [
            (
                stream.no,
                stream.ledger.upto,
                _json(stream.ledger.settled),
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
            self._connection.execute(sql.UPDATE_STREAMS, (_json(rows),))

    def _read(self, keys: Sequence[tuple[int, str]]) -> None:
        if not keys:
            return
        (text,) = self._connection.execute(sql.SELECT_STREAMS, (_json(keys),)).fetchone()
        for index, no, upto, settled, hwm, fin in json.loads(text):
            ledger = Ledger(upto, tuple((low, high) for low, high in settled), hwm, bool(fin))
            self._streams[keys[index]] = Stream(no, ledger)


def _json(value: object) -> str:
    """Return JSON with characters as they are: an escaped lone surrogate could not be read back."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
