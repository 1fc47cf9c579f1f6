"""A collector run inside a command, on a folder no server uses or a database: no socket."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tallymark_collector import app
from tallymark_collector.cli.failure import UNREACHABLE, Failure
from tallymark_collector.cli.local import named, reachable
from tallymark_collector.connect.collectors import Reply
from tallymark_collector.ingest.intake import wall_ms
from tallymark_collector.store.keys import default_policy
from tallymark_collector.store.sqlite import WriterLocked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import ASGIApp, Message

    from tallymark_collector import settings
    from tallymark_collector.cli.options import Here

_STOP_S: Final = 10.0


class InsideCollector:
    """An application asked directly, one request after the other."""

    def __init__(self, asgi: ASGIApp, name: str, key: str) -> None:
        """Ask *asgi*, which works on what is called *name*, with *key*."""
        self._asgi = asgi
        self._name = name
        self._key = key
        self._runner = asyncio.Runner()

    @property
    def name(self) -> str:
        """Where it is, for messages."""
        return self._name

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Ask once and return the answer, whatever its status."""
        sent = {
            "authorization": f"Bearer {self._key}",
            "content-length": str(len(body)),
            **(headers or {}),
        }
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": None,
            "server": None,
        }
        return self._runner.run(self._exchange(scope, body))

    def close(self) -> None:
        """End the loop and its threads."""
        self._runner.close()

    async def _exchange(self, scope: dict[str, Any], body: bytes) -> Reply:
        answered: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            answered.append(message)

        await self._asgi(scope, receive, send)
        start, *parts = answered
        names = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], names, b"".join(part.get("body", b"") for part in parts))


@contextmanager
def inside(here: Here, project: str) -> Iterator[InsideCollector]:
    """Run the collector of a folder or database, made if need be, for one project's data."""
    chosen, place = here.settings(), here.place()
    with reachable(place):
        application = _built(chosen)
    try:
        owner = named(application.meta, project)
        made, key = application.meta.create_key(
            owner.id, "secret", default_policy("secret"), wall_ms()
        )
        application.start()
        collector = InsideCollector(application.asgi, place.shown, key)
        try:
            yield collector
        finally:
            collector.close()
            application.meta.revoke_key(made.id, wall_ms())
    finally:
        application.stop(_STOP_S)


def _built(chosen: settings.Settings) -> app.Application:
    try:
        return app.build(chosen)
    except WriterLocked as error:
        raise Failure(
            f"a collector is running on {chosen.data}",
            "Send it there: give its address with --url and a secret key with --key.",
            code="data_in_use",
            exit_code=UNREACHABLE,
        ) from error
