"""Endpoints of profiles that are specified and not built (EPT-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tallymark_collector.problem import Problem
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

ABSENT: Final = (
    ("POST", "/v1/flags", "flags"),
    ("GET", "/v1/flags/definitions", "flags"),
    ("PUT", "/v1/tables/{name}", "tables"),
    ("GET", "/v1/keys", "receipt"),
)


def routes() -> list[Route]:
    """Return routes that name the profile they belong to."""
    return [
        Route(method, path, _absent(profile), "public", browsers=True)
        for method, path, profile in ABSENT
    ]


def _absent(profile: str) -> Callable[[Request], Awaitable[Response]]:
    async def handler(_request: Request) -> Response:
        raise Problem("not_implemented", f"the profile `{profile}` is not part of this server")

    return handler
