"""The collector's data, opened beside a server that may be running."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tallymark_collector.cli.failure import UNREACHABLE, Failure
from tallymark_collector.cli.options import no_data
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import StoreBusy, StoreFull
from tallymark_collector.store.migrate import MigrationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark_collector.store.log import LogReader
    from tallymark_collector.store.meta import MetaStore, Project
    from tallymark_collector.store.place import Place

PRINCIPAL = "command line"


@contextmanager
def metadata(place: Place, *, create: bool = False) -> Iterator[MetaStore]:
    """Open projects and keys; with *create* the folder and its database are made if need be."""
    if not create and not place.exists():
        raise no_data(place)
    with reachable(place):
        meta = place.meta()
        try:
            yield meta
        finally:
            meta.close()


@contextmanager
def events_of(place: Place, project: str) -> Iterator[tuple[LogReader, Scope]]:
    """Open the log for reading, and the scope of one project."""
    with metadata(place) as meta:
        scope = Scope(named(meta, project).id, PRINCIPAL, frozenset(("read",)))
        reader = place.reader()
        try:
            yield reader, scope
        finally:
            reader.close()


def named(meta: MetaStore, name: str) -> Project:
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
def reachable(place: Place) -> Iterator[None]:
    """Turn what a database says into what a person can act on."""
    try:
        yield
    except MigrationError as error:
        raise _unreachable(
            place, str(error), "Use the version of tallymark that wrote it."
        ) from error
    except StoreFull as error:
        raise _unreachable(place, str(error), "Free some space on its disk.") from error
    except StoreBusy as error:
        advice = "Try again in a moment; a database server may be down, or its address wrong."
        raise _unreachable(place, str(error), advice) from error
    except (sqlite3.Error, OSError) as error:
        raise _unreachable(place, str(error), "Check the folder and its permissions.") from error


def _unreachable(place: Place, said: str, advice: str) -> Failure:
    detail = f"the data in {place.shown} cannot be used: {said}"
    return Failure(detail, advice, code="unreachable", exit_code=UNREACHABLE)
