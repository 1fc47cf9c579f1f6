"""One play of one scenario: set the stage, let it run, judge what is left."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from random import Random
from subprocess import SubprocessError
from typing import TYPE_CHECKING, Final

from tallymark_conformance.errors import AdapterError, ConformanceError, Unsupported
from tallymark_conformance.proxy.script import parse as parse_script
from tallymark_conformance.proxy.thread import ProxyThread
from tallymark_conformance.stage.book import Book
from tallymark_conformance.stage.judge import judge
from tallymark_conformance.stage.judging import Failed
from tallymark_conformance.stage.sdk import SdkStage
from tallymark_conformance.stage.server import ServerStage
from tallymark_conformance.stage.server_judge import judge_server
from tallymark_conformance.suite.outcome import Outcome
from tallymark_conformance.suite.wire import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tallymark_conformance.processes import Collector
    from tallymark_conformance.scenario.header import Scenario
    from tallymark_conformance.stage.server import Target
    from tallymark_conformance.tmc.adapter import Adapter

BROKEN: Final = (ConformanceError, OSError, SubprocessError)
"""What keeps a scenario from being played at all: its program, its files, its time."""


def play_sdk(
    scenario: Scenario, adapter: Adapter, collector: Collector, folder: Path, seed: int
) -> tuple[Outcome, bool]:
    """Play *scenario* with a running *adapter*; tell whether its process may be used again."""
    rng = Random(f"{seed}/{scenario.id}")
    token = f"{scenario.id}.{rng.getrandbits(32):08x}{time.monotonic_ns() & 0xFFFFFF:06x}"
    script = parse_script(dict(scenario.faults)) if scenario.faults else None
    adapter.noise.clear()
    adapter.births[:] = adapter.births[-1:]
    with ExitStack() as stack:
        proxy = stack.enter_context(
            ProxyThread(collector.url, script=script, seed=rng.getrandbits(32))
        )
        stage = SdkStage(scenario, adapter, collector, proxy, folder, rng, Book(token))
        began = time.monotonic()
        with _limited(scenario, adapter):
            status, reason, caps = _perform(stage)
        seconds = time.monotonic() - began
        outcome = Outcome(
            scenario,
            status,  # type: ignore[arg-type] # one of the statuses
            seed,
            tuple(stage.findings),
            reason,
            caps=caps,
            seconds=seconds,
            notes=stage.notes,
            wire=shown(stage.exchanges, stage.started),
            relaxed=stage.relaxed,
        )
    good = status == "pass" and not stage.used_up and adapter.alive
    return outcome, good and scenario.process == "shared"


def _perform(stage: SdkStage) -> tuple[str, str, bool]:
    """Return the status, its reason, and whether it caps the level."""
    tripped = ""
    try:
        tripped = _acted(stage)
        stage.end()
        stage.findings += judge(stage)
    except Failed:
        return "fail", "", True
    except Unsupported as error:
        return "absent", str(error), True
    except BROKEN as error:
        if not isinstance(error, AdapterError):
            return "error", f"{type(error).__name__}: {error}", True
        return "error", f"{error}\n{stage.adapter.tail()}", True
    if stage.findings:
        return "fail", tripped, True
    return ("error", tripped, True) if tripped else ("pass", "", False)


def _acted(stage: SdkStage | ServerStage) -> str:
    """Let the scenario run; return over what it tripped, empty when it came to its end.

    A scenario reads what it is sent. Where that has another form than any it was written for, the
    oracles say what is wrong with it; one bad message must not end the run.
    """
    try:
        stage.scenario.body(stage)
    except Failed:
        stage.note("the scenario cannot go on")
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        stage.note(f"the scenario tripped: {error!r}")
        return f"the scenario cannot read what it got: {error!r}"
    return ""


@contextmanager
def _limited(scenario: Scenario, adapter: Adapter) -> Iterator[None]:
    """Kill the adapter when the scenario takes too long: whoever waits for it is told."""
    watch = threading.Timer(scenario.limit_s, adapter.kill)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def play_server(
    scenario: Scenario, target: Target, folder: Path, seed: int, count: int = 0
) -> Outcome:
    """Play *scenario* against the server *target*; a drawn one has *count* cases, 0 = its own."""
    rng = Random(f"{seed}/{scenario.id}")
    stage = ServerStage(scenario, target, folder, rng, count)
    began, reason, status = time.monotonic(), "", "pass"
    try:
        reason = _acted(stage)
    except BROKEN as error:
        status, reason = "error", f"{type(error).__name__}: {error}"
    stage.findings += judge_server(stage)
    if status == "pass" and (stage.findings or reason):
        status = "fail" if stage.findings else "error"
    return Outcome(
        scenario,
        status,  # type: ignore[arg-type] # one of the statuses
        seed,
        tuple(stage.findings),
        reason,
        caps=status != "pass",
        seconds=time.monotonic() - began,
        notes=stage.notes,
        wire=stage.wire,
    )
