"""
Record product events: none is lost or counted twice without being told so.

>>> from tallymark import Client
>>> client = Client("tmk_0123456789abcdefghijAB", "https://events.example")  # doctest: +SKIP
>>> client.track("Order Completed", {"total": 42}, user="u-1")  # doctest: +SKIP
"""

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

__all__ = [
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
