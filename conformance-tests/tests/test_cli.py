from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tallymark_conformance import trace
from tallymark_conformance.cli import BROKEN, main
from tallymark_conformance.processes import Collector, Program, wait_until

if TYPE_CHECKING:
    from pathlib import Path

Post = Callable[..., tuple[int, dict[str, str], bytes]]
Batch = Callable[..., dict[str, Any]]
COMMAND = (sys.executable, "-m", "tallymark_conformance")
STANDIN = f"{sys.executable} -m tallymark_conformance.standins.collector"


def test_the_proxy_follows_its_script(
    standin: Collector, batch: Batch, post: Post, tmp_path: Path
) -> None:
    """It prints its address, breaks what the script says, and writes the trace."""
    script, path = tmp_path / "script.yaml", tmp_path / "trace.jsonl"
    script.write_text("rules: [{match: {n: 1}, do: html200}]")
    argv = (*COMMAND, "proxy", "--upstream", standin.url, "--script", str(script))
    program = Program("proxy", (*argv, "--trace", str(path)), tmp_path)
    program.start()
    try:
        wait_until(lambda: "ready" in program.tail(), 60, "the proxy's address")
        url = json.loads(program.tail())["url"]
        found = ["tallymark-ack" in post(url, batch())[1] for _ in range(2)]
        assert [False, True] == found
        wait_until(lambda: len(path.read_text().splitlines()) == 2, 60, "two exchanges")
    finally:
        assert 0 == program.stop(60)
    assert ["html200", "pass"] == [one.fault for one in trace.read(path)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["proxy", "--upstream", "nowhere"],
        ["fault", "early-close", "--collector", "false"],
    ],
)
def test_what_cannot_be_carried_out_has_a_code_of_its_own(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken set-up is no violated promise."""
    assert BROKEN == main(arguments)
    assert "Error: " in capsys.readouterr().err


@pytest.mark.faults
@pytest.mark.parametrize(("flags", "code"), [("", 0), (" --ack-before-commit", 1)])
def test_a_run_tells_its_verdict(flags: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON line with seed, counts and verdict; exit code 1 on a violation."""
    arguments = ["fault", "kill9", "--kills", "1", "--seed", "5", "--json"]
    assert code == main([*arguments, "--collector", STANDIN + flags])
    value = json.loads(capsys.readouterr().out)
    assert ("kill9", 5, code == 0) == (value["run"], value["seed"], value["ok"])
    assert value["counts"]["acked"] > 0


@pytest.mark.faults
def test_a_run_tells_its_verdict_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json it is one line, and a line for each of the first violations."""
    broken = STANDIN + " --ack-before-commit"
    assert 1 == main(["fault", "kill9", "--kills", "1", "--collector", broken])
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("FAIL kill9 seed=0")
    assert "false_ack" in second
