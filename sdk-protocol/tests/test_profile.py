from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol._generated.codes import OPS
from tallymark_protocol.canonical import canonical
from tallymark_protocol.merge import Tag
from tallymark_protocol.profile import Operation, fold

if TYPE_CHECKING:
    from collections.abc import Callable

ALL_ORDERS = 4  # of up to so many events every order is tried, of more a rotation of each

KEYS = st.sampled_from(["a", "b"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-9, 9) | st.text(max_size=2)
OPERANDS = {
    **dict.fromkeys(
        ("$set", "$set_once", "$append", "$remove"), st.dictionaries(KEYS, SCALARS, max_size=2)
    ),
    "$add": st.dictionaries(KEYS, st.integers(-5, 5) | st.floats(-1e308, 1e308), max_size=2),
    "$union": st.dictionaries(KEYS, st.lists(SCALARS, max_size=3), max_size=2),
    "$unset": st.lists(KEYS, max_size=2),
    "$delete": st.just(value=True),
}
OPS_OF_EVENT = st.fixed_dictionaries({}, optional=OPERANDS)
EVENTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.integers(1, 9), OPS_OF_EVENT),
    max_size=6,
    unique_by=lambda event: event[:3],
)


def built(events: list[tuple[int, str, int, dict[str, Any]]]) -> list[Operation]:
    """Build operations from drawn tuples."""
    return [Operation(Tag(ts, stream, seq), ops) for ts, stream, seq, ops in events]


def test_profile_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every set of events gives the vector's state, byte by byte, in every order (PRF-01)."""
    for vector in vectors("profile"):
        operations = [Operation(Tag(**event["tag"]), event["ops"]) for event in vector["input"]]
        orders = (
            list(permutations(operations))
            if len(operations) <= ALL_ORDERS
            else [operations, operations[::-1]]
        )
        for order in orders:
            assert canonical(vector["expect"]) == canonical(fold(order)), vector["id"]


@given(EVENTS, st.randoms())
def test_order_and_repetition_change_nothing(events: list[Any], random: Any) -> None:
    """Any permutation with any repetition gives the same bytes (PRF-01)."""
    operations = built(events)
    expected = canonical(fold(operations))
    again = [*operations, *operations[:3]]
    random.shuffle(again)
    assert expected == canonical(fold(again))


def test_registry_and_rules_agree() -> None:
    """Each operation of the registry has an effect on a profile that holds something (PRF-02)."""
    before = Operation(Tag(0), {"$set": {"list": [1], "n": 1}})
    effects: dict[str, object] = {
        "$set": {"n": 2},
        "$set_once": {"new": 1},
        "$add": {"n": 1},
        "$append": {"list": 2},
        "$union": {"list": [2]},
        "$remove": {"list": 1},
        "$unset": ["n"],
        "$delete": True,
    }
    assert list(OPS) == list(effects)
    for op, operand in effects.items():
        assert fold([before]) != fold([before, Operation(Tag(1), {op: operand})]), op


def test_operations_of_one_event_apply_in_order() -> None:
    """Within one event `$set` comes before `$add`, and `$delete` last (PRF-02)."""
    assert {"n": 3} == fold([Operation(Tag(0), {"$add": {"n": 2}, "$set": {"n": 1}})])
    assert {} == fold([Operation(Tag(0), {"$delete": True, "$set": {"n": 1}})])


def test_lists_keep_their_last_255() -> None:
    """Appending beyond 255 trims the oldest (PRF-05)."""
    operations = [Operation(Tag(n), {"$append": {"a": n}}) for n in range(300)]
    assert {"a": list(range(45, 300))} == fold(operations)


def test_sums_stay_numbers_json_can_hold() -> None:
    """A sum beyond the largest double stays there (PRF-04)."""
    operations = [Operation(Tag(n), {"$add": {"a": 1.7e308}}) for n in range(3)]
    assert {"a": 1.7976931348623157e308} == fold(operations)
