"""Processes that write are killed, and run into a full disk: what was answered must be there."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING

import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.sqlite import DATABASE_FILE, SqliteLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROGRAM = Path(__file__).with_name("committing.py")
SCOPE = Scope(1, "test", frozenset({"read"}))
EVENTS_PER_REQUEST = 25
KILLS = 6
LONGEST_S = 60
LIMIT = 3 * 1024 * 1024

pytestmark = pytest.mark.faults


@contextmanager
def writing(directory: Path, run: int, *limit: int) -> Iterator[subprocess.Popen[str]]:
    """Run the writing process, and leave none behind.

    One that waits for ever, as it would for room that a false answer took, is killed too.
    """
    arguments = [sys.executable, str(PROGRAM), str(directory), str(run), *map(str, limit)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        limit_s = Timer(LONGEST_S, process.kill)
        limit_s.start()
        try:
            yield process
        finally:
            limit_s.cancel()
            process.kill()


def acked(lines: Iterable[str], answered: dict[str, int]) -> None:
    """Take the answers in; a line the process was killed in does not count."""
    for line in lines:
        assert not line.startswith("lost")
        if match := re.fullmatch(r"acked (\S+) (\d+)\n", line):
            answered[match[1]] = max(answered.get(match[1], 0), int(match[2]))


def output(process: subprocess.Popen[str]) -> IO[str]:
    """Return the process's output."""
    assert process.stdout is not None
    return process.stdout


def check(directory: Path, answered: dict[str, int]) -> int:
    """Check the log against the answers and return how many events it holds."""
    log = SqliteLog.open(directory, ballast=0)
    events = Counter((event.stream, event.seq) for event in log.scan(SCOPE))
    bodies = {event.body.strip() for event in log.scan(SCOPE)}
    assert {1} == set(events.values())
    assert len(events) == len(bodies) == log.head()
    highest = Counter(stream for stream, _ in events)
    for stream, count in highest.items():
        state = log.stream(SCOPE, str(stream))
        assert state is not None
        # All or nothing of each request, no gap, and the ledger says what the events say.
        assert (count, count, ()) == (state.upto, state.stored, state.settled)
        assert 0 == count % EVENTS_PER_REQUEST
        assert (stream, count) in events
    for stream, upto in answered.items():
        assert upto <= highest[stream]
    log.close()
    database = sqlite3.connect(directory / DATABASE_FILE)
    assert [("ok",)] == database.execute("PRAGMA integrity_check").fetchall()
    database.close()
    return len(events)


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """After kill -9 at any moment every answered event is there once, requests are whole."""
    dice = random.Random(1)
    answered: dict[str, int] = {}
    for run in range(KILLS):
        with writing(tmp_path, run) as process:
            lines = output(process)
            acked((lines.readline() for _ in range(dice.randint(1, 400))), answered)
            process.send_signal(signal.SIGKILL)
            acked(lines, answered)
        assert -signal.SIGKILL == process.returncode
        assert check(tmp_path, answered) >= sum(answered.values())
    assert len(answered) > KILLS


def test_full_disk_answers_nothing_it_did_not_store(tmp_path: Path) -> None:
    """On a full disk nothing false is answered, and writing goes on by itself when room is back."""
    answered: dict[str, int] = {}
    with writing(tmp_path, 1, LIMIT) as process:
        lines = list(output(process))
        assert 0 == process.wait()
    at_full = lines.index("full\n")
    acked(lines[:at_full], answered)
    assert answered
    acked(lines[at_full:], answered)
    assert 8 == len(answered)
    assert check(tmp_path, answered) >= sum(answered.values())
