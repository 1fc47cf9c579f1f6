"""The table of routes: a path, a method, who may call it, and what answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import Route as StarletteRoute
from starlette.routing import Router

from tallymark_collector.problem import Problem
from tallymark_collector.web import cors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from tallymark_collector.govern.access import Permission
    from tallymark_collector.web.authorise import Authoriser

    Handler = Callable[[Request], Awaitable[Response]]


class UndeclaredPermission(Exception):  # noqa: N818 - names the fault
    """Stop the start: a route does not say who may call it."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    `permission` must be given ("public" for anybody); `query_key` lets a public key stand in
    `k`; `browsers` opens the answers to pages on other origins; without `head` nobody may just look
    by HEAD, because a GET stores something or never ends.
    """

    method: str
    path: str
    handler: Handler
    permission: Permission | None = None
    query_key: bool = False
    browsers: bool = False
    head: bool = True


class Resource:
    """All methods of one path, as an ASGI application."""

    def __init__(self, routes: Iterable[Route], authoriser: Authoriser) -> None:
        """Answer by *routes*, which share a path."""
        self._routes = {route.method: route for route in routes}
        self._authoriser = authoriser
        self._browsers = any(route.browsers for route in self._routes.values())
        get = self._routes.get("GET")
        if get is not None and get.head:
            self._routes["HEAD"] = get
        self._methods = sorted([*self._routes, *["OPTIONS"] * self._browsers])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authorise and answer one request."""
        if scope["type"] != "http":
            raise Problem("not_found")
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        route = self._routes.get(request.method)
        if self._browsers if route is None else route.browsers:
            cors.open_to_pages(request.scope)
        if route is None:
            if request.method == "OPTIONS" and self._browsers:
                return cors.preflight(self._methods)
            raise Problem("method_not_allowed", headers=[("allow", ", ".join(self._methods))])
        assert route.permission is not None
        if route.permission != "public":
            request.state.caller = await self._authoriser.authorise(
                request, route.permission, query_key=route.query_key
            )
        return await route.handler(request)


def router(routes: Iterable[Route], authoriser: Authoriser) -> Router:
    """Return the application of a table; raise `UndeclaredPermission` for a route without one."""
    by_path: dict[str, list[Route]] = {}
    for route in routes:
        if route.permission is None:
            raise UndeclaredPermission(f"{route.method} {route.path} declares no permission")
        by_path.setdefault(route.path, []).append(route)
    return Router(
        [StarletteRoute(path, Resource(group, authoriser)) for path, group in by_path.items()],
        redirect_slashes=False,
        default=_not_found,
    )


async def _not_found(scope: Scope, _receive: Receive, _send: Send) -> None:
    # A page whose script asks a wrong path should learn that, and there is nothing else to read.
    cors.open_to_pages(scope)
    raise Problem("not_found")
