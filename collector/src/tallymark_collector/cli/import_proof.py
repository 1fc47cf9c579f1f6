"""The proof of an import: a file's events by name and day beside those a collector holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tallymark_protocol.event_id import uuid8

from tallymark_collector.cli import remote
from tallymark_collector.connect.record import Record
from tallymark_collector.ingest.envelope import Envelope
from tallymark_collector.ingest.verdict import Judge, Terms
from tallymark_collector.query.plan import MAX_POINTS
from tallymark_collector.query.question import FIRST_DAY, LAST_DAY, MAX_EVENTS
from tallymark_collector.store.keys import default_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tallymark_collector.connect.collectors import Collector
    from tallymark_collector.connect.record import Item
    from tallymark_collector.connect.source import Source
    from tallymark_collector.store.log import Refused

MAX_NAMES: Final = 30
"""Names that are compared, the most frequent ones: a file may have any number."""

SPAN: Final = timedelta(days=MAX_POINTS - 1)
"""Days that are compared at once: as many as a question may have points."""
ELSEWHEN: Final = f"days not in {FIRST_DAY.year}–{LAST_DAY.year}"  # noqa: RUF001 -- years from and to

_AT_ONCE: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TRIAL: Final = uuid8(bytes(16))
"""A stream for verdicts: nothing is written to it."""


@dataclass(slots=True)
class Survey:
    """A file's events counted by name and day (UTC).

    `first` and `last` are times in ms of events whose day can be asked for, None without any.

    `refused` counts by verdict code what a collector would refuse.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    first: int | None = None
    last: int | None = None

    @property
    def names(self) -> Counter[str]:
        """The events of each name, over all days."""
        found: Counter[str] = Counter()
        for (name, _), count in self.counts.items():
            found[name] += count
        return found

    def see(self, event: Mapping[str, Any]) -> None:
        """Count one event; kinds other than plain events are counted by their kind."""
        ts = event["t"]
        day = _day_of(ts)
        if day is not None:
            self.first = ts if self.first is None else min(self.first, ts)
            self.last = ts if self.last is None else max(self.last, ts)
        kind = event.get("k", "track")
        if kind == "track":
            self.counts[str(event.get("e")), ELSEWHEN if day is None else str(day)] += 1
        else:
            self.others[str(kind)] += 1


def survey_of(source: Source) -> Survey:
    """Read a file through and count it."""
    survey = Survey()
    for item in source.items():
        if isinstance(item, Record):
            survey.see(item.event)
        else:
            survey.unreadable += 1
    return survey


def trial_of(source: Source, received_at: int) -> Survey:
    """Read a file through, count it, and give each event the verdict a collector would give now."""
    survey = Survey()
    for window in _windows(source.items()):
        events = [item.event for item in window if isinstance(item, Record)]
        for event in events:
            survey.see(event)
        survey.unreadable += len(window) - len(events)
        survey.refused.update(refused.code for refused in _judged(events, received_at))
    return survey


def _judged(events: Sequence[Mapping[str, Any]], received_at: int) -> Sequence[Refused]:
    bare = [{key: event[key] for key in event if key != "id"} for event in events]
    envelope = Envelope(_TRIAL, 1, len(bare), False, 0, "anchored", {}, list(bare), ())  # noqa: FBT003 -- fin
    terms = Terms(default_policy("secret"), received_at, secret=True, imported=True)
    return Judge(envelope, terms).verdicts().refused


def _windows(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while window := list(islice(left, _AT_ONCE)):
        yield window


def proof_of(source: Source, collector: Collector) -> list[dict[str, Any]]:
    """Count each event name by day in the file and in the collector, and compare."""
    survey = survey_of(source)
    names = [name for name, _ in survey.names.most_common(MAX_NAMES)]
    held: Counter[tuple[str, str]] = Counter()
    for start in range(0, len(names), MAX_EVENTS):
        events = names[start : start + MAX_EVENTS]
        for first, last in _spans(survey):
            held.update(_held(collector, events, first, last))
    return [_compared(name, survey.counts, held) for name in names]


def _spans(survey: Survey) -> Iterator[tuple[date, date]]:
    """Cut the days of a file into spans that can be asked for."""
    first, last = _day_of(survey.first), _day_of(survey.last)
    while first is not None and last is not None and first <= last:
        yield first, min(first + SPAN, last)
        first += SPAN + timedelta(days=1)


def _held(
    collector: Collector, names: Sequence[str], first: date, last: date
) -> Mapping[tuple[str, str], int]:
    """Count the collector's events of each name and day."""
    question: dict[str, object] = {
        "events": [{"event": name} for name in names],
        "from": str(first),
        "to": str(last),
    }
    answer: dict[str, Any] = remote.answer_of(collector, "trends", question)
    return {
        (name, point["at"]): point["value"]
        for name, series in zip(names, answer["series"], strict=True)
        for point in series["points"]
        if point["value"]
    }


def _compared(
    name: str,
    counts: Mapping[tuple[str, str], int],
    held: Mapping[tuple[str, str], int],
) -> dict[str, Any]:
    """Compare one event's days in the collector with those in the file."""
    in_file = {day: count for (event, day), count in counts.items() if event == name}
    return {
        "event": name,
        "file": sum(in_file.values()),
        "collector": sum(count for (event, _), count in held.items() if event == name),
        "days_short": sorted(
            day for day, count in in_file.items() if held.get((name, day), 0) < count
        ),
    }


def _day_of(ts: int | None) -> date | None:
    """Return the day (UTC) of a time in ms, None if no question can name it."""
    try:
        day = None if ts is None else (_EPOCH + timedelta(milliseconds=ts)).date()
    except OverflowError:
        return None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None
