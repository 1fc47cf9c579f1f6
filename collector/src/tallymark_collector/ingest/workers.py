"""Threads of ingestion's own: a report, however slow, never takes one of them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

THREADS: Final = 4


class Workers:
    """Run what would hold up the event loop."""

    def __init__(self, threads: int = THREADS) -> None:
        """Start *threads* threads as they are needed."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="tallymark-ingest")

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what *function* returns, called on one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """End the threads when they have done what they began."""
        self._pool.shutdown()
