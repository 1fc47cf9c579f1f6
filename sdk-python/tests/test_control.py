"""What the collector asks of a client: sampling by person, events left out, for a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import Batching, Client, Hooks, Privacy, Retry, Spool
from tallymark.control import NO_CONTROL, read_control
from tallymark.options import Endpoint
from tallymark.testing import MemoryTransport, VirtualClock
from tallymark.tracker import Tracker
from tallymark.transport import Request, Response
from tallymark.worker import Worker
from tallymark_protocol.bucket import sampled

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler

    from conftest import Handle


def steer(client: Client, transport: MemoryTransport, **block: Any) -> None:  # noqa: ANN401
    """Have the next answer carry a control block."""
    transport.control = block
    client.track("first")
    assert client.flush()


@pytest.mark.parametrize(
    ("block", "sample", "names", "disabled"),
    [
        ({"sample": {"default": 0.5}}, 0.5, {}, set()),
        ({"sample": {"default": 0.0005}}, 1, {}, set()),
        ({"sample": {"default": True, "by_event": {"a": 0.1, "b": 2}}}, 1, {"a": 0.1}, set()),
        ({"sample": 0.5, "disable_events": ["a", 1]}, 1, {}, {"a"}),
        ({"disable_events": ["a"] * 101}, 1, {}, set()),
        ({"disable_events": "a"}, 1, {}, set()),
    ],
)
def test_values_out_of_bounds_are_ignored(
    block: dict[str, Any], sample: float, names: dict[str, float], disabled: set[str]
) -> None:
    """CTL-1: each good value counts, each other one leaves its default."""
    control = read_control(block, 0)
    assert control is not None
    assert (control.sample, dict(control.sample_by_event), set(control.disabled)) == (
        sample,
        names,
        disabled,
    )
    assert control.selective == (sample < 1 or bool(names) or bool(disabled))
    assert control.at(control.until) is NO_CONTROL


def test_sampling_is_by_person(client: Client, transport: MemoryTransport) -> None:
    """CTL-2: a person's events are kept or left out as a whole; the weights give the total back."""
    steer(client, transport, sample={"default": 0.25, "by_event": {"Rare": 1}})
    for n in range(400):
        for name in ("Viewed", "Bought", "Rare"):
            client.track(name, user=f"u-{n}", device=f"d-{n}" if n % 2 else None)
    assert client.flush()
    units = {f"d-{n}" if n % 2 else f"u-{n}" for n in range(400)}
    kept = {unit for unit in units if sampled(unit, 0.25)}
    for name in ("Viewed", "Bought"):
        events = transport.recorded(name)
        assert {event.device or event.user for event in events} == kept
        assert {event.raw["sr"] for event in events} == {0.25}
    assert len(transport.recorded("Rare")) == 400
    stats = client.stats()
    assert dict(stats.dropped) == {"sampled": 2 * (400 - len(kept))}
    assert stats.balanced
    account = transport.account(stats.stream)
    assert set(account.dropped) == {"sampled"}


def test_people_are_never_sampled(client: Client, transport: MemoryTransport) -> None:
    """What changes people and groups is kept at any rate, and so is an event of nobody."""
    steer(client, transport, sample={"default": 0.001})
    for n in range(50):
        client.identify(f"u-{n}", {"plan": "pro"}, device=f"d-{n}")
        client.profile({"add": {"n": 1}}, user=f"u-{n}")
        client.group("company", f"c-{n}", {"size": 1})
        client.track("of nobody")
    assert client.flush()
    assert len(transport.recorded()) == 201
    assert all("sr" not in event.raw for event in transport.recorded())


def test_disabled_events(client: Client, transport: MemoryTransport) -> None:
    """Events the collector names are declared as sampled, whoever's they are; a page is `$page`."""
    steer(client, transport, disable_events=["Noise", "$page"])
    client.track("Noise")
    client.page("Home")
    client.track("Signal")
    assert client.flush()
    assert [event.name for event in transport.recorded()] == ["first", "Signal"]
    assert dict(client.stats().dropped) == {"sampled": 2}


def test_sampling_ends_with_its_time(
    client: Client, transport: MemoryTransport, clock: VirtualClock
) -> None:
    """A block holds for its ttl: a broken collector silences nobody for good."""
    steer(client, transport, ttl_s=60, disable_events=["Noise"])
    transport.control = None
    client.track("Noise")
    clock.advance(60_000)
    client.track("Noise")
    assert client.flush()
    assert len(transport.recorded("Noise")) == 1


def test_block_is_fetched(serve: Callable[[Handle], str], reply: Callable[..., None]) -> None:
    """A client that lives a minute asks for the block, then when its time is over, by its etag."""
    clock, memory = VirtualClock(), MemoryTransport()
    asked: list[str | None] = []

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if handler.path == "/v1/config":
            asked.append(handler.headers["if-none-match"])
            block = {"etag": "c1", "ttl_s": 600, "disable_events": ["Noise"]}
            unchanged = handler.headers["if-none-match"] == '"c1"'
            content = b"" if unchanged else json.dumps({"v": 1, "control": block}).encode()
            reply(handler, 304 if unchanged else 200, content)
            return
        headers = {name.lower(): value for name, value in handler.headers.items()}
        answer = memory.send(Request(handler.command, handler.path, headers, body, 1))
        assert isinstance(answer, Response)
        reply(handler, answer.status, answer.body, **answer.headers)

    tracker: Tracker[Worker] = Tracker(
        Endpoint("tmk_0123456789abcdefghijAB", serve(handle)),
        Batching(),
        Retry(),
        Spool(directory=False),
        Privacy(),
        Hooks(),
        lambda courier: Worker(courier, None),
        clock,
    )
    worker = tracker._pipeline.worker
    for step in (0, 60_000, 599_000):
        clock.advance(step)
        tracker.track("Noise")
        assert worker.flush(30)
    clock.advance(2_000)
    tracker.track("Signal")
    assert worker.flush(30)
    tracker.track("Noise")
    assert worker.close(30)
    assert asked == [None, '"c1"']
    # The second was recorded before the block came, the third and fourth after it.
    assert [event.name for event in memory.recorded()] == ["Noise", "Noise", "Signal"]
