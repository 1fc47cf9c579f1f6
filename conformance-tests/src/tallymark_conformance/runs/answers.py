"""The table of answers an SDK meets in the wild, each with what must have become of the events."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.oracles import judge_wire
from tallymark_conformance.processes import Collector, Program
from tallymark_conformance.producers.drive import Plan
from tallymark_conformance.proxy.script import Script, rules
from tallymark_conformance.proxy.thread import ProxyThread
from tallymark_conformance.runs.judge import acks_of, judge_history, read_collector
from tallymark_conformance.runs.options import Options, Report, Watch
from tallymark_conformance.runs.series import Series, histories
from tallymark_conformance.verdict import Verdict, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.history import Log

NAME: Final = "answers"
EVENTS: Final = 100
LONGEST_S: Final = 60
POISONED: Final = 37
POST: Final = {"method": "POST"}


@dataclass(frozen=True, slots=True)
class Case:
    """Rules of the proxy, what the collector must hold afterwards, and how many requests at most.

    *dropped* is the losses that must have been declared, by reason. A case that is *resumed* ends
    its first life with everything in the spool; a second one delivers it.
    """

    lines: Sequence[Mapping[str, Any]]
    dropped: Mapping[str, int] = field(default_factory=dict)
    most: int = 60
    poison: int = 0
    resumed: bool = False


def once(do: object, n: object = 1) -> dict[str, Any]:
    """Return the rule that lets *do* meet the n-th POST."""
    return {"match": {**POST, "n": n}, "do": do}


def always(do: object) -> dict[str, Any]:
    """Return the rule that lets *do* meet every POST."""
    return {"match": POST, "do": do}


CASES: Final[Mapping[str, Case]] = {
    "answer lost": Case([once("rst_after", [1, 2])]),
    "captive portal": Case([once("html200", [1, 3])]),
    "redirect to a login": Case([once("redirect", [1, 2])]),
    "redirect for good": Case([once({"redirect": {"code": 308}}, [1, 2])]),
    "no JSON ack": Case([once("wrong_json"), once("empty200", 2)]),
    "another stream's ack": Case([once("ack_other_stream", [1, 2])]),
    "too large": Case([always({"limit413": {"size": 4_000}})], most=80),
    "one bad event": Case(
        [always("poison400")], dropped={"send_rejected": 1}, most=40, poison=POISONED
    ),
    "one event refused with 422": Case(
        [always({"poison400": {"code": 422}})],
        dropped={"send_rejected": 1},
        most=40,
        poison=POISONED,
    ),
    "429 with seconds": Case([once({"retry_after": {"seconds": 1}}, [1, 2])]),
    "503 with a date": Case([once({"retry_after": {"kind": "date", "seconds": 2, "code": 503}})]),
    "429 with garbage": Case([once({"retry_after": {"kind": "garbage"}}, [1, 2])]),
    "no compression": Case([once({"status": {"code": 415, "problem": "unsupported_media_type"}})]),
    "500 and 404": Case([once({"status": {"code": 500}}), once({"status": {"code": 404}}, 2)]),
    "a partial answer": Case([once("partial", [1, 2])]),
    "a wrong key for a while": Case(
        [once({"status": {"code": 401, "problem": "key_unknown"}})], resumed=True
    ),
    "quota": Case(
        [
            once(
                {
                    "status": {
                        "code": 402,
                        "problem": "quota_exceeded",
                        "headers": {"Retry-After": "2"},
                    }
                }
            )
        ]
    ),
}


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the cases share; *where* is the address of the canary."""

    options: Options
    folder: Path
    proxies: ExitStack
    collector: Collector
    where: str


@dataclass(slots=True)
class _Running:
    """One case under way."""

    name: str
    case: Case
    script: Script
    proxy: ProxyThread
    series: Series
    program: Program


def run(options: Options, only: Sequence[str] = tuple(CASES)) -> Report:
    """Play the cases side by side, each behind a proxy of its own, and judge them together."""
    watch = Watch()
    with (
        options.folder(NAME) as folder,
        ExitStack() as proxies,
        Collector(folder / "data", folder / "logs", options.collector, options.env) as collector,
        socket.create_server(("127.0.0.1", 0)) as canary,
    ):
        where = f"http://127.0.0.1:{canary.getsockname()[1]}/login"
        stage = _Stage(options, folder, proxies, collector, where)
        running = [_start(stage, name) for name in only]
        found = {one.name: _finish(one) for one in running}
        stray = _followed(canary)
        exchanges = [exchange for one in running for exchange in one.proxy.exchanges]
        history = histories(folder / "producers")
        verdict = judge_history(collector, history, acks_of(exchanges))
        log = read_collector(collector)
    cases: dict[str, dict[str, object]] = {}
    for one in running:
        fates, wrong = _fates(one, log)
        wire = judge_wire(list(one.proxy.exchanges), one.series.births)
        verdict += wire + Verdict({}, (*found[one.name], *wrong))
        cases[one.name] = {**fates, "ok": not (found[one.name] or wrong or wire.violations)}
    notes = {"cases": cases, "seconds": watch.seconds}
    return Report(NAME, options.seed, verdict + Verdict({}, tuple(stray)), notes)


def _start(stage: _Stage, name: str) -> _Running:
    case = CASES[name]
    script = rules(*_redirected(case.lines, stage.where))
    proxy = stage.proxies.enter_context(ProxyThread(stage.collector.url, script=script))
    plan = Plan(
        url=proxy.url,
        key=stage.collector.key,
        history=Path(),
        producer=name.replace(" ", "_"),
        life=0,
        spool=str(stage.folder / "spools" / name.replace(" ", "_")),
        end="close" if case.resumed else "drain",
        poison=case.poison,
        timeout_s=5 if case.resumed else LONGEST_S / 2,
    )
    rng, producers = stage.options.rng(NAME, name), stage.folder / "producers"
    series = Series(plan, EVENTS, 0, producers, rng, stage.options.producer, stage.options.env)
    return _Running(name, case, script, proxy, series, series.launch(EVENTS))


def _redirected(lines: Sequence[Mapping[str, Any]], where: str) -> list[Mapping[str, Any]]:
    """Let every redirect of a script lead to the canary, which must never be called."""
    found: list[Mapping[str, Any]] = []
    for line in lines:
        do = line["do"]
        if do == "redirect":
            do = {"redirect": {}}
        if isinstance(do, dict) and "redirect" in do:
            do = {"redirect": {**do["redirect"], "where": where}}
        found.append({**line, "do": do})
    return found


def _finish(one: _Running) -> list[Violation]:
    """Wait for the end of a case; return what is wrong with its processes and requests."""
    found = []
    status = one.program.wait(LONGEST_S)
    if status != 0:
        found.append(Violation("promise", f"{one.name}: ended with {status}: {one.program.tail()}"))
    if one.case.resumed:
        one.proxy.follow(Script())
        one.series.drain(LONGEST_S / 2)
    met = {exchange.fault for exchange in one.proxy.exchanges}
    missed = {str(rule.name) for rule in one.script.rules} - met
    if missed:
        found.append(Violation("promise", f"{one.name}: never met {sorted(missed)}"))
    requests = sum(exchange.n > 0 for exchange in one.proxy.exchanges)
    if requests > one.case.most:
        found.append(Violation("promise", f"{one.name}: {requests} requests"))
    return found


def _followed(canary: socket.socket) -> list[Violation]:
    canary.setblocking(False)  # noqa: FBT003 (the socket's own signature)
    try:
        connection, _ = canary.accept()
    except BlockingIOError:
        return []
    connection.close()
    return [Violation("promise", "TM-ACK-02 a redirect was followed")]


def _fates(one: _Running, log: Log) -> tuple[dict[str, object], list[Violation]]:
    """Return what became of the events of a case, and where that is not what its row names."""
    producer = one.name.replace(" ", "_")
    mine = [row for row in log.rows if row.marker.partition(".")[0] == producer]
    said: dict[str, int] = {}
    for stream in {row.stream for row in mine}:
        for reason in log.dropped.get(stream, {}).values():
            said[reason] = said.get(reason, 0) + 1
    expected, found = dict(one.case.dropped), []
    if said != expected:
        found.append(Violation("lost", f"{one.name}: declared {said}, not {expected}"))
    if len(mine) != EVENTS - sum(expected.values()):
        found.append(Violation("lost", f"{one.name}: {len(mine)} of {EVENTS} stored"))
    requests = len(one.proxy.exchanges)
    return {"requests": requests, "stored": len(mine), "declared": sum(said.values())}, found
