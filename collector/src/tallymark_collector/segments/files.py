"""Segments on disk: one folder each, written and synced before anything names it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
import pyarrow as pa

from tallymark_collector.segments.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

MANIFEST: Final = "MANIFEST"
FORMAT: Final = 1
ACTORS: Final = "actors.json"
OPERATIONS: Final = "operations.json"

Step = str
"""A moment in writing at which a process may die: named for tests that kill it there."""


class Unusable(Exception):  # noqa: N818 -- names the state
    """Raised for files that are not what the manifest says: they are rebuilt from the log."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says of one segment: positions (low, high], and what they held.

    `numbers` are the first and the following number of the actors the segment is the first to
    name. `events` are rows; `others` are positions that became none. `files` are sizes by name.
    `digest` is position and SHA-256 of the last body, so that another log's files are found out.
    """

    folder: str
    low: int
    high: int
    events: int
    others: int
    received_at: int
    numbers: tuple[int, int]
    digest: tuple[int, str]
    files: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The segments that count, in order of position, and how many folders were ever named.

    `erased` are numbers of actors whose rows some segment still holds and nobody may see.
    """

    entries: tuple[Entry, ...] = ()
    serial: int = 0
    erased: tuple[int, ...] = ()

    @property
    def high(self) -> int:
        """The position up to which the log is sealed."""
        return self.entries[-1].high if self.entries else 0

    def to_bytes(self) -> bytes:
        """Return the manifest as the file holds it."""
        entries = [
            {name: getattr(entry, name) for name in Entry.__slots__} for entry in self.entries
        ]
        return orjson.dumps(
            {
                "format": FORMAT,
                "serial": self.serial,
                "erased": self.erased,
                "entries": entries,
            }
        )

    @staticmethod
    def read(raw: bytes) -> Manifest:
        """Read a manifest back; raise Unusable for one this program did not write."""
        try:
            found = orjson.loads(raw)
            if found["format"] != FORMAT:
                raise Unusable(f"The segments have format {found['format']}, not {FORMAT}.")
            entries = tuple(
                Entry(
                    **{
                        **entry,
                        "numbers": tuple(entry["numbers"]),
                        "digest": tuple(entry["digest"]),
                    }
                )
                for entry in found["entries"]
            )
            return Manifest(entries, found["serial"], tuple(found["erased"]))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Unusable("The manifest of the segments cannot be read.") from error


class Folder:
    """The segments of one project: what is published is whole, whenever the process dies.

    *reached* is called with the name of each step; a test dies in it.
    """

    def __init__(self, path: Path, reached: Callable[[Step], None] | None = None) -> None:
        """Keep segments below *path*."""
        self.path = path
        self._reached = reached or _nothing

    def manifest(self) -> Manifest:
        """Return the published manifest, an empty one when there is none."""
        try:
            raw = (self.path / MANIFEST).read_bytes()
        except FileNotFoundError:
            return Manifest()
        return Manifest.read(raw)

    def write(
        self, folder: str, parts: Sequence[Part], texts: Mapping[str, bytes]
    ) -> dict[str, int]:
        """Write a segment that nothing names yet, synced; return the sizes of its files."""
        target = self.path / folder
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True, mode=0o700)
        self._reached("folder")
        sizes: dict[str, int] = {}
        for number, part in enumerate(parts):
            name = f"{number:04d}.arrow"
            with (target / name).open("wb") as file:
                with pa.ipc.new_file(file, part.batch.schema) as writer:
                    writer.write_batch(part.batch)
                sizes[name] = _synced(file)
            self._reached(f"part {number}")
        for name, text in texts.items():
            with (target / name).open("wb") as file:
                file.write(text)
                sizes[name] = _synced(file)
        self._reached("texts")
        _sync_folder(target)
        _sync_folder(self.path)
        self._reached("synced")
        return sizes

    def publish(self, manifest: Manifest) -> None:
        """Make *manifest* the one that counts, at once; then drop what it names no more."""
        self.path.mkdir(parents=True, mode=0o700, exist_ok=True)
        draft = self.path / f"{MANIFEST}.new"
        with draft.open("wb") as file:
            file.write(manifest.to_bytes())
            self._reached("draft")
            _synced(file)
        self._reached("draft synced")
        draft.replace(self.path / MANIFEST)
        self._reached("renamed")
        _sync_folder(self.path)
        self._reached("published")
        self.tidy(manifest)
        self._reached("tidied")

    def tidy(self, manifest: Manifest) -> None:
        """Delete segments that are not named: readers that mapped them keep them open."""
        named = {entry.folder for entry in manifest.entries}
        for path in self.path.iterdir() if self.path.is_dir() else ():
            if path.is_dir() and path.name not in named:
                shutil.rmtree(path, ignore_errors=True)

    def clear(self) -> None:
        """Delete everything: it is rebuilt from the log."""
        shutil.rmtree(self.path, ignore_errors=True)

    def parts(self, entry: Entry) -> list[Part]:
        """Return the parts of a segment, mapped; raise Unusable when a file is not as written."""
        found: list[Part] = []
        for name, size in entry.files.items():
            path = self.path / entry.folder / name
            try:
                if path.stat().st_size != size:
                    raise Unusable(f"{path.name} of {entry.folder} has another size than written.")
                if name.endswith(".arrow"):
                    with pa.memory_map(str(path)) as mapped:
                        found.append(Part(pa.ipc.open_file(mapped).get_batch(0)))
            except (OSError, pa.ArrowInvalid, KeyError) as error:
                raise Unusable(f"{path.name} of {entry.folder} cannot be read.") from error
        return found

    def text(self, entry: Entry, name: str) -> bytes:
        """Return a text of a segment."""
        try:
            return (self.path / entry.folder / name).read_bytes()
        except OSError as error:
            raise Unusable(f"{name} of {entry.folder} cannot be read.") from error


def _synced(file: BinaryIO) -> int:
    file.flush()
    os.fsync(file.fileno())
    return file.tell()


def _sync_folder(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _nothing(_: Step) -> None:
    return


def bytes_of(folders: Iterable[Entry]) -> int:
    """Return how many bytes segments take."""
    return sum(sum(entry.files.values()) for entry in folders)
