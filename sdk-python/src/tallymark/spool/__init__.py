"""Keep undelivered events on disk, so that they outlive the process (spec: spool.md)."""

from tallymark.spool.buffer import SpoolBuffer
from tallymark.spool.directory import SpoolBuffers, destination, state_directory
from tallymark.spool.journal import Bounds
from tallymark.spool.notice import Notice, NoticeCode

__all__ = [
    "Bounds",
    "Notice",
    "NoticeCode",
    "SpoolBuffer",
    "SpoolBuffers",
    "destination",
    "state_directory",
]
