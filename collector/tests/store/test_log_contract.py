"""What every `Log` must do, example by example; the state machine beside it searches for more."""

# The stores of the conftest have no type that could be imported here.
# ruff: noqa: ANN401
from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Arrival, Loss, Refused, Row, Settlement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark_collector.store.log import Log

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
OTHER = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"
SCOPE = Scope(1, "test", frozenset({"read"}))


def row(place: int, seq: int | None, content: str = "", event_id: str | None = None) -> Row:
    """Return an accepted event."""
    return Row(place, seq, event_id, 100 + place, 200 + place, f'{{"e":"{seq}{content}"}}'.encode())


def refused(place: int, seq: int | None, code: str = "bad_name", **more: Any) -> Refused:
    """Return a refused event."""
    return Refused(place, seq, more.get("id"), code, "e", more.get("limit"), b'{"e":7}')


def arrival(*events: Row | Refused, **fields: Any) -> Arrival:
    """Return a request with these events; its digest is made of everything that is in its body."""
    values = {
        "project": 1,
        "stream": STREAM,
        "hwm": max((event.seq or 0 for event in events), default=0),
        "fin": False,
        "received_at": 1_000,
        "losses": (),
        **fields,
    }
    content = repr((events, sorted(item for item in values.items() if item[0] != "received_at")))
    return Arrival(
        rows=tuple(event for event in events if isinstance(event, Row)),
        refused=tuple(event for event in events if isinstance(event, Refused)),
        sha256=hashlib.sha256(content.encode()).digest(),
        size=100,
        **values,
    )


def numbers(*seqs: int, content: str = "", **fields: Any) -> Arrival:
    """Return a request of accepted events with these numbers."""
    return arrival(*(row(i, seq, content) for i, seq in enumerate(seqs)), **fields)


@pytest.fixture
def log(store: Any) -> Iterator[Log]:
    """Return an open log."""
    opened = store.open()
    yield opened
    opened.close()


def seqs(log: Log, scope: Scope = SCOPE) -> list[int | None]:
    """Return the numbers of all events in commit order."""
    return [event.seq for event in log.scan(scope)]


def test_next_rows_extend_the_watermark(log: Log) -> None:
    """Rows that carry a stream on are stored, and `upto` covers them (LED-05)."""
    log.commit([numbers(1, 2)])
    assert [Settlement(3, 0, (), 5, ())] == list(log.commit([numbers(3, 4, 5)]))
    assert [1, 2, 3, 4, 5] == seqs(log)


def test_events_come_back_as_they_went_in(log: Log) -> None:
    """Place, times and bytes of an event are kept exactly."""
    body = '{"e":"Größe \\u0000 😀","p":{"x":[1.5,null,"\\ud83d"]}}'.encode()
    log.commit([arrival(Row(0, 1, None, -5, 2**53 - 1, body), received_at=77)])
    (event,) = log.scan(SCOPE)
    assert (1, STREAM, 1, None, 77, -5, 2**53 - 1, body) == (
        event.pos,
        event.stream,
        event.seq,
        event.id,
        event.received_at,
        event.t,
        event.ts,
        event.body,
    )


def test_replay_changes_nothing(log: Log) -> None:
    """The same request again, later or in one commit, is all duplicates; its ledger stays."""
    request = arrival(
        row(0, 1), refused(1, 2), row(2, 4), hwm=9, losses=(Loss("sampled", ((6, 7),), 0),)
    )
    first, same = log.commit([request, request])
    (again,) = log.commit([request])
    assert (2, 0) == (first.stored, first.duplicate)
    assert (0, 2) == (same.stored, same.duplicate) == (again.stored, again.duplicate)
    assert (2, ((4, 4), (6, 7))) == (again.upto, again.settled) == (first.upto, first.settled)
    assert [1, 4] == seqs(log)
    assert 1 == len(log.quarantined(SCOPE, 0, 10))


def test_gap_stays_open_until_it_is_filled(log: Log) -> None:
    """What arrives above a gap is settled but not below `upto`; filling the gap joins them."""
    (above,) = log.commit([numbers(4, 5)])
    assert (0, ((4, 5),)) == (above.upto, above.settled)
    (filled,) = log.commit([numbers(1, 2, 3)])
    assert (5, ()) == (filled.upto, filled.settled)


def test_batch_with_gaps_settles_what_it_names(log: Log) -> None:
    """A batch whose numbers jump stores each under its own number."""
    (settlement,) = log.commit([numbers(1, 2, 5, 9)])
    assert (4, 2, ((5, 5), (9, 9))) == (settlement.stored, settlement.upto, settlement.settled)
    assert list(log.commit([numbers(5, 9, hwm=9)])) == [Settlement(0, 2, (), 2, ((5, 5), (9, 9)))]


def test_piece_cut_anew_is_duplicate(log: Log) -> None:
    """A piece of a batch with the same numbers and bytes but another digest is a duplicate."""
    log.commit([numbers(1, 2, 3, 4)])
    (piece,) = log.commit([arrival(row(0, 3), row(1, 4), row(2, 5))])
    assert (1, 2, ()) == (piece.stored, piece.duplicate, piece.conflicts)


def test_other_content_is_conflict(log: Log) -> None:
    """Other bytes under a stored number are a conflict, and the first write wins (LED-11)."""
    log.commit([numbers(1, 2)])
    (settlement,) = log.commit([arrival(row(0, 1), row(1, 2, "other"), row(2, 3))])
    assert (1, 1, (1,), 3) == (
        settlement.stored,
        settlement.duplicate,
        settlement.conflicts,
        settlement.upto,
    )
    assert b'{"e":"2"}' == log.read(SCOPE, 1, 1)[0].body


def test_number_twice_in_one_request(log: Log) -> None:
    """The first of two events under one number is stored, the second judged against it, always."""
    request = arrival(row(0, 1), row(1, 1), row(2, 1, "other"))
    first, again = (log.commit([request])[0] for _ in range(2))
    assert (1, 1, (2,)) == (first.stored, first.duplicate, first.conflicts)
    assert (0, 2, (2,)) == (again.stored, again.duplicate, again.conflicts)


def test_arrivals_of_one_commit_see_each_other(log: Log) -> None:
    """Several arrivals of a stream in one commit settle in order, each against those before it."""
    first, second, third = log.commit(
        [numbers(1, 2), numbers(2, 3), numbers(3, 1, content="other")]
    )
    assert (2, 0) == (first.stored, first.duplicate)
    assert (1, 1) == (second.stored, second.duplicate)
    assert (0, 0, (0, 1)) == (third.stored, third.duplicate, third.conflicts)
    assert 3 == first.upto == second.upto == third.upto


def test_rejected_numbers_are_settled(log: Log) -> None:
    """A verdict settles its number, is counted by code, and is kept in quarantine once."""
    request = arrival(row(0, 1), refused(1, 2, "name_too_long", limit=200), row(2, 3))
    log.commit([request])
    log.commit([arrival(refused(0, 2, "bad_type"))])
    state = log.stream(SCOPE, STREAM)
    assert state is not None
    assert (3, 2, {"name_too_long": 1}) == (state.upto, state.stored, state.rejected)
    (kept,) = log.quarantined(SCOPE, 0, 10)
    assert (STREAM, 2, 1_000, "name_too_long", "e", b'{"e":7}') == (
        kept.stream,
        kept.seq,
        kept.received_at,
        kept.code,
        kept.path,
        kept.body,
    )


def test_late_delivery_voids_a_drop(log: Log) -> None:
    """A number declared dropped is stored when it comes after all; its loss is cut (LED-02)."""
    log.commit([arrival(losses=(Loss("queue_overflow", ((1, 9),), 0),))])
    (late,) = log.commit([numbers(4, 5, hwm=9)])
    assert (2, 9, ()) == (late.stored, late.upto, late.settled)
    state = log.stream(SCOPE, STREAM)
    assert state is not None
    assert (2, {"queue_overflow": 7}) == (state.stored, state.dropped)


def test_late_delivery_voids_a_rejection(log: Log) -> None:
    """A rejected number that comes again and is accepted is stored and leaves the quarantine."""
    log.commit([arrival(refused(0, 1), refused(1, 2))])
    (late,) = log.commit([numbers(1)])
    state = log.stream(SCOPE, STREAM)
    assert state is not None
    assert (1, 1, {"bad_name": 1}) == (late.stored, state.stored, state.rejected)
    assert [2] == [event.seq for event in log.quarantined(SCOPE, 0, 10)]


def test_rejection_voids_a_drop(log: Log) -> None:
    """A verdict about a number declared dropped counts, the drop no longer does (LED-02)."""
    log.commit([arrival(losses=(Loss("expired", ((1, 3),), 0),))])
    log.commit([arrival(refused(0, 2), hwm=3)])
    state = log.stream(SCOPE, STREAM)
    assert state is not None
    assert ({"bad_name": 1}, {"expired": 2}) == (state.rejected, state.dropped)


def test_drop_of_stored_or_rejected_is_void(log: Log) -> None:
    """A drop declared for numbers that were stored or rejected counts only for the rest."""
    log.commit([arrival(row(0, 1), refused(1, 2))])
    log.commit([arrival(hwm=4, losses=(Loss("expired", ((1, 4),), 0),))])
    state = log.stream(SCOPE, STREAM)
    assert state is not None
    assert (1, {"bad_name": 1}, {"expired": 2}) == (state.stored, state.rejected, state.dropped)


def test_rejection_of_stored_is_superseded(log: Log) -> None:
    """A refused event that an earlier attempt stored stays stored and is not to be reported."""
    log.commit([numbers(1, 2)])
    (again,) = log.commit([arrival(refused(0, 2, "too_old"), row(1, 3))])
    assert (1, 1, (0,)) == (again.stored, again.duplicate, again.superseded)
    assert [] == list(log.quarantined(SCOPE, 0, 10))


def test_heartbeat_announces(log: Log) -> None:
    """A request without events raises `hwm` and sets `fin`; neither ever goes back."""
    log.commit([arrival(hwm=7, received_at=5)])
    log.commit([arrival(hwm=3, fin=True, received_at=9)])
    log.commit([arrival(hwm=1, received_at=8)])
    state = log.stream(SCOPE, STREAM)
    assert state is not None
    assert (7, True, 7, 0) == (state.hwm, state.fin, state.unaccounted, state.upto)
    assert (5, 9) == (state.first_seen, state.last_seen)


def test_streams_of_projects_are_apart(log: Log) -> None:
    """The same stream id in two projects is two streams, and no read crosses the scope."""
    log.commit([numbers(1, 2), numbers(1, project=2, content="b"), numbers(1, stream=OTHER)])
    second = Scope(2, "test", frozenset({"read"}))
    assert [(1, STREAM), (2, STREAM), (4, OTHER)] == [
        (event.pos, event.stream) for event in log.scan(SCOPE)
    ]
    assert [3] == [event.pos for event in log.read(second, 0, 10)]
    assert (3, 1, 4) == (log.count(SCOPE), log.count(second), log.head())
    assert log.stream(second, OTHER) is None


def test_explicit_ids(log: Log) -> None:
    """An id is stored once per project; other content under it is a conflict (LED-12)."""
    events = (row(0, None, "a", "id-00001"), row(1, None, "b", "id-00002"))
    (first,) = log.commit([arrival(*events, stream=None)])
    (again,) = log.commit([arrival(*events, stream=None)])
    (mixed,) = log.commit(
        [
            arrival(
                row(0, None, "other", "id-00001"),
                row(1, None, "c", "id-00003"),
                row(2, None, "c", "id-00003"),
                row(3, None, "d", "id-00003"),
                stream=None,
            )
        ]
    )
    (elsewhere,) = log.commit([arrival(*events, stream=None, project=2)])
    assert Settlement(2, 0, (), 0, ()) == first == elsewhere
    assert Settlement(0, 2, (), 0, ()) == again
    assert Settlement(1, 1, (0, 3), 0, ()) == mixed
    assert ["id-00001", "id-00002", "id-00003"] == [event.id for event in log.scan(SCOPE)]
    assert 3 == log.count(SCOPE)


def test_ids_in_one_commit_see_each_other(log: Log) -> None:
    """Two requests with one id in the same commit store it once."""
    one = arrival(row(0, None, "a", "id-00001"), stream=None)
    two = arrival(row(5, None, "b", "id-00001"), stream=None)
    first, second = log.commit([one, two])
    assert (1, (5,)) == (first.stored, second.conflicts)


def test_refused_ids(log: Log) -> None:
    """A refused id is quarantined once, and leaves the quarantine when it is stored after all."""
    bad = arrival(refused(0, None, id="id-00001"), refused(1, None), stream=None)
    log.commit([bad])
    log.commit([bad])
    assert 2 == len(log.quarantined(SCOPE, 0, 10))
    log.commit([arrival(row(0, None, "a", "id-00001"), stream=None)])
    (left,) = log.quarantined(SCOPE, 0, 10)
    (again,) = log.commit([bad])
    assert (None, None) == (left.stream, left.seq)
    assert (1, (0,)) == (again.duplicate, again.superseded)


def test_counted_losses_without_stream(log: Log, store: Any) -> None:
    """A loss count without a stream is taken with a request that has nothing else."""
    request = arrival(stream=None, losses=(Loss("queue_overflow", (), 12),))
    assert [Settlement(0, 0, (), 0, ())] * 2 == [*log.commit([request]), *log.commit([request])]


@pytest.mark.parametrize(
    "poison",
    [
        numbers(1, stream=None),
        arrival(Row(0, 1, None, 2**70, 0, b"{}"), stream=OTHER),
        arrival(Row(0, 0, None, 0, 0, b"{}"), stream=OTHER),
        arrival(stream=OTHER, losses=(Loss("\ud800", ((1, 1),), 0),)),
        arrival(stream=OTHER, losses=(Loss("expired", ((0, 1),), 0),)),
    ],
)
def test_failed_commit_leaves_nothing(log: Log, poison: Arrival) -> None:
    """A commit that breaks undoes all its arrivals, and the next one finds the store as before."""
    with pytest.raises((ValueError, OverflowError)):
        log.commit([numbers(1, 2), poison])
    assert (0, None, None) == (log.head(), log.stream(SCOPE, STREAM), log.stream(SCOPE, OTHER))
    assert [Settlement(2, 0, (), 2, ())] == list(log.commit([numbers(1, 2)]))


def test_committed_survives_a_crash(store: Any) -> None:
    """What was committed is there after a crash, ledger and positions included."""
    log = store.open()
    log.commit([arrival(row(0, 1), row(1, 3), refused(2, 4), hwm=6)])
    store.crash()
    log.close()
    log = store.open()
    assert [1, 3] == seqs(log)
    (settlement,) = log.commit([numbers(2, 3, hwm=6)])
    assert (1, 1, 4) == (settlement.stored, settlement.duplicate, settlement.upto)
    assert [1, 2, 3] == [event.pos for event in log.scan(SCOPE)]
    log.close()


def test_read_pages(log: Log) -> None:
    """`read` and `quarantined` page by position."""
    log.commit([numbers(*range(1, 8))])
    log.commit([arrival(*(refused(i, 8 + i) for i in range(4)))])
    pages = [[event.seq for event in log.read(SCOPE, after, 3)] for after in (0, 3, 6, 7)]
    assert [[1, 2, 3], [4, 5, 6], [7], []] == pages
    first = log.quarantined(SCOPE, 0, 3)
    assert [8, 9, 10] == [event.seq for event in first]
    assert [11] == [event.seq for event in log.quarantined(SCOPE, first[-1].pos, 3)]


def test_scan_is_a_snapshot(log: Log) -> None:
    """A scan that has begun does not see later commits, and does not hold them up."""
    log.commit([numbers(1, 2, 3)])
    running = log.scan(SCOPE)
    assert 1 == next(running).seq
    log.commit([numbers(4, 5)])
    assert [2, 3] == [event.seq for event in running]
    assert [4, 5] == [event.seq for event in log.scan(SCOPE, 3)]


def test_reads_from_many_threads(log: Log) -> None:
    """Threads may read at once while the writer commits; none sees half a commit."""
    with ThreadPoolExecutor(4) as pool:
        looks = []
        for start in range(1, 101, 10):
            log.commit([numbers(*range(start, start + 10))])
            looks += [pool.submit(log.count, SCOPE) for _ in range(4)]
        assert {0} == {look.result() % 10 for look in looks}


def test_unknown_stream(log: Log) -> None:
    """A stream that was never seen has no ledger."""
    assert log.stream(SCOPE, STREAM) is None


def test_empty_log(log: Log) -> None:
    """An empty log reads as empty and takes an empty commit."""
    assert ([], [], 0, 0) == (
        list(log.scan(SCOPE)),
        list(log.commit([])),
        log.head(),
        log.count(SCOPE),
    )


def test_probe_and_checkpoint(log: Log) -> None:
    """A healthy store passes the probe, and a checkpoint changes nothing that can be read."""
    log.commit([numbers(1, 2)])
    assert log.probe() is True
    log.checkpoint()
    assert ([1, 2], 2) == (seqs(log), log.head())


def test_large_commit(log: Log) -> None:
    """A commit of more bytes than are held at once is still one transaction in order."""
    text = "x" * 60_000
    requests = [
        arrival(*(row(i, start + i, text) for i in range(40)), hwm=start + 39)
        for start in range(1, 201, 40)
    ]
    settlements = log.commit(requests)
    assert [40] * 5 == [settlement.stored for settlement in settlements]
    assert list(range(1, 201)) == seqs(log)
