"""Decoded events in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.problem import Problem
from tallymark_collector.query.events import Events
from tallymark_collector.store.log import Arrival, Row
from tallymark_collector.store.sqlite import SqliteLog, SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tallymark_collector.query.snapshot import Snapshot

READ = frozenset({"read"})


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """Return an empty log with two projects."""
    meta = SqliteMeta.open(tmp_path)
    meta.create_project("one", 0)
    meta.create_project("two", 0)
    meta.close()
    opened = SqliteLog.open(tmp_path, ballast=0)
    yield opened
    opened.close()


def store(log: SqliteLog, stream: int, bodies: list[dict[str, object]], project: int = 1) -> None:
    """Commit bodies as the first events of a stream; they happen at 1, 2, 3 ms."""
    rows = tuple(
        Row(place, place + 1, None, place + 1, place + 1, json.dumps(body).encode())
        for place, body in enumerate(bodies)
    )
    name = f"0197a1b2-0000-7000-8000-{stream:012x}"
    arrival = Arrival(project, name, len(rows), False, 1_000, rows, (), (), bytes([stream]) * 32, 1)  # noqa: FBT003
    log.commit([arrival])


def names(snapshot: Snapshot) -> list[str]:
    """Return the names of a snapshot's events."""
    return [event.name for event in snapshot.events]


def test_each_snapshot_goes_on_where_the_last_ended(log: SqliteLog) -> None:
    """A snapshot must hold what is stored when it is taken, and never change afterwards."""
    events, scope = Events(log), Scope(1, "t", READ)
    empty = events.snapshot(scope)
    store(log, 1, [{"e": "a"}, {"e": "b"}])
    two = events.snapshot(scope)
    store(log, 2, [{"e": "c"}])
    three = events.snapshot(scope)
    assert (names(empty), names(two), names(three)) == ([], ["a", "b"], ["a", "b", "c"])
    assert (empty.pos, two.pos, three.pos, three.received_at) == (0, 2, 3, 1_000)
    assert (empty.bounds.first, two.bounds.first, two.bounds.last) == (None, 1, 2)


def test_a_scope_sees_its_project_only(log: SqliteLog) -> None:
    """The events of another project must not be in a snapshot."""
    store(log, 1, [{"e": "a"}])
    store(log, 2, [{"e": "b"}], project=2)
    events = Events(log)
    assert names(events.snapshot(Scope(1, "t", READ))) == ["a"]
    assert names(events.snapshot(Scope(2, "t", READ))) == ["b"]


def test_reading_needs_the_permission(log: SqliteLog) -> None:
    """A scope that may only write must get no event."""
    with pytest.raises(Problem, match="forbidden"):
        Events(log).snapshot(Scope(1, "t", frozenset({"write"})))


def test_the_limit_changes_no_answer(log: SqliteLog) -> None:
    """What is no longer held must be read from the log again, links included."""
    bodies: list[dict[str, object]] = [{"e": f"e{number}", "d": "D"} for number in range(20)]
    bodies.insert(3, {"k": "identify", "d": "D", "u": "U"})
    bodies.insert(9, {"k": "profile", "u": "U"})
    store(log, 1, bodies)
    scope = Scope(1, "t", READ)
    whole, bounded = Events(log).snapshot(scope), Events(log, limit=5).snapshot(scope)
    assert list(whole.events) == list(bounded.events)
    assert (whole.bounds, whole.pos) == (bounded.bounds, bounded.pos)
    assert {"U"} == {bounded.people.canonical(event) for event in bounded.events}


def test_an_older_view_outlives_the_limit(log: SqliteLog) -> None:
    """A snapshot taken before the limit moved on must still give all its events."""
    events, scope = Events(log, limit=4), Scope(1, "t", READ)
    store(log, 1, [{"e": f"a{number}"} for number in range(4)])
    before = events.snapshot(scope)
    store(log, 2, [{"e": f"b{number}"} for number in range(4)])
    after = events.snapshot(scope)
    assert (names(before), len(names(after))) == (["a0", "a1", "a2", "a3"], 8)


def test_aliases_see_when_users_were_first_seen(log: SqliteLog) -> None:
    """The canonical user must be the one whose first event is the oldest (M4)."""
    alias: dict[str, object] = {"k": "alias", "from": "A", "to": "Z"}
    store(log, 1, [{"e": "a", "u": "Z"}, {"e": "a", "u": "A"}, alias])
    snapshot = Events(log).snapshot(Scope(1, "t", READ))
    assert {"Z"} == {snapshot.people.canonical(event) for event in snapshot.events}


def test_an_older_event_of_a_merged_user_decides_anew(log: SqliteLog) -> None:
    """An event that arrives late must change who is canonical, if it is the oldest (M4)."""
    scope, events = Scope(1, "t", READ), Events(log)
    alias: dict[str, object] = {"k": "alias", "from": "A", "to": "Z"}
    store(log, 1, [{"e": "a", "u": "X"}, {"e": "a", "u": "Z"}, {"e": "a", "u": "A"}, alias])
    before = events.snapshot(scope)
    store(log, 2, [{"e": "a", "u": "A"}])
    after = events.snapshot(scope)
    for snapshot, user in ((before, "Z"), (after, "A")):
        found = {snapshot.people.canonical(event) for event in snapshot.events}
        assert {user, "X"} == found
        assert found == {row.user for row in snapshot.rows or ()}


def test_rows_and_names_are_those_of_the_events(log: SqliteLog) -> None:
    """What is kept in order must be the events there are, while all of them are held."""
    scope, events, few = Scope(1, "t", READ), Events(log), Events(log, limit=3)
    for stream, names_ in enumerate((["b", "a"], ["c"], ["a", "d"]), start=1):
        store(log, stream, [{"e": name, "u": "U"} for name in names_])
        snapshot, bounded = events.snapshot(scope), few.snapshot(scope)
        ordered = sorted(snapshot.events, key=lambda event: (event.ts, event.pos))
        assert ordered == [row.event for row in snapshot.rows or ()]
        assert set(names(snapshot)) == snapshot.event_names() == bounded.event_names()
    assert bounded.rows is None
