"""The gate: how many connections, from where, and who idles longest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.server.gate import ConnectionLimits, Gate, GateStatistics

LIMITS = ConnectionLimits(overall=4, per_address=2, uncapped=frozenset({"proxy"}), refusing=1)


def test_caps_hold_overall_and_per_address_but_not_for_proxies() -> None:
    """The third of an address and the fifth overall are crowded."""
    gate: Gate[str] = Gate(LIMITS)

    assert [gate.enter(name, "a") for name in ("1", "2", "3")] == [None, None, "address"]
    gate.leave("3")
    assert [gate.enter(name, "proxy") for name in ("4", "5", "6")] == [None, None, "overall"]


def test_only_the_refused_beyond_the_reserve_are_overrun() -> None:
    """A few newcomers are refused politely, the rest is cut off."""
    gate: Gate[int] = Gate(LIMITS)
    for number in range(5):
        gate.enter(number, "proxy")

    assert not gate.overrun()
    gate.enter(5, "proxy")
    assert gate.overrun()


def test_the_idlest_is_who_became_idle_first() -> None:
    """Being busy in between puts a connection at the end of the line."""
    gate: Gate[str] = Gate(LIMITS)
    for name in ("a", "b"):
        gate.enter(name, "proxy")
    gate.busy("a")
    gate.idle("a")

    assert [gate.idlest(), gate.idlest(), gate.idlest()] == ["b", "a", None]


def test_counts_tell_what_happened() -> None:
    """Statistics count what is open and idle now, and what was refused and evicted."""
    gate: Gate[str] = Gate(LIMITS)
    for name in ("1", "2", "3"):
        gate.enter(name, "a")
    gate.idlest()

    assert GateStatistics(open=3, idle=1, refused=1, evicted=1) == gate.statistics()


@given(st.lists(st.tuples(st.sampled_from(["enter", "leave", "busy", "idle"]), st.integers(0, 5))))
def test_every_connection_that_left_is_forgotten(steps: list[tuple[str, int]]) -> None:
    """After everybody has left nothing is open, idle or crowded, whatever happened before."""
    gate: Gate[int] = Gate(LIMITS)
    inside: set[int] = set()
    for step, number in steps:
        if step == "enter" and number not in inside:
            gate.enter(number, "a")
            inside.add(number)
        elif step == "leave":
            gate.leave(number)
            inside.discard(number)
        elif step in ("busy", "idle"):
            getattr(gate, step)(number)
    for number in inside:
        gate.leave(number)

    statistics = gate.statistics()
    assert (statistics.open, statistics.idle) == (0, 0)
    assert gate.enter(99, "a") is None
