"""Projects and keys in the same database as the log; safe to change from several processes."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import psycopg

from tallymark_collector.store import keys
from tallymark_collector.store.meta import Key, KeyKind, KeyPolicy, Project
from tallymark_collector.store.postgres.connection import Connections, Database
from tallymark_collector.store.postgres.errors import translated
from tallymark_collector.store.postgres.schema import LOCK, bring_up_to_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONNECTIONS: Final = 3

_INSERT_PROJECT: Final = """
INSERT INTO project (name, created_at) VALUES (%(name)s, %(now)s) ON CONFLICT (name) DO NOTHING
RETURNING id, name, created_at
"""
_PROJECT: Final = "SELECT id, name, created_at FROM project WHERE name = %(name)s"
_PROJECTS: Final = 'SELECT id, name, created_at FROM project ORDER BY name COLLATE "C"'
_KEY: Final = "id, project, kind, text, policy, created_at, revoked_at, flagged_at"
_INSERT_KEY: Final = f"""
INSERT INTO api_key (project, kind, text, digest, policy, created_at)
SELECT id, %(kind)s, %(text)s, %(digest)s, %(policy)s, %(now)s FROM project
WHERE id = %(project)s RETURNING {_KEY}
"""  # noqa: S608 - column names
_KEY_BY_DIGEST: Final = f"SELECT {_KEY} FROM api_key WHERE digest = %(digest)s"  # noqa: S608
_KEYS: Final = f"""
SELECT {_KEY} FROM api_key
WHERE project = %(project)s::bigint OR %(project)s::bigint IS NULL ORDER BY id
"""  # noqa: S608 - column names
_REVOKE: Final = """
UPDATE api_key SET revoked_at = coalesce(revoked_at, %(now)s) WHERE id = %(key)s RETURNING id
"""
_FLAG: Final = """
UPDATE api_key SET flagged_at = coalesce(flagged_at, %(now)s) WHERE id = %(key)s RETURNING id
"""


class PostgresMeta:
    """A `MetaStore` in a database."""

    def __init__(self, database: Database) -> None:
        """Use *database*, which must be up to date."""
        self._connections = Connections(database, "change", CONNECTIONS)

    @classmethod
    def open(cls, url: str) -> PostgresMeta:
        """Open projects and keys at *url*, migrated if need be.

        Raises what `PostgresLog.open` raises.
        """
        meta = PostgresMeta(Database(url))
        try:
            with meta._connections.lease() as connection:
                bring_up_to_date(connection)
        except BaseException:
            meta.close()
            raise
        return meta

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes from making what a first start makes, until the block ends."""
        with self._connections.lease() as connection, connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '60s'")
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = '60s'")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            yield

    def create_project(self, name: str, now: int) -> Project:
        """Create a project; raise ValueError naming *name* when it exists or is empty."""
        if not name.strip() or "\0" in name:
            raise ValueError(f"A project needs a name, not {name!r}.")
        made = self._connections.rows(_INSERT_PROJECT, {"name": name, "now": now})
        if not made:
            raise ValueError(f"There is a project {name!r} already.")
        return Project(*made[0])

    def project(self, name: str) -> Project | None:
        """Return the project of that name, if any."""
        if "\0" in name:
            return None
        found = self._connections.rows(_PROJECT, {"name": name})
        return Project(*found[0]) if found else None

    def projects(self) -> Sequence[Project]:
        """Return all projects by name."""
        return [Project(*row) for row in self._connections.rows(_PROJECTS, {})]

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
        values = {
            "kind": kind,
            "text": keys.stored_text(kind, text),
            "digest": keys.digest(text),
            "policy": json.dumps(asdict(policy)),
            "now": now,
            "project": project,
        }
        with self._connections.lease() as connection, translated():
            try:
                made = connection.execute(_INSERT_KEY, values).fetchone()
            except psycopg.errors.UniqueViolation:
                raise ValueError(f"The key {keys.masked(text)} is taken.") from None
        if made is None:
            raise LookupError(f"There is no project with id {project}.")
        return keys.from_row(made)

    def find_key(self, text: str) -> Key | None:
        """Return the live or revoked key with that full text, if any."""
        if keys.kind_of(text) is None:
            return None
        found = self._connections.rows(_KEY_BY_DIGEST, {"digest": keys.digest(text)})
        return keys.from_row(found[0]) if found else None

    def keys(self, project: int | None = None) -> Sequence[Key]:
        """Return the keys of a project, or all."""
        return [keys.from_row(row) for row in self._connections.rows(_KEYS, {"project": project})]

    def revoke_key(self, key: int, now: int) -> None:
        """Stop a key from working; raise LookupError when there is none."""
        self._mark(_REVOKE, key, now)

    def flag_key(self, key: int, now: int) -> None:
        """Mark a secret key that was seen in a browser (AUTH-3); raise LookupError without one."""
        self._mark(_FLAG, key, now)

    def close(self) -> None:
        """Release the connections."""
        self._connections.close()

    def _mark(self, statement: str, key: int, now: int) -> None:
        values: dict[str, Any] = {"key": key, "now": now}
        if not self._connections.rows(statement, values):
            raise LookupError(f"There is no key with id {key}.")
