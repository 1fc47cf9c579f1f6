"""Open the spool of one destination: a directory that its processes share."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tallymark.outcomes import Outcomes
from tallymark.spool import claim as claims
from tallymark.spool import files
from tallymark.spool.adopt import adopt
from tallymark.spool.buffer import SpoolBuffer
from tallymark.spool.format import Header
from tallymark.spool.journal import Bounds, Journal
from tallymark.spool.notice import Notice, ignore
from tallymark.spool.owner import UNKNOWN, current_owner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark.buffer import Buffer
    from tallymark.queue import MemoryBuffers, Overflow
    from tallymark.spool.claim import Claim
    from tallymark.spool.notice import Report
    from tallymark.spool.owner import Owner

SUPPORTED = hasattr(os, "pread")
"""Claims and reads need what POSIX systems offer; elsewhere events stay in memory."""


def destination(key: str, url: str) -> bytes:
    """Return 16 bytes that tell key and address apart and give neither away (TM-SPL-02)."""
    return hashlib.sha256(f"{key}\n{url}".encode()).digest()[:16]


def state_directory(environment: Mapping[str, str], home: Path) -> Path:
    """Return the per-user state directory: XDG_STATE_HOME, or ~/.local/state."""
    named = environment.get("XDG_STATE_HOME", "")
    return Path(named) if Path(named).is_absolute() else home / ".local" / "state"


class SpoolBuffers:
    """
    Open and adopt the streams of one destination in `<directory>/tallymark/<hash>/` (`Buffers`).

    A stream that cannot be written to disk is kept in memory instead, and *report* is told why.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        key: str,
        url: str,
        *,
        memory: MemoryBuffers,
        bounds: Bounds | None = None,
        durable: bool = False,
        overflow: Overflow = "newest",
        mapped: bool = True,
        report: Report = ignore,
        owner: Owner | None = None,
    ) -> None:
        """Name the directory; nothing is read or made yet. *owner* is for tests of other boots."""
        self._destination = destination(key, url)
        self._root = Path(directory) / "tallymark" / self._destination.hex()
        self._memory = memory
        self._bounds = bounds or Bounds()
        self._durable = durable
        self._overflow: Overflow = overflow
        self._mapped = mapped
        self._report = report
        self._owner = owner

    @property
    def location(self) -> str | None:
        """Return the directory."""
        return str(self._root)

    def open(self, stream: str, context: bytes) -> Buffer:
        """Open a buffer for a new stream: on disk, or in memory if that cannot be."""
        outcomes = Outcomes()
        try:
            _require_support()
            files.make_private(self._root)
            me = self._me()
            claim = claims.create(self._root, stream, me)
        except OSError as error:
            return self._in_memory(stream, context, error)
        journal = self._journal(claim, outcomes, context, me, mapped=self._mapped)
        try:
            journal.start()
        except OSError as error:
            journal.close(keep=False)
            return self._in_memory(stream, context, error)
        return self._buffer(journal, outcomes, context)

    def adopt(self) -> Sequence[SpoolBuffer]:
        """Claim and open the streams that dead processes left behind (LED-9)."""
        if not SUPPORTED:
            return ()
        me = self._me()
        buffers = []
        for claim, replay, sizes in adopt(self._root, me, self._report):
            # Only bookkeeping is written for an adopted stream: not worth allocating blocks for.
            journal = self._journal(claim, replay.outcomes, replay.context, me, mapped=False)
            rows = list(replay.finish())
            journal.restore(sizes, (place for _, _, place in rows))
            if replay.outcomes.assigned:
                buffers.append(self._buffer(journal, replay.outcomes, replay.context, rows))
            else:
                journal.close(keep=False)
        return buffers

    def _in_memory(self, stream: str, context: bytes, error: OSError) -> Buffer:
        self._report(Notice("unusable", str(self._root), f"{type(error).__name__}: {error}"))
        return self._memory.open(stream, context)

    def _me(self) -> Owner:
        # Asked anew each time: after a fork it is another process.
        return self._owner or current_owner()

    def _buffer(
        self,
        journal: Journal,
        outcomes: Outcomes,
        context: bytes,
        adopted: Sequence[tuple[int, int, int]] | None = None,
    ) -> SpoolBuffer:
        return SpoolBuffer(
            journal,
            outcomes,
            context,
            report=self._report,
            durable=self._durable,
            overflow=self._overflow,
            adopted=adopted,
        )

    def _journal(
        self,
        claim: Claim,
        outcomes: Outcomes,
        context: bytes,
        me: Owner,
        *,
        mapped: bool,
    ) -> Journal:
        stream = bytes.fromhex(claim.stream.replace("-", ""))
        boot = bytes(16) if me.boot == UNKNOWN else bytes.fromhex(me.boot)

        def header(number: int) -> bytes:
            wall_ms = time.time_ns() // 1_000_000
            parts = (boot, me.namespace, me.pid, me.start, wall_ms)
            return Header(stream, number, self._destination, *parts).encode()

        return Journal(claim, self._bounds, outcomes, context, header, mapped=mapped)


def _require_support() -> None:
    if not SUPPORTED:
        raise OSError(errno.ENOTSUP, "no spool on this platform")
