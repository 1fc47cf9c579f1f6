"""Building events: what a call may hold, and what is made of it."""

from __future__ import annotations

import enum
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark.context import Scope
from tallymark.errors import UsageError
from tallymark.event import Names, build, identifier, memberships, operations, properties_of
from tallymark_protocol.validate import validate_event


class Who(enum.Enum):
    ADA = "ada"


def test_good_name_is_remembered() -> None:
    """A good name passes unchanged and is known from then on."""
    names = Names()
    assert names.check("Order Completed") == ("Order Completed", None)
    assert "Order Completed" in names


def test_memory_of_names_is_bounded() -> None:
    """Names that never repeat do not fill memory."""
    names = Names(limit=2)
    for name in "abc":
        names.check(name)
    assert "c" not in names


@pytest.mark.parametrize("name", ["", None, 5, b"x", [], "$set"])
def test_unusable_name(name: object) -> None:
    """A name that cannot be meant is wrong use."""
    with pytest.raises(UsageError, match="name"):
        Names().check(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a" * 250, "a" * 197 + "…"),
        ("é" * 150, "é" * 98 + "…"),
        ("a\x00b\nc\x7f", "a\ufffdb\ufffdc\ufffd"),
        ("a\ud800", "a\ufffd"),
    ],
)
def test_mended_name(name: str, expected: str) -> None:
    """Too long a name is cut at a character, forbidden characters are replaced; both are said."""
    good, complaint = Names().check(name)
    assert expected == good
    assert complaint is not None
    assert len(good.encode()) <= 200


@given(st.text(st.characters(), min_size=1))
def test_any_text_becomes_a_valid_name(name: str) -> None:
    """Whatever text is a name, the collector accepts what is made of it, or it is wrong use."""
    try:
        good, _ = Names().check(name)
    except UsageError:
        assert name.startswith("$")
        return
    assert validate_event({"e": good, "t": 0}) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("u-1", "u-1"),
        (42, "42"),
        (uuid.UUID(int=1), str(uuid.UUID(int=1))),
        (Who.ADA, "ada"),
        (None, None),
    ],
)
def test_identifier(value: object, expected: str | None) -> None:
    """Ids may be strings, numbers, UUIDs and enums of them."""
    assert expected == identifier("user", value)


@pytest.mark.parametrize("value", [1.5, True, b"x", [], {}])
def test_no_identifier(value: object) -> None:
    """Anything else is wrong use, and the message names the argument."""
    with pytest.raises(UsageError, match="user"):
        identifier("user", value)


def test_memberships() -> None:
    """Groups are names and ids."""
    assert memberships({"company": 7}) == {"company": "7"}
    for wrong in (["company"], {"company": None}, {1: "a"}):
        with pytest.raises(UsageError, match="groups"):
            memberships(wrong)


def test_properties_of() -> None:
    """Properties are a mapping or nothing."""
    assert properties_of(None) == {}
    with pytest.raises(UsageError, match="list"):
        properties_of([1])


def test_operations() -> None:
    """Profile operations may be written with or without the $."""
    assert operations({"set": {"a": 1}, "$add": {"b": 2}}) == {"$set": {"a": 1}, "$add": {"b": 2}}
    wrong: object
    for wrong in ({}, {"put": {}}, [1]):
        with pytest.raises(UsageError):
            operations(wrong)


def test_build_leaves_out_what_is_not_there() -> None:
    """Absent is absent, never null."""
    assert build(None, 5, Scope(), None, None, None, {"e": "a"}, None) == {"t": 5, "e": "a"}


def test_build_merges_the_scope() -> None:
    """The call's own ids, groups and properties win over the surroundings'."""
    scope = Scope("u", "d", {"company": "a"}, {"x": 1, "y": 1})
    event = build(None, 5, scope, "me", None, {"team": "b"}, {"e": "a"}, {"y": 2})
    expected = {
        "t": 5,
        "e": "a",
        "u": "me",
        "d": "d",
        "g": {"company": "a", "team": "b"},
        "p": {"x": 1, "y": 2},
    }
    assert expected == event


def test_super_properties_stay_off_profiles() -> None:
    """Super properties are for things that happen, not for profile changes."""
    scope = Scope("u", properties={"x": 1})
    event = build("profile", 5, scope, None, None, None, {"ops": {"$set": {}}}, None)
    assert "p" not in event
