"""The functions a client calls: before an event is sent, and when one has ended badly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tallymark import Client, Hooks, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark.testing import MemoryTransport

    Make = Callable[..., Client]


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
