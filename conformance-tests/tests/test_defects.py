from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tallymark_conformance.cli import BROKEN, OK, main
from tallymark_conformance.errors import RunError, ScriptError
from tallymark_conformance.mutants.defect import Defect, choose, defects
from tallymark_conformance.mutants.hunt import Catch, Hunt, as_json
from tallymark_conformance.mutants.javascript import BUILT, VARIABLE, built_sdk, copy_with
from tallymark_conformance.suite.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

SDK_JS = Path(__file__).parents[2] / "sdk-js"
HARMLESS = Defect(
    "harmless",
    "python",
    "TM-VER-03",
    "tallymark.courier",
    "ADOPT_EVERY_MS = 60_000",
    "ADOPT_EVERY_MS = 59_999",
    "led.unknown_verdict",
)
"""It changes what nobody can see."""
LEAST = {"python": 60, "node": 5, "collector": 25}


@pytest.fixture
def sdk_js() -> Iterator[None]:
    """Name the built JavaScript SDK of this checkout."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(SDK_JS)
    yield
    if before is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = before


def test_there_are_enough() -> None:
    """The bank holds as many defects of each subject as is promised."""
    counts = Counter(defect.subject for defect in defects())
    assert {name: counts[name] for name in LEAST if counts[name] < LEAST[name]} == {}


@pytest.mark.parametrize("defect", defects(), ids=lambda one: f"{one.subject}-{one.name}")
def test_a_defect_names_what_there_is(defect: Defect) -> None:
    """Its text is in the product once, its rule is cited, and its scenario exists."""
    defect.check()
    known = {scenario.id: scenario for scenario in catalogue()}
    assert defect.by in known
    assert any(defect.req in scenario.req for scenario in known.values())


@pytest.mark.parametrize("defect", choose(subjects=["node"]), ids=lambda one: one.name)
def test_a_defect_fits_the_built_files(defect: Defect, tmp_path: Path, sdk_js: None) -> None:
    """The text is in the built JavaScript once; the copy has the defect, the original has not."""
    assert (SDK_JS / BUILT).exists(), "run `npm run build` in sdk-js"
    env = copy_with(defect, tmp_path)
    changed = (Path(env[VARIABLE]) / "build" / defect.place).read_text("utf-8")
    assert defect.new in changed
    assert defect.old in (SDK_JS / "build" / defect.place).read_text("utf-8")


def test_a_defect_that_is_gone_stops_the_run(tmp_path: Path) -> None:
    """Before anything is started, a text that the product lacks is an error with its place."""
    gone = replace(HARMLESS, old="this stands nowhere")
    with pytest.raises(ScriptError, match="write this mutant anew"):
        Hunt([HARMLESS, gone], tmp_path).play()
    assert [] == list(tmp_path.iterdir())


def test_a_defect_is_a_program() -> None:
    """One that is no Python, or of a module that there is not, is refused with its name."""
    with pytest.raises(ScriptError, match="harmless: the defect is no Python"):
        replace(HARMLESS, new="ADOPT_EVERY_MS = = 1").check()
    with pytest.raises(ScriptError, match=r"there is no module tallymark\.nowhere"):
        replace(HARMLESS, place="tallymark.nowhere").check()


def test_a_seed_draws_the_same_sample() -> None:
    """The same seed draws the same defects, another one others."""
    assert choose(sample=9, seed=4) == choose(sample=9, seed=4)
    assert choose(sample=9, seed=4) != choose(sample=9, seed=5)
    assert 9 == len(choose(sample=9, seed=4))


def test_wrong_use_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown names, no jobs and a JavaScript SDK that is nowhere are told as such."""
    assert BROKEN == main(["mutants", "--only", "no_such_defect"])
    assert "mutants --list" in capsys.readouterr().err
    assert BROKEN == main(["mutants", "--jobs", "0"])
    assert "at least 1" in capsys.readouterr().err
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(RunError, match="npm run build"):
        built_sdk()
    assert OK == main(["mutants", "--list", "--of", "node"])
    assert "trusts_any_2xx" in capsys.readouterr().out


@pytest.mark.faults
def test_a_survivor_is_told(tmp_path: Path) -> None:
    """A defect that no scenario finds survives, with what was tried."""
    (catch,) = Hunt([HARMLESS], tmp_path).play()
    assert ("SURVIVES", None) == (catch.status, catch.killer)
    assert "pass" in catch.detail
    assert {"survives": 1} == as_json([catch], 1)["counts"]


def test_a_killer_that_is_always_red_proves_nothing() -> None:
    """A catch whose scenario is red without the defect does not count as killed."""
    killer = next(iter(catalogue()))
    catch = Catch(HARMLESS, killer, "", 1, 0.0)
    assert catch.killed
    unsound = replace(catch, sound=False)
    assert (False, "UNSOUND") == (unsound.killed, unsound.status)


@pytest.mark.faults
def test_a_sample_is_killed(tmp_path: Path, sdk_js: None) -> None:
    """Each of a drawn sample is found by a scenario that names the rule it breaks."""
    results = tmp_path / "mutants.json"
    assert OK == main(["mutants", "--sample", "8", "--seed", "7", "--results", str(results)])
    record = json.loads(results.read_text())
    assert {"killed": 8} == record["counts"]
