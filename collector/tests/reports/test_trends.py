"""The trends report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.reports.trends import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.query.snapshot import Snapshot

    Stored = Callable[..., Snapshot]


@pytest.fixture
def shop(stored: Stored) -> Snapshot:
    """Return three days of two users; one event belongs to nobody."""
    return stored(
        ("View", 0, "u", {"os": "mac"}),
        ("View", 1, "v", {"os": "win"}),
        ("Buy", 2, "u", {"os": "mac", "price": 10}),
        ("View", 25, "u", {"os": "win"}),
        ("View", 26, None, {}),
        ("Buy", 49, "v", {"os": "win", "price": 30}),
        ("Buy", 50, "v", {"os": "win", "price": "free"}),
        ("Buy", 51, "u", {"os": None, "price": 20}),
    )


def values(result: dict[str, Any], number: int = 0) -> list[Any]:
    """Return the values of one series."""
    return [point["value"] for point in result["series"][number]["points"]]


@pytest.mark.parametrize(
    ("question", "expected", "total"),
    [
        ({"events": ["View"]}, [2, 2, 0], 4),
        ({"events": ["View"], "measure": "uniques"}, [2, 1, 0], 2),
        ({"events": ["View"], "measure": "per_user"}, [1.0, 1.0, None], 1.5),
        ({"events": ["*"], "measure": "uniques"}, [2, 1, 2], 2),
        ({"events": [{"any": ["View", "Buy"]}]}, [3, 2, 3], 8),
        ({"events": ["Buy"], "measure": "sum", "property": "price"}, [10, 0, 50], 60),
        ({"events": ["Buy"], "measure": "average", "property": "price"}, [10.0, None, 25.0], 20.0),
        ({"events": ["Buy"], "measure": "p90", "property": "price"}, [10, None, 29.0], 28.0),
        ({"events": ["Buy"], "measure": "p12.5", "property": "price"}, [10, None, 21.25], 12.5),
        ({"events": ["Buy"], "measure": "distinct", "property": "price"}, [1, 0, 3], 4),
        (
            {"events": ["Buy"], "measure": "max", "property": "price", "per_user": "sum"},
            [10, None, 30],
            30,
        ),
        ({"events": ["View"], "cumulative": True}, [2, 4, 4], 4),
        ({"events": ["View"], "measure": "uniques", "cumulative": True}, [2, 2, 2], 2),
        ({"events": ["View"], "rolling": 2}, [1.0, 2.0, 1.0], 4),
        ({"events": ["View"], "measure": "wau"}, [2, 2, 2], 2),
        ({"events": ["View"], "measure": "sessions"}, [2, 1, 0], 3),
        ({"events": ["View"], "where": {"property": "os", "value": "win"}}, [1, 1, 0], 2),
        ({"events": ["Buy", "View"], "formula": "A / B * 100"}, [50.0, 0.0, None], 100.0),
    ],
)
def test_measures(
    shop: Snapshot, question: dict[str, Any], expected: list[Any], total: float
) -> None:
    """Each measure must be as defined in each bucket, and over the range from all rows."""
    result: dict[str, Any] = answer(question, shop)
    assert (expected, total) == (values(result), result["series"][0]["total"])


def test_what_is_no_number_is_counted(shop: Snapshot) -> None:
    """Values that are no number must be left out and counted."""
    question = {"events": ["Buy"], "measure": "sum", "property": "price"}
    result: dict[str, Any] = answer(question, shop)
    assert result["series"][0]["ignored"] == 1


def test_undefined_null_and_the_rest(shop: Snapshot) -> None:
    """Undefined and null must be segments of their own; beyond the limit comes `$other`."""
    result: dict[str, Any] = answer({"events": ["*"], "by": "os"}, shop)
    assert {"win": 4, "mac": 2, None: 1, "$undefined": 1} == {
        one["by"]["os"]: one["total"] for one in result["series"]
    }
    result = answer({"events": ["*"], "by": "os", "limit": 1, "measure": "uniques"}, shop)
    assert [("win", 2), ("$other", 1)] == [
        (one["by"]["os"], one["total"]) for one in result["series"]
    ]


def test_a_list_counts_in_each_of_its_elements(stored: Stored) -> None:
    """An event whose value is a list must count once in the segment of each element, and say so."""
    shop = stored(
        ("Buy", 0, "u", {"kinds": ["toy", "book", "toy"]}),
        ("Buy", 1, "u", {"kinds": ["book"]}),
        ("Buy", 2, "v", {"kinds": "toy"}),
        ("Buy", 3, "v", {"kinds": []}),
        ("Buy", 4, "w", {"kinds": ["pen", "ink"]}),
    )
    question: dict[str, Any] = {"events": ["Buy"], "by": "kinds"}
    result: dict[str, Any] = answer(question, shop)
    found = [(one["by"]["kinds"], one["total"]) for one in result["series"]]
    assert found == [("book", 2), ("toy", 2), ([], 1), ("ink", 1), ("pen", 1)]
    assert "list" in result["semantics"]["lists"]
    short: dict[str, Any] = answer({**question, "limit": 3, "measure": "uniques"}, shop)
    assert [("toy", 2), ([], 1), ("book", 1), ("$other", 1)] == [
        (one["by"]["kinds"], one["total"]) for one in short["series"]
    ]


def test_a_value_may_be_named_like_the_rest(stored: Stored) -> None:
    """An event that says `$other` must not be taken for the segments that are not shown."""
    rows = [("Buy", number, "u", {"x": "$other"}) for number in range(3)]
    shop = stored(*rows, ("Buy", 5, "u", {"x": "a"}), ("Buy", 6, "u", {"x": "b"}))
    result: dict[str, Any] = answer({"events": ["Buy"], "by": "x", "limit": 1}, shop)
    assert [("$$other", 3), ("$other", 2)] == [
        (one["by"]["x"], one["total"]) for one in result["series"]
    ]


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("every", {"mac": 1, "win": 2}),
        ("first", {"mac": 1, "win": 1}),
        ("last", {"win": 2}),
    ],
)
def test_where_a_user_counts(shop: Snapshot, segment: str, expected: dict[str, int]) -> None:
    """A unique user must count in every segment touched, or in the first or last one only."""
    question = {"events": ["View"], "measure": "uniques", "by": "os", "segment": segment}
    question["where"] = {"property": "os", "op": "set"}
    result: dict[str, Any] = answer(question, shop)
    assert expected == {one["by"]["os"]: one["total"] for one in result["series"]}


def test_the_period_before(shop: Snapshot) -> None:
    """Beside each series must stand the same number of days before it."""
    question = {"events": ["View"], "from": "2026-03-03", "compare": "previous"}
    result: dict[str, Any] = answer(question, shop)
    assert {"from": "2026-03-01", "to": "2026-03-02"} == result["previous"]
    before = result["series"][0]["previous"]
    assert ([0, 2], 2) == ([point["value"] for point in before["points"]], before["total"])


def test_what_a_result_says_about_itself(shop: Snapshot) -> None:
    """A result must carry sentence, meaning, range, zone, hash, rows read and freshness."""
    result: dict[str, Any] = answer({"events": ["View", "Buy"], "timezone": "Europe/Prague"}, shop)
    assert result["sentence"] == (
        "How often each of View and Buy happened, per day, "
        "2026-03-02 to 2026-03-04 (Europe/Prague)."
    )
    assert ("trends", "2026-03-02", "2026-03-04", "Europe/Prague", 8) == tuple(
        result[key] for key in ("report", "from", "to", "timezone", "rows_read")
    )
    assert {"pos": 8, "at": "2026-03-02T00:00:00.000+00:00"} == result["as_of"]
    assert result["definition"].startswith("sha256:")
    assert {"total", "days", "users"} <= set(result["semantics"])


def test_partial_weeks_say_so(shop: Snapshot) -> None:
    """A week the range cuts must be marked, and hold the days inside only."""
    question = {"events": ["*"], "interval": "week", "to": "2026-03-03"}
    result: dict[str, Any] = answer(question, shop)
    assert [{"at": "2026-03-02", "value": 5, "partial": True}] == result["series"][0]["points"]


def test_nothing_stored(stored: Stored) -> None:
    """Without events a range must give zeros, not fail."""
    question = {"events": ["View"], "from": "2026-03-02", "to": "2026-03-03"}
    result: dict[str, Any] = answer(question, stored())
    assert ([0, 0], None) == (values(result), result["as_of"]["at"])
