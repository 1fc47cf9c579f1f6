"""The retention report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.reports.retention import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.query.snapshot import Snapshot

    Stored = Callable[..., Snapshot]

ASK = {"birth_event": "Sign", "return_event": "Play", "buckets": 3, "mode": "calendar"}


@pytest.fixture
def game(stored: Stored) -> Snapshot:
    """Return two on day 0 of whom one returns twice, one on day 1 who returns at once."""
    return stored(
        ("Sign", 1, "u", {"os": "mac"}),
        ("Sign", 2, "v", {"os": "win"}),
        ("Play", 25, "u", {"score": 3, "os": "win"}),
        ("Play", 49, "u", {"score": 4, "os": "mac"}),
        ("Sign", 26, "w", {"os": "mac"}),
        ("Play", 27, "w", {"score": 10, "os": "mac"}),
        ("Other", 80, "x", {}),
    )


def table(result: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the values of each cohort."""
    return {one["at"]: [cell["value"] for cell in one["cells"]] for one in result["cohorts"]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"2026-03-02": [0.0, 0.5, 0.5], "2026-03-03": [1.0, 0.0, 0.0]}),
        ({"measure": "users"}, {"2026-03-02": [0, 1, 1], "2026-03-03": [1, 0, 0]}),
        (
            {"measure": "sum", "property": "score"},
            {"2026-03-02": [0, 3, 4], "2026-03-03": [10, 0, 0]},
        ),
        (
            {"measure": "average", "property": "score", "criteria": "on_or_before"},
            {"2026-03-02": [0.0, 1.5, 3.5], "2026-03-03": [10.0, 10.0, 10.0]},
        ),
        ({"size_column": True}, {"2026-03-02": [1.0, 0.5, 0.5], "2026-03-03": [1.0, 0.0, 0.0]}),
        ({"brackets": [[0, 0], [1, 2]]}, {"2026-03-02": [0.0, 0.5], "2026-03-03": [1.0, 0.0]}),
        ({"unit": "week"}, {"2026-03-02": [2 / 3, 0.0, 0.0]}),
        ({"unit": "month"}, {"2026-03-01": [2 / 3, 0.0, 0.0]}),
        ({"criteria": "streak"}, {"2026-03-02": [0.0, 0.5, 0.5], "2026-03-03": [1.0, 0.0, 0.0]}),
    ],
)
def test_cells(game: Snapshot, change: dict[str, Any], expected: dict[str, list[Any]]) -> None:
    """Each option must change the cells as it says."""
    result: dict[str, Any] = answer({**ASK, **change}, game)
    found = table(result)
    assert list(expected) == list(found)
    assert all(expected[at] == pytest.approx(found[at]) for at in expected)


def test_unfinished_cells_stay_out_of_the_average(game: Snapshot) -> None:
    """A cell the events do not reach the end of must be marked, and not be averaged."""
    result: dict[str, Any] = answer(ASK, game)
    assert [[True, True, True], [True, True, False]] == [
        [cell["complete"] for cell in cohort["cells"]] for cohort in result["cohorts"]
    ]
    assert [{"cells": [1 / 3, 1 / 3, 1 / 2]}] == result["averages"]


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        ("pooled", [1 / 3, 1 / 3, 1 / 2]),
        ("simple", [1 / 2, 1 / 4, 1 / 2]),
        ("mixpanel", [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_averages(game: Snapshot, average: str, expected: list[float]) -> None:
    """The average must be pooled, of the rates, or of all cohorts, as asked."""
    result: dict[str, Any] = answer({**ASK, "average": average}, game)
    assert expected == pytest.approx(result["averages"][0]["cells"])


@pytest.mark.parametrize(
    ("average", "expected"), [("pooled", 0.60), ("simple", 0.65), ("mixpanel", 0.56)]
)
def test_three_averages_of_one_table(stored: Stored, average: str, expected: float) -> None:
    """Cohorts of 10 of 20, 8 of 10, and 10 of 20 that is not over must give 60, 65 and 56 %."""
    rows: list[tuple[str, float, str, dict[str, Any]]] = []
    for day, (size, back) in enumerate(((20, 10), (10, 8), (20, 10))):
        for number in range(size):
            rows.append(("Sign", day * 24, f"{day}.{number}", {}))
            if number < back:
                rows.append(("Play", day * 24 + 25, f"{day}.{number}", {}))
    result: dict[str, Any] = answer({**ASK, "buckets": 2, "average": average}, stored(*rows))
    assert expected == pytest.approx(result["averages"][0]["cells"][1])


@pytest.mark.parametrize(("match", "expected"), [("birth", [2, 1]), ("both", [1, 1])])
def test_a_list_counts_in_each_of_its_elements(
    stored: Stored, match: str, expected: list[int]
) -> None:
    """A birth with a list must found a membership in the segment of each element."""
    game = stored(
        ("Sign", 1, "u", {"tags": ["a", "b"]}),
        ("Play", 2, "u", {"tags": ["b", "c"]}),
        ("Sign", 3, "v", {"tags": "a"}),
        ("Play", 4, "v", {"tags": ["a"]}),
    )
    result: dict[str, Any] = answer({**ASK, "by": "tags", "match": match}, game)
    found = {
        one["by"]["tags"]: (one["size"], one["cells"][0]["users"]) for one in result["cohorts"]
    }
    assert {"a": (2, expected[0]), "b": (1, expected[1])} == found


@pytest.mark.parametrize(
    ("match", "expected"),
    [("birth", [0.0, 1.0, 1.0]), ("both", [0.0, 0.0, 1.0])],
)
def test_split(game: Snapshot, match: str, expected: list[float]) -> None:
    """A split must go by the birth's value; both events must have it if so asked."""
    result: dict[str, Any] = answer({**ASK, "by": "os", "match": match}, game)
    (mac,) = [
        one for one in result["cohorts"] if (one["at"], one["by"]["os"]) == ("2026-03-02", "mac")
    ]
    assert expected == [cell["value"] for cell in mac["cells"]]
    assert {"mac", "win"} == {one["by"]["os"] for one in result["averages"]}


@pytest.mark.parametrize(
    ("births", "expected"),
    [("first", {"2026-03-03": 1}), ("first_ever", {}), ("compounded", {"2026-03-03": 1})],
)
def test_births(stored: Stored, births: str, expected: dict[str, int]) -> None:
    """A first birth in history before the range must found no cohort if so asked."""
    snapshot = stored(("Sign", 1, "u", {}), ("Sign", 25, "u", {}), ("Sign", 26, "u", {}))
    question = {**ASK, "births": births, "from": "2026-03-03"}
    result: dict[str, Any] = answer(question, snapshot)
    assert expected == {cohort["at"]: cohort["size"] for cohort in result["cohorts"]}


def test_a_member_may_be_in_several_cohorts(stored: Stored) -> None:
    """Compounded, a user must be born once in each period with a birth event."""
    snapshot = stored(("Sign", 1, "u", {}), ("Sign", 2, "u", {}), ("Sign", 25, "u", {}))
    result: dict[str, Any] = answer({**ASK, "births": "compounded"}, snapshot)
    assert [1, 1] == [cohort["size"] for cohort in result["cohorts"]]


def test_sentence(game: Snapshot) -> None:
    """Retention must say in a sentence what it counts."""
    result = answer({**ASK, "by": "os"}, game)
    assert result["sentence"] == (
        "Of the users with Sign in each day, 2026-03-02 to 2026-03-05 (UTC), who did Play in that "
        "bucket, counted in days since; split by os: the 10 largest, then $other."
    )
