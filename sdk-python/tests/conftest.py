"""Parts the tests of the SDK share."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import Client, Spool
from tallymark.testing import MemoryTransport, VirtualClock
from tallymark.transport import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
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


START = """
import os, sys, time, threading, signal
from tallymark import *
KEY, url, spool = sys.argv[1:]
client = Client(KEY, url, spool=Spool(False if spool == "off" else spool))
"""


class Script:
    """Run Python code in a process of its own."""

    def __init__(self) -> None:
        """Begin with none."""
        self.running: list[subprocess.Popen[str]] = []

    def start(
        self,
        code: str,
        url: str,
        spool: Path | str = "off",
        *,
        key: str = KEY,
        head: str = START,
    ) -> subprocess.Popen[str]:
        """Start *code* behind the usual beginning."""
        whole = head + textwrap.dedent(code)
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", whole, key, url, str(spool)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def run(
        self,
        code: str,
        url: str = "",
        spool: Path | str = "off",
        *,
        key: str = KEY,
        head: str = START,
    ) -> str:
        """Run *code* to its end, which must be a good one; return what it printed."""
        process = self.start(code, url, spool, key=key, head=head)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        return output


@pytest.fixture
def script() -> Iterator[Script]:
    """Return what runs scripts; none survives the test."""
    runner = Script()
    yield runner
    for process in runner.running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def dead_url() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


class RealCollector:
    """Run the collector as a process of its own; started again it keeps its port and data."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in *folder*; nothing is started yet."""
        self.url = ""
        self.key = ""
        self._folder = folder
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait for its ready line."""
        log = (self._folder / "collector.log").open("a")
        with log:
            self._process = subprocess.Popen(
                self._command("serve", "--port", str(self._port), "--json"),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self._folder / "collector.log").read_text()
        ready = json.loads(line)
        self.url, self.key = ready["url"], ready["write_key"]
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """End it by SIGKILL, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def secret_key(self) -> str:
        """Make a secret key."""
        key: str = json.loads(self._run("key", "create", "--kind", "secret", "--json"))["key"]
        return key

    def stored(self) -> list[dict[str, Any]]:
        """Return every stored event, as `tallymark export` writes it."""
        return [json.loads(line) for line in self._run("export").splitlines()]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            self._command(*arguments), capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _command(self, *arguments: str) -> list[str]:
        data = str(self._folder / "data")
        return [sys.executable, "-m", "tallymark_collector", *arguments, "--data", data]


@pytest.fixture
def real_collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCollector]:
    """Return a running collector with an empty folder."""
    collector = RealCollector(tmp_path_factory.mktemp("collector"))
    collector.start()
    yield collector
    collector.kill()


@pytest.fixture(scope="module")
def shared_collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCollector]:
    """Return a running collector for all tests of a module."""
    collector = RealCollector(tmp_path_factory.mktemp("collector"))
    collector.start()
    yield collector
    collector.kill()
