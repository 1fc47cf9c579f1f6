"""Connections to the one database file: how they are opened, leased, and what their errors mean."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING

from tallymark_collector.store.log import StoreBusy, StoreFull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE_FILE = "tallymark.db"
BUSY_TIMEOUT_MS = 5_000
MINIMUM_SQLITE = (3, 38)

# The log keeps up to this many bytes of a write-ahead log that a long reader made grow.
_KEEP_WAL_BELOW_64_MIB = "PRAGMA journal_size_limit = 67108864"
_PRIMARY_CODE = 0xFF
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_BUSY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_CANTOPEN,
}
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def create(directory: Path) -> Path:
    """Make sure directory (0700) and database file (0600) exist and return the file's path.

    What exists keeps the permissions its owner gave it.
    """
    if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
        raise RuntimeError(
            f"SQLite {sqlite3.sqlite_version} is too old: the collector needs 3.38 or newer."
        )
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / DATABASE_FILE
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    return path


def connect(path: Path, *, checkpoints: bool = False, writes: bool = True) -> sqlite3.Connection:
    """Open a connection in WAL mode that syncs every commit.

    Only one connection of all may have *checkpoints*: SQLite before 3.51.3 can lose a commit that
    races another connection's checkpoint.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
    )
    # The order matters: a new database takes its journal mode before anything is written.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if checkpoints:
        connection.execute(_KEEP_WAL_BELOW_64_MIB)
    else:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    if not writes:
        connection.execute("PRAGMA query_only = ON")
    return connection


def is_busy(error: BaseException) -> bool:
    """Tell whether SQLite says that somebody else holds a lock."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@contextmanager
def translated() -> Iterator[None]:
    """Raise `StoreFull` and `StoreBusy` for what SQLite and the system call by other names."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        if code in _FULL:
            raise StoreFull(str(error)) from error
        if code in _BUSY:
            raise StoreBusy(str(error)) from error
        raise
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise StoreFull(str(error)) from error
        raise


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Run the block in one transaction: committed at its end, undone on any error."""
    with translated():
        connection.execute({"IMMEDIATE": "BEGIN IMMEDIATE", "DEFERRED": "BEGIN"}[kind])
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            # After a full disk SQLite has often rolled back by itself, and then ROLLBACK raises.
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


class Connections:
    """Connections leased one call at a time, so that no two threads share one."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        """Lease connections to *path*, opened when needed."""
        self._path = path
        self._writes = writes
        self._idle: list[sqlite3.Connection] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def lease(self) -> Iterator[sqlite3.Connection]:
        """Hand out a connection until the block ends."""
        with self._lock:
            if self._closed:
                raise RuntimeError("The store is closed.")
            connection = self._idle.pop() if self._idle else None
        connection = connection or connect(self._path, writes=self._writes)
        try:
            yield connection
        finally:
            self._take_back(connection)

    def close(self) -> None:
        """Close what is idle now, and what is leased when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
