from __future__ import annotations

import errno
import threading
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.govern.access import Scope
from tallymark_collector.ingest.pressure import PressureLimits, Refusal
from tallymark_collector.ingest.writer import Writer, WriterLimits, WriterStopped
from tallymark_collector.store.log import Arrival, Row, Settlement, StoreBusy, StoreFull
from tallymark_collector.store.sqlite import SqliteLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
DEADLINE_S = 20
SIZE = 100


def arrival(seq: int, *, size: int = SIZE, events: int = 1, t: int = 0) -> Arrival:
    """Return a request of *events* events from number *seq* on."""
    return Arrival(
        project=1,
        stream=STREAM,
        hwm=seq + events - 1,
        fin=False,
        received_at=0,
        rows=tuple(Row(i, seq + i, None, t, 0, b"{}") for i in range(events)),
        refused=(),
        losses=(),
        sha256=seq.to_bytes(32, "big"),
        size=size,
    )


class GatedLog:
    """A log that commits when the test lets it, and fails as the test says.

    `groups` are the sizes of the groups tried; `errors` are raised one after the other, None for a
    commit that succeeds; an arrival with a negative time breaks its commit.
    """

    def __init__(self) -> None:
        """Start with the gate open."""
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.groups: list[int] = []
        self.errors: list[Exception | None] = []
        self.probes: list[Exception] = []
        self.committed: list[int] = []
        self.checkpoints = 0

    def commit(self, arrivals: Sequence[Arrival]) -> Sequence[Settlement]:
        """Commit the group, or fail."""
        self.entered.set()
        assert self.gate.wait(DEADLINE_S)
        self.groups.append(len(arrivals))
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        if any(row.t < 0 for each in arrivals for row in each.rows):
            raise KeyError("poison")
        self.committed += [row.seq or 0 for each in arrivals for row in each.rows]
        return [Settlement(len(each.rows), 0, (), each.hwm, ()) for each in arrivals]

    def probe(self) -> bool:
        """Say whether the disk has room again."""
        if self.probes:
            raise self.probes.pop(0)
        return True

    def checkpoint(self) -> None:
        """Count the checkpoints."""
        self.checkpoints += 1


@pytest.fixture
def log() -> GatedLog:
    """Return a log the test controls."""
    return GatedLog()


@pytest.fixture
def writer(log: GatedLog) -> Iterator[Writer]:
    """Return a running writer that probes a full disk at once."""
    running = Writer(log, limits=WriterLimits(probe_s=0.01))  # type: ignore[arg-type]
    running.start()
    yield running
    log.gate.set()
    running.stop(DEADLINE_S)


def send(writer: Writer, *arrivals: Arrival) -> list[Future[Settlement]]:
    """Admit and submit the arrivals."""
    futures = []
    for each in arrivals:
        assert writer.admit(each.size, 1) is None
        futures.append(writer.submit(each, key=1))
    return futures


def held_up(writer: Writer, log: GatedLog) -> Future[Settlement]:
    """Let the writer hang in a commit of one arrival, so that others gather behind it."""
    log.gate.clear()
    log.entered.clear()
    (future,) = send(writer, arrival(1))
    assert log.entered.wait(DEADLINE_S)
    return future


def until(condition: object) -> None:
    """Wait until *condition* holds."""
    assert callable(condition)
    ticker = threading.Event()
    for _ in range(DEADLINE_S * 200):
        if condition():
            return
        ticker.wait(0.005)
    raise AssertionError("It did not come true in time.")


def test_answers_come_after_the_commit(writer: Writer, log: GatedLog) -> None:
    """No future is done before its commit is."""
    first = held_up(writer, log)
    assert not first.done()
    log.gate.set()
    assert Settlement(1, 0, (), 1, ()) == first.result(DEADLINE_S)


def test_what_waits_shares_a_commit(writer: Writer, log: GatedLog) -> None:
    """Arrivals that come while a commit runs are committed together, in order."""
    first = held_up(writer, log)
    rest = send(writer, *(arrival(seq) for seq in range(2, 12)))
    log.gate.set()
    wait([first, *rest], DEADLINE_S)
    assert [1, 10] == log.groups
    assert list(range(1, 12)) == log.committed


@pytest.mark.parametrize(
    "limits", [WriterLimits(group_events=20), WriterLimits(group_bytes=2 * SIZE)]
)
def test_groups_are_bounded(log: GatedLog, limits: WriterLimits) -> None:
    """A group holds no more events and bytes than the limits, but at least one arrival."""
    writer = Writer(log, limits=limits)  # type: ignore[arg-type]
    futures = send(writer, arrival(1, events=10), arrival(11, events=10), arrival(21, events=50))
    futures += send(writer, arrival(71, size=3 * SIZE))
    writer.start()
    wait(futures, DEADLINE_S)
    assert [2, 1, 1] == log.groups
    writer.stop()


def test_a_database_that_is_away_is_not_ready(writer: Writer, log: GatedLog) -> None:
    """No requests are asked for while commits fail, others are still tried, until one succeeds."""
    log.errors, log.probes = [StoreBusy("busy"), StoreBusy("busy")], [StoreBusy("busy")] * 10_000
    for seq in (1, 2):
        (future,) = send(writer, arrival(seq))
        assert isinstance(future.exception(DEADLINE_S), StoreBusy)
        assert ("store_busy", False) == (writer.ready(), writer.statistics().disk_full)
    (future,) = send(writer, arrival(3))
    assert 1 == future.result(DEADLINE_S).stored
    assert writer.ready() is None


def test_a_database_that_is_back_is_found_without_requests(writer: Writer, log: GatedLog) -> None:
    """Where nobody sends because it was not ready, looking is what makes it ready again."""
    log.errors, log.probes = [StoreBusy("busy")], [StoreBusy("busy")] * 3
    (future,) = send(writer, arrival(1))
    assert isinstance(future.exception(DEADLINE_S), StoreBusy)
    until(lambda: writer.ready() is None)
    assert not log.probes


@pytest.mark.parametrize("error", [StoreFull("full"), StoreBusy("busy")])
def test_failed_commit_fails_the_group(writer: Writer, log: GatedLog, error: Exception) -> None:
    """When nothing could be written every future of the group says so, and nothing is retried."""
    first = held_up(writer, log)
    group = send(writer, arrival(2), arrival(3))
    log.errors = [None, error]
    log.gate.set()
    assert [type(error)] * 2 == [type(future.exception(DEADLINE_S)) for future in group]
    assert ([1, 2], [1], 1) == (log.groups, log.committed, first.result().stored)


def test_full_disk_refuses_and_recovers(writer: Writer, log: GatedLog) -> None:
    """A full disk refuses before the body is read, fails what waits, and ends by itself."""
    first = held_up(writer, log)
    waiting = send(writer, arrival(2), arrival(3))
    log.errors = [StoreFull("full")]
    log.probes = [StoreFull("still full") for _ in range(300)]
    log.gate.set()
    for future in (first, *waiting):
        assert isinstance(future.exception(DEADLINE_S), StoreFull)
    assert Refusal("disk_full", 1) == writer.admit(SIZE, 1)
    assert ("disk_full", True) == (writer.ready(), writer.statistics().disk_full)
    log.probes = []
    until(lambda: writer.ready() is None)
    (again,) = send(writer, arrival(1))
    assert 1 == again.result(DEADLINE_S).stored
    assert [1] == log.committed
    assert ({"disk_full": 1}, {"StoreFull": 3}) == (
        writer.statistics().refused,
        writer.statistics().failed,
    )


def test_a_probe_that_fails_otherwise_is_tried_again(
    writer: Writer, log: GatedLog, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever keeps a probe from its answer, the writer lives on and says why (TM-ERR-03)."""
    log.probes = [OSError(errno.EMFILE, "too many open files")]
    log.errors = [StoreFull("full")]
    (failed,) = send(writer, arrival(1))
    assert isinstance(failed.exception(DEADLINE_S), StoreFull)
    until(lambda: writer.ready() is None)
    (again,) = send(writer, arrival(2))
    assert 1 == again.result(DEADLINE_S).stored
    assert "The store cannot be probed." in [record.message for record in caplog.records]


def test_poison_fails_alone(
    writer: Writer, log: GatedLog, caplog: pytest.LogCaptureFixture
) -> None:
    """An arrival that breaks its commit fails with its error; its neighbours are stored."""
    first = held_up(writer, log)
    before, poison, after = send(writer, arrival(2), arrival(3, t=-1), arrival(4))
    log.gate.set()
    wait([first, before, poison, after], DEADLINE_S)
    assert isinstance(poison.exception(), KeyError)
    assert [1, 1] == [before.result().stored, after.result().stored]
    assert [1, 2, 4] == log.committed
    assert ["An arrival broke its commit."] == [
        record.message for record in caplog.records if record.levelname == "ERROR"
    ]


def test_full_disk_among_the_retries(writer: Writer, log: GatedLog) -> None:
    """When the disk fills up while a broken group is retried, the rest fails without a try."""
    held_up(writer, log)
    group = send(writer, arrival(2), arrival(3), arrival(4))
    log.errors = [None, KeyError("poison"), None, StoreFull("full")]
    log.probes = [StoreFull("still")] * 5
    log.gate.set()
    errors = [type(future.exception(DEADLINE_S)) for future in group]
    assert [type(None), StoreFull, StoreFull] == errors
    assert ([1, 3, 1, 1], [1, 2]) == (log.groups, log.committed)


def test_room_is_given_back(writer: Writer, log: GatedLog) -> None:
    """Settled, failed and abandoned requests hold no room."""
    log.errors = [StoreBusy("busy")]
    futures = [*send(writer, arrival(1)), *send(writer, arrival(2)), *send(writer, arrival(3))]
    wait(futures, DEADLINE_S)
    assert writer.admit(500, 7) is None
    writer.abandon(500, 7)
    assert 0 == writer.statistics().reserved_bytes


def test_submit_without_room(writer: Writer) -> None:
    """An arrival of another size than was admitted is an error of the caller; nothing is queued."""
    assert writer.admit(SIZE, 1) is None
    with pytest.raises(ValueError, match="given back"):
        writer.submit(arrival(1, size=SIZE + 1), key=1)
    with pytest.raises(ValueError, match="given back"):
        writer.submit(arrival(1), key=2)
    writer.abandon(SIZE, 1)
    assert (0, 0) == (writer.statistics().queued, writer.statistics().reserved_bytes)


def test_overload_is_refused_before_the_body(log: GatedLog) -> None:
    """Beyond the cap a request is refused with a time, and comes in when the queue has drained."""
    pressure = PressureLimits(smallest=1_000, first=1_000, largest=1_000, key_share=1.0)
    writer = Writer(log, limits=WriterLimits(pressure=pressure))  # type: ignore[arg-type]
    futures = send(writer, *(arrival(seq) for seq in range(1, 11)))
    assert Refusal("overloaded", 1) == writer.admit(1, 1)
    writer.start()
    wait(futures, DEADLINE_S)
    assert writer.admit(1, 1) is None
    writer.abandon(1, 1)
    assert {"overloaded": 1} == writer.statistics().refused
    writer.stop()


def test_ready(log: GatedLog) -> None:
    """A writer is not ready before it runs, while the oldest waits too long, and at its end."""
    now = [100.0]
    writer = Writer(log, clock=lambda: now[0])  # type: ignore[arg-type]
    assert "writer_down" == writer.ready()
    writer.start()
    assert writer.ready() is None
    first = held_up(writer, log)
    now[0] += 2.5
    assert ("overloaded", 2.5) == (writer.ready(), writer.statistics().oldest_wait_s)
    log.gate.set()
    first.result(DEADLINE_S)
    until(lambda: writer.ready() is None)
    writer.stop()
    assert "stopping" == writer.ready()


def test_stop_commits_what_was_admitted(writer: Writer, log: GatedLog) -> None:
    """A stop refuses new requests, waits for bodies still being read, commits, checkpoints."""
    first = held_up(writer, log)
    assert writer.admit(SIZE, 1) is None
    stopping = threading.Thread(target=writer.stop, args=(DEADLINE_S,))
    stopping.start()
    until(lambda: writer.ready() == "stopping")
    assert Refusal("stopping", 1) == writer.admit(SIZE, 1)
    log.gate.set()
    last = writer.submit(arrival(2), key=1)
    stopping.join(DEADLINE_S)
    assert [1, 1] == [first.result(0).stored, last.result(0).stored]
    assert ([1, 2], 1) == (log.committed, log.checkpoints)


def test_submit_after_the_end(writer: Writer, log: GatedLog) -> None:
    """After the end an arrival fails at once, and its room is given back."""
    assert writer.admit(SIZE, 1) is None
    writer.stop(0.01)
    late = writer.submit(arrival(1), key=1)
    assert isinstance(late.exception(0), WriterStopped)
    assert (0, []) == (writer.statistics().reserved_bytes, log.committed)


def test_submit_when_the_time_of_a_stop_is_over(writer: Writer, log: GatedLog) -> None:
    """Beside a last commit that takes too long an arrival fails at once; that commit still ends."""
    last = held_up(writer, log)
    assert writer.admit(SIZE, 1) is None
    assert not writer.stop(0.01)
    late = writer.submit(arrival(2), key=1)
    assert isinstance(late.exception(0), WriterStopped)
    log.gate.set()
    assert 1 == last.result(DEADLINE_S).stored
    until(lambda: writer.statistics().reserved_bytes == 0)
    assert [1] == log.committed
    assert writer.stop(DEADLINE_S)


def test_stop_without_start(log: GatedLog) -> None:
    """A writer that never ran fails what waits."""
    writer = Writer(log)  # type: ignore[arg-type]
    (future,) = send(writer, arrival(1))
    writer.stop()
    assert isinstance(future.exception(0), WriterStopped)


def test_stop_leaves_the_write_ahead_log_on_a_full_disk(log: GatedLog) -> None:
    """A checkpoint that cannot be made does not make the stop fail."""

    class FullLog(GatedLog):
        def checkpoint(self) -> None:
            """Fail."""
            raise StoreFull("full")

    writer = Writer(FullLog())  # type: ignore[arg-type]
    writer.start()
    (future,) = send(writer, arrival(1))
    assert 1 == future.result(DEADLINE_S).stored
    writer.stop()


def test_client_that_has_gone(writer: Writer, log: GatedLog) -> None:
    """An arrival is committed even if nobody waits for its answer any more."""
    first = held_up(writer, log)
    (second,) = send(writer, arrival(2))
    assert not second.cancel()
    log.gate.set()
    wait([first, second], DEADLINE_S)
    assert [1, 2] == log.committed


@given(
    st.lists(
        st.tuples(st.sampled_from(["submit", "poison", "abandon", "full", "busy"]), st.booleans()),
        max_size=12,
    )
)
def test_no_room_leaks(steps: list[tuple[str, bool]]) -> None:
    """Whatever becomes of requests, each future is done at the end and no room is held."""
    log = GatedLog()
    writer = Writer(log, limits=WriterLimits(probe_s=0.001))  # type: ignore[arg-type]
    futures = []
    writer.start()
    for seq, (step, pause) in enumerate(steps, 1):
        if writer.admit(SIZE, seq % 3) is not None:
            continue
        if step == "abandon":
            writer.abandon(SIZE, seq % 3)
            continue
        if step in {"full", "busy"}:
            log.errors.append(StoreFull("full") if step == "full" else StoreBusy("busy"))
        t = -1 if step == "poison" else 0
        futures.append(writer.submit(arrival(seq, t=t), key=seq % 3))
        if pause:
            futures[-1].exception(DEADLINE_S)
    writer.stop(DEADLINE_S)
    assert all(future.done() for future in futures)
    assert (0, 0) == (writer.statistics().reserved_bytes, writer.statistics().queued)
    assert len(log.committed) == sum(future.exception() is None for future in futures)


def test_with_a_real_log(tmp_path: Path) -> None:
    """Many submitters at once: everything answered is in the log once, and the statistics agree."""
    log = SqliteLog.open(tmp_path, ballast=0)
    writer = Writer(log)
    writer.start()

    def submit(number: int) -> None:
        stream = f"{STREAM[:-2]}{number:02}"
        for seq in range(1, 101, 5):
            request = replace(arrival(seq, events=5), stream=stream)
            (future,) = send(writer, request)
            assert Settlement(5, 0, (), seq + 4, ()) == future.result(DEADLINE_S)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)
    writer.stop()
    statistics = writer.statistics()
    assert (160, 800, 0) == (statistics.arrivals, statistics.stored, statistics.duplicate)
    assert statistics.commits <= 160
    assert 800 == log.count(Scope(1, "test", frozenset({"read"})))
    log.close()
