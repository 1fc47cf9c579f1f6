"""Draw the random part of waits with tenacity; imported at the first send (see `retry.Draws`)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, cast

from tallymark_protocol._generated import retry as figures
from tenacity import wait_random_exponential

from tallymark.retry import Draws

if TYPE_CHECKING:
    from tenacity import RetryCallState
    from tenacity.wait import wait_base

_FIRST = wait_random_exponential(
    multiplier=figures.BACKOFF_BASE_MS,
    max=figures.BACKOFF_CAP_MS,
)
_LATER = wait_random_exponential(
    multiplier=figures.BACKOFF_BASE_MS,
    max=figures.BACKOFF_LONG_CAP_MS,
)


class _Attempt:
    """The only part of tenacity's call state its waits look at."""

    def __init__(self, number: int) -> None:
        self.attempt_number = number


def backoff(failures: int) -> float:
    """Draw ms evenly from 0..ceiling after that many failures in a row (RTY-1)."""
    wait: wait_base = _LATER if failures > figures.BACKOFF_LONG_AFTER else _FIRST
    return wait(cast("RetryCallState", _Attempt(max(1, failures))))


def draws() -> Draws:
    """Return the draws of a client."""
    return Draws(backoff, random.random)
