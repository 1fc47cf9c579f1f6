"""The client as a program sees it, against a collector in memory."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import json
import logging
import threading
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import (
    Batching,
    Client,
    ConfigurationError,
    Hooks,
    Privacy,
    Result,
    Spool,
    UsageError,
)
from tallymark.testing import LostAnswer, MemoryTransport, VirtualClock, assert_tracked, read_body
from tallymark.transport import Failure, Response
from tallymark_protocol.event_id import event_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., Client]

KEY = "tmk_0123456789abcdefghijAB"


def envelopes(transport: MemoryTransport) -> list[dict[str, Any]]:
    """Return the bodies of all posts."""
    return [read_body(request) for request in transport.requests if request.method == "POST"]


def test_track(client: Client, transport: MemoryTransport) -> None:
    """An event arrives with its name, properties, ids, groups and time; its id is returned."""
    moment = datetime(2026, 1, 1, 11, tzinfo=timezone.utc)
    identity = client.track(
        "Bought", {"total": 4}, user=7, device="d", time=moment, groups={"c": "a"}
    )
    assert client.flush()
    event = assert_tracked(transport, "Bought", {"total": 4}, user="7")
    assert (event.device, event.groups) == ("d", {"c": "a"})
    assert event.time_ms == int(moment.timestamp() * 1_000)
    assert identity == event.id == event_id(client.stats().stream, 1)


def test_time_comes_from_the_clock(
    client: Client, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """Without a time, the event is of now, also if it is sent much later."""
    now = clock.now_ms()
    client.track("a")
    clock.advance(4_999)
    assert client.flush()
    assert transport.recorded()[0].time_ms == now
    sent_at = int(transport.requests[0].headers["tallymark-sent-at"])
    assert sent_at == now + 4_999


def test_page_and_screen(client: Client, transport: MemoryTransport) -> None:
    """Pages and screens are kinds of their own and need no name."""
    client.page("Home", {"$path": "/"})
    client.page()
    client.screen("Start", user="u")
    assert client.flush()
    kinds = [(event.kind, event.name, dict(event.properties)) for event in transport.recorded()]
    assert kinds == [("page", "Home", {"$path": "/"}), ("page", None, {}), ("screen", "Start", {})]


def test_people_and_groups(client: Client, transport: MemoryTransport) -> None:
    """identify, profile, group, alias and exposure become their kinds."""
    client.identify("u", {"plan": "pro"}, device="d")
    client.identify("u2")
    client.profile({"add": {"logins": 1}}, user="u")
    client.group("company", "acme", {"seats": 5})
    client.alias("old", "new")
    client.alias("old", "new", undo=True)
    client.exposure("button", "red", rule="r", bucket=5, user="u")
    assert client.flush()
    raw = [{k: v for k, v in event.raw.items() if k != "t"} for event in transport.recorded()]
    assert raw == [
        {"k": "identify", "ops": {"$set": {"plan": "pro"}}, "u": "u", "d": "d"},
        {"k": "identify", "u": "u2"},
        {"k": "profile", "ops": {"$add": {"logins": 1}}, "u": "u"},
        {"k": "group", "gt": "company", "gi": "acme", "ops": {"$set": {"seats": 5}}},
        {"k": "alias", "from": "old", "to": "new"},
        {"k": "alias", "from": "old", "to": "new", "undo": True},
        {"k": "exposure", "f": "button", "var": "red", "rule": "r", "bucket": 5, "u": "u"},
    ]


def test_flag_gives_the_default(client: Client) -> None:
    """Flags are not built: the default is returned, and nothing is counted."""
    assert client.flag("new-button", default="blue") == "blue"
    assert client.stats().assigned == 0


def test_mutation_after_the_call(client: Client, transport: MemoryTransport) -> None:
    """Changing what was passed has no effect on the event."""
    properties: dict[str, Any] = {"items": [1]}
    client.track("a", properties)
    properties["items"].append(2)
    properties["more"] = 1
    assert client.flush()
    assert transport.recorded()[0].properties == {"items": [1]}


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


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.track(None),
        lambda c: c.track(""),
        lambda c: c.track("$reserved"),
        lambda c: c.track("a", "no mapping"),
        lambda c: c.track("a", [1]),
        lambda c: c.track("a", user=1.5),
        lambda c: c.track("a", device=b"x"),
        lambda c: c.track("a", time="yesterday"),
        lambda c: c.track("a", groups=["x"]),
        lambda c: c.profile({"unknown": 1}),
        lambda c: c.profile(None),
        lambda c: c.register("x"),
        lambda c: c.consent(analytics="maybe"),
        lambda c: c.identify([]),
    ],
)
def test_wrong_use_never_raises(make_client: Make, call: Any) -> None:
    """Wrong use is no event: None, counted as refused; a strict client raises it."""
    client = make_client()
    assert call(client) is None
    stats = client.stats()
    assert (stats.assigned, stats.refused) == (0, 1)
    with pytest.raises(UsageError):
        call(make_client(hooks=Hooks(strict=True)))


def test_strict_finds_what_the_collector_would_reject(make_client: Make) -> None:
    """A strict client raises for what would get a verdict, with its code and path."""
    client = make_client(hooks=Hooks(strict=True))
    deep = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}
    with pytest.raises(UsageError, match="depth"):
        client.track("a", deep)
    with pytest.raises(UsageError, match="bad_id"):
        client.track("a", user="null")
    with pytest.raises(UsageError, match="control|sent as"):
        client.track("a\n")
    assert client.stats().assigned == 0


def test_rejects_reach_the_hook(make_client: Make, transport: MemoryTransport) -> None:
    """Each reject and each loss is told once, with the id the call returned."""
    results: list[Result] = []
    client = make_client(hooks=Hooks(on_result=results.append))
    bad = client.track("a", user="undefined")
    lost = client.track("b", {"v": "x" * 70_000})
    client.track("c")
    assert client.flush()
    client.close()
    told = {(result.outcome, result.code, result.id, result.path) for result in results}
    assert told == {("rejected", "bad_id", bad, "u"), ("dropped", "too_large", lost, None)}
    assert len(results) == 2
    assert client.stats().rejected == {"bad_id": 1}
    assert [event.name for event in transport.recorded()] == ["c"]


def test_hook_that_raises(make_client: Make) -> None:
    """A result hook that raises harms nothing."""

    def hook(_: Result) -> None:
        raise RuntimeError("no")

    client = make_client(hooks=Hooks(on_result=hook))
    client.track("a", user="undefined")
    client.track("b")
    assert client.flush()
    assert client.stats().stored == 1


def test_before_send(make_client: Make, transport: MemoryTransport) -> None:
    """The hook may change an event or drop it; the caller's objects stay as they are."""

    def hook(event: dict[str, Any]) -> dict[str, Any] | None:
        if event["e"] == "secret":
            return None
        if event["e"] == "boom":
            raise RuntimeError("no")
        event["p"]["list"].append("hook")
        event["p"]["mail"] = None
        return event

    properties: dict[str, Any] = {"mail": "a@example.org", "list": []}
    client = make_client(hooks=Hooks(before_send=hook))
    client.track("a", properties)
    assert client.track("secret") is not None
    client.track("boom")
    assert client.flush()
    assert properties == {"mail": "a@example.org", "list": []}
    assert [dict(event.properties) for event in transport.recorded()] == [
        {"mail": None, "list": ["hook"]}
    ]
    stats = client.stats()
    assert stats.dropped == {"hook": 2}
    assert transport.ledger(stats.stream).unaccounted() == ()


def test_sanitized_is_counted(client: Client) -> None:
    """Events that lost something of a value are counted."""
    client.track("a", {"v": float("nan")})
    client.track("a", {"v": 1})
    client.track("a", {"v": object()})
    assert client.stats().sanitized == 2


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
    assert len(envelopes(transport)[1]["events"]) == 50


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


def test_close(make_client: Make, transport: MemoryTransport) -> None:
    """close delivers, says fin exactly once, and can be called twice; later calls are no events."""
    client = make_client()
    client.track("a")
    assert client.close()
    assert client.close()
    assert transport.closed
    assert [body.get("fin", False) for body in envelopes(transport)] == [True]
    assert client.track("late") is None
    assert client.flush(0.1)
    stats = client.stats()
    assert (stats.stored, stats.refused) == (1, 1)


def test_close_after_flush_sends_fin(client: Client, transport: MemoryTransport) -> None:
    """If everything is settled, fin goes in a request of its own."""
    client.track("a")
    assert client.flush()
    assert client.close()
    assert [body.get("fin", False) for body in envelopes(transport)] == [False, True]


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
    assert not client.close(0.2)
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
    """reset rotates the stream and forgets ids and properties; nothing is lost (LED-10)."""
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


def test_logs_are_rare_and_hold_no_key(make_client: Make, caplog: pytest.LogCaptureFixture) -> None:
    """A thousand wrong calls are one line; neither key nor property values are logged."""
    caplog.set_level(logging.DEBUG)
    client = make_client()
    for _ in range(1_000):
        client.track("")
    client.track("a", {"card": "4111-1111"})
    client.track("b", {"card": "4111-1111" * 10_000})
    assert sum("must be a string" in record.message for record in caplog.records) == 1
    assert KEY not in caplog.text
    assert "4111" not in caplog.text


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


def test_consent_denied_sends_nothing(make_client: Make, transport: MemoryTransport) -> None:
    """Denied from the start: no event, no request, no number (CON-1)."""
    client = make_client(privacy=Privacy(analytics="denied"))
    assert client.track("a") is None
    assert client.flush(0.2)
    assert client.close()
    assert transport.requests == []
    assert client.stats().assigned == 0


def test_consent_withdrawn(client: Client, transport: MemoryTransport) -> None:
    """Withdrawal purges what is pending; consent given again begins another stream."""
    client.track("a")
    first = client.stats().stream
    client.consent(analytics="denied")
    assert client.track("b") is None
    assert client.flush(0.2)
    assert transport.requests == []
    client.consent(analytics="granted")
    client.track("c")
    assert client.flush()
    assert [event.name for event in transport.recorded()] == ["c"]
    assert client.stats().stream != first
    stats = client.stats()
    assert stats.dropped == {"consent_withdrawn": 1}
    assert stats.balanced
    assert transport.recorded()[0].context["consent"] == {"analytics": "granted"}


def test_consent_unknown_holds(make_client: Make, transport: MemoryTransport) -> None:
    """Unknown: events are held, at most 100, and go out when consent is given."""
    client = make_client(privacy=Privacy(analytics="unknown"))
    for number in range(105):
        client.track("a", {"n": number})
    assert client.flush(0.2)
    assert transport.requests == []
    client.consent(analytics="granted")
    assert client.flush()
    assert len(transport.recorded()) == 100
    assert transport.recorded()[0].context["consent"] == {"analytics": "unknown"}
    assert client.stats().dropped == {"queue_overflow": 5}
    assert client.stats().balanced


def test_consent_unknown_then_denied(make_client: Make, transport: MemoryTransport) -> None:
    """Held events never leave if consent is denied."""
    client = make_client(privacy=Privacy(analytics="unknown"))
    client.track("a")
    client.consent(analytics="denied")
    assert client.close()
    assert transport.requests == []


def test_consent_unknown_anonymous(
    make_client: Make, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """Anonymous: events go without ids, ip none, and the stream rotates daily."""
    client = make_client(privacy=Privacy(analytics="unknown", when_unknown="anonymous"))
    client.track("a", user="u", device="d", groups={"c": "a"})
    first = client.stats().stream
    clock.advance(86_400_000)
    client.track("b", user="u")
    assert client.stats().stream != first
    assert client.flush()
    assert [(e.user, e.device, dict(e.groups)) for e in transport.recorded()] == [
        (None, None, {})
    ] * 2
    assert {event.context["ip"] for event in transport.recorded()} == {"none"}


def test_gpc(make_client: Make, transport: MemoryTransport) -> None:
    """Global Privacy Control denies ads and personalization, whatever is said (CON-2)."""
    client = make_client(privacy=Privacy(gpc=True, ads="granted"))
    client.consent(personalization="granted")
    client.track("a")
    assert client.flush()
    context = transport.recorded()[0].context
    assert context["gpc"] is True
    assert context["consent"] == {"ads": "denied", "personalization": "denied"}


def test_context_is_hoisted_and_valid(client: Client, transport: MemoryTransport) -> None:
    """What all events share stands once in the envelope."""
    client.track("a")
    assert client.flush()
    body = envelopes(transport)[0]
    assert body["ctx"]["lib"]["name"] == "tallymark-python"
    assert "ctx" not in body["events"][0]
    assert "null" not in json.dumps(body)


def test_in_flight(make_client: Make, transport: MemoryTransport) -> None:
    """Up to four requests of one stream are under way at once if that is allowed."""
    from tallymark import Retry  # noqa: PLC0415 - only here

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


class GatedTransport:
    """Let the first four requests meet before any is answered."""

    def __init__(self, inner: MemoryTransport, barrier: threading.Barrier) -> None:
        self.clock = inner.clock
        self._inner = inner
        self._barrier = barrier
        self._left = 4
        self._lock = threading.Lock()

    def send(self, request: Any) -> Any:
        with self._lock:
            self._left -= 1
            wait = self._left >= 0
        if wait:
            self._barrier.wait()
        return self._inner.send(request)

    def close(self) -> None:
        self._inner.close()
