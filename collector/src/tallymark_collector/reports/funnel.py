"""Funnels: how many get from step to step, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.engine.answers import answer_funnel
from tallymark_collector.query.durations import in_words
from tallymark_collector.query.filters import describe
from tallymark_collector.query.numbers import mean, percentile, ratio
from tallymark_collector.query.question import FunnelQuestion, parse
from tallymark_collector.reports.result import (
    LISTS,
    Result,
    breakdown,
    frame,
    freshness,
    listed,
    seconds,
    unknown_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_collector.engine.answers import Stored
    from tallymark_collector.query.naive.funnel import FunnelAnswer, FunnelLine, StepCount
    from tallymark_collector.query.plan import FunnelPlan
from tallymark_collector.stats.adjust import benjamini_hochberg
from tallymark_collector.stats.fisher import fisher_exact

LEVEL = 0.05
"""The false discovery rate at which a segment is called different."""

_COUNTING = {
    "uniques": "one attempt per user",
    "totals": "a user enters again after converting, running out of time or being excluded",
    "sessions": "one attempt per session, and all its steps within that session",
}
_ORDER = {
    "ordered": "in the order given; other events may come in between",
    "any": "in any order; anchored steps keep their place",
    "strict": "in the order given, and each the very next event of the user",
}
_REENTRY = {
    "first": "the attempt runs from the first entry; later ones do not reset it",
    "best": "any entry may convert: the deepest attempt counts, then the earliest to get there, "
    "then the latest entry",
}


_WITHIN = {
    "window": "the entry lies in the range; later steps may follow within the window",
    "range": "all steps lie in the range",
}
_TIES = {
    "arrival": "equal times follow the order of arrival",
    "either": "events of one millisecond count in either order",
}
_EXCLUDED = {
    "entered": "ends the attempt there: counted as entered, not as converted",
    "dropped": "whoever did it in between is not counted at all",
}


def answer(body: bytes | Mapping[str, object] | FunnelQuestion, stored: Stored) -> Result:
    """Answer a funnel question, asked as JSON or read before; raise Problem `bad_question`."""
    plan, found, source = answer_funnel(parse(FunnelQuestion, body), stored)
    return {
        **shape(plan, found),
        **unknown_names([*plan.question.steps, *plan.question.exclude], source),
        **freshness(source, found.rows_read),
    }


def shape(plan: FunnelPlan, found: FunnelAnswer) -> Result:
    """Return the steps as JSON: of the one funnel, or of each segment in `segments`."""
    question = plan.question
    split = bool(question.by) or len(plan.paths) > 1
    body: Result = {"window": in_words(question.window), "count": question.count}
    if split:
        body["segments"] = [
            {**_segment(plan, line), **tested}
            for line, tested in zip(found.lines, significance(plan, found.lines), strict=True)
        ]
    else:
        body |= _funnel(plan, found.lines[0])
    if question.interval is not None:
        body["interval"] = question.interval
        body["trend"] = [_trend_point(plan, line, split=split) for line in found.trend]
    return frame("funnel", sentence(plan), semantics(plan), plan, body)


def sentence(plan: FunnelPlan) -> str:
    """Say in plain English what is counted."""
    question = plan.question
    titles = [_step_title(plan, index) for index in range(len(question.steps))]
    days = f"{plan.range.first} to {plan.range.last} ({plan.range.timezone})"
    who = {"uniques": "users who did", "totals": "times users did", "sessions": "sessions with"}
    order = {"ordered": "in this order", "strict": "with no other event between", "any": ""}
    if question.order == "any":
        text = (
            f"How many {who[question.count]} any of {listed(titles, 'or')}, {days}, "
            f"and how many of the steps followed in any order"
        )
    else:
        text = (
            f"Of the {who[question.count]} {titles[0]}, {days}, how many went on to "
            f"{listed(titles[1:], 'and then')}, {order[question.order]},"
        )
    words = [f"{text} within {in_words(question.window)}"]
    if question.hold:
        words.append(f"all with the same {listed(question.hold)}")
    if question.exclude:
        words.append(f"without {listed([one.title for one in question.exclude], 'or')}")
    if question.where is not None:
        words.append(f"only where {describe(question.where)}")
    if question.by:
        words.append(f"split by {listed(question.by)}: the {question.limit} largest, then $other")
    return "; ".join(words) + "."


def semantics(plan: FunnelPlan) -> dict[str, str]:
    """Say how attempts are counted."""
    question = plan.question
    notes = {
        "counting": _COUNTING[question.count],
        "order": _ORDER[question.order],
        "window": f"last step - entry ≤ {in_words(question.window)}, the end included",
        "range": _WITHIN[question.within],
        "ties": _TIES[question.ties],
        "users": "canonical users at query time; events of nobody take no part",
    }
    if question.count != "totals":
        notes["reentry"] = _REENTRY[question.reentry]
    if question.grace:
        notes["grace"] = f"a step may precede the one it follows by {in_words(question.grace)}"
    if question.exclude:
        notes["exclusion"] = _EXCLUDED[question.excluded]
    if question.by or (question.where is not None and question.where_applies == "after"):
        notes["attribution"] = f"an attempt carries the {_attribution(question)}"
    if question.by:
        notes["lists"] = LISTS
    if question.count == "uniques" and (question.by or len(plan.paths) > 1):
        notes["significance"] = (
            "Fisher's exact test of a segment's conversion against all others', "
            f"Benjamini-Hochberg over the segments at {LEVEL:.0%}"
        )
    if question.interval is not None:
        notes["trend"] = (
            "one funnel per point: a user may enter in several, so points do not add up"
        )
    return notes


def significance(plan: FunnelPlan, lines: Sequence[FunnelLine]) -> list[Result]:
    """Compare each segment's conversion with that of all others: p-values, adjusted together.

    Only users are independent of each other, so other countings get no test.
    """
    if plan.question.count != "uniques" or len(lines) < 2:  # noqa: PLR2004 -- nothing to compare
        return [{} for _ in lines]
    counts = [(line.steps[0].count, line.steps[-1].count) for line in lines]
    entered, converted = (sum(column) for column in zip(*counts, strict=True))
    tests = [
        fisher_exact(b, a - b, converted - b, (entered - a) - (converted - b)) for a, b in counts
    ]
    adjusted = benjamini_hochberg(tests)
    return [
        {"significance": {"p": p, "p_adjusted": q, "significant": q <= LEVEL}}
        for p, q in zip(tests, adjusted, strict=True)
    ]


def _attribution(question: FunnelQuestion) -> str:
    if question.attributed_step is not None:
        return f"value of step {question.attributed_step}, which may be undefined"
    return f"{question.attribution} defined value among its steps"


def _step_title(plan: FunnelPlan, index: int) -> str:
    alternatives = dict.fromkeys(path[index].title for path in plan.paths)
    return listed(list(alternatives), "or")


def _segment(plan: FunnelPlan, line: FunnelLine) -> Result:
    named: Result = breakdown(plan.question.by, line.segment)
    if len(plan.paths) > 1:
        named["path"] = list(line.titles)
    return {**named, **_funnel(plan, line)}


def _funnel(plan: FunnelPlan, line: FunnelLine) -> Result:
    times = line.times_to_convert
    entered, converted = line.steps[0].count, line.steps[-1].count
    steps = [_step(plan, line.steps, index) for index in range(len(line.steps))]
    return {
        "steps": steps,
        "entered": entered,
        "converted": converted,
        "conversion": ratio(converted, entered),
        "time_to_convert_s": {
            "average": seconds(mean(times)),
            "median": seconds(percentile(times, 50)),
            "p90": seconds(percentile(times, 90)),
        },
    }


def _step(plan: FunnelPlan, steps: Sequence[StepCount], index: int) -> Result:
    step, entered = steps[index], steps[0].count
    before = steps[max(index - 1, 0)].count
    one: Result = {
        "event": step.title,
        "count": step.count,
        "step_conv_ratio": ratio(step.count, before),
        "overall_conv_ratio": ratio(step.count, entered),
        "avg_time_s": seconds(mean(step.times)),
        "median_time_s": seconds(percentile(step.times, 50)),
        "avg_time_from_start_s": seconds(mean(step.times_from_start)),
        "median_time_from_start_s": seconds(percentile(step.times_from_start, 50)),
    }
    if plan.question.sum is not None:
        one["sum"] = step.total
    return one


def _trend_point(plan: FunnelPlan, line: FunnelLine, *, split: bool) -> Result:
    entered, converted = line.steps[0].count, line.steps[-1].count
    point: Result = {"at": line.bucket.label if line.bucket else None}
    if split:
        point |= breakdown(plan.question.by, line.segment)
        if len(plan.paths) > 1:
            point["path"] = list(line.titles)
    point["counts"] = [step.count for step in line.steps]
    point["conversion"] = ratio(converted, entered)
    return point
