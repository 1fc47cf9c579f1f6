"""One durable transaction, and what became of it when the answer to COMMIT was lost.

A connection that ends during COMMIT leaves open whether the commit happened. The place of an event
tells: if the last event of the group is at the position it was given, all of the group is stored.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import psycopg

from tallymark_collector.store.group import CommitGroup
from tallymark_collector.store.log import StoreBusy
from tallymark_collector.store.postgres import statements as sql
from tallymark_collector.store.postgres.connection import Connection, Database, usable
from tallymark_collector.store.postgres.errors import is_lost, translated
from tallymark_collector.store.postgres.events import EventTable, Witness
from tallymark_collector.store.postgres.refusals import RefusalTable
from tallymark_collector.store.postgres.streams import StreamTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tallymark_collector.store.log import Arrival, Settlement

SETTLE_S: Final = 5.0
"""How long is asked what became of a commit before its arrivals are refused, not knowing."""
PAUSE_S: Final = 0.05
_NOT_BEFORE: Final = "The connection ended before anything was committed."


class Lost(Exception):  # noqa: N818 - names what happened
    """Raised when the connection ended before COMMIT was sent: nothing was written."""


class Unknown(Exception):  # noqa: N818 - names the state
    """Raised when the connection ended during COMMIT: the commit happened, or it did not."""

    def __init__(self, witness: Witness | None, settlements: Sequence[Settlement]) -> None:
        """Keep what tells the two apart, and what to answer if it happened."""
        super().__init__("The answer to COMMIT was lost.")
        self.witness = witness
        self.settlements = settlements


class CommitUnknown(StoreBusy):
    """Raised when it could not be found out in time whether a commit happened.

    Its arrivals are refused; sent again, their numbers and ids tell which of them are stored.
    """


class Committer:
    """The one connection that writes to the log, opened anew when it is lost. For one thread."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Write through *connection* while it lasts."""
        self._database = database
        self._connection: Connection | None = connection
        self._clock = clock
        self._sleep = sleep

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Settlement]:
        """Write all arrivals in one transaction; raise `StoreFull` or `StoreBusy` if none is.

        A connection found lost is replaced once, so that a server's restart between two commits
        refuses nobody.
        """
        try:
            return self._attempt(arrivals)
        except Lost:
            return self._last_attempt(arrivals)
        except Unknown as unknown:
            return self._find_out(arrivals, unknown)

    def touch(self) -> None:
        """Make sure that a small write commits."""
        with translated():
            self._connected().execute("UPDATE head SET pos = pos")

    def close(self) -> None:
        """Release the connection."""
        if self._connection is not None:
            self._connection.close()

    def _last_attempt(self, arrivals: Sequence[Arrival]) -> Sequence[Settlement]:
        try:
            return self._attempt(arrivals)
        except Lost:
            raise StoreBusy(_NOT_BEFORE) from None
        except Unknown as unknown:
            return self._find_out(arrivals, unknown)

    def _attempt(self, arrivals: Sequence[Arrival]) -> Sequence[Settlement]:
        connection = self._connected()
        try:
            witness, settlements = self._write(connection, arrivals)
        except BaseException as error:
            self._roll_back(connection)
            if isinstance(error, StoreBusy) and is_lost(connection):
                raise Lost from error
            raise
        try:
            with translated():
                connection.commit()
        except StoreBusy as error:
            # Also when the server has said why it ends the connection: it may have committed first.
            connection.close()
            raise Unknown(witness, settlements) from error
        except BaseException:
            self._roll_back(connection)
            raise
        return settlements

    @staticmethod
    def _write(
        connection: Connection, arrivals: Sequence[Arrival]
    ) -> tuple[Witness | None, Sequence[Settlement]]:
        with translated():
            events = EventTable(connection, lock_head(connection))
            streams = StreamTable(connection, arrivals)
            group = CommitGroup(events, streams, RefusalTable(connection), arrivals)
            settlements = group.write()
            return events.witness, settlements

    def _find_out(self, arrivals: Sequence[Arrival], unknown: Unknown) -> Sequence[Settlement]:
        """Ask what became of a commit; write the arrivals again if it did not happen.

        Without a witness nothing was stored, and writing the rest again changes nothing.
        """
        until = self._clock() + SETTLE_S
        while True:
            try:
                if unknown.witness is not None and self._is_stored(unknown.witness):
                    return unknown.settlements
                return self._attempt(arrivals)
            except Unknown as again:  # noqa: PERF203 - each pass asks the server
                unknown = again
            except (Lost, StoreBusy) as error:
                if self._clock() >= until:
                    raise CommitUnknown("It is not known whether the commit happened.") from error
                self._sleep(PAUSE_S)

    def _is_stored(self, witness: Witness) -> bool:
        connection = self._connected()
        try:
            with translated():
                # The lock is had only when the lost transaction has ended, this way or that.
                lock_head(connection)
                return witness.is_found(connection)
        finally:
            self._roll_back(connection)

    def _connected(self) -> Connection:
        if self._connection is not None and not usable(self._connection):
            self._connection.close()
            self._connection = None
        if self._connection is None:
            self._connection = self._database.connect("write")
        return self._connection

    @staticmethod
    def _roll_back(connection: Connection) -> None:
        try:
            connection.rollback()
        except psycopg.Error:
            # What is not rolled back now is when the connection ends.
            connection.close()


def lock_head(connection: Connection) -> int:
    """Begin a transaction that commits next, and return the highest position given."""
    cursor = connection.execute(sql.BEGIN)
    cursor.nextset()
    found = cursor.fetchone()
    assert found is not None
    return int(found[0])
