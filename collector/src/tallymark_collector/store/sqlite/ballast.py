"""A file that only takes up room, so that something can still be written when the disk is full.

Deleting from a full disk needs room too: without it erasure and retention would stop just when they
are needed most.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tallymark_collector.store.log import StoreFull
from tallymark_collector.store.sqlite.connection import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BALLAST_BYTES = 64 * 1024 * 1024


def reserve(path: Path, size: int) -> None:
    """Make *path* a file of *size* bytes with its blocks allocated, or leave none behind."""
    with translated():
        descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(descriptor, 0, size)
                else:
                    file.write(bytes(size))
        except OSError:
            path.unlink()
            raise


class Ballast:
    """The reserve in the data directory; size 0 means none is kept."""

    def __init__(self, directory: Path, size: int) -> None:
        """Keep *size* bytes in the file `ballast` of *directory*."""
        self._path = directory / "ballast"
        self._size = size

    @property
    def held(self) -> bool:
        """Say whether the reserve is there."""
        return self._path.exists() and self._path.stat().st_size >= self._size

    def ensure(self) -> bool:
        """Create the reserve if it is missing and the disk has room for it and as much again."""
        if self._size == 0 or self.held:
            return True
        if shutil.disk_usage(self._path.parent).free < 2 * self._size:
            return False
        try:
            reserve(self._path, self._size)
        except StoreFull:
            return False
        return True

    @contextmanager
    def released(self) -> Iterator[None]:
        """Give the room away for the block and take it back after it, as soon as there is some."""
        self._path.unlink(missing_ok=True)
        try:
            yield
        finally:
            self.ensure()
