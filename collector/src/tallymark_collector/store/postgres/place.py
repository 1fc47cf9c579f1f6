"""The store in a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.store.postgres.connection import Database
from tallymark_collector.store.postgres.errors import translated
from tallymark_collector.store.postgres.log import PostgresLog
from tallymark_collector.store.postgres.meta import PostgresMeta
from tallymark_collector.store.postgres.reader import PostgresReader
from tallymark_collector.store.postgres.schema import bring_up_to_date

if TYPE_CHECKING:
    from collections.abc import Sequence


class PostgresPlace:
    """A database; any number of processes write to it."""

    def __init__(self, url: str, connections: int) -> None:
        """Read over at most *connections* at a time; raise ValueError for a URL that is none."""
        self._url = url
        self._connections = connections
        self.shown = Database(url).shown

    def exists(self) -> bool:
        """Return True: only a connection can tell."""
        return True

    def log(self) -> PostgresLog:
        """Open the log for writing."""
        return PostgresLog.open(self._url, connections=self._connections)

    def reader(self) -> PostgresReader:
        """Open the log for reading; raise `MigrationError` if there is none."""
        return PostgresReader.open(self._url)

    def meta(self) -> PostgresMeta:
        """Open projects and keys."""
        return PostgresMeta.open(self._url)

    def migrate(self, *, dry_run: bool = False) -> Sequence[str]:
        """Bring the schema up to date; with *dry_run* only say what would be applied."""
        connection = Database(self._url).connect("change")
        try:
            with translated():
                return bring_up_to_date(connection, dry_run=dry_run)
        finally:
            connection.close()
