"""The stores the contract suites run against: a new one joins by a line in `STORES`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Protocol

import pytest
from tallymark_collector.store.sqlite import DATABASE_FILE, SqliteLog, SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tallymark_collector.store.log import Log
    from tallymark_collector.store.meta import MetaStore


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


STORES: dict[str, Callable[[Path], StoreUnderTest]] = {"sqlite": SqliteUnderTest}


@pytest.fixture(params=sorted(STORES))
def make_store(request: pytest.FixtureRequest) -> Callable[[Path], StoreUnderTest]:
    """Return the constructor of a store, for tests that need many."""
    return STORES[request.param]


@pytest.fixture
def store(make_store: Callable[[Path], StoreUnderTest], tmp_path: Path) -> StoreUnderTest:
    """Return one store."""
    return make_store(tmp_path)
