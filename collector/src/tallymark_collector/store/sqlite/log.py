"""The log in one SQLite file: one writing connection, every commit synced."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

from tallymark_collector.store.log import Arrival, Settlement, StoreBusy
from tallymark_collector.store.sqlite.ballast import BALLAST_BYTES, Ballast, reserve
from tallymark_collector.store.sqlite.connection import (
    connect,
    create,
    is_busy,
    transaction,
    translated,
)
from tallymark_collector.store.sqlite.group import CommitGroup
from tallymark_collector.store.sqlite.reader import SqliteReader
from tallymark_collector.store.sqlite.schema import bring_up_to_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PROBE_BYTES = 1024 * 1024
"""Room that must be there before writing is tried again after a full disk."""


class WriterLocked(Exception):  # noqa: N818 - names the state, as its neighbours do
    """Raised when another process writes to the same directory."""


class SqliteLog(SqliteReader):
    """A `Log` in the file `tallymark.db` of a directory; one per directory writes."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        lock: sqlite3.Connection,
        ballast: Ballast,
    ) -> None:
        """Take the only writing connection and the lock that makes it the only one."""
        super().__init__(path)
        self._directory = path.parent
        self._connection = connection
        self._lock = lock
        self._ballast = ballast

    @classmethod
    def open(cls, directory: Path, *, ballast: int = BALLAST_BYTES) -> SqliteLog:
        """Open the log in *directory* for writing, created and migrated if need be.

        *ballast* is the size in bytes of the reserve for a full disk, 0 for none. Raises
        `WriterLocked` when another process writes there, `MigrationError` when the database and
        this program do not belong together.
        """
        with translated():
            path = create(directory)
            lock = _lock(directory / "writer.lock")
            try:
                connection = connect(path, checkpoints=True)
                bring_up_to_date(connection)
            except BaseException:
                lock.close()
                raise
        reserve_file = Ballast(directory, ballast)
        reserve_file.ensure()
        return SqliteLog(path, connection, lock, reserve_file)

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Settlement]:
        """Write all arrivals in one durable transaction and return what became of each.

        Raises `StoreFull` or `StoreBusy` when nothing could be written, and whatever a value that
        no validation should have let through causes; either way nothing of the group is kept.
        """
        if not arrivals:
            return ()
        with transaction(self._connection):
            return CommitGroup(self._connection, arrivals).write()

    def probe(self) -> Literal[True]:
        """Make sure a batch has room and a small write commits; raise `StoreFull` or `StoreBusy`.

        A row that is rolled back would prove nothing: it never reaches the disk.
        """
        room = self._directory / "probe"
        reserve(room, PROBE_BYTES)
        room.unlink()
        with transaction(self._connection):
            self._connection.execute("UPDATE head SET pos = pos")
        self._ballast.ensure()
        return True

    def checkpoint(self) -> None:
        """Bring everything committed into the main file; raise `StoreBusy` beside a reader."""
        with translated():
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreBusy("Readers hold the write-ahead log; it is taken up at the next start.")

    @contextmanager
    def spare_room(self) -> Iterator[None]:
        """Give the reserve away for the block: erasure and retention work on a full disk too."""
        with self._ballast.released():
            yield

    def close(self) -> None:
        """Release the connections and the lock."""
        super().close()
        # Closing may checkpoint, which a full disk forbids: what was committed stays in the log.
        with suppress(sqlite3.Error):
            self._connection.close()
        self._lock.close()


def _lock(path: Path) -> sqlite3.Connection:
    """Take the writer's lock: an open transaction on an empty database ends with its process."""
    lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        path.chmod(0o600)
        # Nothing is written through it: without a journal file it can be had on a full disk too.
        lock.execute("PRAGMA journal_mode = MEMORY")
        lock.execute("BEGIN EXCLUSIVE")
    except BaseException as error:
        lock.close()
        if is_busy(error):
            raise WriterLocked(
                f"Another process writes to {path.parent}. Stop it, or start with another"
                " directory."
            ) from error
        raise
    return lock
