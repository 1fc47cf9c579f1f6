from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tallymark_conformance.cli import BROKEN, OK, VIOLATED, main
from tallymark_conformance.commands.report import written
from tallymark_conformance.scenario.yaml import parse
from tallymark_conformance.stage.finding import Finding
from tallymark_conformance.suite.levels import level_of
from tallymark_conformance.suite.outcome import Outcome, Status, together

if TYPE_CHECKING:
    from pathlib import Path

    from tallymark_conformance.scenario.header import Scenario

ONE = """
id: net.try
title: It holds.
req: [TM-LED-05]
steps: [{create: {}}, {track: {count: 3}}, {flush: {complete: true}}, {close: {}}]
expect: {stored: all}
"""
NEVER = ONE.replace("net.try", "net.never").replace("stored: all", "stored: 4")


def scenario(**more: Any) -> Scenario:
    (made,) = parse(ONE, "here.yaml")
    return replace(made, **more)


def outcome(status: Status, **more: Any) -> Outcome:
    header = {key: more.pop(key) for key in ("tier", "level", "id") if key in more}
    caps = status not in ("pass", "absent")
    return Outcome(scenario(**header), status, 1, **{"caps": caps, **more})


def played(folder: Path, text: str, *more: str) -> tuple[int, dict[str, Any]]:
    path, results = folder / "some.yaml", folder / "results.json"
    path.write_text(text)
    argv = ["run", "--sdk", "python", "--scenario", str(path), "--results", str(results), *more]
    status = main(argv)
    return status, json.loads(results.read_text())


@pytest.mark.faults
def test_the_sample_passes_with_the_python_sdk(tmp_path: Path) -> None:
    """The short sample is green with our SDK; nothing of it is absent for want of an ability."""
    results = tmp_path / "results.json"
    assert OK == main(["run", "--sdk", "python", "--smoke", "--results", str(results)])
    record = json.loads(results.read_text())
    assert {"pass", "absent"} >= set(record["counts"])
    assert [] == [found["id"] for found in record["outcomes"] if found["caps"]]
    assert record["counts"]["pass"] >= 20


@pytest.mark.faults
def test_what_is_not_as_expected_is_red(tmp_path: Path) -> None:
    """A scenario whose expectation is missed fails with its rule, and the run is red."""
    status, record = played(tmp_path, NEVER)
    assert VIOLATED == status
    (found,) = record["outcomes"]
    assert "fail" == found["status"]
    assert {"req": "TM-LED-05", "detail": "events stored: 3 instead of 4"} in found["findings"]
    assert any(exchange["method"] == "POST" for exchange in found["wire"])


@pytest.mark.faults
def test_known_failing_must_fail(tmp_path: Path) -> None:
    """What is declared as failing is no news when it fails, and red when it passes."""
    both = f"[{json.dumps(parsed(ONE))}, {json.dumps(parsed(NEVER))}]"
    status, record = played(tmp_path, both, "--known-failing", "net.never")
    assert (OK, ["pass", "known-fail"]) == (status, statuses(record))
    status, record = played(tmp_path, both, "--known-failing", "net.try", "net.never")
    assert (VIOLATED, ["unexpected-pass", "known-fail"]) == (status, statuses(record))


def parsed(text: str) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 (only to join two texts into one file)

    value: dict[str, Any] = yaml.safe_load(text)
    return value


def statuses(record: dict[str, Any]) -> list[str]:
    return [found["status"] for found in record["outcomes"]]


@pytest.mark.faults
def test_a_missing_ability_is_absent_and_caps(tmp_path: Path) -> None:
    """A capability that is not declared shows as absent, with its name, and never as passed."""
    status, record = played(tmp_path, ONE.replace("steps:", "needs: [teleport]\nsteps:"))
    assert OK == status
    (found,) = record["outcomes"]
    assert ("absent", "needs teleport", True) == (found["status"], found["reason"], found["caps"])
    assert "none" == record["level"]["level"]


def test_repeats_that_differ_are_flaky() -> None:
    """Passing once and failing once is flaky, whichever comes last; agreeing repeats are not."""
    assert "flaky" == together([outcome("pass"), outcome("fail")], None).status
    assert "flaky" == together([outcome("fail"), outcome("pass")], None).status
    assert "pass" == together([outcome("pass")] * 3, None).status
    assert "fail" == together([outcome("fail")] * 3, None).status


def test_levels() -> None:
    """A level needs every MUST scenario of it and below; what a platform lacks does not count."""
    good = [outcome("pass", tier=tier) for tier in ("bronze", "silver", "gold")]
    assert "gold" == level_of(good, "server").level
    assert "silver" == level_of([*good, outcome("fail", tier="gold")], "server").level
    capped = [*good, outcome("absent", tier="silver", caps=True)]
    assert "bronze" == level_of(capped, "server").level
    assert "gold" == level_of([*good, outcome("absent", tier="silver")], "server").level
    assert "gold" == level_of([*good, outcome("fail", level="SHOULD")], "server").level
    assert "none" == level_of([outcome("known-fail"), *good], "server").level
    assert "device" == level_of([outcome("pass", tier="device")], "device").level
    assert not level_of(good, "server").reaches("device")
    assert level_of(good, "server").reaches("silver")


def record(*outcomes: Outcome) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for one in outcomes:
        counts[one.status] = counts.get(one.status, 0) + 1
    return {
        "format": "tallymark-conformance/1",
        "suite": "0.1.0",
        "spec": {"version": "1.0.0", "sha256": "0" * 64},
        "role": "sdk",
        "name": "toy",
        "version": "1.2.3",
        "language": "ruby",
        "platform": "server",
        "claimed": "bronze",
        "argument": "toy.toml",
        "command_sha256": "0" * 64,
        "seed": 7,
        "counts": counts,
        "level": level_of(outcomes, "server").as_json(),
        "outcomes": [one.as_json() for one in outcomes],
    }


def test_reports_tell_the_same() -> None:
    """JUnit, Markdown, matrix and badge hold what was found, and how it is played again."""
    bad = "</script><b>3 & \x07 4"
    red = outcome("fail", findings=(Finding("TM-LED-05", bad),), notes=("0 ms create",))
    files = written([record(red, outcome("pass", id="net.other"))])
    assert {"junit.xml", "summary.md", "matrix.html", "coverage.json", "badge-toy.svg"} == set(
        files
    )
    suite = ET.fromstring(files["junit.xml"])[0]
    assert ("2", "1") == (suite.get("tests"), suite.get("failures"))
    replay = "tallymark-conformance run --sdk toy.toml --only net.try --seed 1 --verbose"
    assert all(replay in files[name] for name in ("junit.xml", "summary.md", "matrix.html"))
    assert "none 1/2" in files["badge-toy.svg"]
    data = files["matrix.html"].split('id="data">')[1].split("</script>")[0]
    outcomes = json.loads(data)["records"][0]["outcomes"]
    assert bad == outcomes[0]["findings"][0]["detail"]
    assert "http" not in files["matrix.html"].split('id="data">')[0]
    assert json.loads(files["coverage.json"])["TM-LED-05"]["scenarios"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["run"], "either --sdk or --server"),
        (["run", "--sdk", "no_such_adapter"], "there are: "),
        (["run", "--sdk", "python", "--only", "no.such"], "no.such"),
        (["explain", "no.such"], "neither a scenario nor a rule"),
        (["report", "no_such_file.json"], "no_such_file.json"),
    ],
)
def test_wrong_use_says_what_to_do(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong command line ends with status 2 and a sentence that names the value."""
    assert BROKEN == main(argv)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"', "command is a list of words"),
        ('command = ["x"]\nlevel = "best"', "level is one of"),
        ('command = ["x"]\ncolour = "red"', "colour"),
        ("command = [", "is not TOML"),
    ],
)
def test_a_wrong_declaration_says_where(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A declaration that cannot be used is named, with what is wrong in it."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    assert BROKEN == main(["run", "--sdk", str(path)])
    said_there = capsys.readouterr().err
    assert said in said_there
    assert "mine.toml" in said_there


def test_list_and_explain(capsys: pytest.CaptureFixture[str]) -> None:
    """`list` counts, `list --coverage` finds no empty cell, `explain` shows rules and steps."""
    assert OK == main(["list"])
    assert "scenarios," in capsys.readouterr().out.splitlines()[-1]
    assert OK == main(["list", "--coverage"])
    assert "0 with an empty cell" in capsys.readouterr().out
    assert OK == main(["explain", "net.rst_after"])
    assert "rst_after" in capsys.readouterr().out
    assert OK == main(["explain", "TM-LED-05"])
    assert "led.cumulative_ack" in capsys.readouterr().out
    assert sys.executable
