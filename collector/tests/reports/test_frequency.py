"""The frequency report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.problem import Problem
from tallymark_collector.query.event import Event
from tallymark_collector.query.people import People
from tallymark_collector.query.plan import Bounds
from tallymark_collector.query.snapshot import Snapshot
from tallymark_collector.reports.frequency import answer
from tallymark_collector.reports.members import people_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Stored = Callable[..., Snapshot]

FIRST = 1_772_409_600_000
HOUR = 3_600_000


@pytest.fixture
def game(stored: Stored) -> Snapshot:
    """Return a user active in three hours of the first day and one of the second, and another."""
    return stored(
        ("Play", 1.0, "u", {}), ("Play", 1.9, "u", {}), ("Play", 2.5, "u", {"os": "mac"}),
        ("Play", 23.0, "u", {}), ("Play", 26.0, "u", {}), ("Play", 1.5, "v", {}),
        ("Play", 5.0, None, {}), ("Quit", 3.0, "v", {}),
    )  # fmt: skip


def lists(result: dict[str, Any]) -> dict[str, list[int]]:
    """Return the list of each period without its zeros at the end."""
    return {
        one["at"]: [number for number in one["at_least"] if number] for one in result["periods"]
    }


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"event": "Play"}, {"2026-03-02": [2, 1, 1], "2026-03-03": [1]}),
        ({"event": "*"}, {"2026-03-02": [2, 2, 1], "2026-03-03": [1]}),
        ({"event": "Play", "unit": "week", "sub_unit": "day"}, {"2026-03-02": [2, 1]}),
        ({"event": "Play", "unit": "week"}, {"2026-03-02": [2, 1, 1, 1]}),
        ({"event": "Play", "unit": "month", "sub_unit": "day"}, {"2026-03-01": [2, 1]}),
        (
            {"event": "Play", "where": {"property": "os", "value": "mac"}},
            {"2026-03-02": [1], "2026-03-03": []},
        ),
        (
            {"event": "Play", "timezone": "Asia/Kathmandu"},
            {"2026-03-02": [2, 1, 1], "2026-03-03": [1, 1]},
        ),
    ],
)
def test_lists(game: Snapshot, question: dict[str, Any], expected: dict[str, list[int]]) -> None:
    """Each list must say how many users were active in at least 1, 2, … sub-units."""
    assert expected == lists(answer(question, game))


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [("2026-03-02", "UTC", 24), ("2026-03-29", "Europe/Prague", 23),
     ("2026-10-25", "Europe/Prague", 25)],
)  # fmt: skip
def test_a_day_has_its_hours(game: Snapshot, day: str, zone: str, hours: int) -> None:
    """The list of a day must be as long as the day: 24 numbers, but 23 or 25 twice a year."""
    question = {"event": "Play", "from": day, "to": day, "timezone": zone}
    result: dict[str, Any] = answer(question, game)
    assert [hours] == [len(one["at_least"]) for one in result["periods"]]


@given(
    st.lists(
        st.tuples(st.integers(0, 100 * HOUR), st.sampled_from("uvw")), min_size=1, max_size=40
    ),
    st.sampled_from([("day", "hour"), ("week", "day"), ("week", "hour"), ("month", "day")]),
)
def test_lists_never_rise_and_open(rows: list[tuple[int, str]], units: tuple[str, str]) -> None:
    """Each list must fall, and each number open to as many people."""
    events = [
        Event(pos, FIRST + ts, "Play", user, None, None, {}, {}, {})
        for pos, (ts, user) in enumerate(rows, start=1)
    ]
    times = [event.ts for event in events]
    snapshot = Snapshot(events, People(), Bounds(min(times), max(times)), len(events), None)
    question = {"event": "Play", "unit": units[0], "sub_unit": units[1]}
    result: Any = answer(question, snapshot)
    for period in result["periods"]:
        numbers = period["at_least"]
        assert sorted(numbers, reverse=True) == numbers
        for at_least in range(1, min(4, len(numbers)) + 1):
            cell = {"at": period["at"], "at_least": at_least}
            body = json.dumps({"question": question, "cell": cell}).encode()
            assert numbers[at_least - 1] == people_of("frequency", body, lambda: snapshot)["count"]


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ({"event": "Play", "unit": "day", "sub_unit": "day"}, "sub_unit"),
        ({}, "event"),
        ({"event": "Play", "unit": "year"}, "unit"),
    ],
)
def test_questions_that_cannot_be(
    game: Snapshot, question: dict[str, Any], path: str | None
) -> None:
    """A day of days, no event and an unknown unit must be refused with their path."""
    with pytest.raises(Problem) as caught:
        answer(question, game)
    assert path == caught.value.path


def test_a_period_there_is_not(game: Snapshot) -> None:
    """A period outside the range must not open."""
    body = json.dumps({"question": {"event": "Play"}, "cell": {"at": "2020-01-01"}}).encode()
    with pytest.raises(Problem) as caught:
        people_of("frequency", body, lambda: game)
    assert caught.value.path == "cell.at"


def test_sentence(game: Snapshot) -> None:
    """Frequency must say in a sentence what it counts, and how fresh it is."""
    question = {"event": "Play", "where": {"property": "os", "op": "set"}}
    result: dict[str, Any] = answer(question, game)
    assert result["sentence"] == (
        "How many users did Play in at least 1, 2, 3 … different hours of each day, "
        "2026-03-02 to 2026-03-03 (UTC); only where os is set."
    )
    assert {"semantics", "definition", "rows_read", "timezone", "as_of"} <= set(result)
