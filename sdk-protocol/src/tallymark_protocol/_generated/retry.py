"""The retry table. Generated from spec/; run `python -m generate` instead of editing."""

from __future__ import annotations

from typing import Final, NamedTuple

BACKOFF_BASE_MS: Final = 500
"""ceiling of the wait after the first failure"""
BACKOFF_CAP_MS: Final = 60_000
"""highest ceiling at first"""
BACKOFF_LONG_AFTER: Final = 10
"""failures in a row after which the higher cap holds"""
BACKOFF_LONG_CAP_MS: Final = 300_000
"""highest ceiling after that"""
RETRY_AFTER_CAP_MS: Final = 3_600_000
"""longest Retry-After that is honoured"""
RETRY_AFTER_JITTER_PERCENT: Final = 20
"""added at random on top of Retry-After"""
PAUSE_MS: Final = 900_000
"""wait after 401 and 403"""
CAP_MEMORY_MS: Final = 600_000
"""how long the lower size after 413 is remembered"""
SURFACE_AFTER: Final = 3
"""failures in a row after which intercepted or unavailable is surfaced"""
BUDGET_PERCENT: Final = 10
"""extra requests on a healthy connection"""
BUDGET_WINDOW_MS: Final = 60_000
"""window of that budget"""


class Rule(NamedTuple):
    """Answers from status low to high, with that code and proof if given."""

    low: int
    high: int
    code: str | None
    proven: bool | None
    action: str


TABLE: Final = (
    Rule(200, 299, None, True, 'settle'),
    Rule(200, 399, None, None, 'intercepted'),
    Rule(400, 400, 'unsupported_version', None, 'stop'),
    Rule(400, 400, None, None, 'bisect'),
    Rule(401, 401, None, None, 'pause'),
    Rule(402, 402, None, None, 'quota'),
    Rule(403, 403, None, None, 'pause'),
    Rule(404, 405, None, None, 'unavailable'),
    Rule(407, 407, None, None, 'unavailable'),
    Rule(408, 408, None, None, 'backoff'),
    Rule(410, 410, None, None, 'unavailable'),
    Rule(413, 413, None, None, 'halve'),
    Rule(415, 415, None, None, 'identity'),
    Rule(421, 421, None, None, 'unavailable'),
    Rule(425, 425, None, None, 'backoff'),
    Rule(429, 429, 'quota', None, 'quota'),
    Rule(429, 429, None, None, 'throttle'),
    Rule(400, 499, None, None, 'bisect'),
)
ACTIONS: Final = ('settle', 'backoff', 'intercepted', 'bisect', 'stop', 'pause', 'unavailable', 'quota', 'throttle', 'halve', 'identity')
