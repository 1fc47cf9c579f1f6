"""Back-pressure: how much may wait for the writer, and what a refused client is told.

Pure: no clock, no lock, no I/O. Times are monotonic seconds, sizes bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

MIB = 1024 * 1024

RefusalCode = Literal["overloaded", "disk_full", "stopping"]


@dataclass(frozen=True, slots=True)
class PressureLimits:
    """Bounds of the waiting bytes.

    The cap is what drains in `target_s`, between `smallest` and `largest`; `first` until a drain is
    known. One key may hold `key_share` of the cap, so that a flood through one key leaves room for
    the others. A drain is measured on groups of at least `measured` bytes: smaller ones cost mostly
    the commit itself and say nothing about what the disk can take. Old measurements lose half their
    weight in `half_life_s` of writing.
    """

    target_s: float = 0.5
    smallest: int = 4 * MIB
    first: int = 16 * MIB
    largest: int = 64 * MIB
    key_share: float = 0.75
    measured: int = MIB // 16
    half_life_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not taken, and after how many seconds it may come again."""

    code: RefusalCode
    retry_after_s: int


class Pressure:
    """The bytes promised to clients whose answers are still to come.

    Bytes are reserved by `admit`; they are given back by `abandon`, or pass to the queue by
    `enqueue` and are given back by `settle`.
    """

    def __init__(self, limits: PressureLimits) -> None:
        """Start empty, with the drain that makes the first cap."""
        self._limits = limits
        self._reserved: Counter[int] = Counter()
        self._queued: Counter[int] = Counter()
        self._bytes = 0.0
        self._seconds = 0.0
        self.total = 0

    @property
    def drain(self) -> float:
        """Return the bytes a second the writer takes away."""
        if self._seconds <= 0:
            return self._limits.first / self._limits.target_s
        return self._bytes / self._seconds

    @property
    def cap(self) -> int:
        """Return how many bytes may wait."""
        wanted = int(self.drain * self._limits.target_s)
        return min(max(wanted, self._limits.smallest), self._limits.largest)

    def held(self, key: int) -> int:
        """Return the bytes reserved or queued for *key*."""
        return self._reserved[key] + self._queued[key]

    def admit(self, size: int, key: int) -> Refusal | None:
        """Reserve *size* bytes for *key*, or say why not.

        A request larger than the cap is taken when nothing else waits: it could never come in
        otherwise.
        """
        share = self.cap * self._limits.key_share
        fits = self.total + size <= self.cap and self.held(key) + size <= share
        if not fits and self.total:
            return Refusal("overloaded", self.retry_after_s())
        self._reserved[key] += size
        self.total += size
        return None

    def abandon(self, size: int, key: int) -> None:
        """Give reserved bytes back; raise ValueError for more than *key* has reserved."""
        self._take(self._reserved, size, key)
        self.total -= size

    def enqueue(self, size: int, key: int) -> None:
        """Pass reserved bytes to the queue; raise ValueError for more than *key* has reserved."""
        self._take(self._reserved, size, key)
        self._queued[key] += size

    def settle(self, size: int, key: int) -> None:
        """Give queued bytes back; raise ValueError for more than *key* has queued."""
        self._take(self._queued, size, key)
        self.total -= size

    def retry_after_s(self) -> int:
        """Return the whole seconds after which what waits now is gone, at least 1."""
        return max(1, math.ceil(self.total / self.drain))

    def drained(self, size: int, seconds: float) -> None:
        """Take a committed group into the measured drain."""
        if size < self._limits.measured or seconds <= 0:
            return
        weight = 0.5 ** (seconds / self._limits.half_life_s)
        self._bytes = self._bytes * weight + size
        self._seconds = self._seconds * weight + seconds

    @staticmethod
    def _take(held: Counter[int], size: int, key: int) -> None:
        if not 0 <= size <= held[key]:
            raise ValueError(f"{size} bytes given back for key {key}, which has {held[key]}.")
        held[key] -= size
        if not held[key]:
            del held[key]
