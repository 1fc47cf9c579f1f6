"""One commit over the tables of an SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.store import group
from tallymark_collector.store.sqlite.events import EventTable
from tallymark_collector.store.sqlite.refusals import RefusalTable
from tallymark_collector.store.sqlite.streams import StreamTable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from tallymark_collector.store.log import Arrival


class CommitGroup(group.CommitGroup):
    """The arrivals of one transaction, settled in order."""

    def __init__(self, connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> None:
        """Work inside the transaction that is open on *connection*."""
        super().__init__(
            EventTable(connection),
            StreamTable(connection, arrivals),
            RefusalTable(connection),
            arrivals,
        )
