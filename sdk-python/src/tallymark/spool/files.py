"""Name, list, measure and flush the files of a spool directory."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

ASIDE = "aside"
_SEGMENT = re.compile(r"[0-9]{8,10}\.seg")


def segment_path(claim: Path, number: int) -> Path:
    """Return where the segment with this number is kept."""
    return claim / f"{number:08d}.seg"


def segment_numbers(claim: Path) -> list[int]:
    """Return the numbers of a claim's segments, oldest first. :raises OSError: unreadable."""
    return sorted(
        int(entry.name[:-4]) for entry in os.scandir(claim) if _SEGMENT.fullmatch(entry.name)
    )


def claim_paths(root: Path) -> list[Path]:
    """Return the directories in *root*, whoever owns them; none if it cannot be read."""
    try:
        return sorted(Path(entry.path) for entry in os.scandir(root) if entry.is_dir())
    except OSError:
        return []


def used_bytes(root: Path) -> int:
    """Return the size of all segments in *root*, other processes' included."""
    total = 0
    for claim in claim_paths(root):
        # A claim may be renamed or removed by its owner meanwhile.
        with contextlib.suppress(OSError):
            for entry in os.scandir(claim):
                if _SEGMENT.fullmatch(entry.name):
                    total += entry.stat().st_size
    return total


def make_private(directory: Path) -> None:
    """Make a directory and what is missing above it, mode 0700. :raises OSError: it fails."""
    if not directory.parent.exists():
        make_private(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)


def trim(path: Path, size: int) -> None:
    """Cut the room off that was allocated and not used."""
    with contextlib.suppress(OSError):
        os.truncate(path, size)


def flush(path: Path) -> None:
    """Wait until a file's bytes (or a directory's names) are on the disk. :raises OSError: EIO."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        # Everything in it was settled meanwhile.
        return
    try:
        if path.suffix and hasattr(os, "fdatasync"):
            os.fdatasync(descriptor)
        else:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
