"""Own a stream's directory: exactly one process at a time, told by its name and a lock."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from tallymark_protocol import limits

from tallymark.spool.owner import (
    UNKNOWN,
    Owner,
    fate,
    parse_claim_name,
    released_name,
)

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "lock"
IDLE_S = limits.SPOOL_SILENT_MS // 1_000
"""A claim nothing can be said about is left alone this long."""


class Claim:
    """Hold the directory of one stream."""

    def __init__(self, path: Path, stream: str, lock: int | None) -> None:
        """Stand for a directory that was made or taken; `create` and `take` do that."""
        self.path = path
        self.stream = stream
        self._lock = lock

    def release(self) -> None:
        """Give the stream to whoever takes it first; its files stay."""
        # Without its lock file a claim is left alone by everyone the name tells nothing.
        with contextlib.suppress(OSError):
            (self.path / LOCK).unlink(missing_ok=True)
            self.path.rename(self.path.with_name(released_name(self.stream)))
        self.abandon()

    def remove(self) -> None:
        """Delete the directory; its segments must be gone."""
        with contextlib.suppress(OSError):
            (self.path / LOCK).unlink(missing_ok=True)
            self.path.rmdir()
        self.abandon()

    def abandon(self) -> None:
        """Close the lock's descriptor: a lock shared with a forked child stays with the parent."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)


def create(root: Path, stream: str, owner: Owner) -> Claim:
    """Make a claim for a new stream. :raises OSError: the directory cannot be made."""
    path = root / owner.claim_name(stream)
    path.mkdir(mode=0o700)
    return Claim(path, stream, _install_lock(path))


def take(path: Path, root: Path, me: Owner) -> Claim | None:
    """Take a dead process's claim over into *root*; None if it lives or another was faster."""
    name = parse_claim_name(path.name)
    if name is None:
        return None
    judged = fate(name.owner, me)
    if judged == "live":
        return None
    lock = _try_lock(path)
    if lock is None:
        if judged == "unknown" and not _ownerless(path, name.owner, me):
            return None
        # Its holder is no owner (a forked child of the dead one, or another adopter, who will
        # not find the directory). Nobody may come by that lock once the directory is ours.
        with contextlib.suppress(OSError):
            (path / LOCK).unlink(missing_ok=True)
    target = root / me.claim_name(name.stream)
    try:
        # The one arbiter: of any number of adopters, one finds the directory under this name.
        path.rename(target)
    except OSError:
        if lock is not None:
            os.close(lock)
        return None
    if lock is None or not _same_file(lock, target):
        if lock is not None:
            os.close(lock)
        lock = _install_lock(target)
    return Claim(target, name.stream, lock)


def _ownerless(path: Path, owner: Owner | None, me: Owner) -> bool:
    """Judge a claim whose name tells nothing and whose lock was not to be had."""
    if owner is None:
        return True
    try:
        if (path / LOCK).exists():
            return False
        idle_s = time.time() - path.stat().st_mtime
    except OSError:
        return False
    rebooted = UNKNOWN not in (owner.boot, me.boot) and owner.boot != me.boot
    return rebooted or idle_s > IDLE_S


def _try_lock(path: Path) -> int | None:
    """Lock the claim's lock file; None if there is none, it is held, or locks do not work."""
    if sys.platform == "win32":
        return None
    try:
        descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _install_lock(path: Path) -> int | None:
    """
    Put a lock file in place that is held from the moment it is seen.

    None where the file system has no locks: the claim then stands by its name alone.
    """
    if sys.platform == "win32":
        return None
    draft = path / f"{LOCK}.{os.urandom(4).hex()}"
    descriptor = None
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.rename(path / LOCK)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
            (path / LOCK).unlink(missing_ok=True)
        return None
    return descriptor


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), (path / LOCK).stat())
    except OSError:
        return False
