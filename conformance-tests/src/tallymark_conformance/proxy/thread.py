"""The proxy on a thread of its own, for runs and tests that are plain sequential programs."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tallymark_conformance.proxy.script import Script
from tallymark_conformance.proxy.server import FaultProxy
from tallymark_conformance.trace import Exchange, encode

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path
    from types import TracebackType

T = TypeVar("T")

CALL_TIMEOUT_S = 20
POLL_S = 0.005


class ProxyThread:
    """A running fault proxy; use it as a context. Its exchanges are kept and written to *trace*."""

    def __init__(
        self,
        upstream: str,
        *,
        script: Script | None = None,
        seed: int = 0,
        trace: Path | None = None,
    ) -> None:
        """Prepare a proxy before *upstream*; nothing listens until the context is entered."""
        self.exchanges: list[Exchange] = []
        self.url = ""
        self._file = None if trace is None else trace.open("a", encoding="utf-8")
        self._proxy = FaultProxy(upstream, self._record, script or Script(), seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy")

    def __enter__(self) -> Self:
        """Start listening."""
        self._thread.start()
        self.url = self._call(self._proxy.start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening and end the thread."""
        self._call(self._proxy.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_TIMEOUT_S)
        self._loop.close()
        if self._file is not None:
            self._file.close()

    @property
    def busy(self) -> bool:
        """Tell whether a request is still in the proxy's hands."""
        return self._proxy.busy > 0

    def follow(self, script: Script) -> None:
        """Let *script* decide from now on."""
        self._loop.call_soon_threadsafe(self._proxy.follow, script)

    def recorded(self, count: int, timeout_s: float = CALL_TIMEOUT_S) -> list[Exchange]:
        """Return the exchanges once there are *count*: the last ends after its client has read."""
        until = time.monotonic() + timeout_s
        while len(self.exchanges) < count and time.monotonic() < until:
            time.sleep(POLL_S)
        return list(self.exchanges)

    def _record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if self._file is not None:
            self._file.write(encode(exchange) + "\n")
            self._file.flush()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_TIMEOUT_S)
