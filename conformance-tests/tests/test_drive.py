from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.checker import check
from tallymark_conformance.errors import ProcessError
from tallymark_conformance.history import digest
from tallymark_conformance.log_reader import ask_ledgers, read_log, streams
from tallymark_conformance.processes import POLL_S, Collector, wait_until
from tallymark_conformance.producers.drive import (
    POISON,
    Plan,
    arguments_of,
    drive,
    parse,
    properties,
)
from tallymark_conformance.runs.series import (
    SLACK,
    Series,
    histories,
    read_history,
    standin_producer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLAN = Plan("http://127.0.0.1:1", "tmk_x", Path("history.jsonl"), "p1", 1)


class Memory:
    """A client that keeps what it is given and forgets every tenth call's id."""

    def __init__(self, plan: Plan) -> None:
        """Begin with nothing."""
        self.calls: list[Mapping[str, Any]] = []
        self.closed_after: float | None = None

    def track(self, name: str, properties: Mapping[str, Any]) -> str | None:
        """Keep the properties."""
        self.calls.append(properties)
        return None if len(self.calls) % 10 == 0 else f"id{len(self.calls)}"

    def stats(self) -> Sequence[Mapping[str, Any]]:
        """Count the calls as pending."""
        count = len(self.calls)
        own = {"assigned": count, "stored": 0, "rejected": 0, "dropped": {}, "pending": count}
        return [own, {**own, "assigned": 0, "pending": 0}]

    def flush(self, timeout_s: float) -> bool:
        """Send nothing."""
        return True

    def close(self, timeout_s: float) -> None:
        """Note the time it was given."""
        self.closed_after = timeout_s


@given(
    st.builds(
        Plan,
        url=st.just("http://127.0.0.1:7300"),
        key=st.just("tmk_x"),
        history=st.just(Path("/tmp/history.jsonl")),
        producer=st.text("abc=- ", min_size=1, max_size=8).map(lambda name: "p" + name),
        life=st.integers(1, 99),
        spool=st.sampled_from(("", "/tmp/spool")),
        count=st.integers(0, 10**6),
        rate=st.floats(0, 1e6),
        end=st.sampled_from(("close", "exit", "drain")),
        poison=st.integers(0, 99),
        in_flight=st.integers(1, 4),
    )
)
def test_a_plan_survives_the_command_line(plan: Plan) -> None:
    """What a run asks for is what the producer does."""
    assert plan == parse(arguments_of(plan))


def test_every_call_is_written_before_and_after(tmp_path: Path) -> None:
    """The history holds marker, digest and answer of each call, and the statistics."""
    clients: list[Memory] = []

    def make(plan: Plan) -> Memory:
        clients.append(Memory(plan))
        return clients[0]

    plan = replace(PLAN, history=tmp_path / "history-p1-1.jsonl", count=300, spool="x", timeout_s=3)
    drive(plan, make)
    history = histories(tmp_path)
    expected = [digest(content) for content in clients[0].calls]
    assert expected == [call.digest for call in history.calls.values()]
    assert 270 == len(history.accepted())
    assert {("p1", 1): True} == history.lives
    assert [250, 0, 300, 0] == [line.assigned for line in history.stats]
    assert [True, False, True, False] == [line.own for line in history.stats]
    assert 3 == clients[0].closed_after


def test_an_exit_leaves_the_client_open(tmp_path: Path) -> None:
    """The interpreter's exit is the SDK's to use."""
    clients: list[Memory] = []

    def make(plan: Plan) -> Memory:
        clients.append(Memory(plan))
        return clients[0]

    drive(replace(PLAN, history=tmp_path / "history-p1-1.jsonl", count=3, end="exit"), make)
    assert clients[0].closed_after is None


def test_one_call_carries_the_mark() -> None:
    """The poisoned call is the one the plan names."""
    plan = replace(PLAN, poison=2)
    assert ["", POISON, ""] == [properties(plan, n)["note"] for n in (1, 2, 3)]
    assert "p1.1.2" == properties(plan, 2)["marker"]


def test_a_series_makes_all_its_calls_over_its_kills(standin: Collector, tmp_path: Path) -> None:
    """Killed lives are followed by others until every call is made, and a drain delivers them."""
    plan = replace(
        PLAN, url=standin.url, key=standin.key, spool=str(tmp_path / "spool"), rate=2_000, life=0
    )
    series = Series(plan, 600, 3, tmp_path / "producers", Random(4), standin_producer())
    wait_until(lambda: not series.step(), 60, "the end of a series")
    series.drain(10)
    history = histories(tmp_path / "producers")
    assert 3 == series.killed
    assert (600, 5) == (len(history.calls), len(history.lives))
    ledgers = ask_ledgers(standin.url, standin.key, streams(standin.data))
    verdict = check(history, read_log(standin.data, ledgers))
    assert () == verdict.violations


def test_no_kill_comes_too_late(standin: Collector, tmp_path: Path) -> None:
    """A process that outruns the runner waits for its kill, a few calls after the one drawn."""
    plan = replace(PLAN, url=standin.url, key=standin.key, spool=str(tmp_path / "spool"), life=0)
    series = Series(plan, 300, 1, tmp_path / "producers", Random(4), standin_producer())
    series.step()
    path = tmp_path / "producers" / "history-p1-1.jsonl"

    def calls() -> int:
        return len(read_history([path]).calls)

    wait_until(lambda: calls() >= series.kill_at + SLACK, 60, "the process to wait")
    series.step()
    assert 1 == series.killed
    assert series.kill_at + SLACK == calls() == series.made


def test_a_producer_that_makes_no_call_stops_the_run(tmp_path: Path) -> None:
    """A broken command is no series of losses; the log says why."""
    command = (sys.executable, "-c", "import sys; sys.exit('no such thing')")
    series = Series(PLAN, 5, 0, tmp_path, Random(1), command)
    with pytest.raises(ProcessError, match="no such thing"):
        wait_until(lambda: not series.step(), 60, "the end of a series")
    assert POLL_S > 0


def test_a_missing_history_is_an_empty_one(tmp_path: Path) -> None:
    """A process that was killed before its first line has made no call."""
    assert {} == read_history([tmp_path / "nothing.jsonl"]).calls
