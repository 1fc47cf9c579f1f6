"""Between a transport and a connection: no more is read at once than the connection asks for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tallymark_collector.server.connection import Connection

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from tallymark_collector.server.listener import Listener


class Wire(asyncio.BufferedProtocol):
    """The protocol a transport sees.

    A transport that brings its own buffer reads what it likes, and what it has read has to be
    kept; this one reads into ours.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        listener: Listener,
    ) -> None:
        """Make the connection of Uvicorn's arguments and of the *listener* all of them share."""
        self._connection = Connection(config, server_state, app_state, _loop, listener=listener)
        self._buffer = memoryview(listener.buffer)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Hand the transport on."""
        self._connection.connection_made(transport)

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Return where to put what comes next, as long as may come."""
        return self._buffer[: self._connection.appetite]

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what has come."""
        self._connection.data_received(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> bool:
        """Tell whether the peer still gets answers."""
        return self._connection.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand the end on."""
        self._connection.connection_lost(exc)

    def pause_writing(self) -> None:
        """Hand on that the peer does not take its answers."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """Hand on that the peer takes its answers again."""
        self._connection.resume_writing()
