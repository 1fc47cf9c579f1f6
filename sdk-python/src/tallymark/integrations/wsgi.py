"""
Give each request of a WSGI application its context, and its event if one is asked for.

    application = TallymarkMiddleware(application, client, event="Request Served")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tallymark.integrations.exchange import Observer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from tallymark.client import Client
    from tallymark.event import Id
    from tallymark.integrations.exchange import Exchange

    Environ: TypeAlias = dict[str, Any]
    StartResponse: TypeAlias = Callable[..., Any]
    Application: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]


class TallymarkMiddleware:
    """
    Wrap a WSGI application.

    Events tracked while it works carry `method` and `path`, and the user that *user* finds in the
    environ. With *event*, each request becomes an event of that name, with `status` and
    `duration_ms`, and `error` if it raised.
    """

    def __init__(
        self,
        application: Application,
        client: Client,
        *,
        user: Callable[[Environ], Id | None] | None = None,
        event: str | None = None,
    ) -> None:
        """Wrap *application*."""
        self._application = application
        self._observer: Observer[Environ] = Observer(client, user=user, event=event)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        exchange = self._observer.begin(environ, environ.get("REQUEST_METHOD", ""), path)

        def start(status: str, *rest: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            if status[:3].isdigit():
                exchange.status = int(status[:3])
            return start_response(status, *rest)

        try:
            with exchange.surroundings():
                body = self._application(environ, start)
        except BaseException as error:
            exchange.end(error)
            raise
        return _Body(body, exchange)


class _Body:
    """Pass an answer's pieces on; the exchange ends with the last, or when they are closed."""

    def __init__(self, body: Iterable[bytes], exchange: Exchange) -> None:
        self._body = body
        self._pieces = iter(body)
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            # A body that is a generator does its work here.
            with self._exchange.surroundings():
                return next(self._pieces)
        except StopIteration:
            self._exchange.end()
            raise
        except BaseException as error:
            self._exchange.end(error)
            raise

    def close(self) -> None:
        """Close the application's body, as WSGI demands."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._exchange.end()
