"""A client's books: every event is counted, at every instant, and every loss is told."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from tallymark import Batching, Client
from tallymark.testing import LostAnswer, MemoryTransport, VirtualClock
from tallymark.transport import Failure, Response
from tallymark_protocol.event_id import event_id

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., Client]


def test_threads(make_client: Make, transport: MemoryTransport) -> None:
    """8 threads x 1,000 calls are 8,000 distinct numbers, none lost or doubled (LED-1)."""
    client = make_client(batching=Batching(flush_at=100))
    ids: list[str | None] = []

    def run(number: int) -> None:
        ids.extend(client.track("a", {"thread": number, "i": i}) for i in range(1_000))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert client.stats().balanced
    for thread in threads:
        thread.join()
    assert client.flush(20)
    assert len(set(ids)) == 8_000
    stream = client.stats().stream
    assert set(ids) == {event_id(stream, seq) for seq in range(1, 8_001)}
    counted = Counter((e.properties["thread"], e.properties["i"]) for e in transport.recorded())
    assert set(counted.values()) == {1}
    assert len(counted) == 8_000


def test_stats_balance_through_faults(
    make_client: Make, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """The ledger equation holds at every instant, whatever happens (LED-4)."""
    client = make_client(batching=Batching(queue_max=50, flush_at=10))
    transport.script(Failure("timeout"), LostAnswer(), Response(200, {}, b"<html>"))
    for number in range(200):
        client.track("" if number % 50 == 0 else "a", {"n": number})
        client.track(
            "a" * 200 if number % 20 == 0 else "b", {"v": "x" * (70_000 if number == 7 else 1)}
        )
        assert client.stats().balanced
    for _ in range(10):
        if client.flush(0.2):
            break
        clock.advance(60_000)
        assert client.stats().balanced
    stats = client.stats()
    assert stats.balanced
    assert stats.pending == 0
    assert stats.dropped["too_large"] == 1
    assert stats.refused == 4
    account = transport.account(stats.stream)
    assert sum(stats.dropped.values()) + stats.stored == 396
    assert len(transport.recorded()) == stats.stored
    assert set(account.dropped) == set(stats.dropped)


def test_overflow_declares_exactly_what_was_lost(
    make_client: Make, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """A full queue drops the newest; the collector learns each number (LED-3)."""
    client = make_client(batching=Batching(queue_max=100))
    transport.script(*[Failure("refused")] * 3)
    for number in range(1_000):
        client.track("a", {"n": number})
    for _ in range(5):
        if client.flush(0.5):
            break
        clock.advance(10_000)
    stats = client.stats()
    assert stats.balanced
    assert stats.dropped == {"queue_overflow": 1_000 - stats.stored}
    assert transport.ledger(stats.stream).unaccounted() == ()


def test_overflow_oldest(
    make_client: Make, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """With overflow="oldest" the newest events survive."""
    client = make_client(
        batching=Batching(queue_max=100, overflow="oldest", flush_at=1_000_000, max_events=2_000)
    )
    for number in range(1_000):
        client.track("a", {"n": number})
        assert client.stats().balanced
    assert client.flush()
    assert {event.properties["n"] for event in transport.recorded()} == set(range(900, 1_000))
    assert client.stats().dropped == {"queue_overflow": 900}
