"""A builder that dies at any moment leaves segments that can be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.query.events import Events
from tallymark_collector.reports.answers import answer
from tallymark_collector.segments.files import Folder
from tallymark_collector.segments.project import Project

sys.path.insert(0, str(Path(__file__).parents[1] / "differential"))
sys.path.insert(0, str(Path(__file__).parent))
from killed_builder import log_of
from world import SCOPE

if TYPE_CHECKING:
    from tallymark_collector.query.snapshot import Snapshot

QUESTIONS = (
    ("trends", {"events": ["*"], "measure": "uniques", "by": "p"}),
    ("funnel", {"steps": ["a", "b", "c"], "window": "30d", "count": "totals"}),
    ("retention", {"birth_event": "*", "return_event": "*", "births": "first_ever"}),
)


@pytest.mark.faults
def test_a_killed_builder_loses_nothing(tmp_path: Path) -> None:
    """After SIGKILL at each step the answers must be the log's, and building must go on (I3)."""
    script = Path(__file__).parent / "killed_builder.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=240)
    log = log_of(500)

    def plain() -> Snapshot:
        return Events(log).snapshot(SCOPE)

    expected = [answer(report, question, plain()) for report, question in QUESTIONS]
    folders = sorted(tmp_path.glob("step-*"))
    for folder in folders:
        for built in (False, True):
            project = Project(log, Folder(folder), SCOPE, max_rows=150)
            while built and project.build():
                pass
            columns = project.snapshot(plain)
            found = [answer(report, question, columns) for report, question in QUESTIONS]
            assert (folder.name, found) == (folder.name, expected)
            assert project.stored() == log.count()
            named = {segment.entry.folder for segment in project.sealed}
            assert named == {path.name for path in folder.iterdir() if path.is_dir()}
    assert len(folders) > 20
