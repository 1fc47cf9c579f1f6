"""Events decoded from the log's bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.event import Event, Operation, decode
from tallymark_collector.query.values import UNDEFINED
from tallymark_collector.store.log import StoredEvent


def stored(body: dict[str, Any]) -> StoredEvent:
    """Return a row of the log with that body."""
    return StoredEvent(7, "s", 3, None, 200, 100, 150, json.dumps(body).encode())


def decoded(**body: Any) -> Event:  # noqa: ANN401 -- JSON
    """Return the event a body is decoded to."""
    found = decode(stored(body))
    assert isinstance(found, Event)
    return found


def test_own_fields_come_before_the_context() -> None:
    """User, device and session must be the event's own, else the context's."""
    context = {"user_id": "cu", "device_id": "cd", "session_id": "cs"}
    own, shared = decoded(e="a", u="u", ctx=context), decoded(e="a", ctx=context)
    assert (own.user, own.device, own.session) == ("u", "cd", "cs")
    assert (shared.user, shared.pos, shared.ts) == ("cu", 7, 150)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plan", "pro"),
        ("$event", "a"),
        ("$user_id", "u"),
        ("$session_id", UNDEFINED),
        ("$group.company", "acme"),
        ("$group.team", UNDEFINED),
        ("locale", "cs"),
        ("os.name", "Linux"),
        ("os.version", UNDEFINED),
        ("nothing", None),
        ("missing", UNDEFINED),
    ],
)
def test_lookup(name: str, expected: object) -> None:
    """A name must find the property, the event's field or the context, in that order."""
    event = decoded(
        e="a",
        u="u",
        g={"company": "acme"},
        p={"plan": "pro", "nothing": None},
        ctx={"locale": "cs", "os": {"name": "Linux"}, "plan": "other"},
    )
    assert expected == event.lookup(name)


@pytest.mark.parametrize(("kind", "name"), [("page", "$page"), ("screen", "$screen")])
def test_pages_and_screens(kind: str, name: str) -> None:
    """Pages and screens must have their fixed names; their own is the property `$name`."""
    event = decoded(k=kind, e="Pricing", p={"$path": "/p"})
    assert (name, {"$name": "Pricing", "$path": "/p"}) == (event.name, event.properties)


def test_operations_are_no_events() -> None:
    """Identify and alias must come as operations with the ids that hold for them."""
    link = decode(stored({"k": "identify", "u": "u", "ctx": {"device_id": "d"}}))
    assert isinstance(link, Operation)
    assert (link.kind, link.body["u"], link.body["d"]) == ("identify", "u", "d")


@pytest.mark.parametrize("kind", ["profile", "group", "exposure", "something_new"])
def test_other_kinds_are_left_out(kind: str) -> None:
    """Kinds that are neither events nor links must be left out, unknown ones too (VAL-5)."""
    assert decode(stored({"k": kind, "u": "u"})) is None


@given(
    st.dictionaries(
        st.sampled_from(["k", "e", "u", "d", "s", "p", "ctx", "g"]),
        st.none() | st.integers() | st.text(max_size=4) | st.lists(st.none(), max_size=2),
    )
)
def test_decoding_never_fails_on_json(body: dict[str, Any]) -> None:
    """A row of odd types must decode to something or be left out, never raise."""
    found = decode(stored(body))
    assert found is None or found.pos == 7
