"""Who asks, and what the key lets them do: decided before a body is read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tallymark_collector.ingest.keys import Caller, Keyring, caller_of, presented_key
from tallymark_collector.problem import Problem
from tallymark_collector.web.session import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tallymark_collector.govern.access import Permission, Scope
    from tallymark_collector.web.session import Sessions


class Authoriser:
    """Turn the key of a request into its caller, or its session into a visitor who reads."""

    def __init__(
        self, keyring: Keyring, wall: Callable[[], int], sessions: Sessions | None = None
    ) -> None:
        """Find keys in *keyring* and visitors in *sessions*; *wall* gives ms since 1970."""
        self._keyring = keyring
        self._wall = wall
        self._sessions = sessions

    async def authorise(
        self, request: Request, permission: Permission, *, query_key: bool
    ) -> Caller | Visitor:
        """Return the caller if its key carries *permission*; raise 400, 401 or 403 otherwise.

        With *query_key* a public key may stand in `k` (AUTH-01). To read, a session of the
        dashboard will do where no key is shown.
        """
        if self._sessions is not None and permission == "read":
            visitor = await self._visitor(request, self._sessions)
            if visitor is not None:
                return visitor
        in_query = request.query_params.getlist("k") if query_key else []
        text = presented_key(request.headers.getlist("authorization"), in_query)
        key = await self._keyring.find(text)
        if in_query and key is not None and key.kind != "write":
            raise Problem("forbidden", f"a {key.kind} key never goes into a URL")
        try:
            return caller_of(key, permission, request.headers.get("origin"))
        except Problem as problem:
            if problem.code == "secret_in_browser" and key is not None:
                await self._keyring.flag(key, self._wall())
            raise

    @staticmethod
    async def _visitor(request: Request, sessions: Sessions) -> Visitor | None:
        if "authorization" in request.headers or not request.cookies:
            return None
        # The project is looked up in the store, which may have to be waited for.
        return await asyncio.to_thread(sessions.visitor, request)


def caller(request: Request) -> Caller:
    """Return the caller of a request whose route needs a permission."""
    found = request.state.caller
    assert isinstance(found, Caller)
    return found


def scope_of(request: Request) -> Scope:
    """Return the scope under which a request may read."""
    found = request.state.caller
    assert isinstance(found, Caller | Visitor)
    return found.scope
