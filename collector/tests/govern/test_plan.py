"""Tracking plans: what is a plan, what fits it, and what two of them differ in."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.govern.plan.difference import Change, differences, document
from tallymark_collector.govern.plan.fit import misfit
from tallymark_collector.govern.plan.model import Plan, PlanError, of_document, read
from tallymark_collector.govern.plan.schema import KEYWORDS, faults_of_schema, first_fault

PLAN = """
version: 1
mode: warn
unplanned: quarantine
events:
  Order Completed:
    description: A paid order.
    owner: checkout
    mode: reject
    required: [total, currency]
    additionalProperties: false
    properties:
      total: {type: number, minimum: 0}
      currency: {enum: [EUR, USD]}
      items: {type: array, maxItems: 2, items: {type: object, required: [sku]}}
  Signed Up:
"""


def test_a_plan_is_read_from_yaml() -> None:
    """Modes fall back to the plan's; an event without a body is planned with any properties."""
    plan = read(PLAN)
    assert plan.events["Order Completed"].mode == "reject"
    assert plan.events["Signed Up"].mode == "warn"
    assert misfit(plan, "Signed Up", {"anything": [1]}) is None


@pytest.mark.parametrize(
    ("properties", "path", "text"),
    [
        ({"currency": "EUR"}, "p.total", "is missing"),
        ({"total": "9", "currency": "EUR"}, "p.total", "is string, not number"),
        ({"total": True, "currency": "EUR"}, "p.total", "is boolean, not number"),
        ({"total": -1, "currency": "EUR"}, "p.total", "is below 0"),
        ({"total": 1, "currency": "GBP"}, "p.currency", "is none of the planned values"),
        ({"total": 1, "currency": "EUR", "x": 1}, "p.x", "is not in the plan"),
        ({"total": 1, "currency": "EUR", "items": [{}]}, "p.items.0.sku", "is missing"),
        (
            {"total": 1, "currency": "EUR", "items": [{"sku": 1}] * 3},
            "p.items",
            "has more elements than 2",
        ),
    ],
)
def test_what_does_not_fit_is_named(properties: dict[str, Any], path: str, text: str) -> None:
    """The path in the event, what is wrong, and the event's own mode."""
    found = misfit(read(PLAN), "Order Completed", properties)
    assert found is not None
    assert (found.mode, found.fault.path, found.fault.text) == ("reject", path, text)


def test_what_the_sdk_adds_is_never_unplanned() -> None:
    """Names and properties with `$` are ours; any other name the plan lacks is its `unplanned`."""
    plan = read(PLAN)
    good = {"total": 1, "currency": "EUR", "$url": "https://a.example/"}
    assert misfit(plan, "Order Completed", good) is None
    assert misfit(plan, "$page", {}) is None
    found = misfit(plan, "Odrer Completed", {})
    assert found is not None
    assert (found.mode, found.fault.path) == ("quarantine", "e")
    assert misfit(Plan(), "Anything", {}) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[]", ""),
        ("a: [", ""),
        ("version: 2", "version"),
        ("version: 1\nmode: strict", "mode"),
        ("version: 1\nevent: {}", "event"),
        ("version: 1\nevents: {1: {}}", "events.1"),
        ("version: 1\nevents: {A: {propertys: {}}}", "events.A.propertys"),
        ("version: 1\nevents: {A: {properties: {x: {type: text}}}}", "events.A.properties.x.type"),
        (
            "version: 1\nevents: {A: {properties: {x: {pattern: (a+)+}}}}",
            "events.A.properties.x.pattern",
        ),
        (
            "version: 1\nevents: {A: {properties: {x: {minimum: low}}}}",
            "events.A.properties.x.minimum",
        ),
        ("version: 1\nevents: {A: {required: total}}", "events.A.required"),
        ("version: 1\nevents: {A: {properties: [x]}}", "events.A.properties"),
        ("version: 1\nevents: {A: {properties: {x: {enum: []}}}}", "events.A.properties.x.enum"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_path(text: str, path: str) -> None:
    """Nothing is ignored: a misspelt word would be a rule that never holds."""
    with pytest.raises(PlanError) as refused:
        read(text)
    assert refused.value.faults[0].path == path


def test_all_faults_are_told_at_once() -> None:
    """Whoever mends a plan mends it once."""
    with pytest.raises(PlanError, match="2 more") as refused:
        read("version: 1\nmode: x\nunplanned: y\nevents: {A: {mode: z}}")
    assert [fault.path for fault in refused.value.faults] == ["mode", "unplanned", "events.A.mode"]


def test_a_plan_that_refers_to_itself_is_refused() -> None:
    """YAML can say what JSON cannot: an anchor inside itself is nested too deeply."""
    with pytest.raises(PlanError, match="nested deeper"):
        read("version: 1\nevents: {A: {properties: &a {x: {properties: *a}}}}")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text("ab", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
_NUMBERS = st.integers(-2, 2) | st.floats(-2, 2)
_COUNTS = st.integers(0, 3)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = ("null", "boolean", "integer", "number", "string", "array", "object")
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(names)
            | st.lists(st.sampled_from(names), min_size=1, unique=True),
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "const": VALUES,
            "minimum": _NUMBERS,
            "maximum": _NUMBERS,
            "exclusiveMinimum": _NUMBERS,
            "exclusiveMaximum": _NUMBERS,
            "minLength": _COUNTS,
            "maxLength": _COUNTS,
            "minItems": _COUNTS,
            "maxItems": _COUNTS,
            "required": st.lists(st.sampled_from("abc"), max_size=2),
            "additionalProperties": st.booleans(),
            "items": inner,
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        },
    )


SCHEMAS = _schemas(_schemas(st.just({})))


@given(SCHEMAS, VALUES)
def test_the_verdict_is_that_of_json_schema(schema: dict[str, Any], value: object) -> None:
    """Whatever the keywords say together, an independent implementation says the same."""
    assert not list(faults_of_schema(schema, ""))
    theirs = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (first_fault(schema, value) is None) is theirs


DOCUMENTS = st.recursive(
    VALUES, lambda inner: st.dictionaries(st.sampled_from(sorted(KEYWORDS)), inner)
)


def refusal_of(document: object) -> PlanError | None:
    """Judge an event by a document; return why it is no plan, None if it is one."""
    try:
        misfit(of_document(document), "A", {"x": 1})
    except PlanError as error:
        return error
    return None


@given(DOCUMENTS)
def test_any_document_is_a_plan_or_refused(value: object) -> None:
    """No document breaks the reader, and what is refused is refused for a reason."""
    for one in (value, {"version": 1, "events": {"A": {"properties": {"x": value}}}}):
        refusal = refusal_of(one)
        assert refusal is None or refusal.faults


def test_a_plan_survives_being_written() -> None:
    """Its document reads as the same plan."""
    plan = read(PLAN)
    assert read(json.dumps(document(plan))) == plan
    assert differences(plan, plan) == ()


def test_differences_are_told_by_path() -> None:
    """What was added, removed and changed, with both sides."""
    before = read(PLAN)
    after = read(PLAN.replace("minimum: 0", "minimum: 1").replace("  Signed Up:\n", "  Left:\n"))
    assert differences(before, after) == (
        Change("added", "events.Left", None, {}),
        Change("changed", "events.Order Completed.properties.total.minimum", 0, 1),
        Change("removed", "events.Signed Up", {}),
    )
