"""Tests for reports/properties.py: what a question can be asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.event import Event
from tallymark_collector.query.people import People
from tallymark_collector.query.plan import Bounds
from tallymark_collector.query.snapshot import Snapshot
from tallymark_collector.query.values import UNDEFINED
from tallymark_collector.reports.answers import answer
from tallymark_collector.reports.properties import (
    MAX_LENGTH,
    MAX_PROPERTIES,
    MAX_VALUES,
    properties,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, 1.0, "", "1", "a", "B"])
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.just({"deep": 1}))
PROPERTIES = st.dictionaries(st.sampled_from(["x", "y", "os.name", "__proto__"]), VALUES)


def snapshot_of(events: Sequence[Event]) -> Snapshot:
    """Return a snapshot of events."""
    return Snapshot(events, People(), Bounds(0, len(events)), len(events), 0)


def event(pos: int, own: dict[str, Any], context: dict[str, Any] | None = None) -> Event:
    """Return an event with properties and a context."""
    return Event(pos, pos, f"e{pos % 2}", "ann", None, None, own, context or {}, {"company": "c1"})


def found(events: Sequence[Event]) -> dict[str, Any]:
    """Return what is known of each property."""
    listed: Any = properties(snapshot_of(events))["properties"]
    return {one["name"]: one for one in listed}


@given(own=st.lists(PROPERTIES, min_size=1, max_size=12))
def test_an_offered_value_finds_the_events_it_was_counted_in(own: list[dict[str, Any]]) -> None:
    """Asked as a filter, name and value give exactly as many events, whatever their type."""
    events = [event(pos, one) for pos, one in enumerate(own, start=1)]
    snapshot = snapshot_of(events)
    for name, known in found(events).items():
        assert known["count"] == sum(one.lookup(name) is not UNDEFINED for one in events)
        for value in known["values"]:
            where = {"property": name, "op": "is", "value": value["value"]}
            report: Any = answer("trends", {"events": ["*"], "where": where}, snapshot)
            total = report["series"][0]["total"]
            assert 0 < total <= value["count"]
            if not any(isinstance(one.lookup(name), list) for one in events):
                assert total == value["count"]


def test_names_are_those_a_question_takes() -> None:
    """Of the context with dots, of groups with their prefix; an event's own comes first."""
    known = found(
        [event(1, {"plan": "free", "os.name": "own"}, {"os": {"name": "x"}, "locale": "de"})]
    )
    assert set(known) == {"plan", "os.name", "locale", "$group.company"}
    assert known["os.name"]["values"] == [{"value": "own", "count": 1}]
    assert known["$group.company"]["values"] == [{"value": "c1", "count": 1}]


def test_the_most_frequent_come_first() -> None:
    """Properties and values alike, each with its count and the events that have it."""
    events = [event(1, {"a": "x", "n": 1}), event(2, {"a": "x"}), event(3, {"a": "y", "n": "1"})]
    known = found(events)
    assert list(known)[:2] == ["$group.company", "a"]
    assert known["a"]["values"] == [{"value": "x", "count": 2}, {"value": "y", "count": 1}]
    assert known["a"]["events"] == ["e0", "e1"]
    assert (known["n"]["count"], known["n"]["numbers"]) == (2, 1)


def test_the_answer_stays_small() -> None:
    """However many names and values there are; long texts are not offered, objects neither."""
    events = [event(n, {f"p{n}": n, "id": f"id-{n}"}) for n in range(MAX_PROPERTIES + 50)]
    events.append(event(1, {"text": "x" * (MAX_LENGTH + 1), "object": {"a": 1}}))
    answered: Any = properties(snapshot_of(events))
    assert len(answered["properties"]) == MAX_PROPERTIES
    assert answered["more_properties"] == 54
    known = {one["name"]: one for one in answered["properties"]}
    assert len(known["id"]["values"]) == MAX_VALUES
    assert known["id"]["more_values"] == MAX_PROPERTIES
    shown = found([event(1, {"text": "x" * (MAX_LENGTH + 1), "object": {"a": 1}})])
    assert shown["text"]["values"] == []
    assert shown["object"]["values"] == []
