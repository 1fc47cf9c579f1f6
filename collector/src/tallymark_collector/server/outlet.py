"""The writing side of a connection, as one exchange sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Outlet:
    """Write answers; leave it to the connection how to close."""

    __slots__ = ("_finish", "_transport")

    def __init__(self, transport: asyncio.Transport, finish: Callable[[], None]) -> None:
        """Write to *transport*; *finish* is called where Uvicorn would close it."""
        self._transport = transport
        self._finish = finish

    def write(self, data: bytes) -> None:
        """Write *data* unless the connection is going away."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """End the connection after what was written."""
        self._finish()

    def is_closing(self) -> bool:
        """Tell whether the connection is going away."""
        return self._transport.is_closing()
