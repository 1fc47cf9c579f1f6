from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol._generated.codes import PROBLEMS
from tallymark_protocol._generated.retry import ACTIONS, RETRY_AFTER_CAP_MS, TABLE
from tallymark_protocol.retry import ceiling_ms, classify, retry_after_ms

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_795_576_582_000
LOSES = {"bisect", "halve"}


def test_retry_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every vector's answer or count gives the vector's action or wait (RTY-01, RTY-05, RTY-07)."""
    for vector in vectors("retry"):
        given_ = vector["input"]
        if given_["op"] == "classify":
            actual: object = classify(given_["status"], given_["code"], given_["proven"])
        elif given_["op"] == "ceiling":
            actual = ceiling_ms(given_["failures"])
        else:
            actual = retry_after_ms(given_["value"], given_["now"])
        assert vector["expect"] == actual, vector["id"]


@given(st.integers(-5, 2000), st.none() | st.text(max_size=9), st.booleans())
def test_every_answer_has_an_action(status: int, code: str | None, proven: bool) -> None:
    """Any status, code and proof lead to an action of the registry (RTY-07)."""
    assert classify(status, code, proven) in ACTIONS


@given(st.integers(-5, 2000), st.none() | st.sampled_from(sorted(PROBLEMS)))
def test_only_a_proof_settles(status: int, code: str | None) -> None:
    """Without a proof nothing is ever released (ACK-01)."""
    assert "settle" != classify(status, code, proven=False)


def test_server_errors_and_key_errors_lose_nothing() -> None:
    """No 5xx and no 401 or 403 leads to an action that can drop an event (AUTH-05)."""
    assert not LOSES & {
        classify(status, None, proven=False) for status in (401, 403, *range(500, 600))
    }


def test_retryable_problems_lose_nothing() -> None:
    """A problem that calls itself retryable leads to no loss, one that does not to no settling."""
    for problem in PROBLEMS.values():
        action = classify(problem.status, problem.code, proven=False)
        assert not (problem.retryable and action in LOSES), problem.code


def test_each_row_of_the_table_is_reached() -> None:
    """No row is hidden behind an earlier one."""
    for rule in TABLE:
        hits = [
            next(
                r
                for r in TABLE
                if r.low <= status <= r.high
                and r.code in (None, rule.code)
                and r.proven in (None, rule.proven)
            )
            for status in range(rule.low, rule.high + 1)
        ]
        assert rule in hits


@given(st.integers(0, 200))
def test_ceilings_never_fall(failures: int) -> None:
    """More failures never shorten the longest wait, and it stays within five minutes (RTY-01)."""
    assert ceiling_ms(failures) <= ceiling_ms(failures + 1) <= 300_000


@given(st.none() | st.text(max_size=40))
def test_any_retry_after_is_read_without_error(value: str | None) -> None:
    """Any header gives nothing or a wait of at most an hour (RTY-05)."""
    wait = retry_after_ms(value, NOW)
    assert wait is None or 0 <= wait <= RETRY_AFTER_CAP_MS
