"""Bounds and defaults of the control block (TM-CTL-01). Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BOUNDS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType({
    'etag': (1, 64),
    'ttl_s': (1, 86400),
    'sample': (0.001, 1),
    'flush_ms': (100, 600000),
    'max_batch': (1, 2000),
    'pause_ms': (0, 3600000),
    'disable_events': (0, 100),
})
"""Of a number's value, a string's bytes, an array's members."""
TTL_S_DEFAULT: Final = 3600
SAMPLE_DEFAULT: Final = 1
FLUSH_MS_DEFAULT: Final = 5000
MAX_BATCH_DEFAULT: Final = 500
PAUSE_MS_DEFAULT: Final = 0
