"""Choose where a client's events wait: the spool that was asked for, or memory."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tallymark_protocol import limits

from tallymark.queue import MemoryBuffer, MemoryBuffers
from tallymark.spool import Bounds, SpoolBuffers, state_directory

if TYPE_CHECKING:
    from tallymark.buffer import Buffer, Buffers
    from tallymark.guard import Guard
    from tallymark.options import Batching, Endpoint, Spool
    from tallymark.spool import Notice


class Storage:
    """Open buffers as the options say; *note* tells when it is not what was asked for."""

    def __init__(self, endpoint: Endpoint, spool: Spool, batching: Batching, guard: Guard) -> None:
        """Choose by *spool*; nothing is opened yet."""
        self.note: str | None = None
        self._guard = guard
        self._memory = MemoryBuffers(
            max_events=batching.queue_max,
            max_bytes=batching.queue_bytes,
            overflow=batching.overflow,
        )
        self.buffers: Buffers = self._memory
        directory = self._directory(spool)
        if directory is not None:
            self.buffers = SpoolBuffers(
                directory,
                endpoint.key,
                endpoint.url,
                memory=self._memory,
                bounds=Bounds(max_bytes=spool.max_bytes),
                durable=spool.sync,
                overflow=batching.overflow,
                report=self._take_notice,
            )

    def held(self, stream: str, context: bytes) -> Buffer:
        """Open a buffer for events that must not touch a disk (consent is unknown)."""
        return MemoryBuffer(stream, context, max_events=limits.MAX_HOLD)

    def announce(self) -> None:
        """Log where events are kept."""
        if self.buffers.location is not None and self.note is None:
            self._guard.say(
                "spool", f"undelivered events are kept in {self.buffers.location}", logging.INFO
            )

    def _directory(self, spool: Spool) -> Path | None:
        if spool.directory is False:
            return None
        if spool.path is not None:
            return spool.path
        try:
            return state_directory(os.environ, Path.home())
        except RuntimeError as error:
            # A user without a home directory has no state directory either.
            self._unusable(str(error))
            return None

    def _take_notice(self, notice: Notice) -> None:
        said = f"{notice.path}: {notice.detail}"
        if notice.code in ("unusable", "degraded"):
            self._unusable(said)
            return
        if notice.code == "recovered":
            self.note = None
        self._guard.say(f"spool {notice.code}", f"spool {notice.code}: {said}")

    def _unusable(self, why: str) -> None:
        self.note = f"events are kept in memory only: {why}"
        self._guard.say("spool unusable", self.note)
