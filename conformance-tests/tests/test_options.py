from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from pathlib import Path


@given(st.integers(), st.text(max_size=5), st.text(max_size=5))
def test_a_seed_repeats_its_draws(seed: int, part: str, other: str) -> None:
    """The same seed and part draw the same; another part draws something else."""
    draws = [Options(seed=seed).rng(name).random() for name in (part, part, other)]
    assert draws[0] == draws[1]
    assert (part == other) == (draws[0] == draws[2])


def test_a_folder_is_removed_after_the_run() -> None:
    """Nothing is left behind unless it is asked for."""
    with Options().folder("part") as folder:
        (folder / "file").write_text("x")
    assert not folder.exists()


def test_a_kept_folder_begins_anew(tmp_path: Path) -> None:
    """What an earlier run left there is no part of this one."""
    for _ in range(2):
        with Options(keep=tmp_path).folder("part") as folder:
            assert [] == list(folder.iterdir())
            (folder / "file").write_text("x")
    assert (tmp_path / "part" / "file").exists()


def test_a_report_is_one_object() -> None:
    """Run, seed, notes and verdict stand side by side."""
    report = Report("net", 7, Verdict({"calls": 1}, (Violation("lost", "x"),)), {"kills": 2})
    value = report.as_json()
    assert not report.ok
    assert ("net", 7, {"kills": 2}, False, {"lost": 1}) == (
        value["run"],
        value["seed"],
        value["notes"],
        value["ok"],
        value["violations"],
    )


def test_a_watch_runs_forward() -> None:
    """It measures from its start."""
    assert Watch().seconds >= 0
    assert 5 <= Watch(Watch().started - 5).seconds < 60
