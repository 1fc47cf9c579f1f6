"""The log in a Postgres database: one writing connection per process, any number of processes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Literal

from tallymark_collector.store.postgres.commit import Committer
from tallymark_collector.store.postgres.connection import Database
from tallymark_collector.store.postgres.errors import translated
from tallymark_collector.store.postgres.reader import CONNECTIONS, PostgresReader
from tallymark_collector.store.postgres.schema import bring_up_to_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_collector.store.log import Arrival, Settlement
    from tallymark_collector.store.postgres.connection import Connection

_log = logging.getLogger(__name__)

_FSYNC: Final = "SELECT current_setting('fsync')"


class PostgresLog(PostgresReader):
    """A `Log` in a database; several processes may write, one commit after the other."""

    def __init__(self, database: Database, connection: Connection, connections: int) -> None:
        """Take the writing connection of this process, and *connections* more for reads."""
        super().__init__(database, connections)
        self._committer = Committer(database, connection)

    @classmethod
    def open(cls, url: str, *, connections: int = CONNECTIONS) -> PostgresLog:
        """Open the log at *url* for writing, migrated if need be.

        Raises `StoreBusy` when the server cannot be reached, `MigrationError` when the database
        and this program do not belong together, ValueError for a URL that is none.
        """
        database = Database(url)
        connection = database.connect("write")
        try:
            with translated():
                bring_up_to_date(connection)
                _warn_unless_synced(connection)
        except BaseException:
            connection.close()
            raise
        return PostgresLog(database, connection, connections)

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Settlement]:
        """Write all arrivals in one durable transaction and return what became of each.

        Raises `StoreFull` or `StoreBusy` when nothing could be written, its kind `CommitUnknown`
        when the answer to COMMIT was lost and could not be asked for again in time, and whatever a
        value that no validation should have let through causes.
        """
        return self._committer.commit(arrivals) if arrivals else ()

    def probe(self) -> Literal[True]:
        """Make sure a small write commits; raise `StoreFull` or `StoreBusy`."""
        self._committer.touch()
        return True

    def checkpoint(self) -> None:
        """Do nothing: the server checkpoints by itself."""

    def close(self) -> None:
        """Release the connections."""
        super().close()
        self._committer.close()


def _warn_unless_synced(connection: Connection) -> None:
    found = connection.execute(_FSYNC).fetchone()
    if found is not None and found[0] != "on":
        _log.warning("Postgres runs with fsync off: a power cut loses acknowledged events.")
