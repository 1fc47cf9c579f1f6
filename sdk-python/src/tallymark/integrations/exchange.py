"""Observe one exchange of a web server: its surroundings, its end, and its event; no framework."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tallymark.aio import AsyncClient
    from tallymark.client import Client
    from tallymark.event import Id

    AnyClient = Client | AsyncClient

R = TypeVar("R")


class Observer(Generic[R]):
    """Know a client, and what is to be said of requests of type R."""

    def __init__(
        self,
        client: AnyClient,
        *,
        user: Callable[[R], Id | None] | None = None,
        event: str | None = None,
    ) -> None:
        """
        Observe for *client*.

        *user* tells whose request it is; *event* names the event each request becomes, None = none.
        """
        self.client = client
        self._user = user
        self._event = event

    def begin(self, request: R, method: str, path: str) -> Exchange:
        """Begin to observe a request."""
        user = None if self._user is None else _ask(self.client, self._user, request)
        return Exchange(self.client, self._event, user, {"method": method, "path": path})


class Exchange:
    """Hold what is known of one request."""

    def __init__(
        self,
        client: AnyClient,
        event: str | None,
        user: Id | None,
        properties: Mapping[str, Any],
    ) -> None:
        """Begin to measure."""
        self.status: int | None = None
        self._client = client
        self._event = event
        self._user = user
        self._properties = properties
        self._timer = _clock_of(client)
        self._begun = self._timer()

    @contextmanager
    def surroundings(self) -> Iterator[None]:
        """Give events tracked in here the user and the path of the request."""
        with self._client.context(user=self._user, **self._properties):
            yield

    def end(self, error: BaseException | None = None) -> Any:  # noqa: ANN401 - as `track` returns
        """Record the event, once; of an asynchronous client, what comes back is to be awaited."""
        measured = dict(self._properties)
        if self.status is not None:
            measured["status"] = self.status
        if error is not None:
            measured["error"] = type(error).__name__
        return self.end_as(measured)

    def end_as(self, properties: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as `track` returns
        """Record the event with these properties and its duration, once."""
        event, self._event = self._event, None
        if event is None:
            return None
        measured = {**properties, "duration_ms": self._timer() - self._begun}
        return self._client.track(event, measured, user=self._user)

    async def end_async(self, error: BaseException | None = None) -> None:
        """Record the event, whichever kind of client it is."""
        came = self.end(error)
        if inspect.isawaitable(came):
            await came


def tracker_of(client: AnyClient) -> Any:  # noqa: ANN401 - a Tracker of either shell
    """Return what records for a client of either kind."""
    return getattr(client, "_tracker", client)


def _clock_of(client: AnyClient) -> Callable[[], int]:
    steady: Callable[[], int] = tracker_of(client)._clock.steady_ms  # noqa: SLF001 - our own
    return steady


def _ask(client: AnyClient, user: Callable[[R], Id | None], request: R) -> Id | None:
    guard = tracker_of(client)._guard  # noqa: SLF001 - our own
    found: Id | None = guard.attempt("user", lambda: user(request))
    return found
