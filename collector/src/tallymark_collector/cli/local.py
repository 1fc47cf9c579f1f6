"""The collector's folder, opened beside a server that may be running."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tallymark_collector.cli.failure import UNREACHABLE, Failure
from tallymark_collector.cli.options import no_data
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import StoreBusy, StoreFull
from tallymark_collector.store.migrate import MigrationError
from tallymark_collector.store.sqlite import DATABASE_FILE, SqliteMeta, SqliteReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tallymark_collector.store.meta import Project

PRINCIPAL = "command line"


@contextmanager
def metadata(folder: Path, *, create: bool = False) -> Iterator[SqliteMeta]:
    """Open projects and keys; with *create* the folder and its database are made if need be."""
    if not create and not (folder / DATABASE_FILE).is_file():
        raise no_data(folder)
    with reachable(folder):
        meta = SqliteMeta.open(folder)
        try:
            yield meta
        finally:
            meta.close()


@contextmanager
def events_of(folder: Path, project: str) -> Iterator[tuple[SqliteReader, Scope]]:
    """Open the log for reading, and the scope of one project."""
    with metadata(folder) as meta:
        scope = Scope(named(meta, project).id, PRINCIPAL, frozenset(("read",)))
        reader = SqliteReader.open(folder)
        try:
            yield reader, scope
        finally:
            reader.close()


def named(meta: SqliteMeta, name: str) -> Project:
    """Return the project of that name, or fail saying which there are."""
    found = meta.project(name)
    if found is None:
        names = ", ".join(repr(project.name) for project in meta.projects()) or "none yet"
        raise Failure(
            f"there is no project {name!r}",
            f"Projects: {names}. Make one with `tallymark project create NAME`.",
            code="not_found",
        )
    return found


@contextmanager
def reachable(folder: Path) -> Iterator[None]:
    """Turn what a database says into what a person can act on."""
    try:
        yield
    except MigrationError as error:
        raise _unreachable(
            folder, str(error), "Use the version of tallymark that wrote it."
        ) from error
    except StoreFull as error:
        raise _unreachable(folder, str(error), "Free some space on its disk.") from error
    except StoreBusy as error:
        raise _unreachable(folder, str(error), "Try again in a moment.") from error
    except (sqlite3.Error, OSError) as error:
        raise _unreachable(folder, str(error), "Check the folder and its permissions.") from error


def _unreachable(folder: Path, said: str, advice: str) -> Failure:
    detail = f"the data in {folder} cannot be used: {said}"
    return Failure(detail, advice, code="unreachable", exit_code=UNREACHABLE)
