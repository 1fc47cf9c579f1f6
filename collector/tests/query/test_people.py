"""Who an event belongs to, by the merge rules."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

from tallymark_collector.query.event import Event, Operation
from tallymark_collector.query.people import People, resolve

if TYPE_CHECKING:
    from collections.abc import Callable


def operation(kind: str, ts: int, **body: Any) -> Operation:  # noqa: ANN401 -- JSON
    """Return a stored operation."""
    return Operation(pos=ts, ts=ts, kind=kind, stream="s", seq=ts, id=None, body=body)


def test_who_an_event_belongs_to(event: Callable[..., Event]) -> None:
    """A user's event is theirs, a device's is its user's, else the device's own (M1)."""
    people = resolve([operation("identify", 5, d="D1", u="U1")], {})
    belonging = [
        people.canonical(event("a", 1, "U2", device="D1")),
        people.canonical(event("a", 1, None, device="D1")),
        people.canonical(event("a", 1, None, device="D2")),
        people.canonical(event("a", 1, None)),
    ]
    assert belonging == ["U2", "U1", "$device:D2", None]


def test_the_first_user_claims_what_came_before(event: Callable[..., Event]) -> None:
    """The first identify claims earlier anonymous events, a later one only what follows (M2)."""
    links = [operation("identify", 5, d="D", u="U1"), operation("identify", 9, d="D", u="U2")]
    people = resolve(links, {})
    found = [people.canonical(event("a", ts, None, device="D")) for ts in (1, 6, 9, 20)]
    assert found == ["U1", "U1", "U2", "U2"]


def test_a_shared_device_merges_nobody(event: Callable[..., Event]) -> None:
    """Two users of one device must stay two (M3)."""
    links = [operation("identify", 5, d="D", u="U1"), operation("identify", 6, d="D", u="U2")]
    people = resolve(links, {})
    assert [people.canonical(event("a", 9, user)) for user in ("U1", "U2")] == ["U1", "U2"]


def test_aliases_merge_to_the_oldest_and_can_be_undone(event: Callable[..., Event]) -> None:
    """Aliased users are the one first seen, in any order of arrival, until undone (M4-M6)."""
    stored = [
        operation("alias", 10, **{"from": "B", "to": "A"}),
        operation("alias", 11, **{"from": "C", "to": "B"}),
        operation("identify", 12, d="D", u="C"),
    ]
    seen = {"A": 3, "B": 1, "C": 2}
    for order in permutations(stored):
        people = resolve(order, seen)
        found = [people.canonical(event("a", 20, user)) for user in "ABC"]
        found.append(people.canonical(event("a", 20, None, device="D")))
        assert found == ["B", "B", "B", "B"]
    undone = [*stored, operation("alias", 13, **{"from": "B", "to": "A", "undo": True})]
    assert [resolve(undone, seen).canonical(event("a", 20, u)) for u in "AC"] == ["A", "B"]


def test_an_operation_without_ids_says_nothing(event: Callable[..., Event]) -> None:
    """An identify that lacks one of its ids must change nothing."""
    people = resolve([operation("identify", 5, u="U1")], {})
    assert People().canonical(event("a", 1, None, device="D")) == people.canonical(
        event("a", 1, None, device="D")
    )
