"""The table of routes: nothing is served that does not say to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.responses import Response
from tallymark_collector import app
from tallymark_collector.settings import Settings
from tallymark_collector.web.routes import Route, UndeclaredPermission
from tallymark_collector.web.scripts import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request

    from conftest import Running

PUBLIC = {
    ("GET", "/"),
    ("GET", "/static/{name}"),
    *(("GET", f"/{name}") for name in NAMES),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/version"),
    ("GET", "/problems/{code}"),
    ("GET", "/v1/health"),
    ("GET", "/v1/spec"),
    ("GET", "/v1/keys"),
    ("GET", "/v1/flags/definitions"),
    ("POST", "/v1/flags"),
    ("PUT", "/v1/tables/{name}"),
}


async def _hello(_request: Request) -> Response:
    return Response("hello")


def test_a_route_without_a_permission_stops_the_start(tmp_path: Path) -> None:
    """Forgetting who may call a route is found before anybody calls it."""
    with pytest.raises(UndeclaredPermission, match="GET /hello"):
        app.build(Settings(data=tmp_path), more_routes=[Route("GET", "/hello", _hello)])


def test_only_what_is_listed_here_is_public(collector: Running) -> None:
    """A new public route has to be added to this list."""
    routes = collector.application.routes
    public = {(route.method, route.path) for route in routes if route.permission == "public"}

    assert public == PUBLIC


def test_pages_elsewhere_read_only_what_a_route_opens_to_them(
    start: Callable[..., Running],
) -> None:
    """A new route is closed to other origins unless it says so, whatever its path (HDR-02)."""
    closed = Route("GET", "/v1/new", _hello, "public")
    opened = Route("POST", "/v1/new", _hello, "public", browsers=True)
    collector = start(more_routes=[closed, opened])
    found = {
        method: "access-control-allow-origin" in collector.ask(method, "/v1/new", key=None).headers
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS")
    }

    assert found == {"GET": False, "HEAD": False, "POST": True, "PUT": True, "OPTIONS": True}
