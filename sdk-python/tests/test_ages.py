"""Ages of events, known coarsely."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tallymark.ages import Ages


def test_expires_once() -> None:
    """A number expires when it is old enough, and is named once."""
    ages = Ages(1_000)
    ages.note(5, 0)
    assert ages.next_expiry() == 1_000
    assert ages.expired(999) == 0
    assert ages.expired(1_000) == 5
    assert ages.expired(2_000) == 0


def test_again() -> None:
    """What cannot be given up now is named again."""
    ages = Ages(1_000)
    ages.note(5, 0)
    ages.again(ages.expired(1_000), 1_000)
    assert ages.expired(1_001) == 5


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 3)), max_size=60))
def test_never_early_and_at_most_a_step_late(steps: list[tuple[int, int]]) -> None:
    """No number expires before its age; none is kept longer than a 64th beyond it."""
    ages, now, assigned, born = Ages(6_400), 0, 0, {}
    for wait, number in steps:
        now += wait
        for _ in range(number):
            assigned += 1
            born[assigned] = now
        ages.note(assigned, now)
    alive = set(born)
    for at in range(0, now + 6_600, 50):
        end = ages.expired(at)
        for seq in [seq for seq in alive if seq <= end]:
            assert at - born[seq] >= 6_400 - 100
            alive.discard(seq)
    assert not alive
