from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Arrival, Row, StoreBusy, StoreFull
from tallymark_collector.store.sqlite import DATABASE_FILE, SqliteLog, SqliteReader, WriterLocked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCOPE = Scope(1, "test", frozenset({"read"}))
STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def arrival(first: int, count: int) -> Arrival:
    """Return a request with *count* events from number *first* on."""
    rows = tuple(
        Row(i, first + i, None, 5, 6, b'{"e":"view","p":{"n":%d}}' % i) for i in range(count)
    )
    return Arrival(
        project=1,
        stream=STREAM,
        hwm=first + count - 1,
        fin=False,
        received_at=7,
        rows=rows,
        refused=(),
        losses=(),
        sha256=first.to_bytes(32, "big"),
        size=1,
    )


def test_one_writer_per_directory(tmp_path: Path) -> None:
    """A second writer is refused while the first is open, in this process and in another."""
    log = SqliteLog.open(tmp_path, ballast=0)
    with pytest.raises(WriterLocked, match="Another process"):
        SqliteLog.open(tmp_path, ballast=0)
    script = (
        "import pathlib, sys\n"
        "from tallymark_collector.store.sqlite import SqliteLog\n"
        "SqliteLog.open(pathlib.Path(sys.argv[1]), ballast=0)\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", script, tmp_path], check=False, capture_output=True, text=True
    )
    assert "WriterLocked" in other.stderr
    log.close()
    SqliteLog.open(tmp_path, ballast=0).close()


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Let no write go beyond *size* bytes of a file, as on a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_not_taken_for_another_writer(tmp_path: Path) -> None:
    """The lock needs no room: a start on a full disk can be read, and says what is the matter."""
    log = SqliteLog.open(tmp_path, ballast=0)
    log.commit([arrival(1, 3)])
    log.close()
    with no_file_above(40_000):
        log = SqliteLog.open(tmp_path, ballast=0)
        assert 3 == log.count(SCOPE)
        with pytest.raises(StoreFull):
            log.commit([arrival(4, 2_000)])
    assert 2_000 == log.commit([arrival(4, 2_000)])[0].stored
    log.close()
    assert {DATABASE_FILE, "writer.lock"} == {file.name for file in tmp_path.iterdir()}


def test_reader_beside_the_writer(tmp_path: Path) -> None:
    """A reader of another process sees each commit, and never a write of its own."""
    log = SqliteLog.open(tmp_path, ballast=0)
    reader = SqliteReader.open(tmp_path)
    log.commit([arrival(1, 3)])
    assert (3, 3) == (reader.count(SCOPE), reader.head())
    reader.close()
    log.close()


def test_reader_without_database(tmp_path: Path) -> None:
    """A reader does not create what is not there."""
    with pytest.raises(FileNotFoundError, match="no database"):
        SqliteReader.open(tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_rows_are_readable_with_any_sqlite(tmp_path: Path) -> None:
    """Events can be queried as JSON text without this program."""
    log = SqliteLog.open(tmp_path, ballast=0)
    log.commit([arrival(1, 3)])
    log.close()
    shell = sqlite3.connect(tmp_path / DATABASE_FILE)
    query = """
        SELECT s.id, e.seq, e.body ->> '$.p.n', typeof(e.body)
        FROM event AS e JOIN stream AS s ON s.no = e.stream_no ORDER BY e.pos
    """
    assert [(STREAM, i + 1, i, "text") for i in range(3)] == shell.execute(query).fetchall()
    shell.close()


def test_checkpoint_empties_the_write_ahead_log(tmp_path: Path) -> None:
    """After a checkpoint everything is in the main file."""
    log = SqliteLog.open(tmp_path, ballast=0)
    log.commit([arrival(1, 100)])
    log.checkpoint()
    assert 0 == (tmp_path / f"{DATABASE_FILE}-wal").stat().st_size
    log.close()


def test_checkpoint_beside_a_long_reader(tmp_path: Path) -> None:
    """A reader in the middle of a scan keeps the checkpoint from finishing, and nothing is lost."""
    log = SqliteLog.open(tmp_path, ballast=0)
    log.commit([arrival(1, 500)])
    scan = log.scan(SCOPE)
    next(scan)
    log.commit([arrival(501, 1)])
    log._connection.execute("PRAGMA busy_timeout = 0")
    with pytest.raises(StoreBusy):
        log.checkpoint()
    assert 499 == len(list(scan))
    log.checkpoint()
    assert 501 == log.count(SCOPE)
    log.close()


def test_ballast_is_kept_and_given_away(tmp_path: Path) -> None:
    """The log takes its reserve at the start and frees it for work on a full disk."""
    log = SqliteLog.open(tmp_path, ballast=1 << 20)
    file = tmp_path / "ballast"
    assert 1 << 20 == file.stat().st_size
    with log.spare_room():
        assert not file.exists()
    assert file.exists()
    file.unlink()
    assert log.probe() is True
    assert file.exists()
    log.close()


def test_batch_rows_cover_the_events(tmp_path: Path) -> None:
    """Each stored number is found through its batch at its position, and batches never overlap."""
    log = SqliteLog.open(tmp_path, ballast=0)
    log.commit([arrival(1, 10), arrival(21, 5)])
    log.commit([arrival(8, 20)])
    log.close()
    shell = sqlite3.connect(tmp_path / DATABASE_FILE)
    by_batch = """
        SELECT b.first_pos + e.seq - b.first, e.pos FROM event AS e JOIN batch AS b
        ON b.stream_no = e.stream_no AND e.seq BETWEEN b.first AND b.last
    """
    places = shell.execute(by_batch).fetchall()
    assert 27 == len(places)
    assert all(through_batch == pos for through_batch, pos in places)
    shell.close()
