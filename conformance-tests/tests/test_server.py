from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tallymark_conformance import trace
from tallymark_conformance.errors import ScriptError
from tallymark_conformance.proxy.chance import Chance
from tallymark_conformance.proxy.script import Script, rules
from tallymark_conformance.proxy.thread import ProxyThread

if TYPE_CHECKING:
    from pathlib import Path

    from tallymark_conformance.processes import Collector

Post = Callable[..., tuple[int, dict[str, str], bytes]]
Batch = Callable[..., dict[str, Any]]


def connect(proxy: ProxyThread) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", int(proxy.url.rpartition(":")[2]), timeout=10)


def test_a_connection_is_kept_over_requests(standin: Collector, batch: Batch) -> None:
    """Two requests on one connection are two exchanges of it."""
    with ProxyThread(standin.url) as proxy:
        client = connect(proxy)
        for seq in (1, 4):
            client.request("POST", "/v1/batch", json.dumps(batch(seq)))
            assert 3 == json.loads(client.getresponse().read())["stored"]
        client.close()
        assert [(1, 1), (2, 1)] == [(one.n, one.connection) for one in proxy.recorded(2)]


def test_the_trace_file_holds_what_was_recorded(
    standin: Collector, batch: Batch, post: Post, tmp_path: Path
) -> None:
    """Request and answer are in the file, byte for byte."""
    path = tmp_path / "trace.jsonl"
    with ProxyThread(standin.url, trace=path) as proxy:
        _, _, body = post(proxy.url, batch())
        proxy.recorded(1)
    found = list(trace.read(path))
    assert found == proxy.exchanges
    assert body == found[0].upstream[0].body
    assert batch() == found[0].batch


def test_the_port_is_shut_while_it_refuses_and_open_afterwards(
    standin: Collector, batch: Batch, post: Post
) -> None:
    """Connections are refused for the time asked for; the record tells of the gap."""
    script = rules({"match": {"n": 1}, "do": {"refuse": {"ms": 400}}})
    with ProxyThread(standin.url, script=script) as proxy:
        with pytest.raises(OSError, match="reset"):
            post(proxy.url, batch())
        refused, until = 0, time.monotonic() + 10
        while time.monotonic() < until:
            try:
                status, _, _ = post(proxy.url, batch())
            except ConnectionRefusedError:
                refused += 1
            else:
                break
        assert (200, True) == (status, refused > 0)
        gaps = [one for one in proxy.recorded(3) if one.end == "refused"]
        assert [True] == [one.ended - one.started >= 400 for one in gaps]


def test_the_same_seed_gives_the_same_faults(standin: Collector, batch: Batch, post: Post) -> None:
    """Requests in the same order meet the same faults, whatever the clock says."""
    script = Script(chance=Chance(0.6, ("html200", "empty200", "wrong_json", "redirect")))
    met = []
    for _ in range(2):
        with ProxyThread(standin.url, script=script, seed=7) as proxy:
            for _ in range(12):
                post(proxy.url, batch())
            met.append([one.fault for one in proxy.recorded(12)])
    assert met[0] == met[1]
    assert 1 < len(set(met[0]))


def test_a_script_can_be_replaced_while_the_proxy_runs(
    standin: Collector, batch: Batch, post: Post
) -> None:
    """A run ends its faults before it drains."""
    with ProxyThread(standin.url, script=rules({"do": "html200"})) as proxy:
        _, before, _ = post(proxy.url, batch())
        proxy.follow(Script())
        _, after, _ = post(proxy.url, batch())
    assert (False, True) == ("tallymark-ack" in before, "tallymark-ack" in after)


def test_a_client_that_waits_for_leave_gets_it(standin: Collector, batch: Batch) -> None:
    """`Expect: 100-continue` is answered before the body is read."""
    body = json.dumps(batch()).encode()
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with (
        ProxyThread(standin.url) as proxy,
        socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2]))) as client,
    ):
        client.settimeout(10)
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        client.sendall(body)
        assert client.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Le", b""])
def test_a_client_that_speaks_otherwise_is_left(
    standin: Collector, batch: Batch, post: Post, data: bytes
) -> None:
    """The connection ends, no exchange is recorded, the next client is served."""
    with ProxyThread(standin.url) as proxy:
        port = int(proxy.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(data)
            # The proxy may have hung up already.
            with suppress(OSError):
                client.shutdown(socket.SHUT_WR)
            client.settimeout(10)
            try:
                rest = client.recv(10)
            except ConnectionResetError:
                rest = b""
        assert b"" == rest
        assert 200 == post(proxy.url, batch())[0]
        assert 1 == len(proxy.recorded(1))


def test_a_held_request_passes_after_the_next(standin: Collector, batch: Batch, post: Post) -> None:
    """Reordering lets the second request reach the collector first."""
    script = rules({"match": {"n": 1}, "do": {"reorder": {"ms": 5_000}}})
    with ProxyThread(standin.url, script=script) as proxy:
        slow = connect(proxy)
        slow.request("POST", "/v1/batch", json.dumps(batch(1)))
        assert 200 == post(proxy.url, batch(4))[0]
        assert 200 == slow.getresponse().status
        slow.close()
        first, second = proxy.recorded(2)
    assert (2, 1) == (first.n, second.n)
    assert second.ended - second.started < 5_000


@pytest.mark.parametrize("upstream", ["127.0.0.1:80", "http://127.0.0.1", ""])
def test_an_upstream_must_be_a_url_with_a_port(upstream: str) -> None:
    """Anything else is refused at the start, with the value."""
    proxy = ProxyThread(upstream)
    with pytest.raises(ScriptError):
        proxy.__enter__()
    proxy.__exit__(None, None, None)
