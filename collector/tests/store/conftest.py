"""The stores the contract suites run against: a new one joins `STORES`."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING, Protocol

import psycopg
import pytest
from tallymark_collector.store.postgres import PostgresLog, PostgresMeta
from tallymark_collector.store.sqlite import DATABASE_FILE, SqliteLog, SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tallymark_collector.store.log import Log
    from tallymark_collector.store.meta import MetaStore
    from tallymark_conformance.runs.postgres_cluster import Cluster


class StoreUnderTest(Protocol):
    """One store in a place of its own."""

    def open(self) -> Log:
        """Open the log, with whatever is in it."""

    def meta(self) -> MetaStore:
        """Open projects and keys."""

    def crash(self) -> None:
        """Make the next `open` see exactly what a process killed now would leave behind."""


class SqliteUnderTest:
    """The store in a file: a crash is a copy of the files, made while they are open."""

    def __init__(self, place: Path) -> None:
        """Keep all files below *place*."""
        self._place = place
        self._crashes = 0

    @property
    def _directory(self) -> Path:
        return self._place / str(self._crashes)

    def open(self) -> Log:
        """Open the log."""
        return SqliteLog.open(self._directory, ballast=0)

    def meta(self) -> MetaStore:
        """Open projects and keys."""
        return SqliteMeta.open(self._directory)

    def crash(self) -> None:
        """Go on in a copy."""
        before = self._directory
        self._crashes += 1
        self._directory.mkdir()
        # Not the shared memory file: it is no more than a cache of the write-ahead log's index.
        for name in (DATABASE_FILE, f"{DATABASE_FILE}-wal"):
            if (before / name).exists():
                shutil.copy(before / name, self._directory / name)


class PostgresUnderTest:
    """The store in a schema of its own: a crash ends the sessions a killed process had."""

    def __init__(self, cluster: Cluster) -> None:
        """Make the schema in *cluster*."""
        self._admin = cluster.url()
        self._name = f"t{uuid.uuid4().hex}"
        self._execute(f"CREATE SCHEMA {self._name}")
        self.url = cluster.url(options=f"-csearch_path%3D{self._name}", application_name=self._name)

    def open(self) -> Log:
        """Open the log."""
        return PostgresLog.open(self.url)

    def meta(self) -> MetaStore:
        """Open projects and keys."""
        return PostgresMeta.open(self.url)

    def crash(self) -> None:
        """End the sessions: what they had not committed is rolled back."""
        ended = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE application_name = '{self._name}'"
        )
        with psycopg.connect(self._admin, autocommit=True) as connection:
            while connection.execute(ended.encode()).fetchall():
                pass

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(statement.encode())


STORES = ("postgres", "sqlite")


@pytest.fixture(params=STORES)
def make_store(request: pytest.FixtureRequest) -> Callable[[Path], StoreUnderTest]:
    """Return the constructor of a store, for tests that need many."""
    if request.param == "sqlite":
        return SqliteUnderTest
    cluster = request.getfixturevalue("cluster")
    return lambda _place: PostgresUnderTest(cluster)


@pytest.fixture
def store(make_store: Callable[[Path], StoreUnderTest], tmp_path: Path) -> StoreUnderTest:
    """Return one store."""
    return make_store(tmp_path)
