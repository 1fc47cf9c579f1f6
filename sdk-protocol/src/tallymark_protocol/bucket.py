"""Bucketing: which of 100,000 equal parts a unit falls into, for flags and sampling."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from tallymark_protocol._generated.limits import MAX_BUCKET

BUCKETS: Final = MAX_BUCKET + 1
SAMPLE_SEED: Final = "sample"


def bucket(seed: str, unit: str) -> int:
    r"""Return the bucket 0..99,999 of *unit* under *seed*, in integer arithmetic only (TM-BKT-01).

    x = u64be(SHA-256("tm1\0" + seed + "\0" + unit)[0:8]); bucket = ((x >> 11) * 100000) >> 53.
    """
    digest = sha256(f"tm1\0{seed}\0{unit}".encode()).digest()
    return ((int.from_bytes(digest[:8], "big") >> 11) * BUCKETS) >> 53


def sampled(unit: str, rate: float) -> bool:
    """Say whether a unit's events are kept at a sampling rate in (0, 1] (TM-CTL-02).

    The same unit is kept at every higher rate too, and the event's name plays no part, so a
    funnel stays whole.
    """
    return bucket(SAMPLE_SEED, unit) < int(rate * BUCKETS + 0.5)
