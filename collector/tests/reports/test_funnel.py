"""The funnel report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.reports.funnel import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.query.snapshot import Snapshot

    Stored = Callable[..., Snapshot]


@pytest.fixture
def shop(stored: Stored) -> Snapshot:
    """Return three users: u and w buy, v only looks; colours change on the way."""
    return stored(
        ("View", 0, "u", {}),
        ("Cart", 1, "u", {"color": "red", "price": 5}),
        ("Buy", 2, "u", {"color": "blue", "price": 7}),
        ("View", 3, "v", {"color": "red"}),
        ("View", 24, "w", {"color": "blue"}),
        ("Cart", 25, "w", {"price": 1}),
        ("Buy", 30, "w", {"price": 2}),
        ("Pay", 31, "w", {}),
    )


def counts(result: dict[str, Any]) -> list[int]:
    """Return the counts of a result's steps."""
    return [step["count"] for step in result["steps"]]


STEPS = {"steps": ["View", "Cart", "Buy"]}


def test_ratios_and_times(shop: Snapshot) -> None:
    """Each step must have its ratios and times; the conversion its mean, median and p90."""
    result: dict[str, Any] = answer(STEPS, shop)
    last = result["steps"][2]
    assert [3, 2, 2] == counts(result)
    assert (1.0, 2 / 3, 2 / 3) == (
        last["step_conv_ratio"], last["overall_conv_ratio"], result["conversion"]
    )  # fmt: skip
    assert (10_800.0, 14_400.0) == (last["avg_time_s"], last["avg_time_from_start_s"])
    expected = {"average": 14_400.0, "median": 14_400.0, "p90": 20_160.0}
    assert expected == pytest.approx(result["time_to_convert_s"])


def test_nobody_enters(shop: Snapshot) -> None:
    """Without entries ratios and times must be null."""
    result: dict[str, Any] = answer({"steps": ["Pay", "View"], "to": "2026-03-02"}, shop)
    first = result["steps"][0]
    assert ([0, 0], None, None, None) == (
        counts(result), first["step_conv_ratio"], first["avg_time_s"], result["conversion"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attribution", "expected"),
    [
        ("first", {"red": [2, 1, 1], "blue": [1, 1, 1]}),
        ("last", {"blue": [2, 2, 2], "red": [1, 0, 0]}),
        ("step:1", {"$undefined": [1, 1, 1], "red": [1, 0, 0], "blue": [1, 1, 1]}),
        ("step:3", {"$undefined": [2, 1, 1], "blue": [1, 1, 1]}),
    ],
)
def test_attribution(shop: Snapshot, attribution: str, expected: dict[str, list[int]]) -> None:
    """An attempt must carry the first or last defined value, or that of a step, if any."""
    result: dict[str, Any] = answer({**STEPS, "by": "color", "attribution": attribution}, shop)
    assert expected == {one["by"]["color"]: counts(one) for one in result["segments"]}


def test_a_list_counts_in_each_of_its_elements(stored: Stored) -> None:
    """An attempt that carries a list must count once in the segment of each element."""
    shop = stored(
        ("View", 0, "u", {"tags": ["a", "b"]}),
        ("Buy", 1, "u", {}),
        ("View", 2, "v", {"tags": ["b", "c", "d"]}),
    )
    question = {"steps": ["View", "Buy"], "by": "tags", "limit": 2}
    result: dict[str, Any] = answer(question, shop)
    assert [("b", [2, 1]), ("a", [1, 1]), ("$other", [1, 0])] == [
        (one["by"]["tags"], counts(one)) for one in result["segments"]
    ]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({}, [1, 0]),
        ({"ties": "either"}, [1, 1]),
        ({"order": "strict"}, [1, 0]),
    ],
)
def test_events_of_one_millisecond(
    stored: Stored, option: dict[str, Any], expected: list[int]
) -> None:
    """Equal times must follow the order of arrival, or count in either order if so asked."""
    shop = stored(("Buy", 1, "u", {}), ("View", 1, "u", {}))
    assert expected == counts(answer({"steps": ["View", "Buy"], **option}, shop))


@pytest.mark.parametrize(("ties", "expected"), [("arrival", [1, 0]), ("either", [1, 1])])
def test_strictness_at_one_millisecond(stored: Stored, ties: str, expected: list[int]) -> None:
    """An event of the same millisecond must not come between, if ties count in either order."""
    shop = stored(("View", 1, "u", {}), ("Other", 1, "u", {}), ("Buy", 2, "u", {}))
    question = {"steps": ["View", "Buy"], "order": "strict", "ties": ties}
    assert expected == counts(answer(question, shop))


@pytest.mark.parametrize(
    ("count", "excluded", "expected"),
    [
        ("uniques", "entered", [2, 1]),
        ("uniques", "dropped", [1, 1]),
        ("totals", "entered", [3, 2]),
        ("totals", "dropped", [1, 1]),
    ],
)
def test_whom_an_exclusion_stops(
    stored: Stored, count: str, excluded: str, expected: list[int]
) -> None:
    """Whoever an exclusion stops must count as entered, or not at all if so asked."""
    shop = stored(
        ("View", 0, "u", {}), ("Leave", 1, "u", {}), ("View", 2, "u", {}), ("Buy", 3, "u", {}),
        ("View", 4, "v", {}), ("Buy", 5, "v", {}),
    )  # fmt: skip
    question = {
        "steps": ["View", "Buy"], "exclude": ["Leave"], "count": count, "excluded": excluded
    }  # fmt: skip
    assert expected == counts(answer(question, shop))


@pytest.mark.parametrize(("within", "expected"), [("window", [1, 1]), ("range", [1, 0])])
def test_steps_after_the_range(stored: Stored, within: str, expected: list[int]) -> None:
    """Later steps may follow after the range, or must lie in it if so asked."""
    shop = stored(("View", 23, "u", {}), ("Buy", 25, "u", {}))
    question = {"steps": ["View", "Buy"], "to": "2026-03-02", "within": within}
    assert expected == counts(answer(question, shop))


def test_a_global_filter_looks_at_what_an_attempt_carries(shop: Snapshot) -> None:
    """A filter must apply to attempts after matching, or to events before it if so asked."""
    where = {"where": {"property": "color", "value": "red"}}
    after: dict[str, Any] = answer({**STEPS, **where}, shop)
    before: dict[str, Any] = answer({**STEPS, **where, "where_applies": "before"}, shop)
    assert ([2, 1, 1], [1, 0, 0]) == (counts(after), counts(before))


def test_inline_filters_apply_before_matching(shop: Snapshot) -> None:
    """A step's own filter must decide which events fill it."""
    cart = {"event": "Cart", "where": {"property": "price", "op": "gte", "value": 5}}
    result: dict[str, Any] = answer({"steps": ["View", cart, "Buy"]}, shop)
    assert [3, 1, 1] == counts(result)


def test_property_sum(shop: Snapshot) -> None:
    """Each step must add up the property over the events that filled it."""
    result: dict[str, Any] = answer({**STEPS, "sum": "price"}, shop)
    assert [0, 6, 9] == [step["sum"] for step in result["steps"]]


def test_compared_events(shop: Snapshot) -> None:
    """Alternatives of a step must be funnels of their own, named by their path."""
    steps = ["View", {"compare": ["Buy", "Pay"]}]
    result: dict[str, Any] = answer({"steps": steps}, shop)
    assert [(["View", "Buy"], [3, 2]), (["View", "Pay"], [3, 1])] == [
        (one["path"], counts(one)) for one in result["segments"]
    ]


def test_trend_of_entries(shop: Snapshot) -> None:
    """Each point must be the funnel of those who enter in it."""
    result: dict[str, Any] = answer({**STEPS, "interval": "day"}, shop)
    assert [("2026-03-02", [2, 1, 1], 0.5), ("2026-03-03", [1, 1, 1], 1.0)] == [
        (point["at"], point["counts"], point["conversion"]) for point in result["trend"]
    ]


@pytest.mark.parametrize(("session", "expected"), [("30m", [3, 0, 0]), ("2h", [3, 2, 1])])
def test_sessions(shop: Snapshot, session: str, expected: list[int]) -> None:
    """An attempt by session must not leave its session."""
    result: dict[str, Any] = answer({**STEPS, "count": "sessions", "session": session}, shop)
    assert expected == counts(result)


def test_sentence(shop: Snapshot) -> None:
    """A funnel must say in a sentence what it counts."""
    question = {
        **STEPS, "hold": ["color"], "exclude": ["Pay"], "by": "color", "limit": 3,
        "where": {"property": "os", "op": "set"},
    }  # fmt: skip
    result = answer(question, shop)
    assert result["sentence"] == (
        "Of the users who did View, 2026-03-02 to 2026-03-03 (UTC), how many went on to Cart and "
        "then Buy, in this order, within 7 days; all with the same color; without Pay; "
        "only where os is set; split by color: the 3 largest, then $other."
    )


@pytest.mark.parametrize(
    ("option", "key"),
    [
        ({"grace": "2s"}, "grace"),
        ({"ties": "either"}, "ties"),
        ({"within": "range"}, "range"),
        ({"exclude": ["Pay"]}, "exclusion"),
        ({"by": "color"}, "attribution"),
        ({"interval": "day"}, "trend"),
        ({"reentry": "best"}, "reentry"),
    ],
)
def test_each_option_explains_itself(shop: Snapshot, option: dict[str, Any], key: str) -> None:
    """An option that is in force must be explained among the semantics."""
    result: dict[str, Any] = answer({**STEPS, **option}, shop)
    assert result["semantics"][key]


def test_segments_are_compared_with_all_others(stored: Stored) -> None:
    """A segment that converts otherwise must be significant; one like the rest must not."""
    rows: list[tuple[str, float, str, dict[str, Any]]] = []
    for number in range(60):
        group = "abc"[number % 3]
        rows.append(("View", number, f"u{number}", {"group": group}))
        if group == "a" or number % 4 == 0:
            rows.append(("Buy", number + 0.5, f"u{number}", {}))
    question = {"steps": ["View", "Buy"], "by": "group"}
    result: dict[str, Any] = answer(question, stored(*rows))
    tested = {one["by"]["group"]: one["significance"] for one in result["segments"]}
    assert {"a": True, "b": True, "c": True} == {k: v["significant"] for k, v in tested.items()}
    assert all(one["p"] <= one["p_adjusted"] for one in tested.values())
    totals: dict[str, Any] = answer({**question, "count": "totals"}, stored(*rows))
    assert all("significance" not in one for one in totals["segments"])
