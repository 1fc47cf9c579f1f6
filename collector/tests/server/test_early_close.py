"""Requests whose client has gone: what the kernel has received completely is stored."""

from __future__ import annotations

import json
import socket
import struct
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Running

CONNECTIONS = 4
NO_LINGER = struct.pack("ii", 1, 0)


def streams() -> Iterator[str]:
    """Yield stream after stream."""
    return (f"0197a1b2-c3d4-7e5f-8a9b-{number:012x}" for number in count(1))


@pytest.mark.parametrize("delay_s", [0.0, 0.02], ids=["fast", "slow"])
@pytest.mark.parametrize("how", ["now", "split", "late", "half", "rst"])
def test_every_complete_request_is_stored_however_the_client_closes(
    start: Callable[..., Running],
    batch: Callable[..., dict[str, Any]],
    sent: Callable[[socket.socket], None],
    eventually: Callable[..., None],
    *,
    delay_s: float,
    how: str,
) -> None:
    """1 to 8 pipelined requests of 10 or 300 events, never an answer read: nothing is lost."""
    collector = start(delay_s=delay_s)
    stream, expected = streams(), 0
    for requests in (1, 2, 5, 8):
        for events in (10, 300):
            for _ in range(CONNECTIONS):
                name = next(stream)
                bodies = [
                    json.dumps(batch(events, 1 + events * i, name)).encode()
                    for i in range(requests)
                ]
                play([collector.post_bytes(body) for body in bodies], how, collector, sent)
                expected += requests * events

    eventually(collector.count, expected)


def play(requests: list[bytes], how: str, collector: Running, sent: Callable[..., None]) -> None:
    """Write the requests and close that way, reading nothing."""
    with collector.connect() as client:
        for request in requests:
            client.sendall(request)
            if how == "split":
                time.sleep(0.002)
        if how == "half":
            client.shutdown(socket.SHUT_WR)
            return
        sent(client)
        if how == "late":
            time.sleep(0.02)
        if how == "rst":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)


def test_more_requests_than_may_be_read_ahead_are_stored_after_a_reset(
    start: Callable[..., Running],
    batch: Callable[..., dict[str, Any]],
    sent: Callable[[socket.socket], None],
    eventually: Callable[..., None],
) -> None:
    """What the bounds of read-ahead left in the kernel is read after the connection is lost."""
    collector = start(read_ahead_requests=4, read_ahead_bytes=4096, delay_s=0.005)
    bodies = [json.dumps(batch(1, i + 1)).encode() for i in range(300)]

    play([collector.post_bytes(body) for body in bodies], "rst", collector, sent)

    eventually(collector.count, 300)
    assert collector.application.listener.rescued > 0


def test_what_is_refused_when_its_client_has_gone_is_counted(
    start: Callable[..., Running],
    batch: Callable[..., dict[str, Any]],
    sent: Callable[[socket.socket], None],
    eventually: Callable[..., None],
) -> None:
    """Nobody can be told that there was no room, so the operator is."""
    collector = start(delay_s=0.2)
    writer, listener = collector.application.writer, collector.application.listener
    cap = writer.statistics().cap_bytes
    assert [writer.admit(cap // 2, key) for key in (98, 99)] == [None, None]
    bodies = [json.dumps(batch(1, i + 1)).encode() for i in range(3)]

    play([collector.post_bytes(body) for body in bodies], "rst", collector, sent)

    eventually(lambda: listener.unheard, 3)
    assert collector.count() == 0
    for key in (98, 99):
        writer.abandon(cap // 2, key)


def test_half_a_request_at_the_end_is_nobodys_event(
    collector: Running,
    batch: Callable[..., dict[str, Any]],
    sent: Callable[[socket.socket], None],
    eventually: Callable[..., None],
) -> None:
    """A body cut off by a reset is dropped without harm, the complete request before it kept."""
    whole = collector.post_bytes(json.dumps(batch(3)).encode())
    half = collector.post_bytes(json.dumps(batch(3, 4)).encode())[:-5]

    play([whole, half], "rst", collector, sent)

    eventually(lambda: collector.application.listener.gate.statistics().open, 0)
    eventually(collector.count, 3)
    assert collector.application.counters.failures == 0


def test_a_half_closed_client_gets_its_answers(
    collector: Running, batch: Callable[..., dict[str, Any]], read_answers: Callable[..., list[Any]]
) -> None:
    """Closing the sending side does not cost the answers; then the server closes too."""
    with collector.connect() as client:
        for i in range(3):
            client.sendall(collector.post_bytes(json.dumps(batch(1, i + 1)).encode()))
        client.shutdown(socket.SHUT_WR)
        answers = read_answers(client, 3)
        rest = client.recv(1)

    assert [answer.json["ack"]["upto"] for answer in answers] == [1, 2, 3]
    assert rest == b""


def test_a_half_closed_client_with_half_a_body_is_told_so(
    collector: Running, read_answers: Callable[..., list[Any]]
) -> None:
    """A body shorter than announced is the client's fault: 400, not a hanging connection."""
    with collector.connect() as client:
        client.sendall(collector.post_bytes(b"{" * 100)[:-50])
        client.shutdown(socket.SHUT_WR)
        (answer,) = read_answers(client, 1)

    assert (answer.status, answer.json["code"]) == (400, "malformed")
