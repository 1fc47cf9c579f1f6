"""The client for programs that run an event loop: the names of `Client`, awaited."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from tallymark.courier import FLUSH_S
from tallymark.environment import client_options
from tallymark.options import Batching, Endpoint, Hooks, Privacy, Retry, Spool
from tallymark.task import TaskShell
from tallymark.tracker import BATCHING, HOOKS, LOGGER, PRIVACY, RETRY, SPOOL, Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Self

    from tallymark.transport import AsyncTransport, Transport

P = ParamSpec("P")
R = TypeVar("R")


def _awaited(
    method: Callable[Concatenate[Tracker[TaskShell], P], R],
) -> Callable[[object], Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, R]]]:
    """Record at once, then give the loop its turn, and wait for room if there is little."""

    @functools.wraps(method)
    async def call(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> R:
        result = method(self._tracker, *args, **kwargs)
        await self._shell.breathe()
        return result

    return lambda _: call


def _at_once(
    method: Callable[Concatenate[Tracker[TaskShell], P], R],
) -> Callable[[object], Callable[Concatenate[AsyncClient, P], R]]:
    """Do what never waits."""

    @functools.wraps(method)
    def call(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(self._tracker, *args, **kwargs)

    return lambda _: call


class AsyncClient:
    """
    Record events and deliver them from a task of the running event loop.

    Calls behave as `Client`'s, and never raise. While the queue is nearly full and the collector
    answers, they wait for room. `context`, `timed` and `stats` never wait and are not awaited.
    One client may be used from several loops. *transport* replaces aiohttp, as
    `tallymark.testing.MemoryTransport` does.

    :raises ConfigurationError: if an option cannot work

    >>> import asyncio
    >>> from tallymark import AsyncClient, Spool
    >>> from tallymark.testing import MemoryTransport, assert_tracked
    >>> async def main():
    ...     transport = MemoryTransport()
    ...     async with AsyncClient("tmk_0123456789abcdefghijAB", "http://test", spool=Spool(False),
    ...                            transport=transport) as client:
    ...         await client.track("Order Completed", {"total": 42}, user="u-1")
    ...     return assert_tracked(transport, "Order Completed", user="u-1").properties
    >>> asyncio.run(main())
    {'total': 42}
    """

    def __init__(
        self,
        key: str,
        url: str,
        *,
        batching: Batching = BATCHING,
        retry: Retry = RETRY,
        spool: Spool = SPOOL,
        privacy: Privacy = PRIVACY,
        hooks: Hooks = HOOKS,
        transport: AsyncTransport | Transport | None = None,
    ) -> None:
        """Begin to record; nothing is sent, and aiohttp is not imported yet. Needs no loop."""
        self._tracker = Tracker(
            Endpoint(key, url),
            batching,
            retry,
            spool,
            privacy,
            hooks,
            lambda courier: TaskShell(courier, transport),
            getattr(transport, "clock", None),
        )

    @classmethod
    def from_env(cls, **options: Any) -> AsyncClient:  # noqa: ANN401 - the constructor's options
        """Read TALLYMARK_KEY, TALLYMARK_URL and TALLYMARK_SPOOL, as `Client.from_env`."""
        found = client_options(os.environ, options, LOGGER)
        client = cls(found.key, found.url, **found.options)
        if found.disabled:
            client._tracker._pipeline.disable()  # noqa: SLF001 - its own part
        return client

    def __repr__(self) -> str:
        """Show where the client sends; the key is masked."""
        return f"Async{self._tracker!r}"

    @property
    def _shell(self) -> TaskShell:
        # Asked anew each time: a forked child has another.
        return self._tracker._pipeline.worker  # noqa: SLF001 - its own part

    @_awaited(Tracker.track)
    def track(self) -> None:
        """Await `Client.track`."""

    @_awaited(Tracker.page)
    def page(self) -> None:
        """Await `Client.page`."""

    @_awaited(Tracker.screen)
    def screen(self) -> None:
        """Await `Client.screen`."""

    @_awaited(Tracker.exposure)
    def exposure(self) -> None:
        """Await `Client.exposure`."""

    @_awaited(Tracker.identify)
    def identify(self) -> None:
        """Await `Client.identify`."""

    @_awaited(Tracker.profile)
    def profile(self) -> None:
        """Await `Client.profile`."""

    @_awaited(Tracker.group)
    def group(self) -> None:
        """Await `Client.group`."""

    @_awaited(Tracker.alias)
    def alias(self) -> None:
        """Await `Client.alias`."""

    @_awaited(Tracker.register)
    def register(self) -> None:
        """Await `Client.register`."""

    @_awaited(Tracker.unregister)
    def unregister(self) -> None:
        """Await `Client.unregister`."""

    @_awaited(Tracker.consent)
    def consent(self) -> None:
        """Await `Client.consent`."""

    @_awaited(Tracker.reset)
    def reset(self) -> None:
        """Await `Client.reset`."""

    @_at_once(Tracker.flag)
    def flag(self) -> None:
        """Call `Client.flag`."""

    @_at_once(Tracker.context)
    def context(self) -> None:
        """Call `Client.context`."""

    @_at_once(Tracker.timed)
    def timed(self) -> None:
        """Call `Client.timed`."""

    @_at_once(Tracker.stats)
    def stats(self) -> None:
        """Call `Client.stats`."""

    async def flush(self, timeout: float = FLUSH_S) -> bool:
        """
        Wait until everything recorded so far is settled; *timeout* in seconds.

        False if it is not, and at once if it cannot be in time (a pause, a long backoff).
        """
        wait = self._tracker._seconds(timeout)  # noqa: SLF001 - its own part
        return wait is not None and await self._shell.flush(wait)

    async def close(self, timeout: float = FLUSH_S) -> bool:
        """
        Send what is left, end the streams and stop; False if something could not be sent.

        What is left stays in the spool for the next process, or is declared `shutdown_deadline`;
        also if the wait is cancelled.
        """
        tracker = self._tracker
        wait = tracker._seconds(timeout)  # noqa: SLF001 - its own part
        if wait is not None and tracker._begin_close():  # noqa: SLF001
            tracker._pipeline.complete = await self._shell.close(wait)  # noqa: SLF001
        return tracker._pipeline.complete  # noqa: SLF001

    async def __aenter__(self) -> Self:
        """Return the client; `async with` closes it."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the client."""
        await self.close()
