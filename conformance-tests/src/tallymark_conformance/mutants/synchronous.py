"""The mutant that promises power-loss durability and asks the disk for less."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

FULL = re.compile(r"(synchronous\s*=\s*)(?:FULL|EXTRA|[23])\b", re.IGNORECASE)
NORMAL = "PRAGMA synchronous=NORMAL"


def weaken(sql: str) -> str:
    """Return *sql* with every demand for full synchronisation turned into NORMAL."""
    return FULL.sub(r"\g<1>NORMAL", sql)


class WeakCursor(sqlite3.Cursor):
    """A cursor that weakens what it is told."""

    def execute(self, sql: str, *parameters: Any) -> Self:
        """Execute the weakened *sql*."""
        super().execute(weaken(sql), *parameters)
        return self

    def executescript(self, script: str) -> sqlite3.Cursor:
        """Execute the weakened *script*."""
        return super().executescript(weaken(script))


class WeakConnection(sqlite3.Connection):
    """A connection that begins with NORMAL and stays with it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Open the connection and weaken it."""
        super().__init__(*arguments, **options)
        super().execute(NORMAL)

    def cursor(self, *arguments: Any) -> Any:
        """Return a weak cursor."""
        return super().cursor(*(arguments or (WeakCursor,)))

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """Execute the weakened *sql*."""
        return super().execute(weaken(sql), *parameters)

    def executescript(self, script: str) -> sqlite3.Cursor:
        """Execute the weakened *script*."""
        return super().executescript(weaken(script))


def plant() -> None:
    """Let every connection that this process opens from now on be a weak one."""
    real: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return real(*arguments, **{"factory": WeakConnection, **options})

    for module in (sqlite3, sqlite3.dbapi2):
        vars(module)["connect"] = connect
