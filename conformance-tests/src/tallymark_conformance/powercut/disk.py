"""A data folder under the preload library: what a power cut leaves, and calls that fail."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from random import Random

Call = Literal["write", "sync", "open", "truncate"]
KINDS: Final[Mapping[str, int]] = {"write": 1, "sync": 2, "open": 4, "truncate": 8}
CONTROL: Final = struct.Struct("=iiqq4qq")
SECTOR: Final = 512
SHORT_WRITE: Final = 0


@dataclass(slots=True)
class Disk:
    """One folder whose unsynced bytes can be lost; *shadow* holds what was synced."""

    data: Path
    shadow: Path
    library: Path

    @classmethod
    def make(cls, folder: Path, library: Path) -> Self:
        """Create an empty data folder and its shadow below *folder*."""
        disk = cls(folder / "data", folder / "shadow", library)
        disk.data.mkdir(parents=True, exist_ok=True)
        disk.shadow.mkdir(parents=True, exist_ok=True)
        return disk

    @property
    def env(self) -> dict[str, str]:
        """Return what the process that uses the disk needs in its environment."""
        return {
            "LD_PRELOAD": str(self.library),
            "TALLYMARK_DISK": str(self.data),
            "TALLYMARK_SHADOW": str(self.shadow),
        }

    def cut(self, *, torn: Random | None = None) -> int:
        """Leave in the data folder what a power cut leaves; return the number of bytes it took.

        The process must be dead. With *torn*, each unsynced sector survives or not by lot, as
        when the drive had written some of them; without, all that is unsynced is gone.
        """
        files = _files(self.data) | _files(self.shadow)
        lost = 0
        for name in sorted(files):
            live, kept = _read(self.data / name), _read(self.shadow / name)
            after = kept if torn is None or live is None else _tear(live, kept or b"", torn)
            lost += _difference(live or b"", after or b"")
            if after is None:
                (self.data / name).unlink(missing_ok=True)
                continue
            (self.data / name).parent.mkdir(parents=True, exist_ok=True)
            (self.data / name).write_bytes(after)
        self._start_anew()
        return lost

    def _start_anew(self) -> None:
        # After the cut the disk is consistent with itself: what is there is durable.
        shutil.rmtree(self.shadow)
        shutil.copytree(self.data, self.shadow)


@dataclass(slots=True)
class FailingCalls:
    """Let the system calls of a process below a disk fail, from the outside, while it runs."""

    file: Path
    _map: mmap.mmap = field(init=False)

    def __post_init__(self) -> None:
        """Create the control file."""
        self.file.write_bytes(bytes(CONTROL.size))
        descriptor = os.open(self.file, os.O_RDWR)
        try:
            self._map = mmap.mmap(descriptor, CONTROL.size)
        finally:
            os.close(descriptor)

    @property
    def env(self) -> dict[str, str]:
        """Return what the process needs in its environment beside the disk's."""
        return {"TALLYMARK_FAULTS": str(self.file)}

    def arm(self, *calls: Call, error: int = errno.EIO, after: int = 0, times: int = 1) -> None:
        """Let *calls* fail with *error* (0: write only half) *after* so many, *times* (-1: all)."""
        kinds = sum(KINDS[call] for call in calls)
        struct.pack_into("=iiqq", self._map, 0, 0, error, after, times)
        struct.pack_into("=i", self._map, 0, kinds)

    def disarm(self) -> None:
        """Let every call succeed again."""
        struct.pack_into("=i", self._map, 0, 0)

    def seen(self) -> dict[str, int]:
        """Return how many calls of each kind the process has made below the disk."""
        _, _, _, _, *counts, _ = CONTROL.unpack(self._map[: CONTROL.size])
        return dict(zip(KINDS, counts, strict=True))

    @property
    def failed(self) -> int:
        """Return how many calls were made to fail."""
        return int(CONTROL.unpack(self._map[: CONTROL.size])[-1])

    def close(self) -> None:
        """Let go of the control file."""
        self._map.close()


def _files(folder: Path) -> set[Path]:
    # The index of a write-ahead log is rebuilt by SQLite; sockets and locks are no data.
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", ".half"))
    }


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _tear(live: bytes, kept: bytes, lot: Random) -> bytes:
    length = lot.choice((len(live), len(kept)))
    sectors = []
    for start in range(0, length, SECTOR):
        new, old = live[start : start + SECTOR], kept[start : start + SECTOR]
        sector = new if new == old else lot.choice((new, old))
        sectors.append(sector.ljust(min(SECTOR, length - start), b"\0"))
    return b"".join(sectors)[:length]


def _difference(live: bytes, after: bytes) -> int:
    if live == after:
        return 0
    same = sum(
        live[at : at + SECTOR] == after[at : at + SECTOR]
        for at in range(0, min(len(live), len(after)), SECTOR)
    )
    return max(len(live), len(after)) - same * SECTOR
