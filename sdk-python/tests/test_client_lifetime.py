"""A client's beginning and end: environment, close, reset, being forgotten."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import pytest
from tallymark import Client, ConfigurationError, Hooks, Result, Spool
from tallymark.transport import Failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tallymark.testing import MemoryTransport

    Make = Callable[..., Client]

KEY = "tmk_0123456789abcdefghijAB"


def test_close(make_client: Make, transport: MemoryTransport) -> None:
    """Close delivers, says fin exactly once, and can be called twice; later calls are no events."""
    client = make_client()
    client.track("a")
    assert client.close()
    assert client.close()
    assert transport.closed
    assert [body.get("fin", False) for body in transport.envelopes()] == [True]
    assert client.track("late") is None
    assert client.flush(0.1)
    stats = client.stats()
    assert (stats.stored, stats.refused) == (1, 1)


def test_close_after_flush_sends_fin(client: Client, transport: MemoryTransport) -> None:
    """If everything is settled, fin goes in a request of its own."""
    client.track("a")
    assert client.flush()
    assert client.close()
    assert [body.get("fin", False) for body in transport.envelopes()] == [False, True]


def test_close_without_events_is_silent(client: Client, transport: MemoryTransport) -> None:
    """A client that recorded nothing sends nothing."""
    assert client.close()
    assert transport.requests == []


def test_close_with_a_dead_collector(make_client: Make, transport: MemoryTransport) -> None:
    """In memory, what is left at the deadline is declared as lost, and the books are right."""
    results: list[Result] = []
    client = make_client(hooks=Hooks(on_result=results.append))
    transport.script(*[Failure("refused")] * 50)
    client.track("a")
    client.track("b")
    assert [client.close(0.2), client.close()] == [False, False]
    stats = client.stats()
    assert stats.dropped == {"shutdown_deadline": 2}
    assert stats.balanced
    assert {result.code for result in results} == {"shutdown_deadline"}


def test_with_closes(transport: MemoryTransport) -> None:
    """A with block closes the client."""
    with Client(KEY, "http://t", spool=Spool(directory=False), transport=transport) as client:
        client.track("a")
    assert client.stats().stored == 1


def test_reset(client: Client, transport: MemoryTransport) -> None:
    """Reset rotates the stream and forgets ids and properties; nothing is lost (LED-10)."""
    client.register({"plan": "pro"}, user="u")
    client.track("before")
    first = client.stats().stream
    client.reset()
    client.track("after")
    assert client.stats().stream != first
    assert client.flush()
    seen = {event.name: (event.user, dict(event.properties)) for event in transport.recorded()}
    assert seen == {"before": ("u", {"plan": "pro"}), "after": (None, {})}
    assert transport.ledger(first).fin
    assert client.stats().balanced


def test_reset_purge(client: Client, transport: MemoryTransport) -> None:
    """reset(purge=True) erases what is pending, as the reason says."""
    client.track("before")
    client.reset(purge=True)
    client.track("after")
    assert client.flush()
    assert [event.name for event in transport.recorded()] == ["after"]
    stats = client.stats()
    assert stats.dropped == {"reset": 1}
    assert stats.balanced


def test_forgotten_client_delivers(
    transport: MemoryTransport, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that is dropped without close still delivers, and a warning is logged."""
    done = threading.Event()
    transport.script(lambda _: done.set())
    client = Client(KEY, "http://t", spool=Spool(directory=False), transport=transport)
    client.track("a")
    del client
    gc.collect()
    assert done.wait(5)
    assert "without close()" in caplog.text


def test_from_env(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The three variables configure a client; without a key it is disabled and says so."""
    for name in ("TALLYMARK_KEY", "TALLYMARK_URL", "TALLYMARK_SPOOL"):
        monkeypatch.delenv(name, raising=False)
    disabled = Client.from_env()
    assert disabled.track("a") is None
    assert disabled.stats().disabled
    assert disabled.close()
    assert caplog.text.count("TALLYMARK_KEY is not set") == 1
    monkeypatch.setenv("TALLYMARK_KEY", KEY)
    with pytest.raises(ConfigurationError, match="TALLYMARK_URL"):
        Client.from_env()
    monkeypatch.setenv("TALLYMARK_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TALLYMARK_SPOOL", str(tmp_path))
    client = Client.from_env()
    assert str(client.stats().spool).startswith(str(tmp_path))
    client.close(0.1)
    monkeypatch.setenv("TALLYMARK_SPOOL", "off")
    client = Client.from_env()
    assert client.stats().spool is None
    client.close(0.1)
