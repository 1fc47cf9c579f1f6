from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol import limits
from tallymark_protocol.clock import correct, skew

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = st.integers(-(2**53), 2**53)
NOW = 1_795_000_000_000


def test_skew_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every vector's times give the vector's time or verdict (CLK-02 to CLK-07)."""
    for vector in vectors("skew"):
        assert vector["expect"] == correct(**vector["input"]), vector["id"]


@given(TIMES, st.none() | TIMES, st.sampled_from(["anchored", "wall", "none"]), st.booleans())
def test_result_is_never_ahead_nor_too_old(
    t: int, sent: int | None, clock: str, imported: bool
) -> None:
    """Whatever a client says, the time lies in the window or there is a verdict (CLK-04)."""
    ts = correct(t, sent, NOW, clock, imported=imported)
    oldest = limits.IMPORT_EPOCH_MS if imported else NOW - limits.MAX_AGE_MS
    assert ts in ("bad_time", "too_old") or (isinstance(ts, int) and oldest <= ts <= NOW)


@given(st.integers(0, limits.MAX_AGE_MS), st.integers(-(10**12), 10**12))
def test_a_wrong_clock_gives_the_true_time(age: int, wrong: int) -> None:
    """A clock wrong by any amount above the tolerance is corrected exactly (CLK-02)."""
    ts = correct(NOW - age + wrong, NOW + wrong, NOW)
    slack = abs(wrong) if abs(wrong) <= limits.SKEW_TOLERANCE_MS else 0
    assert ts == "too_old" or (isinstance(ts, int) and abs(ts - (NOW - age)) <= slack)


@given(TIMES)
def test_skew_is_zero_or_above_the_tolerance(sent: int) -> None:
    """A skew within the tolerance is not corrected, a larger one in full."""
    assert skew(sent, NOW) in (0, sent - NOW)
    assert abs(sent - NOW) > limits.SKEW_TOLERANCE_MS or skew(sent, NOW) == 0
