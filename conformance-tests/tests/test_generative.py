from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tallymark_conformance.cli import BROKEN, OK, VIOLATED, main
from tallymark_conformance.generative.draws import DRAINED
from tallymark_conformance.generative.search import write
from tallymark_conformance.generative.theatre import Broken
from tallymark_conformance.history import StreamLedger
from tallymark_conformance.scenario.yaml import load
from tallymark_conformance.stage.finding import Finding
from tallymark_conformance.stage.model import Model, disagreements
from tallymark_conformance.stage.store import Kept

if TYPE_CHECKING:
    from pathlib import Path

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
EMPTY = Kept((), {}, {}, {})


def batch(seq: int, count: int, hwm: int, **more: object) -> dict[str, object]:
    return {"stream": STREAM, "seq": seq, "hwm": hwm, "events": [{}] * count, **more}


def test_the_model_takes_batches_in_any_order() -> None:
    """Events, verdicts, losses, hwm and fin add up to the same ledger whichever came first."""
    first = batch(1, 3, 5), {2: "key_policy"}
    second = batch(5, 1, 5, drops=[{"reason": "hook", "ranges": [[3, 4]]}], fin=True), {}
    models = []
    for batches in ((first, second), (second, first)):
        model = Model()
        for taken, rejected in batches:
            model.take(taken, rejected)
        models.append(model)
    assert models[0] == models[1]
    ledger, account = models[0].ledger, models[0].account
    assert (5, 5, True, ()) == (ledger.upto, ledger.hwm, ledger.fin, ledger.unaccounted())
    # What was stored is no loss, though it was declared as one.
    assert (((1, 1), (3, 3), (5, 5)), {"hook": ((4, 4),)}) == (account.stored, account.dropped)
    assert {"key_policy": ((2, 2),)} == account.rejected


def test_what_nobody_sent_disagrees() -> None:
    """A ledger that has settled, or heard of, what was never on the wire is found out."""
    told = StreamLedger(STREAM, 2, (), 3, fin=True, stored=2, unaccounted=1)
    found = {finding.req for finding in disagreements([], [], EMPTY, {STREAM: told})}
    assert {"TM-ENV-04", "TM-ENV-05", "TM-LED-08"} == found
    nothing = StreamLedger(STREAM, 0, (), 0, fin=False, stored=0, unaccounted=0)
    assert [] == list(disagreements([], [], EMPTY, {STREAM: nothing}))


def test_what_broke_is_a_scenario_file(tmp_path: Path) -> None:
    """A sequence that stopped early is written with the end that every sequence has."""
    steps = ({"create": {"virtual_clock": True}}, {"track": {"count": 2}})
    finding = Finding("TM-LED-04", "the books do not balance")
    path = write(Broken(steps, (finding,)), 7, tmp_path)
    (scenario,) = load(path)
    assert ("TM-LED-04",) == scenario.req
    assert "the books do not balance" in path.read_text("utf-8")
    # Played to its end or not: it is the same scenario.
    whole = Broken((*steps, *DRAINED[:3]), (finding,))
    assert path == write(whole, 7, tmp_path)


def searched(out: Path, *more: str) -> tuple[int, str]:
    """Search in a process of its own: a machine in a test would be a test within a test."""
    command = [sys.executable, "-m", "tallymark_conformance", "search", "--seed", "1"]
    ran = subprocess.run(
        [*command, "--out", str(out), *more],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.faults
def test_drawn_sequences_keep_every_promise(tmp_path: Path) -> None:
    """Twenty sequences of calls, faults, kills and hours break nothing."""
    status, said = searched(tmp_path, "--sequences", "20")
    assert OK == status, said
    assert [] == list(tmp_path.iterdir())


@pytest.mark.faults
@pytest.mark.parametrize(
    "defect", ["counts_drops_twice", "another_stream_on_retry", "leaves_the_last_in_the_spool"]
)
def test_a_planted_defect_is_found(defect: str, tmp_path: Path) -> None:
    """The search finds a defect that is planted, and writes a file that finds it on its own.

    Without the defect the same file passes.
    """
    status, said = searched(tmp_path, "--sequences", "60", "--shrink", "6", "--mutant", defect)
    assert VIOLATED == status, said
    assert "played on its own: fail" in said
    (path,) = tmp_path.iterdir()
    assert OK == main(["run", "--sdk", "python", "--scenario", str(path)])


def test_wrong_use_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """No sequences, and a defect of another subject, are told as such."""
    assert BROKEN == main(["search", "--sequences", "0"])
    assert "at least 1" in capsys.readouterr().err
    assert BROKEN == main(["search", "--mutant", "no_cors"])
    assert "no defect of the SDK python" in capsys.readouterr().err
