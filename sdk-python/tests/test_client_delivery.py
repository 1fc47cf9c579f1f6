"""When a client sends, and what its requests hold."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tallymark import Batching, Client, Retry
from tallymark.transport import Failure, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark.testing import MemoryTransport, VirtualClock

    Make = Callable[..., Client]

KEY = "tmk_0123456789abcdefghijAB"


def test_secret_key_imports_old_events(make_client: Make, transport: MemoryTransport) -> None:
    """A secret key sends to /v1/import, with times of long ago."""
    client = make_client("tms_0123456789abcdefghijAB")
    client.track("a", time=datetime(2001, 2, 3, tzinfo=timezone.utc))
    assert client.flush()
    assert transport.requests[0].path == "/v1/import"
    assert transport.recorded()[0].time_ms == 981_158_400_000


def test_headers(client: Client, transport: MemoryTransport) -> None:
    """A request carries key, SDK, time and attempt in headers, and is compressed above 1 KiB."""
    client.track("a")
    assert client.flush()
    headers = transport.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["tallymark-sdk"].startswith("tallymark-python/")
    assert headers["tallymark-attempt"] == "1"
    assert headers["content-type"] == "application/json"
    assert "content-encoding" not in headers
    assert KEY.encode() not in transport.requests[0].body
    for number in range(50):
        client.track("a", {"number": number})
    assert client.flush()
    assert transport.requests[1].headers["content-encoding"] == "gzip"
    assert len(transport.envelopes()[1]["events"]) == 50


def test_same_bytes_on_each_attempt(
    client: Client, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """Every attempt of a batch has the same body; time and attempt move (HDR-1)."""
    transport.script(Failure("timeout"), Failure("reset"))
    for number in range(50):
        client.track("a", {"number": number})
    while not client.flush(0.2):
        clock.advance(1_000)
    bodies = {request.body for request in transport.requests[:3]}
    assert len(bodies) == 1
    assert [request.headers["tallymark-attempt"] for request in transport.requests[:3]] == [
        "1",
        "2",
        "3",
    ]
    times = [request.headers["tallymark-sent-at"] for request in transport.requests[:3]]
    assert times == sorted(set(times))


def test_flush_is_one_request(client: Client, transport: MemoryTransport) -> None:
    """Nothing to flush is no request; some events are one."""
    assert client.flush()
    assert transport.requests == []
    client.track("a")
    client.track("b")
    assert client.flush()
    assert len(transport.requests) == 1


def test_interval_sends(client: Client, transport: MemoryTransport, clock: VirtualClock) -> None:
    """A single event goes out after the interval, without a flush."""
    sent = threading.Event()
    transport.script(lambda _: sent.set())
    client.track("a")
    clock.advance(4_000)
    assert not sent.wait(0.05)
    clock.advance(1_000)
    assert sent.wait(5)


def test_an_event_after_a_pause_without_events_is_sent(
    make_client: Make, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """What is recorded while the collector asked for a pause goes out when it ends (CTL-3)."""
    client = make_client(batching=Batching(flush_at=1))
    sent = threading.Event()

    def pausing(request: Request) -> Response:
        served = transport._serve(request)
        value = {**json.loads(served.body), "control": {"etag": "c1", "pause_ms": 2_000}}
        return Response(served.status, served.headers, json.dumps(value).encode())

    transport.script(pausing, lambda _: sent.set())
    client.track("a")
    assert client.flush()
    client.track("b")
    assert not sent.wait(0.05)
    clock.advance(2_000)
    assert sent.wait(5)


def test_count_sends(make_client: Make, transport: MemoryTransport) -> None:
    """A full batch goes out at once, without time passing."""
    client = make_client(batching=Batching(flush_at=5))
    sent = threading.Event()
    transport.script(lambda _: sent.set())
    for _ in range(5):
        client.track("a")
    assert sent.wait(5)


def test_bytes_send(make_client: Make, transport: MemoryTransport) -> None:
    """Many bytes go out at once, too."""
    client = make_client(batching=Batching(flush_bytes=10_000))
    sent = threading.Event()
    transport.script(lambda _: sent.set())
    for _ in range(3):
        client.track("a", {"v": "x" * 5_000})
    assert sent.wait(5)


def test_auth_error_keeps_everything(
    client: Client, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """401 loses nothing: flush says so at once, stats name it, 15 minutes later it is sent."""
    transport.script(Response(401, {}, b'{"code":"unknown_key"}'))
    client.track("a")
    assert not client.flush(5)
    assert client.stats().trouble == "auth_error"
    clock.advance(900_000)
    assert client.flush(5)
    assert client.stats().trouble is None
    assert client.stats().stored == 1


class GatedTransport:
    """Let the first four requests meet before any is answered."""

    def __init__(self, inner: MemoryTransport, barrier: threading.Barrier) -> None:
        """Stand before *inner*."""
        self.clock = inner.clock
        self._inner = inner
        self._barrier = barrier
        self._left = 4
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response | Failure:
        """Pass a request on, once the others are there."""
        with self._lock:
            self._left -= 1
            wait = self._left >= 0
        if wait:
            self._barrier.wait()
        return self._inner.send(request)

    def close(self) -> None:
        """Let go of the collector."""
        self._inner.close()


def test_in_flight(make_client: Make, transport: MemoryTransport) -> None:
    """Up to four requests of one stream are under way at once if that is allowed."""
    barrier = threading.Barrier(4, timeout=5)
    client = make_client(batching=Batching(flush_at=10, max_events=10), retry=Retry(in_flight=4))
    gate = GatedTransport(transport, barrier)
    client.close()
    client = make_client(
        batching=Batching(flush_at=10, max_events=10),
        retry=Retry(in_flight=4),
        transport=gate,
    )
    for number in range(40):
        client.track("a", {"n": number})
    assert client.flush(10)
    assert not barrier.broken
    assert len(transport.recorded()) == 40
