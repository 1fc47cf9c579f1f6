"""
Record product events: none is lost or counted twice without being told so.

>>> from tallymark import Client
>>> client = Client("tmk_0123456789abcdefghijAB", "https://events.example")  # doctest: +SKIP
>>> client.track("Order Completed", {"total": 42}, user="u-1")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark.client import Client
from tallymark.errors import (
    ConfigurationError,
    QueryError,
    SpoolError,
    TallymarkError,
    UsageError,
)
from tallymark.options import Batching, Hooks, Privacy, Retry, Spool
from tallymark.results import Result, Stats, Totals
from tallymark.version import __version__

if TYPE_CHECKING:
    from tallymark.aio import AsyncClient

__all__ = [
    "AsyncClient",
    "Batching",
    "Client",
    "ConfigurationError",
    "Hooks",
    "Privacy",
    "QueryError",
    "Result",
    "Retry",
    "Spool",
    "SpoolError",
    "Stats",
    "TallymarkError",
    "Totals",
    "UsageError",
    "__version__",
]


if not TYPE_CHECKING:  # a checker is to complain about names that do not exist

    def __getattr__(name: str) -> object:
        """Load the asynchronous client when it is asked for: most programs need no asyncio."""
        if name != "AsyncClient":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from tallymark.aio import AsyncClient  # noqa: PLC0415 - see above

        return AsyncClient
