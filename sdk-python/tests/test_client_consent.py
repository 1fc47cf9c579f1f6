"""What consent allows a client to record and to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark import Client, Privacy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark.testing import MemoryTransport, VirtualClock

    Make = Callable[..., Client]


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
