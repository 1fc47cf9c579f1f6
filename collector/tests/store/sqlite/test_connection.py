from __future__ import annotations

import errno
import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.store.log import StoreBusy, StoreFull
from tallymark_collector.store.sqlite.connection import (
    Connections,
    connect,
    create,
    transaction,
    translated,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a new database."""
    return create(tmp_path / "data")


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection to a database with one table."""
    opened = connect(path)
    opened.execute("CREATE TABLE t (x)")
    yield opened
    opened.close()


def pragma(connection: sqlite3.Connection, name: str) -> object:
    """Return the value of a setting of the connection."""
    return connection.execute(
        {
            "journal_mode": "PRAGMA journal_mode",
            "synchronous": "PRAGMA synchronous",
            "wal_autocheckpoint": "PRAGMA wal_autocheckpoint",
            "query_only": "PRAGMA query_only",
        }[name]
    ).fetchone()[0]


def _break(connection: sqlite3.Connection, statement: str) -> None:
    with transaction(connection):
        connection.execute(statement)
        raise ValueError("reason")


def test_files_are_private(connection: sqlite3.Connection, path: Path) -> None:
    """Directory and files can be read by their owner alone."""
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)
    assert {0o600} == set(modes.values())
    assert {"tallymark.db", "tallymark.db-wal", "tallymark.db-shm"} == set(modes)


def test_existing_permissions_stay(tmp_path: Path) -> None:
    """What the owner has opened to others on purpose is not closed again."""
    tmp_path.chmod(0o750)
    create(tmp_path).chmod(0o640)
    assert 0o640 == stat.S_IMODE(create(tmp_path).stat().st_mode)
    assert 0o750 == stat.S_IMODE(tmp_path.stat().st_mode)


def test_every_commit_is_synced(connection: sqlite3.Connection) -> None:
    """Commits are durable against a power cut: WAL with synchronous=FULL."""
    assert ("wal", 2) == (pragma(connection, "journal_mode"), pragma(connection, "synchronous"))


def test_only_one_kind_checkpoints(path: Path) -> None:
    """No connection checkpoints by itself but the one that is told to."""
    for checkpoints, expected in ((False, 0), (True, 1000)):
        opened = connect(path, checkpoints=checkpoints)
        assert expected == pragma(opened, "wal_autocheckpoint")
        opened.close()


def test_readers_cannot_write(connection: sqlite3.Connection, path: Path) -> None:
    """A reading connection refuses to write."""
    reader = connect(path, writes=False)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("INSERT INTO t VALUES (1)")
    reader.close()


def test_transaction_commits(connection: sqlite3.Connection) -> None:
    """What the block wrote is there after it."""
    with transaction(connection):
        connection.execute("INSERT INTO t VALUES (1)")
    assert [(1,)] == connection.execute("SELECT x FROM t").fetchall()


def test_transaction_undoes(connection: sqlite3.Connection) -> None:
    """An error undoes the block, and the connection can be used again."""
    with pytest.raises(ValueError, match="reason"):
        _break(connection, "INSERT INTO t VALUES (1)")
    assert [] == connection.execute("SELECT x FROM t").fetchall()
    assert not connection.in_transaction


def test_transaction_that_is_already_undone(connection: sqlite3.Connection) -> None:
    """The first error is the one that is raised, even if SQLite has rolled back by itself."""
    with pytest.raises(ValueError, match="reason"):
        _break(connection, "ROLLBACK")


def test_full_database(connection: sqlite3.Connection) -> None:
    """A database that may not grow is full, and the rows of the transaction are gone."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull, match="full"), transaction(connection):
        connection.execute("INSERT INTO t VALUES (1), (zeroblob(100000))")
    assert [(0,)] == connection.execute("SELECT count(*) FROM t").fetchall()


def test_locked_database(connection: sqlite3.Connection, path: Path) -> None:
    """A write lock held elsewhere is `StoreBusy`."""
    other = connect(path)
    other.execute("PRAGMA busy_timeout = 0")
    with transaction(connection):
        connection.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(StoreBusy, match="locked"), transaction(other):
            pass
    other.close()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_system_errors_without_space(code: int) -> None:
    """What the system says when it cannot write is `StoreFull`."""
    with pytest.raises(StoreFull), translated():
        raise OSError(code, "cannot write")


def test_other_errors_stay() -> None:
    """Errors that say nothing about room or locks are passed on."""
    with pytest.raises(PermissionError), translated():
        raise PermissionError(errno.EACCES, "no")
    with pytest.raises(sqlite3.ProgrammingError), translated():
        raise sqlite3.ProgrammingError("wrong use")


def test_leases(path: Path) -> None:
    """Leases held at once get connections of their own; one that is back is used again."""
    connections = Connections(path, writes=False)
    with connections.lease() as first, connections.lease() as second:
        assert first is not second
    with connections.lease() as again:
        assert again in {first, second}
    connections.close()


def test_leases_after_close(path: Path) -> None:
    """After `close` nothing is leased, and a connection still out is closed when it comes back."""
    connections = Connections(path, writes=False)
    with connections.lease() as leased:
        connections.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        leased.execute("SELECT 1")
    with pytest.raises(RuntimeError, match="closed"), connections.lease():
        pass
