"""What a call's surroundings add to an event: contexts, super properties, measured blocks."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
from typing import TYPE_CHECKING

import pytest
from tallymark.testing import MemoryTransport, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark import (
        Client,
    )

    Make = Callable[..., Client]


def test_context(client: Client, transport: MemoryTransport) -> None:
    """Contexts nest, the inner one wins, and end with their block."""
    client.register({"app": "shop"}, groups={"c": "a"})
    with client.context(user="u", page=1):
        with client.context(page=2, user="v"):
            client.track("inner")
        client.track("outer", {"page": 9})
    client.track("after")
    assert client.flush()
    seen = {event.name: (event.user, dict(event.properties)) for event in transport.recorded()}
    assert seen == {
        "inner": ("v", {"app": "shop", "page": 2}),
        "outer": ("u", {"app": "shop", "page": 9}),
        "after": (None, {"app": "shop"}),
    }


def test_register_inside_a_context(client: Client, transport: MemoryTransport) -> None:
    """Super properties registered later count inside a context, too; unregister forgets them."""
    with client.context(a=1):
        client.register({"b": 2, "c": 3})
        client.unregister("c")
        client.track("x")
    client.unregister()
    client.track("y")
    assert client.flush()
    assert [dict(event.properties) for event in transport.recorded()] == [{"a": 1, "b": 2}, {}]


def test_context_follows_tasks_not_threads(client: Client, transport: MemoryTransport) -> None:
    """Tasks have their own context; a thread gets one by copying it."""

    async def visit(user: str) -> None:
        with client.context(user=user):
            await asyncio.sleep(0)
            client.track("task")

    async def main() -> None:
        await asyncio.gather(visit("a"), visit("b"))

    asyncio.run(main())
    with client.context(user="c"):
        copy = contextvars.copy_context()
        threads = [
            threading.Thread(target=copy.run, args=(client.track, "copied")),
            threading.Thread(target=client.track, args=("bare",)),
        ]
        for thread in threads:
            thread.start()
            thread.join()
    assert client.flush()
    users = {(event.name, event.user) for event in transport.recorded()}
    assert users == {("task", "a"), ("task", "b"), ("copied", "c"), ("bare", None)}


def test_contexts_of_clients_are_apart(make_client: Make) -> None:
    """A context reaches only its own client."""
    other = MemoryTransport(VirtualClock())
    first, second = make_client(), make_client(transport=other)
    with first.context(user="u"):
        second.track("a")
    assert second.flush()
    assert other.recorded()[0].user is None


def test_timed(client: Client, transport: MemoryTransport, clock: VirtualClock) -> None:
    """A block and a function are measured; an error is named and passes through."""
    with client.timed("Export", {"format": "csv"}, user="u") as added:
        clock.advance(250)
        added["rows"] = 3

    @client.timed("Work")
    def work(n: int) -> int:
        clock.advance(n)
        return n * 2

    @client.timed("Async")
    async def work_async() -> str:
        clock.advance(7)
        return "done"

    assert work(5) == 10
    assert asyncio.run(work_async()) == "done"
    with pytest.raises(KeyError), client.timed("Fails"):
        raise KeyError("x")
    assert client.flush()
    seen = [(event.name, dict(event.properties)) for event in transport.recorded()]
    assert seen == [
        ("Export", {"format": "csv", "rows": 3, "duration_ms": 250}),
        ("Work", {"duration_ms": 5}),
        ("Async", {"duration_ms": 7}),
        ("Fails", {"duration_ms": 0, "error": "KeyError"}),
    ]


def test_context_is_hoisted_and_valid(client: Client, transport: MemoryTransport) -> None:
    """What all events share stands once in the envelope."""
    client.track("a")
    assert client.flush()
    body = transport.envelopes()[0]
    assert body["ctx"]["lib"]["name"] == "tallymark-python"
    assert "ctx" not in body["events"][0]
    assert "null" not in json.dumps(body)
