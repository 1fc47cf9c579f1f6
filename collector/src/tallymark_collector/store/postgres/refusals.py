"""What arrives without becoming an event: refused events and counted losses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tallymark_collector.store.identity import fingerprint
from tallymark_collector.store.postgres import statements as sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tallymark_collector.store.log import Arrival, Refused
    from tallymark_collector.store.postgres.connection import Connection


def escaped(text: str) -> str:
    """Return a text as inside a JSON string: text columns hold no U+0000."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def unescaped(text: str) -> str:
    """Return the text that was `escaped`."""
    return str(json.loads(f'"{text}"'))


class RefusalTable:
    """Writes refusals and counts of losses during one commit."""

    def __init__(self, connection: Connection) -> None:
        """Work inside the transaction that is open on *connection*."""
        self._connection = connection

    def count_losses(self, arrival: Arrival) -> None:
        """Write the losses that the request declares without a stream, once per request."""
        for loss in arrival.losses:
            if not loss.ranges and loss.count:
                values = {
                    "project": arrival.project,
                    "sha256": arrival.sha256,
                    "reason": loss.reason,
                    "count": loss.count,
                    "received_at": arrival.received_at,
                }
                self._connection.execute(sql.INSERT_DROP_COUNT, values)

    def quarantine(self, arrival: Arrival, stream_no: int, items: Iterable[Refused]) -> None:
        """Keep refused events, each once."""
        items = list(items)
        if not items:
            return
        columns = {
            "seq": [item.seq for item in items],
            "allowed": [item.limit or None for item in items],
            "code": [item.code for item in items],
            "path": [escaped(item.path) for item in items],
            "id": [None if item.id is None else escaped(item.id) for item in items],
            "fingerprint": [fingerprint(arrival, item) or None for item in items],
            "body": [item.body.decode() for item in items],
        }
        fixed = {
            "project": arrival.project,
            "stream_no": stream_no or None,
            "received_at": arrival.received_at,
        }
        self._connection.execute(sql.INSERT_QUARANTINE, {**fixed, **columns})
