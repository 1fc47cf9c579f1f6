"""A whole collector in a thread: what the tests of the HTTP side talk to."""

from __future__ import annotations

import asyncio
import fcntl
import http.client
import json
import socket
import struct
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from tallymark_collector import app
from tallymark_collector.govern.access import Scope
from tallymark_collector.server.run import Server, bind, make_server
from tallymark_collector.settings import Settings
from tallymark_collector.store.keys import default_policy
from tallymark_collector.web.ui_assets import DIRECTORY
from tallymark_conformance.runs.postgres_cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from starlette.types import ASGIApp, Receive, Send
    from starlette.types import Scope as AsgiScope
    from tallymark_collector.store.log import StoredEvent
    from tallymark_collector.store.meta import KeyKind, KeyPolicy
    from tallymark_collector.web.routes import Route

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
WAIT_S = 20.0
SIOCOUTQ = 0x5411


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the soak target ask for more bad inputs and worlds, from another seed."""
    parser.addoption("--count", type=int, default=600, help="bad inputs to send")
    parser.addoption("--seed", type=int, default=1, help="where the bad inputs begin")
    parser.addoption("--worlds", type=int, default=256, help="generated worlds, of 8 cases each")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of modules whose collectors are started on each store."""
    config.addinivalue_line("markers", "both_stores: runs collectors on SQLite and on Postgres")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what starts a collector on each store, where that is asked for."""
    marked = metafunc.definition.get_closest_marker("both_stores")
    if marked is not None and "place" in metafunc.fixturenames:
        metafunc.parametrize("place", ["postgres", "sqlite"], indirect=True)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object."""
        return json.loads(self.body)


@dataclass
class Running:
    """A started collector."""

    application: app.Application
    server: Server
    thread: threading.Thread
    port: int

    @property
    def key(self) -> str:
        """Return the write key of the default project."""
        return self.application.write_key

    def new_key(self, kind: KeyKind, policy: KeyPolicy | None = None) -> str:
        """Make a key of the default project."""
        _, text = self.application.meta.create_key(1, kind, policy or default_policy(kind), 0)
        return text

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | str | object = b"",
        headers: Mapping[str, str] | None = None,
        *,
        key: str | None = "",
    ) -> Answer:
        """Send one request; with the write key unless another (or None) is given."""
        sent = body if isinstance(body, (bytes, str)) else json.dumps(body)
        all_headers = {} if key is None else {"Authorization": f"Bearer {key or self.key}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            connection.request(method, path, sent, {**all_headers, **(headers or {})})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """Open a plain connection."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def post_bytes(self, body: bytes, *headers: bytes, path: bytes = b"/v1/batch") -> bytes:
        """Return the bytes of a POST with the write key."""
        head = [
            b"POST %s HTTP/1.1" % path,
            b"Host: x",
            b"Authorization: Bearer %s" % self.key.encode(),
            b"Content-Type: application/json",
            b"Content-Length: %d" % len(body),
            *headers,
        ]
        return b"\r\n".join([*head, b"", body])

    def count(self) -> int:
        """Return how many events are stored."""
        return self.application.log.count(self.scope)

    def events(self) -> list[StoredEvent]:
        """Return what is stored."""
        return list(self.application.log.read(self.scope, 0, 10_000))

    @property
    def scope(self) -> Scope:
        """Return a scope that may read the default project."""
        return Scope(1, "test", frozenset({"read"}))

    def stop(self) -> None:
        """Stop gracefully, as a signal would."""
        self.server.should_exit = True
        self.thread.join(WAIT_S)


class Slow:
    """An application that takes its time before it looks at the body."""

    def __init__(self, inner: ASGIApp, delay_s: float) -> None:
        """Delay every request to *inner* by so many seconds."""
        self._inner = inner
        self._delay_s = delay_s

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Wait, then answer."""
        await asyncio.sleep(self._delay_s)
        await self._inner(scope, receive, send)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a Postgres server of this session's own, without syncing."""
    # Not below pytest's folder: there nobody but its owner may go, and root may not run Postgres.
    with TemporaryDirectory(prefix="tallymark-postgres-") as folder, Cluster(Path(folder)) as made:
        yield made


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Callable[[Path], dict[str, object]]:
    """Return the settings of where a collector keeps its data, by the folder it would use.

    SQLite, unless a module asks for more by the mark `both_stores`.
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        return lambda folder: {"data": folder}
    cluster: Cluster = request.getfixturevalue("cluster")
    schemas: dict[Path, str] = {}

    def in_schema(folder: Path) -> dict[str, object]:
        if folder not in schemas:
            schemas[folder] = f"t{uuid.uuid4().hex}"
            cluster.sql(f"CREATE SCHEMA {schemas[folder]}")
        options = f"-csearch_path%3D{schemas[folder]}"
        return {"data": folder, "database_url": cluster.url(options=options)}

    return in_schema


@pytest.fixture
def start(
    tmp_path: Path, place: Callable[[Path], dict[str, object]]
) -> Iterator[Callable[..., Running]]:
    """Start collectors with the settings given; they end with the test."""
    started: list[Running] = []

    def start_one(
        *,
        delay_s: float = 0.0,
        more_routes: Sequence[Route] = (),
        static: Path = DIRECTORY,
        **settings: object,
    ) -> Running:
        kept = place(tmp_path / f"data{len(started)}")
        application = app.build(
            Settings.model_validate({**kept, "port": 0, **settings}),
            more_routes=more_routes,
            static=static,
        )
        asgi: ASGIApp = Slow(application.asgi, delay_s) if delay_s else application.asgi
        listening = bind("127.0.0.1", 0)
        ready = threading.Event()
        server = make_server(
            asgi,
            application.listener,
            graceful_s=5,
            on_ready=ready.set,
            on_stop=application.dashboard.live.close,
        )
        application.start()
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        assert ready.wait(WAIT_S)
        running = Running(application, server, thread, listening.getsockname()[1])
        started.append(running)
        return running

    yield start_one
    for running in started:
        running.stop()
        running.application.stop(5)


@pytest.fixture
def collector(start: Callable[..., Running]) -> Running:
    """Start a collector with the default settings."""
    return start()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any], Any], None]:
    """Wait until a value is the one expected; fail with the last one when it stands still."""

    def wait(read: Callable[[], Any], expected: object, within_s: float = WAIT_S) -> None:
        last: object = None
        deadline = 0.0
        while (found := read()) != expected:
            if found != last or not deadline:
                last, deadline = found, time.monotonic() + within_s
            elif time.monotonic() > deadline:
                break
            time.sleep(0.005)
        # Read again: on a busy machine the time may pass between a look and the deadline.
        assert expected == read()

    return wait


@pytest.fixture
def sent() -> Callable[[socket.socket], None]:
    """Wait until everything written to a socket is in the peer's kernel."""

    def wait(client: socket.socket) -> None:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            answer = fcntl.ioctl(client.fileno(), SIOCOUTQ, b"\0" * 4)
            if struct.unpack("i", answer)[0] == 0:
                return
            time.sleep(0.0005)
        raise AssertionError("the kernel did not take everything")

    return wait


@pytest.fixture
def batch() -> Callable[..., dict[str, Any]]:
    """Make an envelope of good events."""

    def make(
        count: int = 1, seq: int = 1, stream: str | None = STREAM, **more: object
    ) -> dict[str, Any]:
        events: list[dict[str, Any]] = [
            {"e": "seen", "d": "dev", "p": {"i": i}} for i in range(count)
        ]
        envelope: dict[str, Any] = {"v": 1, "t0": 0, "events": events}
        if stream is not None:
            envelope |= {"stream": stream, "seq": seq, "hwm": max(0, seq + count - 1)}
        return envelope | more

    return make


@pytest.fixture
def read_answers() -> Callable[[socket.socket, int], list[Answer]]:
    """Read so many answers off a connection."""

    def read(client: socket.socket, count: int) -> list[Answer]:
        # Closed whatever happens: an open one would keep the socket's descriptor open too.
        with client.makefile("rb") as stream:
            return [_read_answer(stream) for _ in range(count)]

    return read


def _read_answer(stream: BinaryIO) -> Answer:
    first = stream.readline()
    assert first, "the connection ended before the answer"
    status = int(first.split()[1])
    headers: dict[str, str] = {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.decode().partition(": ")
        headers[name.lower()] = value
    return Answer(status, headers, stream.read(int(headers.get("content-length", "0"))))
