from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol.canonical import canonical, merge_patch

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=4)


def test_value_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every vector's value has the vector's canonical form, or none (CAN-01)."""
    for vector in vectors("values"):
        given_, expect = vector["input"], vector["expect"]
        if given_["op"] == "merge_patch":
            assert expect == canonical(merge_patch(given_["base"], given_["patch"])).decode(), (
                vector["id"]
            )
        elif expect is None:
            with pytest.raises(ValueError, match=r"."):
                canonical(json.loads(given_["text"]))
        else:
            assert expect == canonical(json.loads(given_["text"])).decode(), vector["id"]


@given(OBJECTS)
def test_canonical_is_idempotent(value: dict[str, Any]) -> None:
    """Reading a canonical form and writing it again changes nothing."""
    once = canonical(value)
    assert once == canonical(json.loads(once))


@given(
    st.lists(st.tuples(TEXT, st.integers(0, 9)), max_size=8, unique_by=lambda pair: pair[0]),
    st.randoms(),
)
def test_order_of_keys_does_not_matter(pairs: list[tuple[str, int]], random: Any) -> None:
    """The same members in any order give the same bytes."""
    expected = canonical(dict(pairs))
    random.shuffle(pairs)
    assert expected == canonical(dict(pairs))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back(value: float) -> None:
    """A canonical number is the same double when read again."""
    assert value == float(canonical(value))


@given(OBJECTS, OBJECTS)
def test_merge_patch_wins_and_deletes(base: dict[str, Any], patch: dict[str, Any]) -> None:
    """A patch's scalars are in the result, its nulls are not, what it does not name stays."""
    merged = merge_patch(base, patch)
    for key, value in patch.items():
        if value is None:
            assert key not in merged
        elif not isinstance(value, dict):
            assert value == merged[key]
    assert all(merged[key] == value for key, value in base.items() if key not in patch)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}])
def test_no_canonical_form(value: object) -> None:
    """NaN and infinities are refused wherever they stand."""
    with pytest.raises(ValueError, match="canonical"):
        canonical(value)


def test_what_json_cannot_hold_is_refused() -> None:
    """A set is no JSON value; the message says so."""
    with pytest.raises(TypeError, match="set"):
        canonical({1})
