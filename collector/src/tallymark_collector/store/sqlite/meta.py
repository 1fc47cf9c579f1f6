"""Projects and keys in the same file as the log; safe to change while a server runs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tallymark_collector.store import keys
from tallymark_collector.store.meta import Key, KeyKind, KeyPolicy, Project
from tallymark_collector.store.sqlite.connection import (
    Connections,
    connect,
    create,
    transaction,
    translated,
)
from tallymark_collector.store.sqlite.schema import bring_up_to_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_INSERT_PROJECT = """
INSERT INTO project (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING
"""
_PROJECT = "SELECT id, name, created_at FROM project WHERE name = ?"
_PROJECTS = "SELECT id, name, created_at FROM project ORDER BY name"
_INSERT_KEY = """
INSERT INTO api_key (project, kind, text, digest, policy, created_at)
SELECT id, ?, ?, ?, ?, ? FROM project WHERE id = ?
"""
_KEY_BY_DIGEST = """
SELECT id, project, kind, text, policy, created_at, revoked_at, flagged_at
FROM api_key WHERE digest = ?
"""
_KEYS = """
SELECT id, project, kind, text, policy, created_at, revoked_at, flagged_at
FROM api_key WHERE project = ?1 OR ?1 IS NULL ORDER BY id
"""
_REVOKE = "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?"
_FLAG = "UPDATE api_key SET flagged_at = coalesce(flagged_at, ?) WHERE id = ?"


class SqliteMeta:
    """A `MetaStore` in the file `tallymark.db` of a directory."""

    def __init__(self, path: Path) -> None:
        """Use the database at *path*, which must be up to date."""
        self._connections = Connections(path, writes=True)

    @classmethod
    def open(cls, directory: Path) -> SqliteMeta:
        """Open projects and keys in *directory*, created and migrated if need be."""
        with translated():
            path = create(directory)
            connection = connect(path)
            try:
                bring_up_to_date(connection)
            finally:
                connection.close()
        return SqliteMeta(path)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Do nothing: the one process that has the writer's lock is the only one to start."""
        yield

    def create_project(self, name: str, now: int) -> Project:
        """Create a project; raise ValueError naming *name* when it exists or is empty."""
        if not name.strip():
            raise ValueError(f"A project needs a name, not {name!r}.")
        with self._connections.lease() as connection, transaction(connection):
            if not connection.execute(_INSERT_PROJECT, (name, now)).rowcount:
                raise ValueError(f"There is a project {name!r} already.")
            return Project(*connection.execute(_PROJECT, (name,)).fetchone())

    def project(self, name: str) -> Project | None:
        """Return the project of that name, if any."""
        found = self._rows(_PROJECT, (name,))
        return Project(*found[0]) if found else None

    def projects(self) -> Sequence[Project]:
        """Return all projects by name."""
        return [Project(*row) for row in self._rows(_PROJECTS, ())]

    def create_key(
        self, project: int, kind: KeyKind, policy: KeyPolicy, now: int
    ) -> tuple[Key, str]:
        """Create a key and return it with its full text, shown this once (AUTH-1, AUTH-3)."""
        text = keys.new_text(kind)
        return self.add_key(project, kind, text, policy, now), text

    def add_key(self, project: int, kind: KeyKind, text: str, policy: KeyPolicy, now: int) -> Key:
        """Store a key whose text is given.

        Raises ValueError when the text is malformed or taken, LookupError without such a project.
        """
        keys.require_kind(text, kind)
        values = (
            kind,
            keys.stored_text(kind, text),
            keys.digest(text),
            json.dumps(asdict(policy)),
            now,
            project,
        )
        with self._connections.lease() as connection, transaction(connection):
            try:
                added = connection.execute(_INSERT_KEY, values).rowcount
            except sqlite3.IntegrityError:
                raise ValueError(f"The key {keys.masked(text)} is taken.") from None
            if not added:
                raise LookupError(f"There is no project with id {project}.")
            return keys.from_row(
                connection.execute(_KEY_BY_DIGEST, (keys.digest(text),)).fetchone()
            )

    def find_key(self, text: str) -> Key | None:
        """Return the live or revoked key with that full text, if any."""
        if keys.kind_of(text) is None:
            return None
        found = self._rows(_KEY_BY_DIGEST, (keys.digest(text),))
        return keys.from_row(found[0]) if found else None

    def keys(self, project: int | None = None) -> Sequence[Key]:
        """Return the keys of a project, or all."""
        return [keys.from_row(row) for row in self._rows(_KEYS, (project,))]

    def revoke_key(self, key: int, now: int) -> None:
        """Stop a key from working; raise LookupError when there is none."""
        self._mark(_REVOKE, key, now)

    def flag_key(self, key: int, now: int) -> None:
        """Mark a secret key that was seen in a browser (AUTH-3); raise LookupError without one."""
        self._mark(_FLAG, key, now)

    def close(self) -> None:
        """Release the connections."""
        self._connections.close()

    def _rows(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._connections.lease() as connection, translated():
            return connection.execute(query, parameters).fetchall()

    def _mark(self, statement: str, key: int, now: int) -> None:
        with self._connections.lease() as connection, transaction(connection):
            if not connection.execute(statement, (now, key)).rowcount:
                raise LookupError(f"There is no key with id {key}.")
