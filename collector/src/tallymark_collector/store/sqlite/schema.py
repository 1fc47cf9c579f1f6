"""The database file as a target of migrations."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from importlib import resources
from time import time_ns
from typing import TYPE_CHECKING

from tallymark_collector.store.migrate import (
    Migration,
    MigrationError,
    load,
    migrate,
    pending,
)
from tallymark_collector.store.sqlite.connection import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NS_PER_MS = 1_000_000
_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    sha256     TEXT    NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT
"""
_EXISTS = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration'"
_REMEMBER = "INSERT INTO migration (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)"


class SqliteTarget:
    """One connection, seen by the migration runner."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Migrate through *connection*."""
        self._connection = connection

    def applied(self) -> Mapping[int, str]:
        """Return the checksums of the applied migrations by number."""
        if not self._connection.execute(_EXISTS).fetchone()[0]:
            return {}
        return dict(self._connection.execute("SELECT number, sha256 FROM migration"))

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the write lock of the file."""
        with transaction(self._connection):
            self._connection.execute(_TABLE)
            yield

    def apply(self, migration: Migration) -> None:
        """Run the statements one by one: `executescript` would commit first."""
        for statement in statements(migration.sql):
            self._connection.execute(statement)
        self._connection.execute(
            _REMEMBER,
            (migration.number, migration.name, migration.sha256, time_ns() // _NS_PER_MS),
        )


def statements(sql: str) -> Iterator[str]:
    """Cut a script into its statements."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if any(line.strip() and not line.lstrip().startswith("--") for line in statement.splitlines()):
        raise MigrationError(f"A statement without its end: {statement.strip()!r}.")


def migrations() -> tuple[Migration, ...]:
    """Return the migrations of this store."""
    return load(resources.files(__package__) / "migrations")


def bring_up_to_date(connection: sqlite3.Connection, *, dry_run: bool = False) -> tuple[str, ...]:
    """Apply the migrations the database lacks; return their names.

    With *dry_run* they are named only.
    """
    return migrate(SqliteTarget(connection), migrations(), dry_run=dry_run)


def require_up_to_date(connection: sqlite3.Connection) -> None:
    """Raise `MigrationError` unless the database has exactly this program's migrations."""
    waiting = pending(SqliteTarget(connection).applied(), migrations())
    if waiting:
        raise MigrationError(
            f"The database lacks {', '.join(migration.name for migration in waiting)}."
            " Start the collector once to bring it up to date."
        )
