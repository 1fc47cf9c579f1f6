"""The same thing done many times at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")


def at_once(count: int, do: Callable[[int], Found]) -> list[Found]:
    """Return what *do* returns for 0 to *count* - 1, called on as many threads at one moment."""
    gate = threading.Barrier(count)

    def one(place: int) -> Found:
        gate.wait()
        return do(place)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))
