from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tallymark_conformance.cli import BROKEN, OK, VIOLATED, main
from tallymark_conformance.errors import RunError
from tallymark_conformance.mutants.bank import MUTANTS
from tallymark_conformance.processes import standin_collector
from tallymark_conformance.runs.full import FULL, Part
from tallymark_conformance.runs.options import Options, Report
from tallymark_conformance.runs.registry import RUNS
from tallymark_conformance.soak import Soak, soak, write_figures
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STANDIN = " ".join(standin_collector())


def part(name: str = "some", *found: Violation, least: int = 0, **notes: Any) -> Part:
    """Return a part whose run writes a file and reports what it was told."""

    def run(options: Options) -> Report:
        with options.folder("run") as folder:
            (folder / "trace").write_text("x")
        told = {"events": options.events or 0, "kills": options.kills or 0}
        return Report("run", options.seed, Verdict(told, found), {"seconds": 1.5, **notes})

    return Part(name, run, events=7, kills=3, least={"kills": least}, shown=("events",))


def broken(_: Options) -> Report:
    raise RunError("no compiler\nsought cc and gcc")


def carried_out(options: Options, *parts: Part) -> tuple[Soak, list[str]]:
    said: list[str] = []
    return soak(options, parts, said.append), said


@pytest.mark.parametrize(("least", "kinds"), [(3, {}), (4, {"shortfall": 1})])
def test_a_run_that_does_too_little_is_red(least: int, kinds: dict[str, int]) -> None:
    """The full counts are reached, or the run says nothing, however green it is."""
    report = part(least=least).carry_out(Options(seed=5))
    assert kinds == report.verdict.by_kind()
    assert ("some", 5, {"events": 7, "kills": 3}) == (
        report.run,
        report.seed,
        report.verdict.counts,
    )


def test_the_table_has_a_line_for_each_run_and_case() -> None:
    """Figures stand with their names, violations below, the verdict and its seed at the end."""
    cases = {"a case": {"sent": 2_000, "ok": True}, "another": {"sent": 1, "ok": False}}
    lost = Violation("lost", "event p.1.7", "0197", 7)
    found, _ = carried_out(
        Options(seed=9), part("good", cases=cases), part("bad", lost), Part("gone", broken)
    )
    lines = found.as_text().splitlines()
    assert [
        "run                seconds  figures",
        "good       ok          1.5  kills 3 · events 7",
        "  a case   ok               sent 2,000",
        "  another  FAIL             sent 1",
        "bad        FAIL        1.5  kills 3 · events 7",
        "gone       BROKEN",
        "",
        "bad: 1 lost",
        "  lost event p.1.7 0197 7",
        "gone: could not be carried out: RunError: no compiler … sought cc and gcc",
    ] == lines[:-1]
    assert lines[-1].startswith("FAIL · seed 9 · ")


def test_what_a_red_run_left_behind_is_named() -> None:
    """Evidence is kept; what a green run wrote is removed."""
    found, said = carried_out(Options(), part("good"), part("bad", Violation("lost", "x")))
    assert found.violated
    (folder,) = [line.split("left: ")[1].strip() for line in said if "left: " in line]
    assert folder.endswith("/bad")
    assert ["bad"] == [path.name for path in found.root.iterdir()]
    assert "x" == (found.root / "bad" / "run" / "trace").read_text()
    _remove(found)


def test_nothing_is_left_of_a_green_soak(tmp_path: Path) -> None:
    """Only a folder that was asked for is kept."""
    found, _ = carried_out(Options(), part())
    assert not found.root.exists()
    found, _ = carried_out(Options(keep=tmp_path), part())
    assert (tmp_path / "some" / "run" / "trace").exists()


def test_the_figures_are_one_object(tmp_path: Path) -> None:
    """Time, seed, machine, and every report; the file's folder is made."""
    found, _ = carried_out(Options(seed=2), part(), Part("gone", broken))
    write_figures(tmp_path / "deep" / "figures.json", found)
    value = json.loads((tmp_path / "deep" / "figures.json").read_text())
    assert {"at", "seed", "seconds", "machine", "ok", "broken", "reports"} == set(value)
    assert (2, False, ["gone"]) == (value["seed"], value["ok"], list(value["broken"]))
    assert ["some"] == [report["run"] for report in value["reports"]]
    _remove(found)


def test_the_full_counts_have_every_run_and_every_mutant() -> None:
    """No run of the command line and no planted defect is left out of the soak."""
    names = [one.name for one in FULL]
    runs = {name.removesuffix("-spool").removesuffix("-memory") for name in names}
    assert set(RUNS) <= runs
    assert {f"mutant-{name}" for name in MUTANTS} <= set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["net-spool", "net-memory"])
def test_the_full_counts_are_what_was_promised(name: str) -> None:
    """100,000 events, 12 kinds of faults, 20 kills of each side (and 30 power cuts)."""
    (net,) = [one for one in FULL if one.name == name]
    assert (
        net.least.items()
        >= {
            "calls": 100_000,
            "fault_kinds": 12,
            "producer_kills": 20,
            "collector_kills": 20,
        }.items()
    )
    (cuts,) = [one for one in FULL if one.name == "powercut"]
    assert cuts.least["cuts"] >= 30


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part("kill9")], OK),
        ([part("kill9", Violation("lost", "x")), Part("kill9", broken)], VIOLATED),
        ([Part("kill9", broken)], BROKEN),
    ],
)
def test_the_command_tells_the_verdict(
    parts: list[Part],
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code, table, and the file of figures."""
    figures = tmp_path / "figures.json"
    arguments = ["soak", "--only", "kill9", "--seed", "3", "--keep", str(tmp_path / "keep")]
    assert code == main([*arguments, "--figures", str(figures)], parts)
    assert "seed 3" in capsys.readouterr().out.splitlines()[-1]
    assert (code == OK) == json.loads(figures.read_text())["ok"]


@pytest.mark.faults
def test_a_real_run_goes_through_the_soak(tmp_path: Path) -> None:
    """Options reach the run: here the stand-in collector, and few requests."""
    (early,) = [one for one in FULL if one.name == "disk-full"]
    small = replace(early, kills=1, least={"refusals": 1})
    found, _ = carried_out(Options(seed=1, collector=STANDIN.split(), keep=tmp_path), small)
    assert not found.violated
    assert (tmp_path / "disk-full").exists()


def _remove(found: Soak) -> None:
    shutil.rmtree(found.root, ignore_errors=True)


def test_kinds_of_mutants_are_kinds_of_violations() -> None:
    """Each defect says what gives it away."""
    check: Callable[[str], bool] = str.isidentifier
    assert all(mutant.kinds and check(name) for name, mutant in MUTANTS.items())
