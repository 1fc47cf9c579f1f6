"""The guard: the host lives, the log stays short, wrong use is told apart from faults."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from tallymark import Client, Hooks, UsageError
from tallymark.guard import QUIET_MS, Guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark.testing import MemoryTransport, VirtualClock

    Make = Callable[..., Client]


def test_repeats_are_counted(clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> None:
    """A kind is logged once a minute; the next line says how many were left out."""
    guard = Guard(clock, logging.getLogger("test"), strict=False)
    assert guard.may_say("a")
    assert [guard.say("a", "first"), guard.say("a", "more"), guard.say("b", "other")] == [
        True,
        False,
        True,
    ]
    assert not guard.may_say("a")
    clock.advance(QUIET_MS)
    assert guard.may_say("a")
    guard.say("a", "later")
    assert caplog.messages == ["first", "other", "later (and 1 more of this kind)"]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.track("a", nonsense=1),
        lambda client: client.track(),
        lambda client: client.track("a", {}, "user"),
        lambda client: client.identify("u", plan="pro"),
        lambda client: client.consent(marketing="granted"),
    ],
)
def test_arguments_that_do_not_fit_are_wrong_use(
    make_client: Make, call: Callable[[Client], object]
) -> None:
    """A call that cannot begin is no event: refused, and raised by a strict client."""
    client = make_client()
    assert call(client) is None
    stats = client.stats()
    assert (stats.assigned, stats.refused) == (0, 1)
    with pytest.raises(UsageError):
        call(make_client(hooks=Hooks(strict=True)))


def test_fault_inside_a_call_is_a_lost_event(make_client: Make) -> None:
    """An error of another making than the signature's is a fault, and its event is counted."""

    class Broken(dict[str, int]):
        def __bool__(self) -> bool:
            raise TypeError("no truth")

    client = make_client(hooks=Hooks(strict=True))
    assert client.track("a", Broken()) is None
    assert client.stats().dropped == {"sdk_error": 1}


@pytest.mark.parametrize("timeout", ["10", None, -1, float("nan"), True])
def test_wrong_timeout_is_no_event(
    make_client: Make, timeout: float, caplog: pytest.LogCaptureFixture
) -> None:
    """A timeout that is none is wrong use of flush and close; no event is counted for it."""
    client = make_client()
    client.track("a")
    assert client.flush(timeout) is False
    assert client.close(timeout) is False
    assert client.stats().assigned == 1
    assert "flush: timeout" in caplog.text
    assert client.close()


def test_endless_timeout(make_client: Make, transport: MemoryTransport) -> None:
    """Infinity waits for as long as it takes."""
    client = make_client()
    client.track("a")
    assert client.flush(float("inf"))
    assert client.close(float("inf"))
    assert len(transport.recorded()) == 1
