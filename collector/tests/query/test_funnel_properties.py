"""Truths about every funnel, on generated events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.query.event import Event
from tallymark_collector.query.naive import funnel
from tallymark_collector.query.people import People
from tallymark_collector.query.plan import Bounds, plan_funnel
from tallymark_collector.query.question import FunnelQuestion, parse
from tallymark_collector.query.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_collector.query.naive.funnel import FunnelLine

    Rows = Sequence[tuple[str, int, str | None, int | None]]

MINUTE = 60_000
EVENTS = st.lists(
    st.tuples(
        st.sampled_from("ABCX"),
        st.integers(0, 40),
        st.sampled_from(["u", "v", None]),
        st.sampled_from([1, 2, None]),
    ),
    max_size=14,
)
OPTIONS = st.fixed_dictionaries(
    {
        "count": st.sampled_from(["uniques", "totals", "sessions"]),
        "order": st.sampled_from(["ordered", "any", "strict"]),
        "hold": st.sampled_from([[], ["item"]]),
        "exclude": st.sampled_from([[], ["X"]]),
        "by": st.sampled_from([[], ["item"]]),
        "window": st.sampled_from(["5m", "20m"]),
    }
)


def snapshot_of(rows: Rows) -> Snapshot:
    """Return a snapshot of (name, minute, user, item) rows."""
    events = [
        Event(pos, minute * MINUTE + MINUTE, name, user, None, None,
              {} if item is None else {"item": item}, {}, {})
        for pos, (name, minute, user, item) in enumerate(rows, start=1)
    ]  # fmt: skip
    return Snapshot(events, People(), Bounds(0, 100 * MINUTE), len(events), 0)


def lines_of(question: dict[str, Any], snapshot: Snapshot) -> tuple[FunnelLine, ...]:
    """Return the funnels of a question about A, B and C."""
    asked = {"steps": ["A", "B", "C"], **question}
    plan = plan_funnel(parse(FunnelQuestion, asked), snapshot.bounds)
    return funnel.evaluate(plan, snapshot).lines


@given(EVENTS, OPTIONS)
def test_no_step_grows(rows: Rows, options: dict[str, Any]) -> None:
    """A later step must never count more attempts than an earlier one."""
    for line in lines_of(options, snapshot_of(rows)):
        counts = [step.count for step in line.steps]
        assert sorted(counts, reverse=True) == counts


@given(EVENTS, OPTIONS)
def test_conversions_stay_in_the_window(rows: Rows, options: dict[str, Any]) -> None:
    """Each conversion must take between 0 and the window, the end included."""
    window = int(options["window"].removesuffix("m")) * MINUTE
    for line in lines_of(options, snapshot_of(rows)):
        assert all(0 <= time <= window for time in line.times_to_convert)


@given(EVENTS, OPTIONS)
def test_arrival_decides_ties_only(rows: Rows, options: dict[str, Any]) -> None:
    """Events of different times must give the same funnel whatever order they are read in."""
    distinct = list({minute: row for row in rows for minute in [row[1]]}.values())
    whole, shuffled = snapshot_of(distinct), snapshot_of(distinct[::-1])
    assert lines_of(options, whole) == lines_of(options, shuffled)


@given(EVENTS, OPTIONS)
def test_a_split_loses_nobody(rows: Rows, options: dict[str, Any]) -> None:
    """The segments of a breakdown must add up to the funnel without it."""
    snapshot = snapshot_of(rows)
    (whole,) = lines_of({**options, "by": []}, snapshot)
    parts = lines_of({**options, "by": ["item"]}, snapshot)
    summed = [sum(part.steps[index].count for part in parts) for index in range(3)]
    assert [step.count for step in whole.steps] == summed


@given(EVENTS, st.sampled_from(["ordered", "strict"]))
def test_best_reentry_is_never_worse(rows: Rows, order: str) -> None:
    """Any entry that may convert must reach every step at least as often as the first one."""
    snapshot = snapshot_of(rows)
    (first,) = lines_of({"order": order}, snapshot)
    (best,) = lines_of({"order": order, "reentry": "best"}, snapshot)
    assert all(b.count >= a.count for a, b in zip(first.steps, best.steps, strict=True))


@given(EVENTS)
def test_strict_is_at_most_ordered(rows: Rows) -> None:
    """A strict funnel must not convert anybody an ordered one does not."""
    snapshot = snapshot_of(rows)
    (ordered,) = lines_of({"reentry": "best"}, snapshot)
    (strict,) = lines_of({"reentry": "best", "order": "strict"}, snapshot)
    assert all(a.count >= b.count for a, b in zip(ordered.steps, strict.steps, strict=True))


@given(EVENTS)
def test_each_row_fills_one_step(rows: Rows) -> None:
    """Totals of a funnel of the same event must not use a row twice."""
    snapshot = snapshot_of(rows)
    question = {"steps": ["A", "A"], "count": "totals", "window": "60m"}
    plan = plan_funnel(parse(FunnelQuestion, question), snapshot.bounds)
    (line,) = funnel.evaluate(plan, snapshot).lines
    users: dict[str, int] = {}
    for name, _, user, _ in rows:
        if name == "A" and user is not None:
            users[user] = users.get(user, 0) + 1
    assert sum(count // 2 for count in users.values()) == line.steps[1].count
    assert sum(-(-count // 2) for count in users.values()) == line.steps[0].count
