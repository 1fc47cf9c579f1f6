from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.store.migrate import Migration, MigrationError, migrate
from tallymark_collector.store.sqlite import DATABASE_FILE, SqliteLog, SqliteReader
from tallymark_collector.store.sqlite.connection import connect, create
from tallymark_collector.store.sqlite.schema import SqliteTarget, migrations, statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE = Migration(1, "0001_a.sql", "CREATE TABLE a (x);\nINSERT INTO a VALUES (';');\n")
BROKEN = Migration(2, "0002_b.sql", "CREATE TABLE b (x);\nINSERT INTO nowhere VALUES (1);\n")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection to an empty database."""
    opened = connect(create(tmp_path / "data"))
    yield opened
    opened.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all tables."""
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


def test_statements() -> None:
    """A script is cut at the ends of its statements only."""
    script = "-- a; b\nCREATE TABLE a (x);\nINSERT INTO a\nVALUES (';');\n-- the end\n"
    cut = list(statements(script))
    assert ["-- a; b\nCREATE TABLE a (x);\n", "INSERT INTO a\nVALUES (';');\n"] == cut


def test_statement_without_end() -> None:
    """A script that ends in the middle of a statement is refused."""
    with pytest.raises(MigrationError, match="without its end"):
        list(statements("CREATE TABLE a (x)"))


def test_migrating_applies_once(connection: sqlite3.Connection) -> None:
    """An applied file is remembered with its checksum and not run again."""
    target = SqliteTarget(connection)
    assert ("0001_a.sql",) == migrate(target, (ONE,))
    assert () == migrate(target, (ONE,))
    assert [(";",)] == connection.execute("SELECT x FROM a").fetchall()
    assert {1: ONE.sha256} == target.applied()


def test_broken_migration_leaves_the_old_state(connection: sqlite3.Connection) -> None:
    """An error in one file undoes the whole run, tables included."""
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(SqliteTarget(connection), (ONE, BROKEN))
    assert set() == tables(connection)


def test_broken_update_keeps_what_was_there(connection: sqlite3.Connection) -> None:
    """An error in a later run leaves the earlier migrations and their rows."""
    migrate(SqliteTarget(connection), (ONE,))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(SqliteTarget(connection), (ONE, BROKEN))
    assert {"a", "migration"} == tables(connection)


def test_dry_run(connection: sqlite3.Connection) -> None:
    """A dry run creates nothing, not even the table of migrations."""
    assert ("0001_a.sql",) == migrate(SqliteTarget(connection), (ONE,), dry_run=True)
    assert set() == tables(connection)


def test_own_migrations_apply(connection: sqlite3.Connection) -> None:
    """The shipped migrations make the tables that `docs` and shells rely on."""
    migrate(SqliteTarget(connection), migrations())
    assert {"event", "stream", "batch", "imported", "loss", "quarantine"} < tables(connection)


def test_newer_database_stops_the_start(tmp_path: Path) -> None:
    """Neither writer nor reader opens a database of a later version."""
    SqliteLog.open(tmp_path, ballast=0).close()
    with sqlite3.connect(tmp_path / DATABASE_FILE) as later:
        later.execute("INSERT INTO migration VALUES (999, '0999_later.sql', '', 0)")
    later.close()
    with pytest.raises(MigrationError, match="newer"):
        SqliteLog.open(tmp_path, ballast=0)
    with pytest.raises(MigrationError, match="newer"):
        SqliteReader.open(tmp_path)


def test_reader_does_not_migrate(tmp_path: Path) -> None:
    """A reader names what an older database lacks, and changes nothing."""
    connect(create(tmp_path)).close()
    with pytest.raises(MigrationError, match="0001_log"):
        SqliteReader.open(tmp_path)
