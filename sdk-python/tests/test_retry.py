"""The way to a collector: waits, caps and the budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark.answer import Answer
from tallymark.draws import backoff, draws
from tallymark.retry import BUDGET_FLOOR, Budget, Draws, Link
from tallymark_protocol.retry import ceiling_ms

HALF = Draws(lambda failures: ceiling_ms(failures) / 2, lambda: 0.5)


@given(st.integers(1, 60))
def test_draws_are_within_the_ceiling(failures: int) -> None:
    """Tenacity's waits lie within the protocol's ceiling (RTY-1)."""
    drawn = [backoff(failures) for _ in range(50)]
    assert all(0 <= wait <= ceiling_ms(failures) for wait in drawn)
    assert max(drawn) > ceiling_ms(failures) / 2


def test_spread() -> None:
    """The jitter's share is between nothing and all."""
    spread = draws().spread
    assert all(0 <= spread() < 1 for _ in range(100))


def test_waits_grow_and_end_with_an_answer() -> None:
    """Each failure in a row waits longer; an answer that proves itself ends that."""
    link = Link(HALF)
    ends = []
    for _ in range(4):
        link.failed(Answer("backoff"), link.blocked_until)
        ends.append(link.blocked_until)
    assert ends == [250, 750, 1_750, 3_750]
    assert link.probing
    link.answered()
    assert (link.failures, link.probing) == (0, False)


@pytest.mark.parametrize(
    ("action", "times", "trouble"),
    [
        ("pause", 1, "auth_error"),
        ("stop", 1, "unsupported_version"),
        ("quota", 1, "quota"),
        ("intercepted", 2, None),
        ("intercepted", 3, "intercepted"),
        ("unavailable", 2, None),
        ("unavailable", 3, "unavailable"),
        ("backoff", 9, None),
    ],
)
def test_trouble(action: str, times: int, trouble: str | None) -> None:
    """What a person has to know is surfaced, at once or after three in a row; success clears it."""
    link = Link(HALF)
    for _ in range(times):
        link.failed(Answer(action), 0)
    assert trouble == link.trouble
    link.answered()
    assert link.trouble is None


def test_retry_after_is_a_floor_with_jitter() -> None:
    """Retry-After holds at least, with up to a fifth on top (RTY-5)."""
    link = Link(HALF)
    link.failed(Answer("throttle", floor_ms=10_000), 0)
    assert link.blocked_until == 11_000


def test_cap_is_remembered_and_raised() -> None:
    """A size that was too much caps batches for ten minutes, unless a larger one is taken."""
    link = Link(HALF)
    link.cap(10, 1_000, 0)
    assert link.limit(100, 9_999, 1) == (10, 1_000)
    link.fits(50, 5_000)
    assert link.limit(100, 9_999, 1) == (50, 5_000)
    assert link.limit(100, 9_999, 600_000) == (100, 9_999)


def test_budget() -> None:
    """Extra requests beyond a tenth, or the floor, wait until the minute is over (RTY-6)."""
    budget = Budget()
    for now in range(BUDGET_FLOOR):
        assert budget.free_at(now) == now
        budget.note(now, extra=True)
    assert budget.free_at(BUDGET_FLOOR) == 60_000
    assert budget.free_at(60_000) == 60_000


def test_budget_grows_with_traffic() -> None:
    """A busy connection may repeat a tenth of its requests."""
    budget = Budget()
    for _ in range(1_000):
        budget.note(0, extra=False)
    for _ in range(100):
        assert budget.free_at(1) == 1
        budget.note(1, extra=True)
    for _ in range(20):
        budget.note(1, extra=True)
    assert budget.free_at(1) > 1


@given(st.lists(st.tuples(st.sampled_from(["backoff", "throttle", "intercepted"]), st.booleans())))
def test_budget_bounds_failures(steps: list[tuple[str, bool]]) -> None:
    """However failures and successes mix, a link never lets more extras through than allowed."""
    link = Link(Draws(lambda _: 0, lambda: 0))
    now = 0
    for action, good in steps:
        now = max(now, link.blocked_until)
        link.budget.note(now, extra=True)
        if good:
            link.answered()
        else:
            link.failed(Answer(action), now)
            assert link.blocked_until >= link.budget.free_at(now)
