"""The ledgers of the streams of one commit: read at once, changed in memory, written at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tallymark_protocol.ledger import Ledger

from tallymark_collector.store.group import Stream
from tallymark_collector.store.postgres import statements as sql
from tallymark_collector.store.settle import Known, Lost, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tallymark_collector.store.log import Arrival, Ranges
    from tallymark_collector.store.postgres.connection import Connection
    from tallymark_collector.store.settle import Outcome


class StreamTable:
    """The streams that a group of arrivals names."""

    def __init__(self, connection: Connection, arrivals: Iterable[Arrival]) -> None:
        """Read the streams inside the open transaction; those not seen before are created."""
        self._connection = connection
        self._streams: dict[tuple[int, str], Stream] = {}
        wanted: dict[tuple[int, str], int] = {}
        for arrival in arrivals:
            if arrival.stream is not None:
                wanted.setdefault((arrival.project, arrival.stream), arrival.received_at)
        self._read(list(wanted))
        missing = [key for key in wanted if key not in self._streams]
        if missing:
            seen = [wanted[key] for key in missing]
            connection.execute(sql.INSERT_STREAMS, {**_keys(missing), "seen": seen})
            self._read(missing)

    def __getitem__(self, key: tuple[int, str]) -> Stream:
        """Return the stream of a project."""
        return self._streams[key]

    def look_up(self, stream: Stream, again: Ranges) -> Known:
        """Return what is stored and lost of these numbers, without comparing any content."""
        where = {"stream_no": stream.no, **_bounds(again)}
        # Two ranges may lie in one run: it is named for each of them.
        runs = {
            Run(first, last, pos, bytes(sha256))
            for first, last, pos, sha256 in self._connection.execute(sql.SELECT_RUNS, where)
        }
        losses = {Lost(*fields) for fields in self._connection.execute(sql.SELECT_LOSSES, where)}
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
            where = {"stream_no": stream.no, **_bounds(outcome.released)}
            self._connection.execute(sql.DELETE_QUARANTINED, where)
        if outcome.gone:
            gone = [lost.first for lost in outcome.gone]
            self._connection.execute(sql.DELETE_LOSSES, {"stream_no": stream.no, "first": gone})
        if outcome.lost:
            self._insert_losses(stream, outcome.lost)

    def save(self) -> None:
        """Write ledgers and counters of all streams."""
        streams = self._streams.values()
        if not streams:
            return
        columns = {
            "no": [stream.no for stream in streams],
            "upto": [stream.ledger.upto for stream in streams],
            "settled": [json.dumps(stream.ledger.settled) for stream in streams],
            "hwm": [stream.ledger.hwm for stream in streams],
            "fin": [stream.ledger.fin for stream in streams],
            "stored": [stream.stored for stream in streams],
            "duplicates": [stream.duplicates for stream in streams],
            "conflicts": [stream.conflicts for stream in streams],
            "last_seen": [stream.last_seen for stream in streams],
        }
        self._connection.execute(sql.UPDATE_STREAMS, columns)

    def _insert_losses(self, stream: Stream, lost: Sequence[Lost]) -> None:
        columns = {
            "first": [one.first for one in lost],
            "last": [one.last for one in lost],
            "state": [str(one.state) for one in lost],
            "reason": [one.reason for one in lost],
        }
        self._connection.execute(sql.INSERT_LOSSES, {"stream_no": stream.no, **columns})

    def _read(self, keys: Sequence[tuple[int, str]]) -> None:
        if not keys:
            return
        for number, no, upto, settled, hwm, fin in self._connection.execute(
            sql.SELECT_STREAMS, _keys(keys)
        ):
            ranges = tuple((low, high) for low, high in json.loads(settled))
            self._streams[keys[number - 1]] = Stream(no, Ledger(upto, ranges, hwm, fin))


def _keys(keys: Sequence[tuple[int, str]]) -> dict[str, list[int] | list[str]]:
    return {"projects": [project for project, _ in keys], "ids": [stream for _, stream in keys]}


def _bounds(ranges: Ranges) -> dict[str, list[int]]:
    return {"low": [low for low, _ in ranges], "high": [high for _, high in ranges]}
