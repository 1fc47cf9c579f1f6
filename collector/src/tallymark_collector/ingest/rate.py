"""How many events a second a key may send; times go in, waits come out."""

from __future__ import annotations

import math
from dataclasses import dataclass

BURST_S = 2.0
"""Seconds of a key's rate that may come at once."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Rates:
    """A token bucket per key.

    What a request costs is known only after it was read, so a bucket may go into debt; the next
    request is refused until the debt is paid.
    """

    def __init__(self) -> None:
        """Start with full buckets."""
        self._buckets: dict[int, _Bucket] = {}

    def wait_ms(self, key: int, rate: int, now: float) -> int:
        """Return the ms after which *key* may send again at *rate* events a second, 0 for now.

        *now* is in monotonic seconds; rate 0 is no limit.
        """
        if not rate:
            return 0
        bucket = self._filled(key, rate, now)
        return 0 if bucket.level > 0 else max(1, math.ceil((1 - bucket.level) / rate * 1000))

    def charge(self, key: int, rate: int, events: int, now: float) -> None:
        """Take *events* from the bucket of *key*; a request without events costs one."""
        if rate:
            self._filled(key, rate, now).level -= max(1, events)

    def _filled(self, key: int, rate: int, now: float) -> _Bucket:
        full = max(1.0, rate * BURST_S)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(full, now)
        bucket.level = min(full, bucket.level + (now - bucket.at) * rate)
        bucket.at = now
        return bucket
