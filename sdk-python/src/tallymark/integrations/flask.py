"""
Give each request of a Flask application its context, and its event if one is asked for.

    Tallymark(app, client, user=lambda request: session.get("user_id"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request

from tallymark.integrations.exchange import Observer

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Request, Response

    from tallymark.client import Client
    from tallymark.event import Id

_EXCHANGE = "_tallymark"


class Tallymark:
    """
    Extend a Flask application.

    Events tracked in a view carry `method` and `path`, and the user that *user* finds in the
    request (session and `g` can be asked, too). With *event*, each request becomes an event of that
    name, with `status` and `duration_ms`, and `error` if it raised. The client is in
    `app.extensions["tallymark"]`.
    """

    def __init__(
        self,
        app: Flask | None,
        client: Client,
        *,
        user: Callable[[Request], Id | None] | None = None,
        event: str | None = None,
    ) -> None:
        """Extend *app*; None = `init_app` comes later."""
        self._observer: Observer[Request] = Observer(client, user=user, event=event)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Extend an application."""
        app.extensions["tallymark"] = self._observer.client
        app.before_request(self._begin)
        app.after_request(self._answered)
        app.teardown_request(self._end)

    def _begin(self) -> None:
        exchange = self._observer.begin(request, request.method, request.path)
        surroundings = exchange.surroundings()
        surroundings.__enter__()
        setattr(g, _EXCHANGE, (exchange, surroundings))

    def _answered(self, response: Response) -> Response:
        if hasattr(g, _EXCHANGE):
            getattr(g, _EXCHANGE)[0].status = response.status_code
        return response

    def _end(self, error: BaseException | None) -> None:
        # Not there if another function answered before ours had its turn.
        if hasattr(g, _EXCHANGE):
            exchange, surroundings = g.pop(_EXCHANGE)
            surroundings.__exit__(None, None, None)
            exchange.end(error)
