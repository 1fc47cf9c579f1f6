"""The database as a target of migrations."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import resources
from time import time_ns
from typing import TYPE_CHECKING, Final

import psycopg

from tallymark_collector.store.migrate import Migration, MigrationError, load, migrate, pending
from tallymark_collector.store.postgres.connection import MINIMUM_VERSION
from tallymark_collector.store.postgres.errors import said, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tallymark_collector.store.postgres.connection import Connection

_NS_PER_MS: Final = 1_000_000
LOCK: Final = 0x7461_6C6C_796D_6172
"""Held while the schema, or what a first start makes, is changed: a number of our own."""
_WAIT: Final = "SET LOCAL lock_timeout = '60s'"
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS migration (
    number     integer PRIMARY KEY,
    name       text    NOT NULL,
    sha256     text    NOT NULL,
    applied_at bigint  NOT NULL
)
"""
_EXISTS: Final = "SELECT to_regclass('migration') IS NOT NULL"
_REMEMBER: Final = (
    "INSERT INTO migration (number, name, sha256, applied_at) VALUES (%s, %s, %s, %s)"
)
_SERVER: Final = """
SELECT current_setting('server_version_num')::integer, current_setting('server_encoding')
"""


class PostgresTarget:
    """One connection, seen by the migration runner."""

    def __init__(self, connection: Connection) -> None:
        """Migrate through *connection*."""
        self._connection = connection

    def applied(self) -> Mapping[int, str]:
        """Return the checksums of the applied migrations by number."""
        exists = self._connection.execute(_EXISTS).fetchone()
        if exists is None or not exists[0]:
            return {}
        return dict(self._connection.execute("SELECT number, sha256 FROM migration").fetchall())

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock that every process takes to migrate."""
        with translated(), self._connection.transaction():
            self._connection.execute(_WAIT)
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            self._connection.execute(_TABLE)
            yield

    def apply(self, migration: Migration) -> None:
        """Run the file's statements and remember it."""
        try:
            self._connection.execute(migration.sql.encode())
        except psycopg.ProgrammingError as error:
            raise MigrationError(f"{migration.name} does not apply: {said(error)}.") from error
        self._connection.execute(
            _REMEMBER,
            (migration.number, migration.name, migration.sha256, time_ns() // _NS_PER_MS),
        )


def migrations() -> tuple[Migration, ...]:
    """Return the migrations of this store."""
    return load(resources.files(__package__) / "migrations")


def bring_up_to_date(connection: Connection, *, dry_run: bool = False) -> tuple[str, ...]:
    """Apply the migrations the database lacks; return their names.

    With *dry_run* they are named only.
    """
    require_server(connection)
    return migrate(PostgresTarget(connection), migrations(), dry_run=dry_run)


def require_up_to_date(connection: Connection) -> None:
    """Raise `MigrationError` unless the database has exactly this program's migrations."""
    waiting = pending(PostgresTarget(connection).applied(), migrations())
    if waiting:
        raise MigrationError(
            f"The database lacks {', '.join(migration.name for migration in waiting)}."
            " Start the collector once, or run `tallymark migrate`, to bring it up to date."
        )


def require_server(connection: Connection) -> None:
    """Raise `MigrationError` for a server that cannot hold the log."""
    found = connection.execute(_SERVER).fetchone()
    assert found is not None
    version, encoding = found
    if version < MINIMUM_VERSION:
        raise MigrationError(
            f"Postgres {version // 10_000} is too old: the collector needs 13 or newer."
        )
    if encoding != "UTF8":
        raise MigrationError(
            f"The database is encoded in {encoding}; events need UTF8. Create another one:"
            " CREATE DATABASE tallymark ENCODING 'UTF8' TEMPLATE template0."
        )
