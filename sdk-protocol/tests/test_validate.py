from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol import codes, limits, validate
from tallymark_protocol.checks import Issue

if TYPE_CHECKING:
    from collections.abc import Callable

VALIDATORS = {
    "event": validate.validate_event,
    "flat": validate.validate_flat,
    "context": validate.validate_context,
    "envelope": validate.validate_envelope,
}
KEYS = st.sampled_from(
    ["k", "e", "p", "u", "ctx", "ops", "stream", "events", "drops", "id", "g"]
) | st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


def test_validate_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every vector's value has the vector's first issue, or none (VAL, ENV, EVT, CTX)."""
    for vector in vectors("validate"):
        issue = VALIDATORS[vector["input"]["type"]](json.loads(vector["input"]["text"]))
        expect = vector["expect"] and Issue(**vector["expect"])
        assert expect == issue, vector["id"]


@pytest.mark.parametrize("kind", sorted(VALIDATORS))
@given(value=JSON)
def test_any_json_is_judged_without_error(kind: str, value: object) -> None:
    """No decoded JSON makes a validator raise; a code is always one of the registry."""
    issue = VALIDATORS[kind](value)
    assert issue is None or issue.code in codes.VERDICTS or issue.code in codes.PROBLEMS


@given(JSON)
def test_paths_can_be_written(value: object) -> None:
    """A path is always printable UTF-8 without U+0000, whatever the keys (EVT-10)."""
    issue = validate.validate_event({"e": "x", "p": value})
    path = issue.path if issue else ""
    assert "\0" not in path
    assert path == path.encode().decode()


def test_deep_nesting_is_a_verdict() -> None:
    """100,000 levels are refused at the sixth, without recursion."""
    value: object = 1
    for _ in range(100_000):
        value = [value]
    assert Issue("depth", "p.a.0.0.0.0", 5) == validate.validate_event(
        {"e": "x", "p": {"a": value}}
    )


def test_huge_integers_are_verdicts() -> None:
    """Integers beyond every double are refused, not converted (VAL-08)."""
    assert Issue("bad_type", "p.a") == validate.validate_event({"e": "x", "p": {"a": 10**5000}})
    assert Issue("bad_type", "t") == validate.validate_event({"e": "x", "t": 10**5000})


def test_profiles_must_name_somebody() -> None:
    """A profile operation needs a user or device, its own or its context's (KND-04)."""
    event = {"k": "profile", "ops": {}}
    assert Issue("bad_id", "u") == validate.validate_subject(event, None)
    assert Issue("bad_id", "u") == validate.validate_subject(event, {"user_id": None})
    assert validate.validate_subject({**event, "d": "d-1"}, None) is None
    assert validate.validate_subject(event, {"device_id": "d-1"}) is None
    assert validate.validate_subject({"e": "x"}, None) is None


def test_integer_reads_what_validation_lets_through() -> None:
    """1.0 is 1, null is the default (VAL-02)."""
    assert [1, 1, 7, None] == [
        validate.integer(1.0),
        validate.integer(1),
        validate.integer(None, 7),
        validate.integer(None),
    ]


def test_requirements_are_known(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """The ids the module names cover those its vectors cite of its areas."""
    cited = {
        v["requirement"]
        for v in vectors("validate")
        if v["requirement"][:6] in ("TM-VAL", "TM-ENV", "TM-EVT")
    }
    assert cited <= set(validate.REQUIREMENTS)


def test_answers_are_checked_too() -> None:
    """A full answer, a ledger and a problem pass; with a field of a wrong type they do not."""
    stream = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
    ack = {"upto": 5, "settled": [[7, 9]], "durability": "committed"}
    answer = {
        "v": 1,
        "stream": stream,
        "received": 1,
        "stored": 1,
        "duplicate": 0,
        "ack": ack,
        "now": 5,
    }
    assert validate.validate_answer(answer) is None
    assert Issue("malformed", "ack") == validate.validate_answer({**answer, "ack": None})
    assert Issue("malformed", "ack.settled.0") == validate.validate_answer(
        {**answer, "ack": {**ack, "settled": [[9, 7]]}}
    )
    state = {
        "v": 1,
        "stream": stream,
        "known": False,
        "ack": ack,
        "hwm": 9,
        "fin": False,
        "stored": 0,
    }
    state |= {
        "open_ended": True,
        "rejected": {},
        "dropped": {"expired": 1},
        "unaccounted": 1,
        "now": 5,
    }
    assert validate.validate_stream_state(state) is None
    problem = {"type": "x", "title": "x", "status": 400, "code": "malformed", "retryable": False}
    assert validate.validate_problem(problem) is None
    assert Issue("malformed", "status") == validate.validate_problem({**problem, "status": 200})


def test_limits_are_the_documented_ones() -> None:
    """Some figures SDKs rely on, so that a change of the registry is noticed here (ENV-12)."""
    assert (2000, 1_048_576, 10_485_760, 200) == (
        limits.MAX_EVENTS,
        limits.MAX_BODY,
        limits.MAX_INFLATED,
        limits.MAX_INFLATE_RATIO,
    )
