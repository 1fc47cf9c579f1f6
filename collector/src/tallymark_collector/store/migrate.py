"""Numbered SQL files, applied once, in order, all in one transaction.

A database remembers which files it has seen and their checksums. An applied file that has changed,
and a file the program does not know, stop the start: neither can be put right by guessing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from importlib.resources.abc import Traversable

_FILE = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class MigrationError(Exception):
    """Raised when files and database do not belong together; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Return the checksum that a database keeps of an applied file."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


class Target(Protocol):
    """A database that can be migrated."""

    def applied(self) -> Mapping[int, str]:
        """Return the checksums of the applied migrations by number; empty for a new database."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Open a transaction nobody can write beside; commit it, or undo it on an error."""

    def apply(self, migration: Migration) -> None:
        """Run the file's statements and remember it, inside the open transaction."""


def load(folder: Traversable) -> tuple[Migration, ...]:
    """Read the migrations of a folder; their numbers must be 1, 2, 3 and so on."""
    found = sorted(
        (
            Migration(int(match[1]), entry.name, entry.read_text("utf-8"))
            for entry in folder.iterdir()
            if (match := _FILE.fullmatch(entry.name))
        ),
        key=lambda migration: migration.number,
    )
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(numbers) + 1)):
        raise MigrationError(f"The migrations' numbers have gaps or repeats: {numbers}.")
    return tuple(found)


def pending(applied: Mapping[int, str], available: Sequence[Migration]) -> tuple[Migration, ...]:
    """Return what is still to be applied, or raise `MigrationError` if the two do not match."""
    known = {migration.number: migration for migration in available}
    for number, checksum in sorted(applied.items()):
        if number not in known:
            raise MigrationError(
                f"The database is newer than this program: it has migration {number}, the program"
                f" knows {len(known)}. Start the newer version, or restore a backup made before it."
            )
        if known[number].sha256 != checksum:
            raise MigrationError(
                f"{known[number].name} has changed since it was applied."
                " Put the file back as it was and add the change as a new migration."
            )
    return tuple(migration for migration in available if migration.number not in applied)


def migrate(
    target: Target, available: Sequence[Migration], *, dry_run: bool = False
) -> tuple[str, ...]:
    """Bring *target* up to date and return the names of the files applied.

    With *dry_run* nothing is changed and the names of the files that would be applied are returned.
    An error or a crash on the way leaves the old state.
    """
    waiting = pending(target.applied(), available)
    if dry_run or not waiting:
        return tuple(migration.name for migration in waiting)
    with target.exclusive():
        # Another process may have been first between the look and the lock.
        waiting = pending(target.applied(), available)
        for migration in waiting:
            target.apply(migration)
    return tuple(migration.name for migration in waiting)
