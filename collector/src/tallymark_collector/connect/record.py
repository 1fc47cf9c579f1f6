"""What a file is read as: events of the protocol in file order, and what could not be one."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from tallymark_protocol.event_id import uuid8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_GZIP: Final = b"\x1f\x8b"
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One event as the protocol writes it (absolute time `t`); `number` counts records from 1.

    Its identity is its place (`stream`, `seq`), else the event's `id`, else its number in the
    file (LED-12). `corrected` says that the time is not the one that was sent with that identity;
    `added` that the file does not hold the event itself, but the record says it.
    """

    number: int
    event: Mapping[str, object]
    stream: str | None = None
    seq: int | None = None
    corrected: bool = False
    added: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is no event, and why."""

    number: int
    why: str


Item = Record | Unreadable


def no_line(number: int, error: Exception) -> Unreadable:
    """Return the record of a line that is none of an export, with why."""
    why = str(error)
    if isinstance(error, json.JSONDecodeError):
        why = f"it is no JSON: {error}"
    elif isinstance(error, KeyError):
        why = f"{error.args[0]} is missing"
    return Unreadable(number, f"no line of an export: {why}")


class BrokenFile(Exception):  # noqa: N818 -- names what it is
    """Say why a file cannot be read to its end."""


def stream_of(path: Path) -> str:
    """Return the stream of a file: the UUIDv8 of the SHA-256 of its bytes, unpacked (LED-13).

    So a file is the same packed and unpacked. Raises `BrokenFile` for gzip that breaks off.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file, _told(path):
        source = _unpacked(file)
        while block := source.read(_BLOCK):
            digest.update(block)
    return uuid8(digest.digest())


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[str], Callable[[], int]]]:
    """Open a file as UTF-8 text; also say how many of its bytes have been read.

    Gzip is told by its first bytes. Raises `BrokenFile` in the block for what is no such text.
    """
    with (
        path.open("rb") as file,
        io.TextIOWrapper(_unpacked(file), encoding="utf-8-sig", newline="") as text,
        _told(path),
    ):
        yield text, file.tell


def _unpacked(file: io.BufferedReader) -> io.BufferedReader | gzip.GzipFile:
    packed = file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    return gzip.GzipFile(fileobj=file) if packed else file


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say as `BrokenFile` why a file cannot be read to its end."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise BrokenFile(f"{path} is not UTF-8 text: {error.reason}") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BrokenFile(f"{path} is not a whole gzip file: {error}") from error
