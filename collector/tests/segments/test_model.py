"""The read models of a collector: its own folder, its projects, the thread that seals them."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.problem import Problem
from tallymark_collector.query.events import Events
from tallymark_collector.query.snapshot import Snapshot
from tallymark_collector.reports.answers import answer
from tallymark_collector.segments.claim import Claim
from tallymark_collector.segments.columns import Columns
from tallymark_collector.segments.model import Builder, ReadModel
from tallymark_collector.segments.project import SEAL_AT

sys.path.insert(0, str(Path(__file__).parents[1] / "differential"))
from memory_log import MemoryLog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_collector.store.log import StoredEvent

SCOPE = Scope(1, "t", frozenset({"read"}))
TOTAL = {"events": ["a"]}


class Watched(MemoryLog):
    """A log that tells when it is read from its beginning again: that is what a builder does."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.again = threading.Event()

    def read(self, scope: Scope, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return events, noticing who reads."""
        if threading.current_thread().name == "segments" and after == 0:
            self.again.set()
        return super().read(scope, after, limit)


def model_of(log: MemoryLog, folder: Path) -> ReadModel:
    """Return a read model of a log."""
    return ReadModel(log, folder, Events(log))


def total(model: ReadModel) -> object:
    """Return how many events the model counts."""
    found = answer("trends", TOTAL, model.snapshot(SCOPE))
    return found["series"][0]["total"]  # type: ignore[index]


def test_an_acknowledged_event_is_in_the_next_answer(tmp_path: Path) -> None:
    """What the log holds when a question is asked must be counted, without any building."""
    log = MemoryLog()
    model = model_of(log, tmp_path)
    counts = []
    for number in range(1, 4):
        log.append(number, {"e": "a", "u": "U"})
        counts.append(total(model))
    assert counts == [1, 2, 3]
    assert isinstance(model.snapshot(SCOPE), Columns)
    model.close()


def test_reading_needs_the_permission(tmp_path: Path) -> None:
    """A scope that may only write must get no event."""
    with pytest.raises(Problem, match="forbidden"):
        model_of(MemoryLog(), tmp_path).snapshot(Scope(1, "t", frozenset({"write"})))


def test_processes_share_no_folder(tmp_path: Path) -> None:
    """Each living process must have a folder of its own, and leave it to the next one."""
    first, second = Claim(tmp_path), Claim(tmp_path)
    assert [first.folder.name, second.folder.name] == ["0", "1"]
    first.release()
    third = Claim(tmp_path)
    assert third.folder.name == "0"
    second.release()
    third.release()


def test_without_a_folder_the_plain_evaluator_answers(tmp_path: Path) -> None:
    """A place that takes no files must change no answer."""
    (tmp_path / "file").write_text("not a folder")
    log = MemoryLog()
    log.append(1, {"e": "a"})
    model = model_of(log, tmp_path / "file")
    assert (total(model), isinstance(model.snapshot(SCOPE), Snapshot)) == (1, True)
    model.close()


def test_the_builder_seals_what_waits(tmp_path: Path) -> None:
    """Enough rows in memory must be sealed beside questions; a stop must end the thread."""
    log = Watched()
    for number in range(SEAL_AT):
        log.append(number, {"e": "a", "u": f"U{number % 7}"})
    model = model_of(log, tmp_path)
    before = total(model)
    builder = Builder(model, pause_s=0.01)
    builder.start()
    assert log.again.wait(60)
    project = model._project(1)
    assert project is not None
    while not project.sealed:
        builder._thread.join(0.01)
    assert (builder.stop(60), before, total_again(log, tmp_path)) == (True, SEAL_AT, SEAL_AT)
    model.close()


def total_again(log: MemoryLog, folder: Path) -> object:
    """Return the count of another model of the same log."""
    model = model_of(log, folder)
    try:
        return total(model)
    finally:
        model.close()
