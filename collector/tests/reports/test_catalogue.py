"""Tests for reports/catalogue.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.event import Event
from tallymark_collector.query.people import People
from tallymark_collector.query.plan import Bounds
from tallymark_collector.query.snapshot import Snapshot
from tallymark_collector.reports.catalogue import MAX_NAMES, catalogue, first_steps

if TYPE_CHECKING:
    from collections.abc import Sequence


def snapshot_of(happenings: Sequence[tuple[str, str | None]]) -> Snapshot:
    """Return a snapshot of (name, user), a millisecond apart."""
    events = [
        Event(pos, pos, name, user, None, None, {}, {}, {})
        for pos, (name, user) in enumerate(happenings, start=1)
    ]
    bounds = Bounds(1, len(events)) if events else Bounds(None, None)
    return Snapshot(events, People(), bounds, len(events), None)


def test_names_come_with_their_counts_the_most_frequent_first() -> None:
    """Events of nobody count, but are no user's."""
    found = catalogue(snapshot_of([("a", "ann"), ("b", "ann"), ("b", "ann"), ("b", None)]))
    assert found["names"] == [
        {"name": "b", "count": 3, "users": 1, "last_ts": 4},
        {"name": "a", "count": 1, "users": 1, "last_ts": 1},
    ]
    assert (found["first_ts"], found["last_ts"], found["more_names"]) == (1, 4, 0)


def test_names_beyond_the_limit_are_counted() -> None:
    """A producer that puts ids into names does not fill the page."""
    found = catalogue(snapshot_of([(f"name{number}", None) for number in range(MAX_NAMES + 3)]))
    names: Any = found["names"]
    assert len(names) == MAX_NAMES
    assert found["more_names"] == 3


def test_a_first_funnel_ends_at_what_sounds_like_a_goal() -> None:
    """Through what those who reached it did more than others."""
    everybody = {str(number) for number in range(100)}
    buyers = {str(number) for number in range(20)}
    users = {
        "visit": everybody,
        "search": {str(number) for number in range(10, 100)},
        "cart": {str(number) for number in range(40)},
        "pay": {str(number) for number in range(30)},
        "purchase": buyers,
        "checkout_bug": {str(number) for number in range(11)},
    }
    assert ["visit", "cart", "pay", "purchase"] == first_steps(users)


def test_a_first_funnel_takes_what_there_is() -> None:
    """One name is no funnel; two are."""
    assert first_steps({}) == []
    assert first_steps({"a": {"ann"}}) == ["a"]
    assert first_steps({"a": {"ann", "bob"}, "b": {"ann"}, "c": set()}) == ["a", "b"]


@given(
    users=st.dictionaries(
        st.sampled_from(["a", "b", "sign up", "order", "error", "x"]),
        st.sets(st.integers(0, 30).map(str)),
    )
)
def test_a_first_funnel_is_always_one_that_can_be_asked(users: dict[str, set[str]]) -> None:
    """Different names that somebody did, two to four where there are two."""
    steps = first_steps(users)
    known = [name for name, own in users.items() if own]
    assert len(set(steps)) == len(steps)
    assert set(steps) <= set(known)
    assert min(2, len(known)) <= len(steps) <= 4
