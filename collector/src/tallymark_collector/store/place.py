"""Where the data is, and the store that opens it there: the one module that knows every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from tallymark_collector.store.sqlite.place import SqlitePlace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tallymark_collector.store.log import Log, LogReader
    from tallymark_collector.store.meta import MetaStore

CONNECTIONS: Final = 8


class ClientMissing(Exception):  # noqa: N818 - names the state
    """Raised when a database is named and the package that speaks to it is not installed."""


class Place(Protocol):
    """A folder or a database."""

    @property
    def shown(self) -> str:
        """Return its name, as it may be shown: without user and password."""

    def exists(self) -> bool:
        """Tell whether a collector has been here; True where only trying can tell."""

    def log(self) -> Log:
        """Open the log for writing, made and migrated if need be."""

    def reader(self) -> LogReader:
        """Open the log for reading only, as it is."""

    def meta(self) -> MetaStore:
        """Open projects and keys, made and migrated if need be."""

    def migrate(self, *, dry_run: bool = False) -> Sequence[str]:
        """Bring the schema up to date and return the names of what was applied.

        With *dry_run* nothing is changed and what would be applied is named.
        """


def place_of(folder: Path, url: str | None, connections: int = CONNECTIONS) -> Place:
    """Return the database at *url*, or without one the folder.

    A process reads over at most *connections* connections to a database at a time. Raises
    `ClientMissing` without the package for it, ValueError for a URL that is none.
    """
    if url is None:
        return SqlitePlace(folder)
    try:
        # Only who names a database needs its client, an extra of the distribution.
        from tallymark_collector.store.postgres.place import PostgresPlace  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise ClientMissing(
            "Postgres needs one more package: pip install 'tallymark-collector[postgres]'"
        ) from error
    return PostgresPlace(url, connections)
