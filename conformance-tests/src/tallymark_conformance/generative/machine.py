"""The machine: rules that call, break, kill and let time pass, and the ledger after each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tallymark_conformance.errors import AdapterError, ProcessError
from tallymark_conformance.generative.draws import (
    ADVANCES_MS,
    DRAINED,
    HELD_BACK,
    calls,
    configurations,
    rules,
)
from tallymark_conformance.scenario.steps import play
from tallymark_conformance.stage.finding import Finding
from tallymark_conformance.stage.judge import judge
from tallymark_conformance.stage.judging import Failed
from tallymark_conformance.stage.model import disagreements

if TYPE_CHECKING:
    from tallymark_conformance.generative.draws import Step
    from tallymark_conformance.generative.theatre import Theatre
    from tallymark_conformance.stage.sdk import SdkStage


class ViolationError(AssertionError):
    """Tell Hypothesis that a sequence broke a promise, so that it looks for a shorter one."""


class Producer(RuleBasedStateMachine):
    """One client, from its creation to an end at which everything is accounted for."""

    theatre: ClassVar[Theatre]

    def __init__(self) -> None:
        """Raise the curtain, unless the search is over."""
        super().__init__()
        self.steps: list[Step] = []
        self.config: dict[str, Any] = {}
        self.stage: SdkStage | None = None
        if not self.theatre.over:
            self.stage = self.theatre.raise_curtain()

    def do(self, step: Step) -> None:
        """Play a step and keep it."""
        if self.stage is None:
            return
        self.steps.append(step)
        try:
            play(self.stage, step)
        except Failed:
            self.fail()
        except (AdapterError, ProcessError) as error:
            self.stage.findings.append(Finding("TM-LED-01", f"the SDK broke down: {error}"))
            self.fail()

    def fail(self) -> None:
        """End the sequence with what was found."""
        assert self.stage is not None
        found, self.stage = list(self.stage.findings), None
        self.theatre.found(self.steps, found)
        raise ViolationError(f"{found[0].req}: {found[0].detail}")

    @initialize(config=configurations)
    def create(self, config: dict[str, Any]) -> None:
        """Make the client."""
        self.config = config
        self.do({"create": config})

    @rule(count=st.integers(1, 12))
    def track(self, count: int) -> None:
        """Record events."""
        self.do({"track": {"count": count}})

    @rule(count=st.integers(1, 3))
    def hold_back(self, count: int) -> None:
        """Record events that the hook holds back."""
        self.do({"track": {"count": count, "name": HELD_BACK}})

    @rule(count=st.integers(1, 4))
    def track_large(self, count: int) -> None:
        """Record events that fill a batch."""
        self.do({"track": {"count": count, "size": 3_000}})

    @rule(call=calls)
    def call(self, call: dict[str, Any]) -> None:
        """Make one of the other calls."""
        self.do({"call": dict(call)})

    @rule(faults=rules)
    def break_the_wire(self, faults: list[dict[str, Any]]) -> None:
        """Let the next requests meet these faults."""
        self.do({"faults": {"rules": faults}})

    @rule(ms=st.sampled_from(ADVANCES_MS))
    def let_time_pass(self, ms: int) -> None:
        """Move the client's clocks."""
        self.do({"advance": {"ms": ms}})

    @rule()
    def flush(self) -> None:
        """Ask for everything to be sent."""
        self.do({"flush": {"timeout_ms": 400}})

    @rule()
    def look(self) -> None:
        """Look whether the books balance."""
        self.do({"stats": {}})

    @rule()
    def reset(self) -> None:
        """Begin another stream."""
        self.do({"call": {"method": "reset"}})

    @precondition(lambda self: "spool_dir" in self.config)
    @rule()
    def crash(self) -> None:
        """Kill the process and start the next one on the same spool."""
        self.do({"kill": {}})
        self.do({"start": {}})
        self.do({"create": self.config})

    @precondition(lambda self: self.theatre.collector_crashes)
    @rule()
    def crash_the_collector(self) -> None:
        """Kill the collector and start it again."""
        for do in ("kill", "start"):
            self.do({"collector": {"do": do}})

    @invariant()
    def the_ledger_is_the_models(self) -> None:
        """Hold the collector's ledger to the model, wherever the wire is at rest."""
        stage = self.stage
        if stage is None or stage.proxy.busy:
            return
        before = stage.exchanges
        ledgers, kept = stage.ledgers(), stage.kept()
        after = stage.exchanges
        if not stage.proxy.busy:
            stage.findings += disagreements(before, after, kept, ledgers)
        if stage.findings:
            self.fail()

    def teardown(self) -> None:
        """Let everything be sent, and judge what is left."""
        stage = self.stage
        if stage is None:
            self.theatre.lower_curtain()
            return
        try:
            for step in DRAINED:
                self.do(step)
            stage.end()
            stage.findings += judge(stage)
            if stage.findings:
                self.fail()
            self.theatre.passed(stage)
        except Failed:
            self.fail()
        finally:
            self.theatre.lower_curtain()


def machine_of(theatre: Theatre) -> type[Producer]:
    """Return the machine that plays in *theatre*; every step is one that a YAML scenario has."""
    return type("Producer", (Producer,), {"theatre": theatre})
