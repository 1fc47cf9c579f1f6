from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol.merge import Alias, Identify, Seen, Tag, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

ALL_ORDERS = 4  # of up to so many operations every order is tried, of more a rotation of each

TAGS = st.builds(Tag, st.integers(0, 5), st.sampled_from("ab"), st.integers(1, 9))
USERS = st.sampled_from(["ann", "bob", "cyd", "dee"])
OPERATIONS = st.lists(
    st.builds(Seen, st.integers(0, 5), USERS)
    | st.builds(Identify, TAGS, st.sampled_from(["d1", "d2"]), USERS)
    | st.builds(Alias, TAGS, USERS, USERS, st.booleans()),
    max_size=8,
)


def read(operation: dict[str, Any]) -> Seen | Identify | Alias:
    """Build an operation from a vector."""
    fields = {key: value for key, value in operation.items() if key != "op"}
    if "tag" in fields:
        fields["tag"] = Tag(**fields["tag"])
    kinds: dict[str, type[Seen | Identify | Alias]]
    kinds = {"seen": Seen, "identify": Identify, "alias": Alias}
    return kinds[operation["op"]](**fields)


def orders(operations: list[Any]) -> list[tuple[Any, ...]]:
    """Return all orders of few operations, rotations and the reverse of many."""
    if len(operations) <= ALL_ORDERS:
        return list(permutations(operations))
    turned = [(*operations[n:], *operations[:n]) for n in range(len(operations))]
    return [*turned, tuple(reversed(operations))]


def test_merge_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every set of operations gives the vector's mapping in every order (IDN-01 to IDN-06)."""
    for vector in vectors("merge"):
        operations = [read(operation) for operation in vector["input"]["operations"]]
        for order in orders(operations):
            identities = resolve(order)
            owners = [identities.canonical(**event) for event in vector["input"]["events"]]
            assert vector["expect"] == {"users": identities.users, "owners": owners}, vector["id"]


@given(OPERATIONS, st.randoms())
def test_order_and_repetition_change_nothing(operations: list[Any], random: Any) -> None:
    """Any permutation, with operations repeated, gives the same mapping (IDN-06)."""
    expected = resolve(operations)
    again = [*operations, *operations[:3]]
    random.shuffle(again)
    assert expected == resolve(again)


@given(OPERATIONS)
def test_canonical_ids_are_fixed_points(operations: list[Any]) -> None:
    """A canonical id stands for itself (IDN-04)."""
    users = resolve(operations).users
    assert not set(users) & set(users.values())


@given(OPERATIONS)
def test_only_alias_merges_users(operations: list[Any]) -> None:
    """Without aliases no two users are the same, whatever devices they share (IDN-03)."""
    assert {} == resolve(op for op in operations if not isinstance(op, Alias)).users


def test_undo_takes_back_exactly() -> None:
    """An alias and its undo leave what was before (IDN-05)."""
    before: list[Seen | Identify | Alias] = [Identify(Tag(1, "a", 1), "d1", "ann"), Seen(0, "bob")]
    pair = [Alias(Tag(2, "a", 2), "ann", "bob"), Alias(Tag(3, "a", 3), "bob", "ann", undo=True)]
    assert {"ann": "bob"} == resolve([*before, pair[0]]).users
    assert resolve(before) == resolve([*before, *pair])


def test_first_identify_claims_earlier_events() -> None:
    """The first user of a device owns its earlier anonymous events, later ones do not (IDN-02)."""
    identities = resolve(
        [Identify(Tag(5, "a", 1), "d1", "ann"), Identify(Tag(9, "a", 2), "d1", "bob")]
    )
    assert ["ann", "ann", "ann", "bob"] == [
        identities.canonical(None, "d1", ts) for ts in (0, 5, 8, 9)
    ]
    assert "d2" == identities.canonical(None, "d2", 0)
    assert identities.canonical(None, None, 0) is None
