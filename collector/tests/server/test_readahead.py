"""Read-ahead: what waits is counted, and bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.server.readahead import (
    AT_ONCE,
    REQUEST_BYTES,
    SIPS,
    ReadAhead,
    ReadAheadLimits,
    Reservoir,
)

ROOMY = 10**9


def test_requests_and_bytes_are_bounded_each() -> None:
    """Either bound alone makes it full."""
    limits = ReadAheadLimits(requests=2, bytes=10 * REQUEST_BYTES)
    requests, size = (ReadAhead(limits, Reservoir(ROOMY)) for _ in range(2))
    requests.queued(100)
    assert not requests.full
    requests.queued(100)
    size.took(10 * REQUEST_BYTES)

    assert (requests.full, size.full) == (True, True)


def test_heads_count() -> None:
    """Requests without a body take room too, each by what its head has and a bit more."""
    ahead = ReadAhead(ReadAheadLimits(bytes=3 * REQUEST_BYTES), Reservoir(ROOMY))
    ahead.queued(REQUEST_BYTES)
    assert not ahead.full
    ahead.queued(0)

    assert ahead.full


def test_a_full_reservoir_stops_those_who_hold_something() -> None:
    """Who holds nothing is read from, in sips: what everybody waits for may be there."""
    reservoir = Reservoir(1_000)
    greedy, modest = (ReadAhead(ReadAheadLimits(), reservoir) for _ in range(2))
    assert greedy.appetite(0) == AT_ONCE
    greedy.took(1_000)

    assert (greedy.full, modest.full, modest.appetite(0)) == (True, False, SIPS)
    assert [modest.appetite(left) for left in (10, 5_000, 10**9)] == [SIPS, 5_000, AT_ONCE]
    greedy.gave(1)
    assert (greedy.full, greedy.appetite(0)) == (False, AT_ONCE)


def test_a_connection_that_is_done_holds_nothing() -> None:
    """Whatever was left of it is given back to all."""
    reservoir = Reservoir(1_000)
    ahead, other = (ReadAhead(ReadAheadLimits(), reservoir) for _ in range(2))
    ahead.queued(50)
    ahead.took(2_000)
    other.took(7)
    ahead.end()
    ahead.end()

    assert (reservoir.held, ahead.full) == (7, False)


@given(st.lists(st.integers(1, 1_000)))
def test_what_was_taken_and_given_leaves_nothing(sizes: list[int]) -> None:
    """Handing everything out makes room again, for this connection and for all."""
    reservoir = Reservoir(ROOMY)
    ahead = ReadAhead(ReadAheadLimits(requests=1, bytes=1), reservoir)
    for size in sizes:
        ahead.queued(size)
        ahead.took(size)
    for size in sizes:
        ahead.started(size)
        ahead.gave(size)

    assert (ahead.full, reservoir.held) == (False, 0)
