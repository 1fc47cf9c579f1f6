"""The asynchronous client: the same calls, the same promises, driven by a task."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import AsyncClient, Batching, Client, Hooks, Privacy, Retry, Spool
from tallymark.testing import LostAnswer, MemoryTransport, VirtualClock, assert_tracked
from tallymark.transport import Failure, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Handle, RealCollector, Script

KEY = "tmk_0123456789abcdefghijAB"
MEMORY = Spool(directory=False)


def make(transport: Any, **options: Any) -> AsyncClient:  # noqa: ANN401 - any transport
    """Return a client of *transport* that keeps nothing on disk."""
    return AsyncClient(KEY, "http://test", transport=transport, **{"spool": MEMORY, **options})


def run(main: Any) -> Any:  # noqa: ANN401 - what the coroutine returns
    """Run *main* with asyncio's own checks switched on."""
    return asyncio.run(main, debug=True)


def test_names_are_those_of_the_client() -> None:
    """Everything `Client` can be told, `AsyncClient` can, with the same arguments."""

    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(Client) - public(AsyncClient) == {"after_fork"}
    for name in public(AsyncClient):
        ours = inspect.signature(inspect.unwrap(getattr(AsyncClient, name)))
        theirs = inspect.signature(inspect.unwrap(getattr(Client, name)))
        assert list(ours.parameters) == list(theirs.parameters), name
    ours, theirs = (inspect.signature(kind).parameters for kind in (AsyncClient, Client))
    assert {n: p.default for n, p in ours.items()} == {n: p.default for n, p in theirs.items()}


def test_calls_deliver() -> None:
    """Each kind arrives; what a call returns is the id it is stored under."""

    async def main() -> None:
        transport = MemoryTransport()
        async with make(transport) as client:
            await client.register({"release": 2})
            with client.context(user="u", page="/cart"):
                identity = await client.track("Bought", {"total": 4})
            await client.identify("u", {"plan": "pro"}, device="d")
            await client.page("Home")
            with client.timed("Export") as added:
                added["rows"] = 3
            assert await client.flush()
            assert client.stats().stored == 4
        event = assert_tracked(transport, "Bought", {"total": 4, "page": "/cart", "release": 2})
        assert (event.id, event.user) == (identity, "u")
        assert {"duration_ms", "rows"} <= set(assert_tracked(transport, "Export").properties)
        assert transport.ledger(transport.streams()[0]).fin
        assert transport.closed

    run(main())


def test_wrong_use_never_raises(caplog: pytest.LogCaptureFixture) -> None:
    """Wrong names, arguments and time-outs give None or False and a log line, no exception."""

    async def main() -> None:
        client = make(MemoryTransport())
        assert await client.track("") is None
        assert await client.track("a", [1]) is None  # type: ignore[arg-type]
        assert await client.track("a", nonsense=1) is None  # type: ignore[call-arg]
        assert await client.flush("soon") is False  # type: ignore[arg-type]
        assert await client.close(-1) is False
        assert await client.close()
        assert await client.track("late") is None
        assert client.stats().refused == 6

    with caplog.at_level(logging.WARNING, "tallymark"):
        run(main())
    assert "close()" in caplog.text


def test_outage_is_waited_for() -> None:
    """Answers that get lost, and refusals, lose nothing; waits are those of the protocol."""

    async def main() -> None:
        clock = VirtualClock()
        transport = MemoryTransport(clock)
        transport.script(LostAnswer(), Failure("refused"), Response(503, {}, b""))
        client = make(transport, batching=Batching(flush_at=10))
        for n in range(10):
            await client.track("a", {"n": n})
        while client.stats().pending:
            await asyncio.sleep(0)
            clock.advance(1_000)
        assert [event.properties["n"] for event in transport.recorded()] == list(range(10))
        assert client.stats().failures == 0
        assert await client.close()

    run(main())


def test_cancelled_request_is_sent_again() -> None:
    """A request that is cancelled with its loop counts as one whose answer got lost."""

    class Slow(MemoryTransport):
        """Take the first request, and never answer it."""

        def __init__(self) -> None:
            super().__init__()
            self.met = False

        async def send(self, request: Request) -> Any:  # type: ignore[override]  # noqa: ANN401
            answer = super().send(request)
            if not self.met:
                self.met = True
                await asyncio.Event().wait()
            return answer

    transport = Slow()
    client = make(transport, batching=Batching(flush_at=1))

    async def first() -> None:
        await client.track("a", {"n": 1})
        assert not await client.flush(0.1)
        assert transport.met

    async def second() -> None:
        await client.track("a", {"n": 2})
        assert await client.close()

    run(first())
    run(second())
    assert [event.properties["n"] for event in transport.recorded()] == [1, 2]
    assert client.stats().stored == 2


def test_cancelled_close_keeps_the_books() -> None:
    """A close that is cancelled ends at once; what is left is declared, and adds up."""

    async def main() -> None:
        class Deaf(MemoryTransport):
            """Never answer."""

            async def send(self, request: Request) -> Any:  # type: ignore[override]  # noqa: ANN401
                await asyncio.Event().wait()

        client = make(Deaf())
        await client.track("a")
        closing = asyncio.create_task(client.close(60))
        await asyncio.sleep(0)
        closing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await closing
        stats = client.stats()
        assert dict(stats.dropped) == {"shutdown_deadline": 1}
        assert stats.balanced
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_several_loops_at_once() -> None:
    """One client serves loops of several threads; each call is stored once."""
    transport = MemoryTransport()
    client = make(transport, batching=Batching(flush_at=7))

    async def work(place: int) -> None:
        for n in range(200):
            await client.track("a", {"n": place * 1_000 + n})
        assert await client.flush(30)

    threads = [threading.Thread(target=lambda p=p: run(work(p))) for p in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(client.close())
    numbers = sorted(event.properties["n"] for event in transport.recorded())
    assert numbers == [p * 1_000 + n for p in range(4) for n in range(200)]


def test_full_queue_is_waited_for() -> None:
    """With a queue of 100 events, 2,000 in a row arrive: calls wait for room."""

    async def main() -> None:
        transport = MemoryTransport()
        async with make(transport, batching=Batching(queue_max=100)) as client:
            for n in range(2_000):
                await client.track("a", {"n": n})
        assert [event.properties["n"] for event in transport.recorded()] == list(range(2_000))
        assert client.stats().stored == 2_000

    run(main())


def test_full_queue_in_an_outage_holds_nobody_up() -> None:
    """While the collector is away, calls do not wait: what does not fit is declared."""

    async def main() -> None:
        clock = VirtualClock()
        transport = MemoryTransport(clock)
        transport.script(*[Failure("refused")] * 100)
        client = make(transport, batching=Batching(queue_max=100))
        for _ in range(300):
            await client.track("a")
        stats = client.stats()
        assert (stats.assigned, stats.pending) == (300, 100)
        assert dict(stats.dropped) == {"queue_overflow": 200}
        await client.close(0)

    run(main())


def test_consent() -> None:
    """Held events go out with consent; denied consent erases them."""

    async def main() -> None:
        transport = MemoryTransport()
        client = make(transport, privacy=Privacy(analytics="unknown"))
        await client.track("held")
        await client.consent(analytics="granted")
        assert await client.flush()
        assert [event.name for event in transport.recorded()] == ["held"]
        await client.track("gone")
        await client.consent(analytics="denied")
        assert await client.track("never") is None
        assert dict(client.stats().dropped) == {"consent_withdrawn": 1}
        await client.close()

    run(main())


def test_results_are_told() -> None:
    """Rejects and losses reach `on_result`, a failing transport does not end the task."""

    async def main() -> None:
        told: list[str] = []
        transport = MemoryTransport(VirtualClock())
        client = make(transport, hooks=Hooks(on_result=lambda result: told.append(result.code)))
        await client.track("a", user="null")
        assert await client.flush()
        assert told == ["bad_id"]
        await client.close()

    run(main())


@pytest.mark.parametrize(("spooled", "in_flight"), [(True, 4), (False, 1)])
def test_real_collector(
    real_collector: RealCollector, tmp_path: Path, *, spooled: bool, in_flight: int
) -> None:
    """3,000 events of ten tasks are stored once each, under the ids their calls returned."""
    spool = Spool(tmp_path) if spooled else MEMORY

    async def main() -> list[tuple[str | None, int]]:
        retry = Retry(in_flight=in_flight)
        async with AsyncClient(
            real_collector.key, real_collector.url, spool=spool, retry=retry
        ) as client:

            async def work(place: int) -> list[tuple[str | None, int]]:
                numbers = range(place * 300, place * 300 + 300)
                return [(await client.track("Bought", {"n": n}), n) for n in numbers]

            parts = await asyncio.gather(*(work(place) for place in range(10)))
            assert await client.flush(30)
            assert client.stats().stored == 3_000
        return [pair for part in parts for pair in part]

    expected = run(main())
    stored = [(row["id"], row["event"]["p"]["n"]) for row in real_collector.stored()]
    assert sorted(stored) == sorted(expected)


@pytest.mark.faults
@pytest.mark.parametrize("ending", ["", "raise SystemExit(0)"])
def test_exit_without_close_delivers(
    script: Script, collector: tuple[str, MemoryTransport], ending: str
) -> None:
    """A program whose loop just ends has its events delivered at exit."""
    url, memory = collector
    script.run(
        f"""
        import asyncio
        client = AsyncClient(KEY, url, spool=Spool(False))
        async def main():
            for n in range(500):
                await client.track("a", {{"n": n}})
        asyncio.run(main(), debug=True)
        {ending}
        """,
        url,
    )
    assert sorted(event.properties["n"] for event in memory.recorded()) == list(range(500))


def test_answers_that_are_none(serve: Callable[[Handle], str], reply: Callable[..., None]) -> None:
    """A login page, a redirect, a huge and a cut answer release nothing."""
    scripted = iter(
        [
            lambda handler: reply(handler, 200, b"<html>", connection="close"),
            lambda handler: reply(handler, 302, b"", location="/in", connection="close"),
            lambda handler: reply(handler, 200, b"x" * 1_100_000, connection="close"),
            lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1"),
        ]
    )

    def handle(handler: Any, body: bytes) -> None:  # noqa: ANN401 - a request handler
        del body
        next(scripted)(handler)
        handler.close_connection = True

    async def main() -> list[Response | Failure]:
        from tallymark.transport.aio import AioTransport  # noqa: PLC0415 - as the client does

        transport = AioTransport(serve(handle))
        request = Request("POST", "/v1/batch", {}, b"{}", 5)
        came = [await transport.send(request) for _ in range(4)]
        await transport.close()
        return came

    first, second, third, fourth = asyncio.run(main())
    assert isinstance(first, Response)
    assert isinstance(second, Response)
    assert (first.status, second.status) == (200, 302)
    assert isinstance(third, Failure)
    assert isinstance(fourth, Failure)
    assert (third.kind, fourth.kind) == ("too_large", "truncated")


def test_failures_are_named(dead_url: str, serve: Callable[[Handle], str]) -> None:
    """Nobody listening, no such host, silence and a closed connection have their kinds."""
    silent = threading.Event()

    def handle(handler: Any, body: bytes) -> None:  # noqa: ANN401 - a request handler
        if body == b"close":
            handler.close_connection = True
        else:
            silent.wait(10)
            handler.close_connection = True

    async def main() -> list[str]:
        from tallymark.transport.aio import AioTransport  # noqa: PLC0415 - as the client does

        kinds = []
        url = serve(handle)
        cases = [(dead_url, b""), ("http://no.invalid", b""), (url, b"wait"), (url, b"close")]
        for address, body in cases:
            transport = AioTransport(address)
            came = await transport.send(Request("POST", "/v1/batch", {}, body, 0.5))
            assert isinstance(came, Failure)
            kinds.append(came.kind)
            await transport.close()
        silent.set()
        return kinds

    assert asyncio.run(main()) == ["refused", "dns", "timeout", "reset"]
