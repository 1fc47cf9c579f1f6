"""Envelopes: values for what is right, the first issue for what is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.ingest.envelope import read_envelope
from tallymark_collector.problem import Problem
from tallymark_collector.store.log import Loss

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def test_nulls_are_absent_and_integral_floats_are_integers() -> None:
    """VAL-01 and VAL-02 hold for every field of the envelope."""
    envelope = read_envelope(
        {"v": 1.0, "stream": STREAM, "seq": 3.0, "hwm": 9, "fin": None, "t0": 7.0, "events": []}
    )

    assert (3, 9, False, 7, "anchored") == (
        envelope.seq,
        envelope.hwm,
        envelope.fin,
        envelope.t0,
        envelope.clock,
    )
    assert type(envelope.seq) is int


def test_losses_are_normalised_ranges_or_counts() -> None:
    """Ranges are sorted and joined (LED-03)."""
    ranged = {"reason": "hook", "ranges": [[5, 6], [1, 2], [3, 3]]}
    envelope = read_envelope(
        {"v": 1, "stream": STREAM, "seq": 1, "hwm": 6, "t0": 0, "events": [], "drops": [ranged]}
    )
    streamless = read_envelope(
        {"v": 1, "t0": 0, "events": [], "drops": [{"reason": "hook", "count": 4}]}
    )

    assert envelope.losses == (Loss("hook", ((1, 3), (5, 6)), 5),)
    assert streamless.losses == (Loss("hook", (), 4),)


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"v": 2}, "unsupported_version", "v"),
        ({"t0": "1"}, "malformed", "t0"),
        ({"stream": "x"}, "malformed", "stream"),
        ({"events": [{}] * 2_001}, "too_many_events", "events"),
        ({"events": {}}, "malformed", "events"),
        ({"drops": [{"reason": "lost"}]}, "malformed", "drops.0.reason"),
    ],
)
def test_the_first_issue_is_the_problem(change: dict[str, Any], code: str, path: str) -> None:
    """Code, path and errors name what is wrong (ENV-01, ENV-10, ENV-11)."""
    with pytest.raises(Problem, match=code) as caught:
        read_envelope({"v": 1, "t0": 0, "events": []} | change)

    assert caught.value.path == path
    assert [path] == [error["path"] for error in caught.value.errors]


@given(
    st.recursive(st.none() | st.integers() | st.text(), st.lists)
    | st.dictionaries(
        st.sampled_from(["v", "t0", "events", "stream", "drops"]),
        st.integers() | st.lists(st.none()),
    )
)
def test_anything_is_an_envelope_or_a_problem(value: object) -> None:
    """Nothing decoded from JSON raises anything else."""
    try:
        read_envelope(value)
    except Problem as problem:
        status = problem.status
    else:
        status = 200
    assert status in (200, 400, 413)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"hwm": None}, "the envelope has no hwm"),
        ({"stream": "pump\u202e7"}, "the envelope's stream cannot be 'pump\\u202e7'"),
        ({"stream": "x" * 99}, f"the envelope's stream cannot be '{'x' * 60}'…"),
        ({"t0": True}, "the envelope's t0 cannot be true"),
        ({"events": {"a": 1}}, "the envelope's events cannot be an object"),
        ({"drops": [{"reason": 5}]}, "the envelope's drops.0.reason cannot be 5"),
    ],
)
def test_a_problem_says_what_is_wrong_with_which_value(change: dict[str, Any], detail: str) -> None:
    """What is missing is told as missing, a wrong value is shown, printable and short (ENV-11)."""
    whole = {"v": 1, "stream": STREAM, "seq": 1, "hwm": 1, "t0": 0, "events": []}
    with pytest.raises(Problem) as caught:
        read_envelope({**whole, **change})
    assert detail == caught.value.detail
