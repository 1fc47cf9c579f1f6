"""Parts the tests of the SDK share."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import Client, Spool
from tallymark.testing import MemoryTransport, VirtualClock
from tallymark.transport import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypedDict, Unpack

    from tallymark import Batching, Hooks, Privacy, Retry
    from tallymark.transport import Transport

    Handle = Callable[[BaseHTTPRequestHandler, bytes], None]

    class Options(TypedDict, total=False):
        """Name what a client can be told."""

        batching: Batching
        retry: Retry
        spool: Spool
        privacy: Privacy
        hooks: Hooks
        transport: Transport


KEY = "tmk_0123456789abcdefghijAB"
SECRET = "tms_0123456789abcdefghijAB"


@pytest.fixture
def clock() -> VirtualClock:
    """Return a clock that only moves when told."""
    return VirtualClock()


@pytest.fixture
def transport(clock: VirtualClock) -> MemoryTransport:
    """Return a collector in memory that follows the virtual clock."""
    return MemoryTransport(clock)


@pytest.fixture
def make_client(transport: MemoryTransport) -> Iterator[Callable[..., Client]]:
    """Return a maker of clients that send to the collector in memory and keep nothing on disk."""
    made: list[Client] = []

    def make(key: str = KEY, **options: Unpack[Options]) -> Client:
        options.setdefault("spool", Spool(directory=False))
        options.setdefault("transport", transport)
        client = Client(key, "http://collector.test", **options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close(0.5)


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    """Return a client with default options and no spool."""
    return make_client()


@pytest.fixture
def serve() -> Iterator[Callable[[Handle], str]]:
    """Return a function that starts a local HTTP server and returns its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(handle: Handle) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                handle(self, self.rfile.read(int(self.headers.get("content-length") or 0)))

            do_GET = do_POST  # noqa: N815 - the name http.server looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = QuietServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class QuietServer(ThreadingHTTPServer):
    """Serve without a word about clients that go away."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector(serve: Callable[[Handle], str]) -> tuple[str, MemoryTransport]:
    """Return the address of a local server in front of a collector in memory, and the latter."""
    memory = MemoryTransport()

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        answer = memory.send(Request(handler.command, handler.path, headers, body, 1))
        assert isinstance(answer, Response)
        reply(handler, answer.status, answer.body, **answer.headers)

    return serve(handle), memory


def reply(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes | dict[str, Any],
    **headers: str,
) -> None:
    """Answer a request; underscores in header names become hyphens."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("content-length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


@pytest.fixture(name="reply")
def _reply() -> Callable[..., None]:
    return reply
