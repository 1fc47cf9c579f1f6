"""The calls of a client, against a collector in memory."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import Client, Hooks, UsageError
from tallymark.testing import MemoryTransport, VirtualClock, assert_tracked
from tallymark_protocol.event_id import event_id

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., Client]

KEY = "tmk_0123456789abcdefghijAB"


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
def test_wrong_use_never_raises(make_client: Make, call: Callable[[Client], object]) -> None:
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
    with pytest.raises(UsageError, match=r"control|sent as"):
        client.track("a\n")
    assert client.stats().assigned == 0


def test_sanitized_is_counted(client: Client) -> None:
    """Events that lost something of a value are counted."""
    client.track("a", {"v": float("nan")})
    client.track("a", {"v": 1})
    client.track("a", {"v": object()})
    assert client.stats().sanitized == 2


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
