"""A folder for what a run leaves behind: gone at its end unless it is to be kept."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def scratch(name: str, keep: Path | None) -> Iterator[Path]:
    """Give an empty folder: *keep* itself, or one that is removed afterwards."""
    if keep is not None:
        path = keep.resolve()
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        yield path
        return
    path = Path(tempfile.mkdtemp(prefix=f"tallymark-{name}-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
