"""What a file is read as: events of the protocol in file order, and what could not be one."""

from __future__ import annotations

import gzip
import hashlib
import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from tallymark_protocol.event_id import uuid8

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_GZIP: Final = b"\x1f\x8b"
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One event as the protocol writes it (absolute time `t`); `number` counts records from 1."""

    number: int
    event: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is no event, and why."""

    number: int
    why: str


def stream_of(path: Path) -> str:
    """Return the stream of a file: the UUIDv8 of the SHA-256 of its bytes (LED-12)."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return uuid8(digest.digest())


def open_text(path: Path) -> IO[str]:
    """Open a file as UTF-8 text; gzip is told by its first bytes."""
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    # The caller closes what is returned, and with it this file.
    raw: IO[bytes] = gzip.open(path) if packed else path.open("rb")  # type: ignore[assignment]  # noqa: SIM115
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
