"""The guides to the conformance suite: what they print works, where its language is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, get_args

import pytest
from pages import ROOT
from tallymark_conformance.suite.outcome import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = ROOT / "docs/how-to/your-sdk-in-an-hour.md"
PRINTED = re.compile(r"`(adapter\.(\w+))`:\n\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MOST_LINES = 100
INTERPRETERS = {"py": sys.executable, "mjs": "node", "rb": "ruby", "sh": "sh", "pl": "perl"}
NODE = ROOT / "sdk-js/dist/node"


def printed() -> dict[str, str]:
    """Return the text of each adapter on the page by its ending."""
    return {match[2]: match[3] for match in PRINTED.finditer(PAGE.read_text("utf-8"))}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write an adapter of the page and its declaration; return where the declaration is."""

    def write(ending: str, level: str) -> Path:
        interpreter = shutil.which(INTERPRETERS[ending])
        if interpreter is None:
            pytest.skip(f"{INTERPRETERS[ending]} is not installed")
        (tmp_path / f"adapter.{ending}").write_text(printed()[ending], "utf-8")
        scope = tmp_path / "node_modules/@tallymark"
        scope.mkdir(parents=True)
        (scope / "node").symlink_to(NODE)
        command = json.dumps([interpreter, f"{{here}}/adapter.{ending}"])
        declaration = tmp_path / "mine.toml"
        declaration.write_text(f'name = "mine"\ncommand = {command}\nlevel = "{level}"\n', "utf-8")
        return declaration

    return write


def suite(*arguments: str | Path, folder: Path) -> str:
    """Run the suite's command as a reader would; return what it prints."""
    ran = subprocess.run(
        [sys.executable, "-m", "tallymark_conformance", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def test_five_languages() -> None:
    """The page prints five adapters, none above the number of lines that it promises."""
    lengths = {ending: len(text.splitlines()) for ending, text in printed().items()}
    assert lengths.keys() == INTERPRETERS.keys()
    assert max(lengths.values()) <= MOST_LINES


@pytest.mark.parametrize(
    ("ending", "level", "scenarios"),
    [
        ("py", "bronze", ("led.seq_dense", "rty.status_500", "wire.kinds", "led.equation_idle")),
        ("mjs", "bronze", ("led.seq_dense", "rty.status_500", "wire.batch_valid")),
        ("sh", "device", ("iot.delivers", "iot.again_after_captive_portal")),
    ],
)
def test_a_skeleton_runs(
    written: Callable[[str, str], Path], ending: str, level: str, scenarios: tuple[str, ...]
) -> None:
    """A skeleton speaks the protocol and passes what its SDK can do."""
    declaration = written(ending, level)
    folder = declaration.parent
    assert "speaks TMC/1" in suite("validate-adapter", declaration, folder=folder)
    said = suite("run", "--sdk", declaration, "--only", *scenarios, folder=folder)
    assert f"{len(scenarios)} pass" in said or "1 absent" in said


def test_a_language_without_an_sdk_reaches_bronze(written: Callable[[str, str], Path]) -> None:
    """The Perl file, with its SDK in it, passes every Bronze scenario that must hold."""
    declaration = written("pl", "bronze")
    folder = declaration.parent
    results = folder / "results.json"
    suite("run", "--sdk", declaration, "--tier", "bronze", "--results", results, folder=folder)
    outcomes = json.loads(results.read_text("utf-8"))["outcomes"]
    must = {outcome["id"]: outcome["status"] for outcome in outcomes if outcome["level"] == "MUST"}
    assert len(must) > 0
    assert {"pass"} == set(must.values())


def test_a_proposed_scenario_is_played(tmp_path: Path) -> None:
    """The scenario that the guide prints is one, and our SDK passes it."""
    text = (ROOT / "docs/how-to/propose-a-scenario.md").read_text("utf-8")
    block = re.search(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    (tmp_path / "mine.yaml").write_text(block[1], "utf-8")
    assert "1 pass" in suite("run", "--sdk", "python", "--scenario", "mine.yaml", folder=tmp_path)


def test_every_status_is_explained() -> None:
    """The guide to the matrix has a row for each status that a scenario can end with."""
    text = (ROOT / "docs/how-to/read-the-matrix.md").read_text("utf-8")
    rows = re.findall(r"^\| \S \| ([\w-]+) \|", text, re.MULTILINE)
    assert sorted(get_args(Status)) == sorted(rows)
