"""Deadlines: times go in, verdicts come out; then the same on real connections."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.server.deadlines import DeadlineLimits, Deadlines

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Running

LIMITS = DeadlineLimits()


def test_a_connection_that_never_sends_a_byte_owes_its_headers() -> None:
    """10 s after it was opened a silent connection is overdue, not before."""
    deadlines = Deadlines(LIMITS, 100.0)

    assert deadlines.expired(110.0) is None
    assert deadlines.expired(110.1) == "headers"


def test_slow_headers_gain_nothing_by_further_bytes() -> None:
    """The time of the first headers runs from the start, however they trickle."""
    deadlines = Deadlines(LIMITS, 0.0)
    deadlines.message_began(9.0)

    assert deadlines.expired(10.5) == "headers"


def test_the_headers_of_a_later_request_run_from_their_first_byte() -> None:
    """On a kept connection only bytes that came start the clock of the headers."""
    deadlines = Deadlines(LIMITS, 0.0)
    deadlines.headers_done(1.0)
    deadlines.message_done(1.0)
    deadlines.answered(2.0)
    deadlines.message_began(50.0)

    assert deadlines.expired(59.0) is None
    assert deadlines.expired(60.5) == "headers"


def test_a_body_has_its_seconds_and_its_pace() -> None:
    """A body ends after 30 s, and after its grace as soon as it is below 1 kB/s."""
    steady, slow = Deadlines(LIMITS, 0.0), Deadlines(LIMITS, 0.0)
    for deadlines in (steady, slow):
        deadlines.headers_done(0.0)
    steady.body_received(1_000_000)
    slow.body_received(9_000)

    assert slow.expired(10.0) is None
    assert slow.expired(10.1) == "rate"
    assert steady.expired(30.0) is None
    assert steady.expired(30.1) == "body"


def test_a_request_that_is_being_answered_is_not_overdue() -> None:
    """While it is our turn no time passes for the peer."""
    deadlines = Deadlines(LIMITS, 0.0)
    deadlines.headers_done(0.0)
    deadlines.message_done(0.0)

    assert deadlines.expired(10_000.0) is None


def test_idling_begins_with_the_last_answer() -> None:
    """A kept connection is closed 75 s after its last answer."""
    deadlines = Deadlines(LIMITS, 0.0)
    deadlines.headers_done(0.0)
    deadlines.message_done(0.0)
    deadlines.answered(100.0)

    assert deadlines.expired(175.0) is None
    assert deadlines.expired(175.1) == "idle"


def test_time_in_which_we_do_not_read_does_not_count() -> None:
    """A body we stopped reading is not the peer's delay."""
    deadlines = Deadlines(LIMITS, 0.0)
    deadlines.headers_done(0.0)
    deadlines.body_received(100_000)
    deadlines.hold(10.0)

    assert deadlines.expired(500.0) is None
    deadlines.release(500.0)
    assert deadlines.expired(519.0) is None
    assert deadlines.expired(520.5) == "body"


def test_a_peer_that_does_not_take_its_answers_is_overdue() -> None:
    """Answers may lie unread for 30 s; taking some of them starts anew."""
    deadlines = Deadlines(LIMITS, 0.0)
    deadlines.headers_done(0.0)
    deadlines.message_done(0.0)
    deadlines.stalled(1.0)
    deadlines.stalled(20.0)

    assert deadlines.expired(31.5) == "answer"
    deadlines.flowing()
    assert deadlines.expired(31.5) is None


def test_a_refused_peer_may_linger_shortly() -> None:
    """After a refusal the connection stays 2 s for the peer to read it."""
    deadlines = Deadlines(LIMITS, 0.0)
    deadlines.linger(5.0)

    assert deadlines.expired(7.0) is None
    assert deadlines.expired(7.1) == "linger"


def test_a_stop_leaves_half_received_requests_little_time() -> None:
    """At a graceful stop a body has 2 s left, and never more than it had."""
    deadlines = Deadlines(LIMITS, 0.0)
    deadlines.headers_done(0.0)
    deadlines.body_received(100_000)
    deadlines.hurry(5.0, 2.0)

    assert deadlines.expired(7.0) is None
    assert deadlines.expired(7.1) == "body"


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(
                ["began", "headers", "done", "answered", "hold", "release", "stalled", "flowing"]
            ),
            st.floats(0, 50),
        )
    )
)
def test_whatever_happens_in_the_end_every_connection_is_overdue_or_ours(
    steps: list[tuple[str, float]],
) -> None:
    """After any history, silence ends in a verdict unless we are the ones who work or hold."""
    deadlines, now = Deadlines(LIMITS, 0.0), 0.0
    ours = False
    held = False
    calls: dict[str, Any] = {
        "began": deadlines.message_began,
        "headers": deadlines.headers_done,
        "done": deadlines.message_done,
        "answered": deadlines.answered,
        "hold": deadlines.hold,
        "release": deadlines.release,
        "stalled": deadlines.stalled,
        "flowing": lambda _now: deadlines.flowing(),
    }
    for step, pause in steps:
        now += pause
        calls[step](now)
        held = {"hold": True, "release": False}.get(step, held)
        ours = {"headers": True, "answered": False}.get(step, ours)

    if not held and not (ours and deadlines.phase == "between"):
        assert deadlines.expired(now + 1_000) is not None


# On real connections, with short limits

SHORT = {
    "head_s": 0.4,
    "body_s": 0.8,
    "body_grace_s": 0.4,
    "idle_s": 0.4,
    "answer_s": 0.4,
    "linger_s": 0.4,
}


def closed_with(client: socket.socket) -> bytes:
    """Return everything until the server closes."""
    parts = []
    while part := client.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def test_a_silent_connection_is_closed_without_a_word(start: Callable[..., Running]) -> None:
    """Who never sent a byte is owed no answer."""
    with start(**SHORT).connect() as client:
        assert closed_with(client) == b""


def test_slow_headers_get_408_and_the_connection_is_closed(start: Callable[..., Running]) -> None:
    """A head that trickles is answered with a problem that says close."""
    with start(**SHORT).connect() as client:
        client.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        answer = closed_with(client)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer
    assert b'"code":"request_timeout"' in answer


@pytest.mark.parametrize("pace", [0, 20], ids=["half", "drip"])
def test_a_body_that_does_not_come_gets_408(start: Callable[..., Running], pace: int) -> None:
    """Neither a body that stops half way nor one that drips holds a connection."""
    collector = start(**SHORT)
    with collector.connect() as client:
        client.sendall(collector.post_bytes(b"x" * 10_000)[:-9_000])
        while not select.select([client], [], [], 0.05)[0]:
            client.sendall(b"x" * (pace // 20))
        answer = client.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_an_idle_connection_is_closed_after_its_answer(start: Callable[..., Running]) -> None:
    """A kept connection ends quietly when nothing follows."""
    with start(**SHORT).connect() as client:
        client.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = closed_with(client)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_peer_that_never_reads_is_cut_off_and_its_requests_run(
    start: Callable[..., Running], eventually: Callable[..., None]
) -> None:
    """Unread answers cost the connection, never the events."""
    collector = start(**SHORT)
    query = f"GET /v1/spec?k={collector.key} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with collector.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.sendall(query * 2_000)
        eventually(lambda: collector.application.listener.gate.statistics().open, 0)

    eventually(lambda: collector.application.counters.requests, 2_000)


def test_200_slow_connections_do_not_keep_a_good_client_out(
    start: Callable[..., Running], batch: Callable[..., dict[str, Any]]
) -> None:
    """A good client is served while 200 others send their heads byte by byte."""
    collector = start()
    slow = [collector.connect() for _ in range(200)]
    try:
        for client in slow:
            client.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        answers = [collector.ask("POST", "/v1/batch", batch(1, i + 1)) for i in range(20)]
    finally:
        for client in slow:
            client.close()

    assert [answer.status for answer in answers] == [200] * 20
