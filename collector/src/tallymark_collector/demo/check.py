"""Whether the reports say what the invented shop was made to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tallymark_collector.demo.shop import Known


def differences(known: Known, answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return where the answers of `questions` differ from what is known, in words."""
    return [
        *_trends(known, answers["trends"]),
        *_funnel(known, answers["funnel"]),
        *_retention(known, answers["retention"]),
    ]


def _trends(known: Known, answer: Mapping[str, Any]) -> Iterator[str]:
    for series in answer["series"]:
        name = series["name"]
        found = {point["at"]: point["value"] for point in series["points"] if point["value"]}
        for day in sorted(found.keys() | known.totals[name].keys()):
            made, told = known.totals[name].get(day, 0), found.get(day, 0)
            if made != told:
                yield f"{name} on {day}: {made} were made, the trend says {told}"


def _funnel(known: Known, answer: Mapping[str, Any]) -> Iterator[str]:
    for planned, step in zip(known.funnel, answer["steps"], strict=True):
        if planned != step["count"]:
            yield f"{step['event']}: {planned} were to reach it, the funnel says {step['count']}"


def _retention(known: Known, answer: Mapping[str, Any]) -> Iterator[str]:
    found = {
        cohort["at"]: (cohort["size"], tuple(cell["users"] for cell in cohort["cells"]))
        for cohort in answer["cohorts"]
    }
    for week in sorted(found.keys() | known.retention.keys()):
        if known.retention.get(week) != found.get(week):
            yield (
                f"the week of {week}: {known.retention.get(week)} were planned, "
                f"retention says {found.get(week)}"
            )
