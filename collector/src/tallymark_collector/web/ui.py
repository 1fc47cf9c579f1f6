"""The dashboard's page, its files, and what it needs to know to begin."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import HTMLResponse, Response

from tallymark_collector.problem import Problem
from tallymark_collector.reports.catalogue import Catalogue
from tallymark_collector.reports.properties import Properties
from tallymark_collector.web.authorise import scope_of
from tallymark_collector.web.page import CONTENT_SECURITY_POLICY, index_page
from tallymark_collector.web.routes import Route
from tallymark_collector.web.session import Visitor
from tallymark_collector.web.ui_assets import ASSET_HEADERS, BUILD, PAGE_HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from tallymark_collector.govern.access import Scope
    from tallymark_collector.query.events import Events
    from tallymark_collector.store.log import Log
    from tallymark_collector.store.meta import MetaStore
    from tallymark_collector.web.projects import Projects
    from tallymark_collector.web.session import Sessions
    from tallymark_collector.web.ui_assets import Assets


class UiApi:
    """The page at `/` and its own questions."""

    def __init__(
        self,
        log: Log,
        meta: MetaStore,
        events: Events,
        *,
        sessions: Sessions,
        projects: Projects,
        assets: Assets | None,
        version: str,
    ) -> None:
        """Serve *assets*; without them the page says how they are built."""
        self._assets = assets
        self._sessions = sessions
        self._projects = projects
        self._log = log
        self._meta = meta
        self._catalogue = Catalogue(events)
        self._properties = Properties(events)
        self._version = version

    def routes(self) -> list[Route]:
        """Return the routes of this resource."""
        return [
            Route("GET", "/", self.page, "public"),
            Route("GET", "/static/{name}", self.asset, "public"),
            Route("GET", "/v1/ui/start", self.start, "read"),
            Route("GET", "/v1/ui/properties", self.properties, "read"),
        ]

    async def page(self, request: Request) -> Response:
        """Show the dashboard, and sign in who opens it on this machine."""
        if self._assets is None:
            headers = {
                "content-security-policy": CONTENT_SECURITY_POLICY,
                "cache-control": "no-store",
            }
            return HTMLResponse(index_page(self._version, BUILD), headers=headers)
        response = HTMLResponse(self._assets.page, headers=dict(PAGE_HEADERS))
        self._sessions.sign_in(request, response)
        return response

    async def asset(self, request: Request) -> Response:
        """Send one file of the page; its name holds its hash, so it never changes."""
        files = self._assets.files if self._assets is not None else {}
        found = files.get(request.path_params["name"])
        if found is None:
            raise Problem("not_found")
        headers = dict(ASSET_HEADERS)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(found.compressed, headers=headers, media_type=found.media_type)
        return Response(found.plain, headers=headers, media_type=found.media_type)

    async def start(self, request: Request) -> Response:
        """Tell the project, its write key and the names of its events."""
        by_session = isinstance(request.state.caller, Visitor)
        return await _json(lambda: self._start(scope_of(request), by_session=by_session))

    async def properties(self, request: Request) -> Response:
        """Tell the properties of the project's events, and their most frequent values."""
        return await _json(lambda: self._properties.of(scope_of(request)))

    def _start(self, scope: Scope, *, by_session: bool) -> dict[str, Any]:
        names = [one.name for one in self._meta.projects() if one.id == scope.project]
        keys = [
            key.text
            for key in self._meta.keys(scope.project)
            if key.kind == "write" and key.revoked_at is None
        ]
        return {
            "project": names[0] if names else str(scope.project),
            "write_key": keys[-1] if keys else None,
            "stored": self._log.count(scope),
            "version": self._version,
            # A key belongs to one project and learns of no other.
            "projects": self._projects.listed() if by_session else [],
            **self._catalogue.of(scope),
        }


async def _json(answer: Callable[[], Mapping[str, object]]) -> Response:
    body = orjson.dumps(await asyncio.to_thread(answer))
    headers = {"cache-control": "no-store"}
    return Response(body, headers=headers, media_type="application/json")
