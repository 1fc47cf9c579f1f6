"""The writing side of a connection, as one exchange sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Outlet:
    """Write answers; leave it to the connection how to close.

    While corked, what is written waits, so that head and body of an answer leave together.
    """

    __slots__ = ("_corked", "_finish", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport, finish: Callable[[], None]) -> None:
        """Write to *transport*; *finish* is called where Uvicorn would close it."""
        self._transport = transport
        self._finish = finish
        self._corked = False
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write *data* unless the connection is going away."""
        if self._corked:
            self._waiting.append(data)
        elif not self._transport.is_closing():
            self._transport.write(data)

    def cork(self) -> None:
        """Let what is written wait."""
        self._corked = True

    def uncork(self) -> None:
        """Write what waits."""
        self._corked = False
        if self._waiting:
            data, self._waiting = b"".join(self._waiting), []
            self.write(data)

    def close(self) -> None:
        """End the connection after what was written."""
        self.uncork()
        self._finish()

    def is_closing(self) -> bool:
        """Tell whether the connection is going away."""
        return self._transport.is_closing()
