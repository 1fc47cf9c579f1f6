"""Connections that end before, during and after COMMIT."""

# The schema of the conftest has no type that could be imported here.
# ruff: noqa: ANN401
from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Arrival, Refused, Row, Settlement, StoreBusy
from tallymark_collector.store.postgres import PostgresLog, commit
from tallymark_collector.store.postgres.connection import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

SCOPE = Scope(1, "test", frozenset({"read"}))
STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
OTHER = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"
STORED = Settlement(2, 0, (), 2, ())


def arrival(*seqs: int, **more: Any) -> Arrival:
    """Return a request with these numbers, or with ids when there is no stream."""
    stream = more.get("stream", STREAM)
    rows = tuple(
        Row(i, seq if stream else None, None if stream else f"id-{seq:05}", 5, 6, b'{"n":%d}' % seq)
        for i, seq in enumerate(seqs)
    )
    values = {
        "project": 1, "stream": stream, "hwm": max(seqs, default=0), "fin": False, "losses": (),
        "received_at": 7, "rows": rows, "refused": (), "sha256": bytes(32), "size": 1, **more,
    }  # fmt: skip
    return Arrival(**values)


@pytest.fixture
def log(schema: Any, cutter: Any) -> Iterator[PostgresLog]:
    """Return a log whose server is behind the cutter."""
    opened = PostgresLog.open(schema.url(cutter.port))
    yield opened
    opened.close()


def seqs(log: PostgresLog) -> list[int | None]:
    """Return the numbers of all events in commit order."""
    return [event.seq for event in log.scan(SCOPE)]


@pytest.mark.parametrize("stream", [STREAM, None])
def test_answer_to_commit_is_lost(log: PostgresLog, cutter: Any, stream: str | None) -> None:
    """What was committed though the answer was lost is answered as stored, and is there once."""
    request = arrival(1, 2, stream=stream)
    cutter.after = 1
    (settlement,) = log.commit([request])
    assert (1, 2, 2) == (cutter.cut, settlement.stored, log.head())
    (again,) = log.commit([request])
    assert (0, 2) == (again.stored, again.duplicate)


@pytest.mark.parametrize("stream", [STREAM, None])
def test_commit_is_lost(log: PostgresLog, cutter: Any, stream: str | None) -> None:
    """What was not committed when the connection ended is written again, once."""
    cutter.before = 1
    (settlement,) = log.commit([arrival(1, 2, stream=stream)])
    assert (1, 2, 2, 2) == (cutter.cut, settlement.stored, log.head(), log.count(SCOPE))


def test_commits_are_lost_again_and_again(log: PostgresLog, cutter: Any) -> None:
    """Several connections may end one after the other; the end is told right."""
    cutter.before, cutter.after = 2, 1
    assert [STORED] == list(log.commit([arrival(1, 2)]))
    assert (3, [1, 2]) == (cutter.cut, seqs(log))


def test_another_has_written_meanwhile(schema: Any, log: PostgresLog, cutter: Any) -> None:
    """A position that another process has taken since is no sign that ours was committed."""
    other = PostgresLog.open(schema.url())
    cutter.before = 1
    cutter.meanwhile = lambda: other.commit([arrival(1, stream=OTHER)])
    assert [STORED] == list(log.commit([arrival(1, 2)]))
    assert [(1, OTHER), (2, STREAM), (3, STREAM)] == [
        (event.pos, event.stream) for event in log.scan(SCOPE)
    ]
    other.close()


def test_commit_without_rows_is_lost(log: PostgresLog, cutter: Any) -> None:
    """What stores no event is written again, which changes nothing: its answer is the same."""
    refused = Refused(0, 1, None, "bad_name", "e", None, b"{}")
    cutter.after = 1
    (settlement,) = log.commit([arrival(hwm=1, refused=(refused,))])
    assert (0, 0, 1) == (settlement.stored, settlement.duplicate, settlement.upto)
    assert 1 == len(log.quarantined(SCOPE, 0, 10))


def test_nobody_can_tell(schema: Any, log: PostgresLog, cutter: Any) -> None:
    """When the server stays away it is refused as unknown; sent again it is told right."""
    database = Database(schema.url(cutter.port))
    seconds = itertools.count()
    committer = commit.Committer(
        database,
        database.connect("write"),
        clock=lambda: next(seconds),
        sleep=lambda _: None,
    )
    cutter.after, cutter.meanwhile = 1, lambda: setattr(cutter, "closed", True)
    with pytest.raises(commit.CommitUnknown):
        committer.commit([arrival(1, 2)])
    cutter.closed = False
    (settlement,) = committer.commit([arrival(1, 2)])
    assert (0, 2, 2) == (settlement.stored, settlement.duplicate, settlement.upto)
    assert [1, 2] == seqs(log)
    committer.close()


def test_sessions_end_between_commits(schema: Any, log: PostgresLog) -> None:
    """A connection that was ended while idle is replaced; nobody is refused for it."""
    log.commit([arrival(1, 2)])
    schema.end_sessions()
    assert [1, 2] == seqs(log)
    schema.end_sessions()
    (settlement,) = log.commit([arrival(3, 4)])
    assert (2, 4) == (settlement.stored, settlement.upto)


def test_a_held_lock_refuses(schema: Any, log: PostgresLog) -> None:
    """While somebody holds the head, commits are refused in time; after it they go on."""
    with psycopg.connect(schema.url()) as holder:
        holder.execute("SELECT pos FROM head FOR UPDATE")
        with pytest.raises(StoreBusy, match="lock timeout"):
            log.commit([arrival(1, 2)])
    assert [STORED] == list(log.commit([arrival(1, 2)]))


def test_a_standby_refuses(schema: Any, log: PostgresLog) -> None:
    """A server that has become read-only refuses, and is asked for again."""
    log._committer._connected().execute("SET default_transaction_read_only = on")
    with pytest.raises(StoreBusy, match="read-only"):
        log.commit([arrival(1, 2)])
    schema.end_sessions()
    assert [STORED] == list(log.commit([arrival(1, 2)]))


def test_commits_are_durable(schema: Any) -> None:
    """A database that answers before it has written is made to write first."""
    role = f"hasty_{schema.name}"
    schema.cluster.sql(
        f"CREATE ROLE {role} LOGIN SUPERUSER; ALTER ROLE {role} SET synchronous_commit = off"
    )
    log = PostgresLog.open(schema.url().replace("operator@", f"{role}@"))
    asked = log._committer._connected().execute("SHOW synchronous_commit").fetchone()
    assert ("on",) == asked
    log.close()
