"""What the collector says about itself, to anybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response
from tallymark_protocol import SPEC_SHA256, SPEC_VERSION, codes, spec_document

from tallymark_collector.problem import Problem
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

NAME: Final = "tallymark-collector"
_RETRY_MS: Final = 1_000


class ServiceApi:
    """Health, version and spec."""

    def __init__(
        self,
        version: str,
        limits: Mapping[str, int],
        ready: Callable[[], str | None],
        statistics: Callable[[], dict[str, Any]],
    ) -> None:
        """Publish *limits* where they are above the spec's; *ready* says why not, or None."""
        self._version = version
        self._ready = ready
        self._statistics = statistics
        document = spec_document()
        published = document["limits"]
        assert isinstance(published, dict)
        self._spec = orjson.dumps(document | {"limits": {**published, **limits}})

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        return [
            Route("GET", "/v1/health", self.health, "public", browsers=True),
            Route("GET", "/v1/spec", self.spec, "public", browsers=True),
            Route("GET", "/healthz", self.health, "public"),
            Route("GET", "/readyz", self.readiness, "public"),
            Route("GET", "/version", self.version, "public"),
            Route("GET", "/problems/{code}", self.problem, "public"),
        ]

    async def health(self, _request: Request) -> Response:
        """Answer while the process lives."""
        return _json({"status": "ok"})

    async def readiness(self, _request: Request) -> Response:
        """Tell whether requests should be sent here, and what has happened so far."""
        reason = self._ready()
        if reason is not None:
            raise Problem("not_ready", f"not ready: {reason}", retry_after_ms=_RETRY_MS)
        return _json({"status": "ready", **self._statistics()})

    async def version(self, _request: Request) -> Response:
        """Tell the versions of the program and of the spec it runs."""
        spec = {"version": SPEC_VERSION, "sha256": SPEC_SHA256}
        return _json({"name": NAME, "version": self._version, "spec": spec})

    async def spec(self, _request: Request) -> Response:
        """Tell the running spec with the limits of this server (EPT-09, VER-04)."""
        return Response(self._spec, media_type="application/json")

    async def problem(self, request: Request) -> Response:
        """Explain the code a problem's `type` points to."""
        entry = codes.PROBLEMS.get(request.path_params["code"])
        if entry is None:
            raise Problem("not_found")
        return _json(asdict(entry))


def _json(value: Mapping[str, object]) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(value), headers=headers, media_type="application/json")
