"""A folder of one's own below a shared one: processes of one collector do not share segments."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MOST: Final = 64
"""Processes that may keep segments below one folder."""


class Claim:
    """The first numbered folder below another that no living process has.

    The claim ends with its process, however that ends.
    """

    def __init__(self, below: Path) -> None:
        """Take a folder; raise OSError when there are too many, or nothing can be written."""
        below.mkdir(parents=True, mode=0o700, exist_ok=True)
        for number in range(MOST):
            lock = _locked(below / f"{number}.lock")
            if lock is not None:
                self._lock = lock
                self.folder = below / str(number)
                return
        raise OSError(f"{MOST} processes keep segments below {below}")

    def release(self) -> None:
        """Leave the folder to the next process."""
        self._lock.close()


def _locked(path: Path) -> sqlite3.Connection | None:
    """Open a transaction that nobody else can have while this process lives."""
    path.touch(mode=0o600)
    lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("PRAGMA journal_mode = MEMORY")
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise OSError(f"{path} cannot be locked: {error}") from error
        return None
    return lock
