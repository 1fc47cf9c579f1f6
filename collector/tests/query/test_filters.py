"""Filter expressions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tallymark_collector.query.filters import Filter, describe, matches, properties_in
from tallymark_collector.query.values import UNDEFINED

PROPERTIES: dict[str, Any] = {
    "plan": "pro", "price": 10, "empty": "", "nothing": None, "tags": ["a", "B"], "on": True,
}  # fmt: skip


def holds(**condition: Any) -> bool:  # noqa: ANN401 -- a condition's value is any JSON
    """Tell whether a condition holds for PROPERTIES."""
    return matches(Filter(**condition), lambda name: PROPERTIES.get(name, UNDEFINED))


@pytest.mark.parametrize(
    ("name", "op", "value", "expected"),
    [
        ("plan", "is", "pro", True),
        ("plan", "is", ["free", "pro"], True),
        ("plan", "is", "Pro", False),
        ("price", "is", 10.0, True),
        ("on", "is", 1, False),
        ("tags", "is", "a", True),
        ("nothing", "is", None, True),
        ("missing", "is", None, False),
        ("plan", "contains", "R", True),
        ("tags", "contains", "b", True),
        ("price", "contains", "1", False),
        ("price", "gt", 9.5, True),
        ("price", "gt", "9", False),
        ("price", "lte", 10, True),
        ("plan", "gte", "pr", True),
        ("price", "between", [10, 11], True),
        ("price", "between", [11, 12], False),
        ("missing", "lt", 1, False),
    ],
)
def test_operators(name: str, op: str, value: object, expected: bool) -> None:  # noqa: FBT001
    """Each operator must hold as its definition says, for the types it is about only."""
    assert expected == holds(property=name, op=op, value=value)


@pytest.mark.parametrize(
    ("name", "expected"), [("plan", True), ("empty", True), ("nothing", True), ("missing", False)]
)
def test_set_means_defined(name: str, expected: bool) -> None:  # noqa: FBT001
    """Null and "" are values: only a missing property is not set."""
    assert (expected, not expected) == (
        holds(property=name, op="set"),
        holds(property=name, op="not_set"),
    )


@given(st.sampled_from([*PROPERTIES, "missing"]), st.sampled_from(["pro", 10, "", None, "a"]))
def test_negations_are_exact(name: str, value: object) -> None:
    """`is_not` must be what `is` is not, for undefined properties too."""
    assert holds(property=name, op="is_not", value=value) != holds(
        property=name, op="is", value=value
    )


def test_joined_conditions() -> None:
    """All, any and not must join conditions, also nested."""
    yes = {"property": "plan", "value": "pro"}
    no = {"property": "plan", "value": "free"}
    assert holds(all=[yes, {"any": [no, {"not": no}]}])
    assert not holds(any=[no, {"not": yes}])
    assert (holds(all=[]), holds(any=[])) == (True, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"property": "a"},
        {"property": "a", "op": "set", "value": 1},
        {"property": "a", "op": "between", "value": 1},
        {"property": "a", "op": "contains", "value": 1},
        {"property": "a", "value": 1, "any": []},
        {"not": {"property": "a", "op": "set"}, "op": "is"},
        {"property": "a", "op": "like", "value": "x"},
    ],
)
def test_wrong_filters_are_refused(wrong: dict[str, Any]) -> None:
    """A filter that can be read in two ways, or in none, must be refused."""
    with pytest.raises(ValidationError):
        Filter.model_validate(wrong)


def test_words_and_names() -> None:
    """A filter must be said in words, and tell the properties it asks about."""
    joined = Filter.model_validate(
        {"all": [
            {"property": "plan", "value": ["pro", "free"]},
            {"not": {"property": "price", "op": "between", "value": [1, 2]}},
            {"property": "on", "op": "not_set"},
        ]}
    )  # fmt: skip
    assert describe(joined) == (
        "plan is pro or free and (not price is between 1 and 2) and on is not set"
    )
    assert list(properties_in(joined)) == ["plan", "price", "on"]
