"""Back-pressure over HTTP: rates, a full queue, a slow disk, slow reports, a stopped writer."""

from __future__ import annotations

import asyncio
import gzip
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response
from tallymark_collector.store.meta import KeyPolicy
from tallymark_collector.web.routes import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conftest import Running

    Make = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.both_stores


def test_a_key_with_a_rate_gets_429_with_the_time_to_wait(collector: Running, batch: Make) -> None:
    """The rate is per key and decided before the body is read (ERR-03)."""
    policy = KeyPolicy(kinds=("track",), rate=10)
    key = collector.new_key("write", policy)

    began = time.monotonic()
    first = collector.ask("POST", "/v1/batch", batch(100), key=key)
    second = collector.ask("POST", "/v1/batch", batch(1, 101), key=key)
    other = collector.ask("POST", "/v1/batch", batch(1, 101))

    assert (200, 429, 200) == (first.status, second.status, other.status)
    assert second.json["code"] == "rate_limited"
    # 80 events above the burst of 20, at 10 a second.
    assert 8 - (time.monotonic() - began) <= int(second.headers["retry-after"]) <= 9


def test_a_full_queue_gets_503_with_the_time_to_wait(collector: Running, batch: Make) -> None:
    """Back-pressure is told before the body is read, and nothing stays reserved."""
    writer = collector.application.writer
    cap = writer.statistics().cap_bytes
    assert writer.admit(cap // 2, 98) is None
    assert writer.admit(cap // 2, 99) is None

    answer = collector.ask("POST", "/v1/batch", batch(1))
    writer.abandon(cap // 2, 98)
    writer.abandon(cap // 2, 99)

    assert (503, "overloaded") == (answer.status, answer.json["code"])
    assert int(answer.headers["retry-after"]) >= 1
    assert collector.ask("POST", "/v1/batch", batch(1)).status == 200
    assert writer.statistics().reserved_bytes == 0


def test_a_slow_disk_makes_clients_wait_as_long_as_it_needs(
    collector: Running, batch: Make
) -> None:
    """The time to wait is what the queue takes to drain, in the header and in the body."""
    writer = collector.application.writer
    writer._pressure.drained(1024 * 1024, 1.0)
    cap = writer.statistics().cap_bytes
    assert writer.admit(cap // 2, 98) is None
    assert writer.admit(cap // 2, 99) is None

    answer = collector.ask("POST", "/v1/batch", batch(1))
    writer.abandon(cap // 2, 98)
    writer.abandon(cap // 2, 99)

    seconds = cap // (1024 * 1024)
    assert seconds > 1
    assert (503, str(seconds), seconds * 1_000) == (
        answer.status,
        answer.headers["retry-after"],
        answer.json["retry_after_ms"],
    )


def test_room_for_a_body_is_reserved_before_it_is_decoded(collector: Running) -> None:
    """What becomes large by inflating is refused for want of room, not read as JSON first."""
    writer = collector.application.writer
    held = writer.statistics().cap_bytes // 2
    assert writer.admit(held, 99) is None
    body = gzip.compress(b"[" + random.Random(1).randbytes(60_000) + b"[" * 9_000_000)

    answer = collector.ask("POST", "/v1/batch", body, {"Content-Encoding": "gzip"})
    writer.abandon(held, 99)
    again = collector.ask("POST", "/v1/batch", body, {"Content-Encoding": "gzip"})

    assert (503, "overloaded") == (answer.status, answer.json["code"])
    assert (400, "malformed") == (again.status, again.json["code"])
    assert collector.application.counters.refused_overload == 1
    assert writer.statistics().reserved_bytes == 0


def test_slow_reports_do_not_hold_up_ingestion(start: Callable[..., Running], batch: Make) -> None:
    """Events of a key not seen before are stored while readers have taken all of their threads."""
    over, begun = threading.Event(), threading.Semaphore(0)

    def report() -> None:
        begun.release()
        assert over.wait(60)

    async def slow(_request: Request) -> Response:
        await asyncio.to_thread(report)
        return Response()

    collector = start(more_routes=[Route("GET", "/slow", slow, "public")])
    readers = [threading.Thread(target=collector.ask, args=("GET", "/slow")) for _ in range(80)]
    for reader in readers:
        reader.start()
    try:
        assert begun.acquire(timeout=20)
        stored = collector.ask("POST", "/v1/batch", batch(2_000), key=collector.new_key("write"))
    finally:
        over.set()
        for reader in readers:
            reader.join()

    assert (stored.status, stored.json["stored"]) == (200, 2_000)


def test_a_stopped_writer_is_a_503_and_never_an_ack(collector: Running, batch: Make) -> None:
    """Nothing is acknowledged that is not in the log."""
    collector.application.writer.stop(5)

    answer = collector.ask("POST", "/v1/batch", batch(1))

    assert (503, "stopping", "1") == (
        answer.status,
        answer.json["code"],
        answer.headers["retry-after"],
    )
    assert "tallymark-ack" not in answer.headers
