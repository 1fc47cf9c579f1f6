from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.ingest.pressure import MIB, Pressure, PressureLimits, Refusal

LIMITS = PressureLimits()


def measured(size: int, seconds: float) -> Pressure:
    """Return an empty queue whose drain was measured once."""
    pressure = Pressure(LIMITS)
    pressure.drained(size, seconds)
    return pressure


def test_first_cap() -> None:
    """Before anything is measured the cap is the first one."""
    assert 16 * MIB == Pressure(LIMITS).cap


@pytest.mark.parametrize(
    ("rate", "cap"), [(20 * MIB, 10 * MIB), (1 * MIB, 4 * MIB), (1000 * MIB, 64 * MIB)]
)
def test_cap_is_half_a_second_of_drain(rate: int, cap: int) -> None:
    """The cap is what drains in half a second, within its bounds."""
    assert cap == measured(rate, 1.0).cap


def test_small_groups_are_not_measured() -> None:
    """A commit of a few bytes says nothing about what the disk can take."""
    assert 16 * MIB == measured(300, 1.0).cap


def test_drain_follows_the_disk() -> None:
    """After long enough at another speed the drain is that speed."""
    pressure = measured(64 * MIB, 1.0)
    for _ in range(100):
        pressure.drained(8 * MIB, 1.0)
    assert pytest.approx(8 * MIB, rel=0.01) == pressure.drain


def test_refusal_names_the_time_to_drain() -> None:
    """A refused client is told how long what waits takes, in whole seconds."""
    pressure = measured(2 * MIB, 1.0)
    assert pressure.admit(3 * MIB, 1) is None
    assert Refusal("overloaded", 2) == pressure.admit(2 * MIB, 2)
    assert 3 * MIB == pressure.total


def test_large_request_alone() -> None:
    """A request larger than the cap comes in when nothing else waits, and only then."""
    pressure = measured(MIB, 1.0)
    assert pressure.admit(9 * MIB, 1) is None
    assert pressure.admit(9 * MIB, 2) is not None
    pressure.abandon(9 * MIB, 1)
    assert pressure.admit(9 * MIB, 2) is None


def test_one_key_leaves_room() -> None:
    """A key that fills its share is refused while another one still comes in."""
    pressure = measured(16 * MIB, 1.0)
    assert [None] * 6 == [pressure.admit(MIB, 1) for _ in range(6)]
    assert Refusal("overloaded", 1) == pressure.admit(MIB, 1)
    assert pressure.admit(MIB, 2) is None


@pytest.mark.parametrize("method", ["abandon", "enqueue", "settle"])
def test_nothing_is_given_back_twice(method: str) -> None:
    """Giving back more than is held is an error of the caller, not a negative level."""
    pressure = Pressure(LIMITS)
    pressure.admit(10, 1)
    for size, key in ((11, 1), (1, 2), (-1, 1)):
        with pytest.raises(ValueError, match="given back"):
            getattr(pressure, method)(size, key)
    assert 10 == pressure.total


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8 * MIB), st.integers(0, 2))))
def test_levels_are_sums(steps: list[tuple[int, int, int]]) -> None:
    """Whatever happens, the levels are the sums of what is out, and never above the bounds."""
    pressure = Pressure(LIMITS)
    reserved: Counter[tuple[int, int]] = Counter()
    queued: Counter[tuple[int, int]] = Counter()
    for step, size, key in steps:
        if step == 0:
            if pressure.admit(size, key) is None:
                reserved[size, key] += 1
        else:
            source = queued if step == 3 else reserved
            waiting = sorted(source.elements())
            if not waiting:
                continue
            size, key = waiting[size % len(waiting)]  # noqa: PLW2901 - one of those that are out
            source[size, key] -= 1
            if step == 1:
                pressure.abandon(size, key)
            elif step == 2:
                pressure.enqueue(size, key)
                queued[size, key] += 1
            else:
                pressure.settle(size, key)
        out = [*reserved.elements(), *queued.elements()]
        assert sum(size for size, _ in out) == pressure.total
        for each in range(3):
            assert sum(size for size, owner in out if owner == each) == pressure.held(each)
        assert pressure.total <= pressure.cap
    for size, key in reserved.elements():
        pressure.abandon(size, key)
    for size, key in queued.elements():
        pressure.settle(size, key)
    assert 0 == pressure.total
