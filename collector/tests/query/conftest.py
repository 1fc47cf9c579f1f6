"""Events and snapshots for the tests of questions, and the shared vectors."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.query.event import Event
from tallymark_collector.query.people import People
from tallymark_collector.query.plan import Bounds
from tallymark_collector.query.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

VECTORS = Path(__file__).parents[3] / "sdk-protocol/spec/vectors/reports.json"
EPOCH_MS = 1_772_409_600_000


def make_event(
    name: str,
    ts: int,
    user: str | None = "u",
    *,
    pos: int = 1,
    **fields: Any,  # noqa: ANN401 -- each field has a type of its own
) -> Event:
    """Return an event; *fields* are the rest of its fields."""
    given = {"device": None, "session": None, "properties": {}, "context": {}, "groups": {}}
    return Event(pos=pos, ts=ts, name=name, user=user, **{**given, **fields})


def make_snapshot(events: Iterable[Event], people: People | None = None) -> Snapshot:
    """Return a snapshot of events, numbered as they come."""
    given = list(events)
    times = [event.ts for event in given]
    return Snapshot(
        events=given,
        people=people or People(),
        bounds=Bounds(min(times, default=None), max(times, default=None)),
        pos=len(given),
        received_at=max(times, default=None),
    )


@pytest.fixture(scope="session")
def event() -> Callable[..., Event]:
    """Return the maker of one event."""
    return make_event


@pytest.fixture(scope="session")
def snapshot() -> Callable[..., Snapshot]:
    """Return the maker of a snapshot."""
    return make_snapshot


@pytest.fixture(scope="session")
def vectors() -> Sequence[dict[str, Any]]:
    """Return the shared vectors of the reports."""
    found: Sequence[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return found


@pytest.fixture(scope="session")
def shop_rows() -> list[dict[str, str]]:
    """Return the rows of the demo shop's file."""
    packed = files("tallymark_collector").joinpath("data/ecom.csv.gz").read_bytes()
    return list(csv.DictReader(gzip.decompress(packed).decode().splitlines()))


@pytest.fixture(scope="session")
def shop(shop_rows: list[dict[str, str]]) -> Snapshot:
    """Return the demo shop's events."""
    events = []
    for number, row in enumerate(shop_rows, start=1):
        at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
        own = ("user_id", "session_id", "event", "timestamp")
        rest = {key: value for key, value in row.items() if key not in own}
        events.append(
            make_event(
                row["event"],
                int(at.timestamp() * 1000),
                row["user_id"],
                pos=number,
                session=row["session_id"],
                properties=rest,
            )
        )
    return make_snapshot(events)
