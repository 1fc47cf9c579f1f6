"""The full counts: what the soak does, and the least each run must have done to be believed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tallymark_conformance.runs import (
    answers,
    disk_full,
    early_close,
    ending,
    fork,
    kill9,
    net,
    postgres,
    powercut,
    sdk_kill,
    syscalls,
)
from tallymark_conformance.runs.registry import on_mutant
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tallymark_conformance.runs.options import Options, Report


@dataclass(frozen=True, slots=True)
class Part:
    """One run of the soak.

    *events*, *kills* and *seconds* are as in `Options`; *least* is the figures of the report that
    must be reached, *shown* the others that stand in the summary.
    """

    name: str
    run: Callable[[Options], Report]
    events: int | None = None
    kills: int | None = None
    seconds: float | None = None
    least: Mapping[str, int] = field(default_factory=dict)
    shown: Sequence[str] = ()

    def carry_out(self, options: Options) -> Report:
        """Run with the full counts; a report that fell short of them is red."""
        told = replace(options, events=self.events, kills=self.kills, seconds=self.seconds)
        report = replace(self.run(told), run=self.name)
        short = tuple(
            Violation("shortfall", f"{name} is {report.figure(name)}, less than {least}")
            for name, least in self.least.items()
            if report.figure(name) < least
        )
        return replace(report, verdict=report.verdict + Verdict({}, short))


def with_spool(options: Options) -> Report:
    """Run the bad network on producers with a spool."""
    return net.run(options, spool=True)


def without_spool(options: Options) -> Report:
    """Run the bad network on producers without one."""
    return net.run(options, spool=False)


def intercepted(options: Options) -> Report:
    """Play the answers of whoever stands between an SDK and its collector."""
    return answers.run(options, ("captive portal", "no JSON ack", "redirect to a login"))


def mutated(
    run: Callable[[Options], Report],
    name: str,
    events: int | None,
    kills: int | None,
    seconds: float | None,
) -> Part:
    """Return the part that lets *run* find the mutant *name*."""
    return Part(
        f"mutant-{name}",
        lambda options: on_mutant(run, options, name),
        events,
        kills,
        seconds,
        least={"violations_found": 1},
    )


BOOKS: Final = ("accepted", "stored", "lost", "doubled")

FULL: Final[Sequence[Part]] = (
    Part(
        "answers",
        answers.run,
        least={"accepted": answers.EVENTS * len(answers.CASES)},
        shown=("stored", "dropped", "lost", "doubled", "unaccounted"),
    ),
    Part("fork", fork.run, least={"children": 3}, shown=(*BOOKS, "streams")),
    Part("exit", ending.run, least={"accepted": 2_000}, shown=("stored", "lost", "doubled")),
    Part("early-close", early_close.run, events=200, least={"sent": 300_000}, shown=("stored",)),
    Part("disk-full", disk_full.run, kills=5, least={"refusals": 5}, shown=("acked", "false_ack")),
    Part("syscalls", syscalls.run, least={"failed_calls": 32}, shown=("acked", "false_ack")),
    Part("kill9", kill9.run, kills=50, least={"kills": 50}, shown=("acked", "false_ack")),
    Part("powercut", powercut.run, kills=40, least={"cuts": 40}, shown=("acked", "false_ack")),
    Part(
        "postgres",
        postgres.run,
        kills=150,
        least={"terminated": 100, "terminate": 100, "crash": 15, "kill": 7, "roll": 7},
        shown=("acked", "refusals", "false_ack", "doubled", "slowest_s"),
    ),
    Part(
        "sdk-kill",
        sdk_kill.run,
        events=50_000,
        kills=60,
        seconds=40,
        least={"calls": 50_000, "producer_kills": 60},
        shown=("accepted", "stored", "lost", "doubled", "unaccounted"),
    ),
    Part(
        "net-spool",
        with_spool,
        events=100_000,
        kills=20,
        seconds=100,
        least={
            "calls": 100_000,
            "fault_kinds": 12,
            "producer_kills": 20,
            "collector_kills": 20,
        },
        shown=("faults_met", "accepted", "stored", "lost", "doubled", "unaccounted"),
    ),
    Part(
        "net-memory",
        without_spool,
        events=100_000,
        kills=20,
        seconds=100,
        least={
            "calls": 100_000,
            "fault_kinds": 12,
            "producer_kills": 20,
            "collector_kills": 20,
            # Each term of the equation has been put to the test.
            "dropped": 1,
            "unaccounted": 1,
            "tail": 1,
        },
        shown=("faults_met", "accepted", "stored", "missing", "doubled"),
    ),
    *(
        mutated(run, name, events, kills, seconds)
        for run, name, events, kills, seconds in (
            (powercut.run, "synchronous_normal", None, 40, None),
            (kill9.run, "ack_before_commit", None, 5, None),
            (kill9.run, "counts_twice", None, 2, None),
            (kill9.run, "stores_all_but_the_last", None, 2, None),
            (kill9.run, "fails_on_what_it_knows", None, 10, None),
            (postgres.run, "answers_before_postgres_commits", None, 10, None),
            (postgres.run, "commits_asynchronously_in_postgres", None, 15, None),
            (postgres.run, "commits_without_the_head", None, 2, None),
            (postgres.run, "stores_the_last_twice_in_postgres", None, 2, None),
            (postgres.run, "trusts_a_lost_commit", None, 60, None),
            (without_spool, "forgets_declared_losses", 20_000, 4, 8),
            (without_spool, "drops_in_silence", 20_000, 4, 8),
            (sdk_kill.run, "leaves_the_last_in_the_spool", 2_000, 6, 3),
            (intercepted, "trusts_any_2xx", None, None, None),
            (intercepted, "follows_redirects", None, None, None),
        )
    ),
)
