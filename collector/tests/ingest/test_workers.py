"""Threads that only ingestion uses."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tallymark_collector.ingest.workers import Workers


def name_of(_first: int, *, second: int) -> tuple[str, int]:
    """Return the thread this runs on, and an argument."""
    return threading.current_thread().name, second


def test_a_function_runs_on_a_thread_of_its_own_sort() -> None:
    """Arguments, results and errors pass through."""
    workers = Workers(1)

    async def play() -> tuple[str, int]:
        with pytest.raises(ZeroDivisionError):
            await workers.run(divmod, 1, 0)
        return await workers.run(name_of, 1, second=2)

    name, second = asyncio.run(play())
    workers.close()

    assert (name.startswith("tallymark-ingest"), second) == (True, 2)
