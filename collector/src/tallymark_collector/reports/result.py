"""What every result carries: what it means, what it covers, and how fresh it is."""

from __future__ import annotations

from datetime import UTC
from difflib import get_close_matches
from typing import TYPE_CHECKING

from tallymark_collector.query.buckets import local
from tallymark_collector.query.plan import Plan, definition
from tallymark_collector.query.question import ANY_EVENT, EventSet, Step
from tallymark_collector.query.values import EVERYTHING, THE_REST, Segment, Value, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_collector.engine.answers import Stored

Result = dict[str, object]
"""A report's answer as JSON: what the API, the command line and the SDK's query client show."""

LISTS = "a value that is a list counts in the segment of each of its elements"
"""What a breakdown says about lists: its segments may add up to more than there are."""

_SECOND = 1_000


def frame(
    report: str, sentence: str, semantics: Mapping[str, str], plan: Plan, body: Result
) -> Result:
    """Put a report's numbers between the sentence that says what they are and their range."""
    return {
        "report": report,
        "sentence": sentence,
        "semantics": dict(semantics),
        "from": plan.range.first.isoformat(),
        "to": plan.range.last.isoformat(),
        "timezone": plan.range.timezone,
        **body,
        "definition": definition(plan),
    }


def freshness(stored: Stored, rows_read: int) -> Result:
    """Say how many rows were read and up to which position of the log; `at` is its arrival."""
    at = stored.received_at
    arrived = None if at is None else local(at, UTC).isoformat(timespec="milliseconds")
    return {"rows_read": rows_read, "as_of": {"pos": stored.pos, "at": arrived}}


def unknown_names(sets: Sequence[EventSet], stored: Stored) -> Result:
    """Return `notes` on event names that were asked for and never stored; nothing without any."""
    known = stored.event_names()
    asked = dict.fromkeys(name for one in sets for name in _names(one))
    notes: list[str] = []
    for name in asked:
        if name not in known and name != ANY_EVENT:
            near = get_close_matches(name, sorted(known), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            notes.append(f"no event named {name!r} is stored{hint}")
    return {"notes": notes} if notes else {}


def _names(events: EventSet) -> list[str]:
    if events.event is not None:
        return [events.event]
    alternatives = events.compare if isinstance(events, Step) and events.compare else events.any_
    return [name for part in alternatives or () for name in _names(part)]


def breakdown(properties: Sequence[str], segment: Segment) -> Result:
    """Return the `by` field of one segment; nothing without a breakdown."""
    if segment == EVERYTHING:
        return {}
    values: Sequence[Value] = [shown(value) for value in segment.values]
    if segment == THE_REST:
        values = [*values] * len(properties)
    return {"by": dict(zip(properties, values, strict=True))}


def seconds(milliseconds: float | None) -> float | None:
    """Return a duration in seconds."""
    return None if milliseconds is None else milliseconds / _SECOND


def listed(names: Sequence[str], joint: str = "and") -> str:
    """Join names as a sentence does: `a, b and c`."""
    if len(names) < 2:  # noqa: PLR2004 -- nothing to join
        return "".join(names)
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"
