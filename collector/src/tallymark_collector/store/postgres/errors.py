"""What Postgres and the network call by other names: full, busy, a value that cannot be stored."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg

from tallymark_collector.store.log import StoreBusy, StoreFull

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL: Final = frozenset({"53100", "58030"})
"""disk_full, io_error."""
_BUSY: Final = frozenset({"42501", "42P01"})
"""insufficient_privilege, undefined_table: an operator is at work, or has to be."""
_BUSY_CLASSES: Final = frozenset({"08", "25", "28", "3D", "40", "53", "55", "57"})
"""Connection, transaction state (of a standby), login, database, rollback, resources, locks."""


def is_lost(connection: psycopg.Connection[object]) -> bool:
    """Tell whether a connection can no longer be used."""
    return bool(connection.closed or connection.broken)


def meaning(error: psycopg.Error) -> Exception:
    """Return what *error* says in the words of the store's contract, or *error* itself."""
    code = error.sqlstate or ""
    if code in _FULL:
        return StoreFull(said(error))
    if code in _BUSY or code[:2] in _BUSY_CLASSES:
        return StoreBusy(said(error))
    if isinstance(error, psycopg.DataError):
        return ValueError(said(error))
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return StoreBusy(said(error))
    return error


@contextmanager
def translated() -> Iterator[None]:
    """Raise `StoreFull`, `StoreBusy` and ValueError for what Postgres calls by other names."""
    try:
        yield
    except psycopg.Error as error:
        meant = meaning(error)
        if meant is error:
            raise
        raise meant from error


def said(error: psycopg.Error) -> str:
    """Return the first line: those after it may quote values."""
    text = error.diag.message_primary or str(error) or type(error).__name__
    return text.splitlines()[0]
