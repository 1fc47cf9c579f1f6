"""The control block SDKs ask for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


class ConfigApi:
    """What the collector asks of SDKs (CTL-01)."""

    def __init__(self, control: Mapping[str, Any]) -> None:
        """Answer *control*, named by the digest of its content."""
        self._etag = "c" + hashlib.sha256(orjson.dumps(control)).hexdigest()[:12]
        block = {"etag": self._etag, **control}
        self._body = orjson.dumps({"v": 1, "control": block, "flags": {}})

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        return [Route("GET", "/v1/config", self.get, "write", query_key=True, browsers=True)]

    async def get(self, request: Request) -> Response:
        """Answer the block, or 304 to who has it (EPT-08)."""
        headers = {"etag": f'"{self._etag}"', "cache-control": "no-cache"}
        if self._etag in _named(request):
            return Response(status_code=304, headers=headers)
        return Response(self._body, headers=headers, media_type="application/json")


def _named(request: Request) -> set[str]:
    names = [*request.headers.get("if-none-match", "").split(",")]
    names.append(request.query_params.get("etag", ""))
    return {name.strip().removeprefix("W/").strip('"') for name in names}
