"""The store in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallymark_collector.store.sqlite.connection import DATABASE_FILE, connect, create, translated
from tallymark_collector.store.sqlite.log import SqliteLog
from tallymark_collector.store.sqlite.meta import SqliteMeta
from tallymark_collector.store.sqlite.reader import SqliteReader
from tallymark_collector.store.sqlite.schema import bring_up_to_date, migrations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SqlitePlace:
    """A folder with one file for everything; one process writes to it."""

    folder: Path

    @property
    def shown(self) -> str:
        """Return the folder's name."""
        return str(self.folder)

    def exists(self) -> bool:
        """Tell whether there is a database."""
        return (self.folder / DATABASE_FILE).is_file()

    def log(self) -> SqliteLog:
        """Open the log for writing; raise `WriterLocked` when another process writes here."""
        return SqliteLog.open(self.folder)

    def reader(self) -> SqliteReader:
        """Open the log for reading; raise FileNotFoundError if there is none."""
        return SqliteReader.open(self.folder)

    def meta(self) -> SqliteMeta:
        """Open projects and keys."""
        return SqliteMeta.open(self.folder)

    def migrate(self, *, dry_run: bool = False) -> Sequence[str]:
        """Bring the schema up to date; with *dry_run* not even the file is made."""
        if dry_run and not self.exists():
            return [migration.name for migration in migrations()]
        with translated():
            connection = connect(create(self.folder))
            try:
                return bring_up_to_date(connection, dry_run=dry_run)
            finally:
                connection.close()
