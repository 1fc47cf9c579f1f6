from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tallymark_protocol.ledger import Account, Ledger
from tallymark_protocol.ranges import Ranges, intersect, normalise, numbers, subtract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PAIRS = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), max_size=6)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["stored", "bad_name", "depth", "queue_overflow", "expired"]),
        st.integers(1, 20),
        st.integers(0, 4),
    ),
    max_size=12,
)


def applied(account: Account, state: str, name: str, ranges: Ranges) -> Account:
    """Apply one step by its state."""
    if state == "stored":
        return account.store(ranges)
    return account.reject(name, ranges) if state == "rejected" else account.drop(name, ranges)


def lists(classes: Mapping[str, Ranges]) -> dict[str, list[list[int]]]:
    """Return ranges as JSON has them."""
    return {name: [list(pair) for pair in ranges] for name, ranges in sorted(classes.items())}


def test_ledger_vectors(vectors: Callable[[str], list[dict[str, Any]]]) -> None:
    """Every trace ends in the vector's ledger and account (LED-02, LED-05)."""
    for vector in vectors("ledger"):
        ledger, account = Ledger(), Account()
        for step in vector["input"]:
            ranges = normalise(step["ranges"])
            ledger = ledger.settle(step["ranges"]).announce(step["hwm"], step["fin"])
            account = applied(account, step["state"], step.get("name", ""), ranges)
        actual = {
            "upto": ledger.upto,
            "settled": [list(pair) for pair in ledger.settled],
            "hwm": ledger.hwm,
            "fin": ledger.fin,
            "unaccounted": [list(pair) for pair in ledger.unaccounted()],
            "stored": [list(pair) for pair in account.stored],
            "rejected": lists(account.rejected),
            "dropped": lists(account.dropped),
        }
        assert vector["expect"] == actual, vector["id"]


def settled_by(ledger: Ledger) -> set[int]:
    """Return the settled numbers one by one."""
    return set(numbers(ledger.all_settled()))


@given(st.lists(PAIRS, max_size=5), st.randoms())
def test_settling_is_a_set_whatever_the_order(
    batches: list[list[tuple[int, int]]], random: Any
) -> None:
    """The same numbers settled in any order, any number of times, give the same ledger."""
    batches = [[(low, low + length) for low, length in batch] for batch in batches]
    expected = Ledger()
    for batch in batches:
        expected = expected.settle(batch)
    random.shuffle(batches)
    actual = Ledger()
    for batch in [*batches, *batches]:
        actual = actual.settle(batch)
    assert expected == actual


@given(PAIRS, st.integers(0, 40))
def test_upto_is_the_whole_prefix(pairs: list[tuple[int, int]], hwm: int) -> None:
    """All of 1..upto is settled, upto + 1 is not, and nothing is both settled and unaccounted."""
    ledger = Ledger().announce(hwm).settle((low, low + length) for low, length in pairs)
    settled = settled_by(ledger)
    assert all(ledger.is_settled(seq) for seq in range(1, ledger.upto + 1))
    assert not ledger.is_settled(ledger.upto + 1)
    assert set(range(1, ledger.hwm + 1)) == settled | set(numbers(ledger.unaccounted()))
    assert () == intersect(ledger.all_settled(), ledger.unaccounted())
    assert not ledger.is_settled(0)


def ends(steps: Iterable[tuple[str, int, int]]) -> Account:
    """Return the account after steps of (state or name, low, length)."""
    account = Account()
    for name, low, length in steps:
        state = (
            "stored"
            if name == "stored"
            else "rejected"
            if name in ("bad_name", "depth")
            else "dropped"
        )
        account = applied(account, state, name, ((low, low + length),))
    return account


def classes(account: Account) -> list[set[int]]:
    """Return stored, rejected and dropped as sets of numbers."""
    named = [
        set().union(*(set(numbers(r)) for r in group.values()), set())
        for group in (account.rejected, account.dropped)
    ]
    return [set(numbers(account.stored)), *named]


@given(STEPS, st.randoms())
def test_states_do_not_depend_on_order(steps: list[tuple[str, int, int]], random: Any) -> None:
    """Stored beats rejected beats dropped in whatever order they become known (LED-02)."""
    expected = classes(ends(steps))
    shuffled = list(steps)
    random.shuffle(shuffled)
    assert expected == classes(ends(shuffled))


@given(STEPS)
def test_states_are_disjoint_and_complete(steps: list[tuple[str, int, int]]) -> None:
    """Each number of a step ends in exactly one state, under one name (LED-02)."""
    account = ends(steps)
    groups = [account.stored, *account.rejected.values(), *account.dropped.values()]
    named = [n for group in groups for n in numbers(group)]
    assert len(set(named)) == len(named)
    assert {n for _, low, length in steps for n in range(low, low + length + 1)} == set(named)
    assert sorted(named) == list(numbers(account.settled()))


@given(PAIRS, PAIRS, st.integers(0, 5))
def test_a_ledger_stays_within_its_ranges_and_can_be_closed(
    before: list[tuple[int, int]], named: list[tuple[int, int]], most: int
) -> None:
    """What is left open is new, touches nothing settled, and is little enough (LED-14)."""
    ledger = Ledger().settle((low, low + more) for low, more in before)
    wanted = normalise((low, low + more) for low, more in named)
    left = ledger.beyond(wanted, most)
    assert left == intersect(left, ledger.open(wanted))
    after = ledger.settle(subtract(wanted, left))
    assert len(after.settled) <= max(most, len(ledger.settled))
    for low, high in left:
        assert low > 1
        assert not ledger.is_settled(low - 1)
        assert not ledger.is_settled(high + 1)
    assert () == ledger.beyond(((ledger.upto + 1, ledger.upto + 1),), most)
    if len(ledger.settled) + len(wanted) <= most:
        assert () == left
