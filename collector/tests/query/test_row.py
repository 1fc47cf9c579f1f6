"""Rows in the order reports count them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.event import Event, Operation
from tallymark_collector.query.people import People, resolve
from tallymark_collector.query.row import Row, Rows, in_order

if TYPE_CHECKING:
    from collections.abc import Sequence


def events(times: Sequence[int]) -> list[Event]:
    """Return events at these times, in order of arrival, of two devices."""
    return [
        Event(pos, ts, "seen", None, "DE"[ts % 2], None, {}, {}, {})
        for pos, ts in enumerate(times, start=1)
    ]


LINK = Operation(1, 0, "identify", "s", 1, None, {"u": "ann", "d": "D"})


@given(
    st.lists(st.lists(st.integers(0, 60), max_size=12), max_size=8),
    st.integers(0, 8),
)
def test_rows_kept_are_rows_made_anew(chunks: list[list[int]], link_after: int) -> None:
    """However events arrive, the rows must be those sorted at once, and no earlier list change."""
    kept, arrived = Rows(), list[int]()
    people = People()
    given_before: list[tuple[Sequence[Row], list[Row]]] = []
    for number, chunk in enumerate(chunks):
        arrived += chunk
        people = resolve([LINK], {}) if number == link_after else people
        found = kept.of(events(arrived), people)
        assert in_order(events(arrived), people) == list(found)
        given_before.append((found, list(found)))
    assert all(list(now) == then for now, then in given_before)


def test_many_late_events_find_their_places() -> None:
    """More than a few late events must be sorted in as well."""
    early, late = list(range(1_000, 3_000)), list(range(0, 2_000, 2))
    kept = Rows()
    kept.of(events(early), People())
    found = kept.of(events([*early, *late]), People())
    assert in_order(events([*early, *late]), People()) == list(found)


def test_a_row_names_its_user() -> None:
    """The user of a row must be the canonical one, the rest be the event's."""
    (row,) = in_order(events([0]), resolve([LINK], {}))
    assert ("ann", "ann", "D", 0) == (
        row.user,
        row.lookup("$user_id"),
        row.lookup("$device_id"),
        row.ts,
    )
