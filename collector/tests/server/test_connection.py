"""Connections as HTTP sees them: order, limits, old and odd clients."""

from __future__ import annotations

import json
import socket
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Running

    Read = Callable[[socket.socket, int], list[Any]]


def ended(client: socket.socket) -> bool:
    """Tell whether the server has closed its side."""
    return client.recv(1) == b""


def test_pipelined_requests_are_answered_in_their_order(
    collector: Running, batch: Callable[..., dict[str, Any]], read_answers: Read
) -> None:
    """Twenty requests in one write get twenty answers in the same order."""
    requests = [collector.post_bytes(json.dumps(batch(1, i + 1)).encode()) for i in range(20)]
    with collector.connect() as client:
        client.sendall(b"".join(requests))
        answers = read_answers(client, 20)

    assert list(range(1, 21)) == [answer.json["ack"]["upto"] for answer in answers]


def test_what_is_not_http_is_refused_after_the_answers_before_it(
    collector: Running, batch: Callable[..., dict[str, Any]], read_answers: Read
) -> None:
    """A refusal takes its turn: the good request before garbage is answered first."""
    with collector.connect() as client:
        client.sendall(collector.post_bytes(json.dumps(batch()).encode()) + b"garbage\r\n\r\n")
        good, bad = read_answers(client, 2)
        assert ended(client)

    assert (good.status, bad.status) == (200, 400)
    assert (bad.json["code"], bad.headers["connection"]) == ("malformed", "close")
    assert bad.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["good", "bad"])
def test_a_body_announced_too_large_is_refused_before_it_is_read(
    collector: Running, read_answers: Read, key: str
) -> None:
    """64 MiB get 413 at once, and 401 first without a key (EPT-12)."""
    authorization = collector.key if key == "good" else "tmk_0000000000000000000000"
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {authorization}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {64 << 20}\r\n\r\n"
    )
    with collector.connect() as client:
        client.sendall(head.encode())
        (answer,) = read_answers(client, 1)
        assert ended(client)

    assert (413 if key == "good" else 401) == answer.status
    assert answer.headers["connection"] == "close"


def test_a_client_that_sends_64_mib_all_the_same_can_read_its_refusal(collector: Running) -> None:
    """The rest of a refused body is swallowed for a while, so that no reset eats the answer."""
    answer = collector.ask("POST", "/v1/batch", b"x" * (64 << 20))

    assert (answer.status, answer.json["code"]) == (413, "too_large")


def test_a_chunked_body_is_taken(
    collector: Running, batch: Callable[..., dict[str, Any]], read_answers: Read
) -> None:
    """Transfer-Encoding: chunked works like any other body."""
    body = json.dumps(batch(3)).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]))
    with collector.connect() as client:
        client.sendall(chunked_head(collector) + chunks + b"0\r\n\r\n")
        (answer,) = read_answers(client, 1)

    assert answer.json["stored"] == 3


def test_a_chunked_body_is_read_up_to_the_cap_only(collector: Running, read_answers: Read) -> None:
    """Past 1 MiB of chunks the answer is 413 and reading stops."""
    with collector.connect() as client:
        client.sendall(chunked_head(collector))
        for _ in range(20):
            client.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        (answer,) = read_answers(client, 1)

    assert (answer.status, answer.json["code"]) == (413, "too_large")


def chunked_head(collector: Running) -> bytes:
    """Return the head of a batch in chunks."""
    return (
        f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {collector.key}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("coding", ["gzip, chunked", "Chunked, chunked", "identity", "x"])
def test_a_transfer_coding_other_than_chunked_is_refused(
    collector: Running, read_answers: Read, coding: str
) -> None:
    """A body that would have to be decoded first is never taken for the event itself."""
    request = chunked_head(collector).replace(b"chunked", coding.encode())
    with collector.connect() as client:
        client.sendall(request + b'9\r\n{"e":"a"}\r\n0\r\n\r\n')
        (answer,) = read_answers(client, 1)

    assert (400, "malformed", 0) == (answer.status, answer.json["code"], collector.count())


def test_an_expecting_client_is_told_to_continue(
    collector: Running, batch: Callable[..., dict[str, Any]], read_answers: Read
) -> None:
    """Expect: 100-continue gets its 100 when the body is wanted."""
    request = collector.post_bytes(json.dumps(batch()).encode(), b"Expect: 100-continue")
    head, body = request.split(b"\r\n\r\n", 1)
    with collector.connect() as client:
        client.sendall(head + b"\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        (answer,) = read_answers(client, 1)

    assert answer.status == 200


def test_an_expecting_client_that_may_not_send_keeps_its_body(
    collector: Running, read_answers: Read
) -> None:
    """A refusal comes instead of 100, and closes: the body may or may not follow."""
    with collector.connect() as client:
        client.sendall(
            b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        (answer,) = read_answers(client, 1)
        assert ended(client)

    assert (answer.status, answer.headers["connection"]) == (401, "close")


def test_http_1_0_is_answered_and_closed(
    collector: Running, batch: Callable[..., dict[str, Any]], read_answers: Read
) -> None:
    """An old client gets one answer and the end of the connection."""
    request = collector.post_bytes(json.dumps(batch()).encode())
    with collector.connect() as client:
        client.sendall(request.replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        (answer,) = read_answers(client, 1)
        assert ended(client)

    assert (answer.status, answer.json["stored"]) == (200, 1)


def test_nothing_is_processed_after_a_request_that_asks_to_close(
    collector: Running, batch: Callable[..., dict[str, Any]], read_answers: Read
) -> None:
    """Connection: close ends the connection after its own answer (RFC 9112, 9.6)."""
    first = collector.post_bytes(json.dumps(batch(1, 1)).encode(), b"Connection: close")
    second = collector.post_bytes(json.dumps(batch(1, 2)).encode())
    with collector.connect() as client:
        client.sendall(first + second)
        (answer,) = read_answers(client, 1)
        assert ended(client)

    assert (answer.status, collector.count()) == (200, 1)


def test_a_client_that_offers_an_upgrade_is_served_without_it(
    collector: Running, batch: Callable[..., dict[str, Any]], read_answers: Read
) -> None:
    """Clients that offer h2c with a body (some do by default) get HTTP/1.1, and can go on."""
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
    requests = [
        collector.post_bytes(json.dumps(batch(50, 1 + 50 * i)).encode(), *upgrade) for i in range(2)
    ]
    with collector.connect() as client:
        client.sendall(requests[0] + requests[1][:900])
        answers = read_answers(client, 1)
        client.sendall(requests[1][900:] + b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
        answers += read_answers(client, 2)

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert collector.count() == 100


def test_endless_headers_are_refused(collector: Running, read_answers: Read) -> None:
    """A head beyond 64 KiB gets 431, whether it ends or not."""
    for head in (b"X-Long: " + b"a" * 500_000, b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n"):
        with collector.connect() as client:
            client.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n")
            for start in range(0, len(head), 9_000):
                client.sendall(head[start : start + 9_000])
            (answer,) = read_answers(client, 1)

        assert (answer.status, answer.json["code"]) == (431, "headers_too_large")


@pytest.mark.parametrize(
    ("lines", "status", "code"),
    [
        (b"GET /v1/health HTTP/1.1\r\n", 400, "malformed"),
        (b"GET /v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400, "malformed"),
        (b"POST /v1%2fbatch HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n", 404, "not_found"),
        (b"GET /v1/streams/a%2Fb HTTP/1.1\r\nHost: x\r\n", 404, "not_found"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n", 431, "headers_too_large"),
        (b"GET /v1/health?" + b"a" * 99_000 + b" HTTP/1.0\r\n", 431, "headers_too_large"),
    ],
    ids=["no host", "two hosts", "encoded slash", "in a parameter", "long path", "long query"],
)
def test_heads_that_are_refused(
    collector: Running, read_answers: Read, lines: bytes, status: int, code: str
) -> None:
    """A head without its one Host, with a hidden slash, or too long a target, must be told why."""
    with collector.connect() as client:
        client.sendall(lines + b"\r\n")
        (answer,) = read_answers(client, 1)

    assert (answer.status, answer.json["code"]) == (status, code)
    assert "nosniff" == answer.headers["x-content-type-options"]


def test_http_1_0_needs_no_host(collector: Running, read_answers: Read) -> None:
    """Old clients and small devices leave it out, and may."""
    with collector.connect() as client:
        client.sendall(b"GET /v1/health HTTP/1.0\r\n\r\n")
        (answer,) = read_answers(client, 1)

    assert answer.status == 200


def test_too_many_connections_of_one_address_are_refused(
    start: Callable[..., Running], read_answers: Read
) -> None:
    """The cap per address answers 503 with a time to wait; proxies have no such cap."""
    collector = start(proxies=(), max_connections_per_address=3)
    kept = [collector.connect() for _ in range(3)]
    try:
        for client in kept:
            client.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
            read_answers(client, 1)
        with collector.connect() as client:
            (answer,) = read_answers(client, 1)
    finally:
        for client in kept:
            client.close()

    assert (
        answer.status,
        answer.json["code"],
        answer.headers["retry-after"],
    ) == (503, "overloaded", "1")


def test_a_newcomer_takes_the_place_of_who_idles_longest(
    start: Callable[..., Running], read_answers: Read
) -> None:
    """At the overall cap an idle connection is closed instead of refusing a new one."""
    collector = start(max_connections=3)
    clients = [collector.connect() for _ in range(5)]
    try:
        for client in clients[2:]:
            client.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = [read_answers(client, 1)[0].status for client in clients[2:]]
        assert all(ended(client) for client in clients[:2])
    finally:
        for client in clients:
            client.close()

    assert answers == [200, 200, 200]


def test_busy_connections_are_not_evicted(
    start: Callable[..., Running], read_answers: Read, eventually: Callable[..., None]
) -> None:
    """When nobody idles, the newcomer is refused with 503."""
    collector = start(max_connections=2)
    clients = [collector.connect() for _ in range(2)]
    try:
        for client in clients:
            client.sendall(b"GET /v1/health HTTP/1.1\r\nX-Half: ")
        health = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
        gate = collector.application.listener.gate
        eventually(lambda: (gate.statistics().open, gate.statistics().idle), (2, 0))
        with collector.connect() as client:
            client.sendall(health)
            (answer,) = read_answers(client, 1)
    finally:
        for client in clients:
            client.close()

    assert (answer.status, answer.json["code"]) == (503, "overloaded")


@pytest.mark.parametrize("how", ["stays", "goes"])
def test_what_all_connections_hold_together_is_bounded(
    start: Callable[..., Running],
    batch: Callable[..., dict[str, Any]],
    eventually: Callable[..., None],
    sent: Callable[[socket.socket], None],
    how: str,
) -> None:
    """Many who send much at once are slowed down, not kept in memory; nobody's events are lost."""
    limit, clients, requests = 200_000, 12, 40
    collector = start(delay_s=0.001, read_ahead_total=limit)
    held = Watch(collector)
    end = sent if how == "goes" else read_out
    floods = [(collector, batch, client, requests, end) for client in range(clients)]
    threads = [Thread(target=flood, args=arguments) for arguments in floods]
    with held:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        eventually(collector.count, clients * requests)

    eventually(lambda: collector.application.listener.reservoir.held, 0)
    eventually(lambda: collector.application.listener.gate.statistics().open, 0)
    # Before it was noticed each connection may have read once, and one request after that.
    assert limit / 2 < held.highest < limit + clients * (65_536 + 20_000)


def flood(
    collector: Running,
    batch: Callable[..., dict[str, Any]],
    client: int,
    requests: int,
    end: Callable[[socket.socket], None],
) -> None:
    """Send large requests without reading an answer, then come to an *end* and hang up."""
    stream = f"0197a1b2-c3d4-7e5f-8a9b-{client:012x}"
    bodies = (batch(1, i + 1, stream, ctx={"note": "x" * 8_000}) for i in range(requests))
    data = b"".join(collector.post_bytes(json.dumps(body).encode()) for body in bodies)
    with collector.connect() as connection:
        connection.sendall(data)
        end(connection)


def read_out(connection: socket.socket) -> None:
    """Take the answers."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65_536):
        pass


class Watch:
    """Look at what is held until it is left, in a thread."""

    def __init__(self, collector: Running) -> None:
        """Look at *collector*."""
        self.highest = 0
        self._reservoir = collector.application.listener.reservoir
        self._over = Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> None:
        """Begin."""
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        """End."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.0005):
            self.highest = max(self.highest, self._reservoir.held)
