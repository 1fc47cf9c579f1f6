"""What may be asked, and how a wrong question is answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.problem import Problem
from tallymark_collector.query.durations import DAY
from tallymark_collector.query.question import (
    QUESTIONS,
    FrequencyQuestion,
    FunnelQuestion,
    RetentionQuestion,
    TrendsQuestion,
    parse,
)

FUNNEL = {"steps": ["a", "b"]}
TRENDS = {"events": ["a"]}
RETENTION = {"birth_event": "a", "return_event": "b"}
GOOD: dict[str, dict[str, Any]] = {
    "funnel": FUNNEL,
    "trends": TRENDS,
    "retention": RETENTION,
    "frequency": {"event": "A"},
}


def test_defaults() -> None:
    """A question that names only its steps must have the documented defaults."""
    question = parse(FunnelQuestion, FUNNEL)
    given = (question.window, question.order, question.count, question.reentry, question.grace)
    assert given == (7 * DAY, "ordered", "uniques", "first", 0)


def test_plain_names_and_titles() -> None:
    """A string must stand for the events of that name; unions and labels must have titles."""
    events = ["a", {"any": ["b", {"event": "c"}]}, {"event": "d", "label": "D"}, "*"]
    question = parse(TrendsQuestion, {"events": events})
    assert [one.title for one in question.events] == ["a", "b or c", "D", "any event"]


@pytest.mark.parametrize(
    ("report", "change", "path", "says"),
    [
        ("funnel", {"steps": ["a"]}, "steps", "at least 2"),
        ("funnel", {"steps": ["a", 3]}, "steps[1]", "object"),
        ("funnel", {"steps": ["a", {"evnt": "b"}]}, "steps[1].evnt", "no field"),
        ("funnel", {"steps": ["a", {"label": "b"}]}, "steps[1]", "name either"),
        ("funnel", {"window": "7x"}, "window", "for example 7d"),
        ("funnel", {"window": "400d"}, "window", "less than or equal"),
        ("funnel", {"order": "loose"}, "order", "'ordered', 'any' or 'strict'"),
        ("funnel", {"count": "totals", "reentry": "best"}, "reentry", "totals re-enter anyway"),
        ("funnel", {"grace": "2s", "order": "strict"}, "grace", "grace"),
        ("funnel", {"attribution": "step:3"}, "attribution", "step 3 of 2"),
        ("funnel", {"attribution": "middle"}, "attribution", "pattern"),
        (
            "funnel",
            {"exclude": [{"event": "x", "after": 2}]},
            "exclude[0]",
            "between steps 2 and 2",
        ),
        ("funnel", {"steps": ["a", {"event": "b", "anchor": True}]}, "steps[1].anchor", "anchor"),
        ("funnel", {"hold": ["a", "b", "c", "d"]}, "hold", "at most 3"),
        ("funnel", {"sum": 1}, "sum", "string"),
        ("trends", {"events": []}, "events", "at least 1"),
        ("trends", {"measure": "sum"}, "property", "needs a property"),
        ("trends", {"measure": "p100"}, "measure", "is no measure"),
        ("trends", {"measure": "p9", "property": ""}, "property", ""),
        ("funnel", {"ties": "either", "order": "any"}, "ties", "ordered and strict"),
        ("funnel", {"excluded": "dropped"}, "excluded", "name one in exclude"),
        ("trends", {"property": "price"}, "property", "takes no property"),
        ("trends", {"per_user": "sum"}, "per_user", "name one"),
        ("trends", {"rolling": 7, "cumulative": True}, "rolling", "one of"),
        ("trends", {"formula": "A / B"}, "formula", "names B"),
        ("trends", {"formula": "f()"}, "formula", "may not stand"),
        ("trends", {"segment": "first"}, "segment", "breakdown"),
        ("trends", {"limit": "3"}, "limit", "integer"),
        ("trends", {"limit": True}, "limit", "integer"),
        ("trends", {"timezone": "Mars/X"}, "timezone", "IANA"),
        ("trends", {"from": "2026-02-30"}, "from", "date"),
        ("trends", {"from": "2026-03-02", "to": "2026-03-01"}, "to", "before it begins"),
        ("trends", {"where": {"property": "a", "op": "gt"}}, "where", "needs a value"),
        ("retention", {"brackets": [[3, 1]]}, "brackets[0]", "from low to high"),
        ("retention", {"match": "both"}, "match", "name one in by"),
        ("retention", {"measure": "average"}, "property", "needs a property"),
        ("retention", {"buckets": 0}, "buckets", "greater than or equal"),
    ],
)
def test_wrong_questions(report: str, change: dict[str, Any], path: str | None, says: str) -> None:
    """A wrong question must be `bad_question`, with the path and a sentence about it."""
    with pytest.raises(Problem) as caught:
        parse(QUESTIONS[report], {**GOOD[report], **change})
    problem = caught.value
    assert ("bad_question", 422, path) == (problem.code, problem.status, problem.path)
    assert says in problem.detail


@pytest.mark.parametrize("body", [b"", b"[1", b"null", b"\xff", b'{"steps":["a","b"],"x":NaN}'])
def test_bodies_that_are_no_question(body: bytes) -> None:
    """Bytes that are no JSON object must be a problem too, not an error of the server."""
    with pytest.raises(Problem, match="bad_question"):
        parse(FunnelQuestion, body)


def test_compared_values_are_not_repeated() -> None:
    """What a property is compared with may be personal: the detail must not repeat it."""
    wrong = {**TRENDS, "where": {"property": "mail", "op": "contains", "value": 4_711}}
    with pytest.raises(Problem) as caught:
        parse(TrendsQuestion, wrong)
    assert "4711" not in caught.value.detail


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["a", "7d", "2026-01-01", "*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event", "any", "where", "property", "op", "value", "not", "label"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(sorted(QUESTIONS)),
    st.dictionaries(
        st.sampled_from(
            [*FunnelQuestion.model_fields, *TrendsQuestion.model_fields,
             *RetentionQuestion.model_fields, *FrequencyQuestion.model_fields, "from"]
        ),
        JSON,
        max_size=4,
    ),
)  # fmt: skip
def test_any_json_is_a_question_or_a_problem(report: str, fields: dict[str, Any]) -> None:
    """No JSON may raise anything but `bad_question`."""
    try:
        parse(QUESTIONS[report], {**GOOD[report], **fields})
    except Problem as problem:
        assert problem.code == "bad_question"  # noqa: PT017 -- a good question raises nothing
