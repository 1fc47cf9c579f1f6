"""What arrives without becoming an event: refused events and counted losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.store.identity import fingerprint
from tallymark_collector.store.sqlite import statements as sql
from tallymark_collector.store.sqlite.bulk import Bulk

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from tallymark_collector.store.log import Arrival, Refused


class RefusalTable:
    """Writes refusals and counts of losses during one commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work inside the transaction that is open on *connection*."""
        self._connection = connection

    def count_losses(self, arrival: Arrival) -> None:
        """Write the losses that the request declares without a stream, once per request."""
        bulk = Bulk(sql.INSERT_DROP_COUNT)
        for loss in arrival.losses:
            if not loss.ranges and loss.count:
                numbers = (arrival.project, loss.count, arrival.received_at)
                bulk.add(numbers, (loss.reason.encode(), arrival.sha256))
        bulk.execute(self._connection)

    def quarantine(self, arrival: Arrival, stream_no: int, items: Iterable[Refused]) -> None:
        """Keep refused events, each once."""
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
            bulk.add(numbers, (*texts, fingerprint(arrival, item)))
        bulk.execute(self._connection)
