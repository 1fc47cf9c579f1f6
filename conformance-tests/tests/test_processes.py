from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tallymark_conformance.errors import ProcessError
from tallymark_conformance.processes import Collector, Program, standin_collector, wait_until

if TYPE_CHECKING:
    from pathlib import Path

SLEEPS = "import signal, sys, time; print('up', flush=True); print('log', file=sys.stderr)\n"


def program(tmp_path: Path, code: str) -> Program:
    return Program("one", (sys.executable, "-c", code), tmp_path)


def test_a_program_is_stopped_by_its_pid(tmp_path: Path) -> None:
    """SIGTERM ends it; its output and its log are kept apart."""
    one = program(tmp_path, SLEEPS + "sys.stderr.flush(); time.sleep(60)")
    one.start()
    wait_until(lambda: one.out.read_text() == "up\n", 60, "the program's output")
    states = [one.alive]
    assert one.pid > 0
    assert -signal.SIGTERM == one.stop()
    states.append(one.alive)
    assert [True, False] == states
    assert "log\n" == one.tail()


def test_a_program_that_does_not_stop_is_killed_and_named(tmp_path: Path) -> None:
    """The test does not hang on it."""
    stubborn = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n"
    one = program(tmp_path, SLEEPS + stubborn + "time.sleep(60)")
    one.start()
    wait_until(lambda: "deaf" in one.out.read_text(), 60, "the program's output")
    with pytest.raises(ProcessError, match="did not stop"):
        one.stop(0.1)
    assert not one.alive


def test_a_program_that_runs_on_is_named(tmp_path: Path) -> None:
    """Waiting has a deadline."""
    one = program(tmp_path, "import time; time.sleep(60)")
    one.start()
    with pytest.raises(ProcessError, match="still runs"):
        one.wait(0.05)
    one.kill()
    assert -signal.SIGKILL == one.wait(1)


NESTED = """
from pathlib import Path
from tallymark_conformance.processes import Program
env = {"TALLYMARK_URL": "given"}
show = "import os; print(os.environ.get('TALLYMARK_KEY'), os.environ.get('TALLYMARK_URL'))"
inner = Program("inner", (sys.executable, "-c", show), Path(sys.argv[1]), env)
inner.start()
inner.wait(10)
"""


def test_the_environment_of_the_caller_is_kept_out(tmp_path: Path) -> None:
    """Variables of the product reach a child only when the run names them."""
    argv = (sys.executable, "-c", "import sys" + NESTED, str(tmp_path))
    outer = Program("outer", argv, tmp_path, {"TALLYMARK_KEY": "leaked"})
    outer.start()
    assert 0 == outer.wait(10)
    assert "None given\n" == (tmp_path / "inner.out").read_text()


def test_what_never_comes_true_is_named() -> None:
    """The error says what was waited for."""
    with pytest.raises(ProcessError, match="the moon"):
        wait_until(lambda: False, 0.02, "the moon")


def test_a_program_that_was_not_started_has_no_pid(tmp_path: Path) -> None:
    """Asking for it is an error, not a zero."""
    with pytest.raises(ProcessError, match="not started"):
        _ = program(tmp_path, "").pid


def test_a_collector_keeps_its_port_and_data_over_a_kill(standin: Collector) -> None:
    """A restart is the same server to its clients."""
    port, pid = standin.port, standin.program.pid
    standin.restart()
    assert port == standin.port
    assert pid != standin.program.pid
    assert standin.key.startswith("tmk_")
    assert 0 == standin.stop()


def test_a_collector_that_does_not_start_is_shown_with_its_log(tmp_path: Path) -> None:
    """The message holds what it wrote to standard error."""
    command = standin_collector("--no-such-flag")
    collector = Collector(tmp_path / "data", tmp_path / "logs", command)
    with pytest.raises(ProcessError, match="no-such-flag"):
        collector.start()


def test_a_collector_that_is_never_ready_is_not_left_behind(tmp_path: Path) -> None:
    """Whatever goes wrong, no process outlives the run."""
    command = (sys.executable, "-c", "import time; time.sleep(60)")
    collector = Collector(tmp_path / "data", tmp_path / "logs", command, ready_s=0.05)
    with pytest.raises(ProcessError, match="ready line"):
        collector.start()
    assert not collector.program.alive
