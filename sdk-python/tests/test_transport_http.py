"""HTTP as it is: redirects, portals, cut and endless answers, refused connections."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Protocol

import pytest
import responses
from tallymark.transport import Failure, Request, Response
from tallymark.transport.http import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    Send = Callable[[str, Request], Response | Failure]
    Serve = Callable[[Callable[[BaseHTTPRequestHandler, bytes], None]], str]
    RawServer = Callable[[Callable[[socket.socket], object]], str]

BATCH = Request("POST", "/v1/batch", {"authorization": "Bearer k", "x": "1"}, b"{}", 2.0)
QUICK = Request("POST", "/v1/batch", {}, b"{}", 0.3)


class Reply(Protocol):
    """Answer a request; underscores in header names become hyphens."""

    def __call__(
        self, handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str
    ) -> None:
        """Write status, headers and body."""


@pytest.fixture
def send() -> Iterator[Send]:
    """Return a function that sends one request with a transport of its own."""
    made: list[HttpTransport] = []

    def once(url: str, request: Request) -> Response | Failure:
        made.append(HttpTransport(url))
        return made[-1].send(request)

    yield once
    for transport in made:
        transport.close()


@pytest.fixture
def raw_server() -> Iterator[RawServer]:
    """Return a function that starts a server which hands each connection to a function."""
    listeners: list[socket.socket] = []

    def start(handle: Callable[[socket.socket], object]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    try:
                        handle(connection)
                    except OSError:
                        continue

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()


def kind(result: Response | Failure) -> str:
    """Return a failure's kind, or the status."""
    return result.kind if isinstance(result, Failure) else str(result.status)


@responses.activate
def test_request_and_answer(send: Send) -> None:
    """The request has exactly the given headers and body; the answer comes back as it is."""
    responses.post(
        "http://c.test/in/v1/batch", b"\x1f\x8bnot-inflated", status=202, headers={"X-A": "b"}
    )
    answer = send("http://c.test/in/", BATCH)
    assert isinstance(answer, Response)
    assert answer == Response(202, answer.headers, b"\x1f\x8bnot-inflated")
    assert answer.headers["x-a"] == "b"
    sent = responses.calls[0].request
    assert sent.body == b"{}"
    assert dict(sent.headers) == {
        "authorization": "Bearer k",
        "x": "1",
        "accept-encoding": "identity",
        "Content-Length": "2",
    }


@responses.activate
def test_netrc_does_not_replace_the_key(
    send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials in ~/.netrc have no effect."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine c.test login me password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    responses.post("http://c.test/v1/batch", b"")
    send("http://c.test", BATCH)
    assert responses.calls[0].request.headers["authorization"] == "Bearer k"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(serve: Serve, reply: Reply, send: Send, status: int) -> None:
    """A redirect is an answer like any other; nothing is sent elsewhere (ACK-2)."""
    paths: list[str] = []

    def handle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        paths.append(handler.path)
        reply(handler, status, b"", location="/login")

    assert kind(send(serve(handle), BATCH)) == str(status)
    assert paths == ["/v1/batch"]


def test_keeps_its_connection(serve: Serve, reply: Reply) -> None:
    """Several requests share one connection, also across the deadline of the first."""
    peers: set[tuple[str, int]] = set()

    def handle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        peers.add(handler.client_address)
        reply(handler, 200, b"{}")

    transport = HttpTransport(serve(handle))
    for _ in range(3):
        assert kind(transport.send(BATCH)) == "200"
    transport.close()
    assert len(peers) == 1


def test_idle_close_is_noticed(raw_server: RawServer) -> None:
    """A connection the server closed while idle does not fail the next request."""
    url = raw_server(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    transport = HttpTransport(url)
    assert kind(transport.send(BATCH)) == "200"
    deadline = time.monotonic() + 5
    while kind(transport.send(BATCH)) != "200":
        assert time.monotonic() < deadline
    transport.close()


def test_refused(send: Send) -> None:
    """Nobody listens: refused, so nothing can have been taken."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = send(f"http://127.0.0.1:{port}", BATCH)
    assert result == Failure("refused", "ConnectionRefusedError: [Errno 111] Connection refused")


def test_unknown_host(send: Send) -> None:
    """A name that does not resolve is a failure of DNS."""
    assert kind(send("http://host.invalid", BATCH)) == "dns"


def test_tls_to_a_plain_server(serve: Serve, reply: Reply, send: Send) -> None:
    """A server that does not speak TLS is a TLS failure; nothing is sent in the clear."""
    bodies: list[bytes] = []

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        bodies.append(body)
        reply(handler, 200, b"")

    assert kind(send(serve(handle).replace("http:", "https:"), BATCH)) == "tls"
    assert bodies == []


def test_reset(raw_server: RawServer, send: Send) -> None:
    """A connection that is reset is told apart from one that was refused."""

    def handle(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert kind(send(raw_server(handle), BATCH)) == "reset"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"\x00\x01garbage\r\n\r\n",
        b"",
    ],
    ids=["short", "half_chunk", "bad_chunk", "half_header", "no_http", "nothing"],
)
def test_truncated(raw_server: RawServer, send: Send, answer: bytes) -> None:
    """An answer that is cut off or no HTTP at all is a failure, never an empty answer."""
    result = send(raw_server(lambda connection: connection.sendall(answer)), BATCH)
    assert isinstance(result, Failure) or b"Content-Le" in answer
    if isinstance(result, Failure):
        assert result.kind in ("truncated", "reset")
    else:
        assert result.body == b""


@pytest.mark.parametrize("part", ["head", "body"])
def test_slow_drip(raw_server: RawServer, send: Send, part: str) -> None:
    """A byte now and then never ends for a socket's timeout; the total deadline ends it."""
    released = threading.Event()

    def handle(connection: socket.socket) -> None:
        start = (
            b"HTTP/1.1 200 OK\r\n"
            if part == "head"
            else b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
        )
        connection.sendall(start)
        while not released.wait(0.02):
            connection.sendall(b"x")

    started = time.monotonic()
    assert kind(send(raw_server(handle), QUICK)) == "timeout"
    assert time.monotonic() - started < 3
    released.set()


def test_stall(raw_server: RawServer, send: Send) -> None:
    """A server that takes the request and says nothing is a timeout."""
    released = threading.Event()
    url = raw_server(lambda _: released.wait(10))
    assert kind(send(url, QUICK)) == "timeout"
    released.set()


def test_server_that_does_not_read(send: Send) -> None:
    """A large request to a server that never reads ends by the deadline, too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        body = b"x" * 20_000_000
        started = time.monotonic()
        result = send(url, Request("POST", "/v1/batch", {}, body, 0.3))
        assert kind(result) == "timeout"
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("size", [1_048_576, 1_048_577, 5_000_000])
def test_huge_answer(serve: Serve, reply: Reply, send: Send, size: int) -> None:
    """At most 1 MiB of an answer is read (ACK-3)."""
    result = send(serve(lambda handler, _: reply(handler, 200, b"x" * size)), BATCH)
    assert kind(result) == ("200" if size <= 1_048_576 else "too_large")


def test_endless_answer(raw_server: RawServer, send: Send) -> None:
    """An answer without end is given up after 1 MiB."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    assert kind(send(raw_server(handle), BATCH)) == "too_large"


def test_after_a_huge_answer_the_next_request_works(serve: Serve, reply: Reply) -> None:
    """What was left unread of one answer is not met by the next request."""
    sizes = iter([5_000_000, 2])
    url = serve(lambda handler, _: reply(handler, 200, b"x" * next(sizes)))
    transport = HttpTransport(url)
    assert kind(transport.send(BATCH)) == "too_large"
    answer = transport.send(BATCH)
    transport.close()
    assert isinstance(answer, Response)
    assert answer.body == b"xx"


def test_proxy(serve: Serve, reply: Reply, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is used, within the same limits."""
    seen: list[str] = []

    def handle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        seen.append(handler.path)
        reply(handler, 200, b"{}")

    monkeypatch.setenv("http_proxy", serve(handle))
    monkeypatch.setenv("no_proxy", "")
    assert kind(send("http://collector.invalid", BATCH)) == "200"
    assert seen == ["http://collector.invalid/v1/batch"]
