from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.store.migrate import Migration, MigrationError, load, migrate, pending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ONE = Migration(1, "0001_a.sql", "CREATE TABLE a (x);")
TWO = Migration(2, "0002_b.sql", "CREATE TABLE b (x);")


class FakeTarget:
    """A database that remembers what was applied and gives it up when the transaction breaks."""

    def __init__(self, *migrations: Migration, breaks_at: int = 0) -> None:
        """Start with these applied; fail at the number *breaks_at*."""
        self.checksums = {migration.number: migration.sha256 for migration in migrations}
        self.breaks_at = breaks_at
        self.locked = 0

    def applied(self) -> Mapping[int, str]:
        """Return what is applied."""
        return dict(self.checksums)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Undo everything on an error."""
        before = dict(self.checksums)
        self.locked += 1
        try:
            yield
        except RuntimeError:
            self.checksums = before
            raise

    def apply(self, migration: Migration) -> None:
        """Remember the migration, or break."""
        if migration.number == self.breaks_at:
            raise RuntimeError(migration.name)
        self.checksums[migration.number] = migration.sha256


class OvertakenTarget(FakeTarget):
    """A database that another process migrates while this one waits for the lock."""

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Come second."""
        self.checksums[1] = ONE.sha256
        with super().exclusive():
            yield


def test_load_reads_in_order(tmp_path: Path) -> None:
    """Files are read by number; what is not named like a migration is left alone."""
    (tmp_path / "0002_b.sql").write_text(TWO.sql)
    (tmp_path / "0001_a.sql").write_text(ONE.sql)
    (tmp_path / "notes.txt").write_text("no")
    assert (ONE, TWO) == load(tmp_path)


@pytest.mark.parametrize("names", [["0002_b.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_load_refuses_gaps_and_repeats(tmp_path: Path, names: list[str]) -> None:
    """Numbers that are not 1, 2, 3 stop the start."""
    for name in names:
        (tmp_path / name).write_text(ONE.sql)
    with pytest.raises(MigrationError, match="numbers"):
        load(tmp_path)


def test_pending() -> None:
    """What is not applied yet is pending, in order."""
    assert (ONE, TWO) == pending({}, (ONE, TWO))
    assert (TWO,) == pending({1: ONE.sha256}, (ONE, TWO))
    assert () == pending({1: ONE.sha256, 2: TWO.sha256}, (ONE, TWO))


def test_changed_file_is_an_error() -> None:
    """A file that was changed after it was applied is named."""
    with pytest.raises(MigrationError, match=r"0001_a\.sql has changed"):
        pending({1: "0" * 64}, (ONE, TWO))


def test_newer_database_is_an_error() -> None:
    """A database with an unknown migration is newer than the program."""
    with pytest.raises(MigrationError, match="newer than this program"):
        pending({1: ONE.sha256, 2: TWO.sha256}, (ONE,))


def test_migrate_applies_and_names_what_was_missing() -> None:
    """Only what is missing is applied; a second run takes no lock."""
    target = FakeTarget(ONE)
    assert ("0002_b.sql",) == migrate(target, (ONE, TWO))
    assert () == migrate(target, (ONE, TWO))
    assert (1, {1: ONE.sha256, 2: TWO.sha256}) == (target.locked, target.checksums)


def test_dry_run_changes_nothing() -> None:
    """A dry run names what would be applied and takes no lock."""
    target = FakeTarget()
    assert ("0001_a.sql", "0002_b.sql") == migrate(target, (ONE, TWO), dry_run=True)
    assert (0, {}) == (target.locked, target.checksums)


def test_error_leaves_the_old_state() -> None:
    """When a later file breaks, the earlier ones of the run are undone too."""
    target = FakeTarget(breaks_at=2)
    with pytest.raises(RuntimeError, match=r"0002_b\.sql"):
        migrate(target, (ONE, TWO))
    assert {} == target.checksums


def test_second_look_under_the_lock() -> None:
    """What another process applied while this one waited is not applied again."""
    target = OvertakenTarget()
    assert ("0002_b.sql",) == migrate(target, (ONE, TWO))
