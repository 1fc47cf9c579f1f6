"""Conditions on the command line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.cli.conditions import all_of, parse_condition
from tallymark_collector.cli.failure import Failure
from tallymark_collector.query.filters import Filter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("platform=mobile", {"property": "platform", "op": "is", "value": "mobile"}),
        ("price >= 10.5", {"property": "price", "op": "gte", "value": 10.5}),
        ("on!=true", {"property": "on", "op": "is_not", "value": True}),
        ('os=["mac","win"]', {"property": "os", "op": "is", "value": ["mac", "win"]}),
        ('zip="01234"', {"property": "zip", "op": "is", "value": "01234"}),
        ("name~5", {"property": "name", "op": "contains", "value": "5"}),
        ("name!~x y", {"property": "name", "op": "not_contains", "value": "x y"}),
        ("plan", {"property": "plan", "op": "set"}),
        ("!plan", {"property": "plan", "op": "not_set"}),
        ("url=a=b", {"property": "url", "op": "is", "value": "a=b"}),
    ],
)
def test_conditions(text: str, expected: dict[str, Any]) -> None:
    """Each form must be the filter it looks like, its value JSON where it can be."""
    assert expected == parse_condition(text)


@pytest.mark.parametrize("wrong", ["", "=", "==1", "!", "~x", "!=3"])
def test_wrong_conditions(wrong: str) -> None:
    """What has no property name must be refused with examples."""
    with pytest.raises(Failure) as caught:
        parse_condition(wrong)
    assert "platform=mobile" in caught.value.advice


def test_several_conditions() -> None:
    """No condition is no filter, one is itself, several must all hold."""
    one = parse_condition("a=1")
    assert (None, one, {"all": [one, one]}) == (
        all_of([]),
        all_of(["a=1"]),
        all_of(["a=1", "a=1"]),
    )


@given(st.text(max_size=20))
def test_any_text_is_a_filter_or_a_failure(text: str) -> None:
    """Whatever is read as a condition must be a filter the API takes."""
    try:
        condition = parse_condition(text)
    except Failure:
        return
    assert Filter.model_validate(condition).property == condition["property"]
