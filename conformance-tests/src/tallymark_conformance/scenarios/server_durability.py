"""What an acknowledgement is worth: after a kill, a restart, on a full disk, or a held database."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Final

from tallymark_conformance.load import acked_by, quiet, start_loaders, stop_loaders
from tallymark_conformance.log_reader import FILE
from tallymark_conformance.processes import wait_until
from tallymark_conformance.runs.disk_full import space
from tallymark_conformance.runs.judge import judge_load
from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import accepted, is_problem, ledger, listed, send
from tallymark_conformance.stage.finding import Finding
from tallymark_conformance.stage.own import own_collector

if TYPE_CHECKING:
    from tallymark_conformance.stage.server import ServerStage

KILLS: Final = 4
LOADERS: Final = 4
PROGRESS_S: Final = 60
LARGE: Final = 2_000
HEALTHY_S: Final = 10
BACK_S: Final = 30
HOUR: Final = 3_600_000
WHAT: Final = {"false_ack": "TM-ACK-05", "promise": "TM-LED-08"}


def _killed(stage: ServerStage, kills: int, size: int, *, calm: bool) -> None:
    """Kill a collector under load *kills* times, hold its log against every ack, note the rest."""
    with own_collector(stage) as collector:
        loaders = start_loaders(collector.url, collector.key, LOADERS, stage.rng, size)
        try:
            for number in range(kills):
                before = acked_by(loaders)
                wait_until(lambda: acked_by(loaders) > before, PROGRESS_S, "an ack after a start")  # noqa: B023 (called at once)
                time.sleep(stage.rng.uniform(0, 0.2))
                with quiet(loaders, PROGRESS_S) if calm and number % 2 else nullcontext():
                    collector.kill()
                collector.start()
        finally:
            sent = stop_loaders(loaders)
        verdict = judge_load(collector, sent)
    stage.note(f"{sent.acked} acked in {len(sent.batches)} batches, {kills} kills")
    for violation in verdict.violations:
        found = Finding.of(violation)
        req = WHAT.get(violation.kind, found.req)
        stage.findings.append(Finding(req, found.detail))


@server_scenario(
    "srv.kill9_after_ack", ["TM-ACK-05", "TM-LED-08"], needs=["own_collector"], limit_s=180
)
def kill9_after_ack(stage: ServerStage) -> None:
    """What was acknowledged is there after a SIGKILL of the server, in quiet moments and others."""
    _killed(stage, KILLS, 20, calm=True)


@server_scenario(
    "srv.kill9_mid_commit", ["TM-LED-08", "TM-ACK-05"], needs=["own_collector"], limit_s=180
)
def kill9_mid_commit(stage: ServerStage) -> None:
    """A large batch during whose commit the server is killed is there as a whole or not at all."""
    _killed(stage, KILLS - 1, LARGE, calm=False)


@server_scenario(
    "srv.restart_keeps_the_ledger", ["TM-LED-08", "TM-LED-11"], needs=["own_collector"]
)
def restart_keeps_the_ledger(stage: ServerStage) -> None:
    """After a stop and a start ledgers and events are as they were, and repetitions known."""
    with own_collector(stage) as collector:
        batch = stage.envelope(0, hwm=9, events=[{"e": "a"}, {"e": ""}, {"e": "c"}])
        batch["drops"] = [{"reason": "hook", "ranges": [[5, 6]]}]
        send(stage, batch)
        before, rows = ledger(stage, batch["stream"]), listed(stage, batch["stream"])
        stage.equal(0, collector.stop(), "exit status")
        collector.start()
        after = ledger(stage, batch["stream"])
        for name in before.keys() - {"now"}:
            stage.equal(before[name], after[name], f"{name} of the ledger")
        stage.equal(rows, listed(stage, batch["stream"]), "stored events")
        stage.equal(2, send(stage, batch)["duplicate"], "duplicate")


@server_scenario("srv.disk_full", ["TM-ACK-05", "TM-ERR-03"], needs=["own_collector"], limit_s=180)
def disk_full(stage: ServerStage) -> None:
    """A full disk is answered 503 with a time and nothing is acked; room makes it well again."""
    with (
        space(stage.folder, real=os.geteuid() == 0) as disk,
        own_collector(stage, data=disk.data) as collector,
    ):
        # `space` may work through a library that only the environment of a process brings in.
        collector.stop()
        collector.env = {**collector.env, **disk.env}
        collector.start()
        acked = 0
        stream = stage.stream()
        disk.take()
        for number in range(400):
            batch = stage.envelope(200, seq=number * 200 + 1, stream=stream)
            reply = stage.post(batch)
            if reply.status != 200:
                break
            acked = accepted(stage, reply)["ack"]["upto"]
        is_problem(stage, reply, 503, "disk_full", "a batch on a full disk")
        disk.give()
        _well_again(stage, stream)
        found = ledger(stage, stream)
        stage.check(found["ack"]["upto"] >= acked, f"{acked} were acked, {found['ack']} is there")


def _well_again(stage: ServerStage, stream: str) -> None:
    until = time.monotonic() + HEALTHY_S
    while True:
        reply = stage.post(stage.envelope(1, seq=1_000_000, stream=stream))
        if reply.status == 200:
            return
        if time.monotonic() > until:
            stage.fail(f"still {reply.status} {HEALTHY_S} s after there is room")
        time.sleep(0.05)


@server_scenario("srv.db_down", ["TM-ERR-03", "TM-ACK-05"], needs=["own_collector"], limit_s=120)
def db_down(stage: ServerStage) -> None:
    """While the database takes no write a batch gets 503 with a time, and is stored later."""
    with own_collector(stage) as collector:
        batch = stage.envelope(3)
        with closing(sqlite3.connect(collector.data / FILE, timeout=BACK_S)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            reply = stage.post(batch, timeout_s=60)
            holder.rollback()
        is_problem(stage, reply, 503, "store_busy", "a batch while the database is held")
        answer = send(stage, batch)
        stage.equal(3, answer["stored"], "stored afterwards")


@server_scenario("srv.open_ended", ["TM-LED-08"], needs=["own_collector"])
def open_ended(stage: ServerStage) -> None:
    """A stream that was silent for 24 h is open-ended unless it has an end."""
    with own_collector(stage) as collector:
        open_, ended = stage.stream(), stage.stream()
        send(stage, stage.envelope(1, stream=open_))
        send(stage, stage.envelope(1, stream=ended, fin=True))
        stage.check(not ledger(stage, open_)["open_ended"], "a stream of this moment is open-ended")
        for hours, expected in ((23, False), (25, True)):
            collector.stop()
            with closing(sqlite3.connect(collector.data / FILE)) as database:
                earlier = int(time.time() * 1000) - hours * HOUR
                database.execute("UPDATE stream SET last_seen = ?", (earlier,))
                database.commit()
            collector.start()
            found = ledger(stage, open_)["open_ended"], ledger(stage, ended)["open_ended"]
            stage.equal((expected, False), found, f"open_ended after {hours} h")
