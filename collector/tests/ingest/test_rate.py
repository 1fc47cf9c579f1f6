"""Rates: a token bucket per key that may go into debt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.ingest.rate import BURST_S, Rates


def test_no_rate_is_no_limit() -> None:
    """A key without a rate never waits."""
    rates = Rates()
    rates.charge(1, 0, 10**9, 0.0)

    assert rates.wait_ms(1, 0, 0.0) == 0


def test_a_debt_is_waited_for_and_keys_do_not_share() -> None:
    """30 events at 10 a second: the burst of 20 is used up, the rest is paid in a second."""
    rates = Rates()
    assert rates.wait_ms(1, 10, 0.0) == 0
    rates.charge(1, 10, 30, 0.0)

    assert rates.wait_ms(1, 10, 0.0) == 1_100
    assert rates.wait_ms(1, 10, 1.1) == 0
    assert rates.wait_ms(2, 10, 0.0) == 0


@given(st.integers(1, 1_000), st.lists(st.tuples(st.floats(0, 3), st.integers(0, 500)), min_size=1))
def test_a_key_that_waits_as_told_keeps_its_rate(rate: int, steps: list[tuple[float, int]]) -> None:
    """What was sent never exceeds the burst, the rate over time, and one request's debt."""
    rates, now, sent = Rates(), 0.0, 0
    for pause, events in steps:
        now += pause
        wait = rates.wait_ms(7, rate, now)
        now += wait / 1000
        assert rates.wait_ms(7, rate, now) == 0
        before = sent
        rates.charge(7, rate, events, now)
        sent += max(1, events)
        assert before <= max(1.0, rate * BURST_S) + rate * now + 1
