"""What a server keeps of a stream: each number in one state, told the same way every time."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import (
    FIELDS,
    STATE,
    accepted,
    is_problem,
    ledger,
    listed,
    send,
    settled,
    verdicts,
)
from tallymark_conformance.stage.crowd import at_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.stage.server import ServerStage

RANK: Final = {"stored": 3, "rejected": 2, "dropped": 1}


def report(
    stage: ServerStage, stream: str, hwm: int, *drops: tuple[str, int, int]
) -> dict[str, Any]:
    """Declare losses without an event and return the answer."""
    entries = [{"reason": reason, "ranges": [[first, last]]} for reason, first, last in drops]
    return send(stage, stage.envelope(0, seq=hwm + 1, stream=stream, hwm=hwm, drops=entries))


@server_scenario("srv.idempotent_replay", ["TM-LED-11", "TM-ACK-06"], smoke=True)
def idempotent_replay(stage: ServerStage) -> None:
    """A batch that comes twice is stored once, and both answers settle and reject the same."""
    batch = stage.envelope(20)
    batch["events"][7]["e"] = ""
    first, second = send(stage, batch), send(stage, batch)
    counts = [(a["received"], a["stored"], a["duplicate"]) for a in (first, second)]
    stage.equal([(20, 19, 0), (20, 0, 19)], counts, "received, stored and duplicate")
    stage.equal(first["ack"], second["ack"], "ack of the repetition")
    stage.equal({8: "bad_name"}, verdicts(first), "verdicts")
    stage.equal(first.get("rejected"), second.get("rejected"), "verdicts of the repetition")
    stage.equal(19, ledger(stage, batch["stream"])["stored"], "stored in the ledger")


@server_scenario("srv.replay_leaves_the_log", ["TM-LED-11"], needs=["read_key"])
def replay_leaves_the_log(stage: ServerStage) -> None:
    """A batch that comes again, whole or cut anew, changes nothing that is stored."""
    batch = stage.envelope(10)
    send(stage, batch)
    before = listed(stage, batch["stream"])
    send(stage, batch)
    tail = {**batch, "seq": 6, "events": batch["events"][5:]}
    stage.equal(5, send(stage, tail)["duplicate"], "duplicate of the second half")
    stage.equal(10, len(before), "events stored")
    stage.equal(before, listed(stage, batch["stream"]), "stored events")


@server_scenario("srv.concurrent_same_batch", ["TM-LED-11", "TM-LED-12"])
def concurrent_same_batch(stage: ServerStage) -> None:
    """Sixteen copies of a batch at once are stored once, and each is acknowledged."""
    batch = stage.envelope(20)
    answers = [accepted(stage, reply) for reply in at_once(16, lambda _: stage.post(batch))]
    stage.equal(20, sum(answer["stored"] for answer in answers), "stored by all together")
    stage.equal(300, sum(answer["duplicate"] for answer in answers), "duplicate in all")
    stage.equal([(20, [])] * 16, [settled(answer) for answer in answers], "acks")
    stage.equal(20, ledger(stage, batch["stream"])["stored"], "stored in the ledger")


@server_scenario("srv.concurrent_batches", ["TM-LED-08"])
def concurrent_batches(stage: ServerStage) -> None:
    """Sixteen batches of one stream at once leave a ledger without a gap."""
    stream = stage.stream()

    def one(place: int) -> Any:
        return stage.post(stage.envelope(10, seq=place * 10 + 1, stream=stream, hwm=160))

    for reply in at_once(16, one):
        stage.equal(10, accepted(stage, reply)["stored"], "stored by one of them")
    found = ledger(stage, stream)
    stage.equal(
        ((160, []), 160, 0), (settled(found), found["stored"], found["unaccounted"]), "ledger"
    )


@server_scenario("srv.out_of_order_batches", ["TM-LED-05", "TM-ACK-06"], smoke=True)
def out_of_order_batches(stage: ServerStage) -> None:
    """Batches in any order give acks that tell exactly what is settled so far."""
    stream = stage.stream()
    expected = {11: (0, [[11, 15]]), 1: (5, [[11, 15]]), 6: (15, [])}
    for seq, ack in expected.items():
        answer = send(stage, stage.envelope(5, seq=seq, stream=stream, hwm=15))
        stage.equal(ack, settled(answer), f"ack after the batch from {seq} on")


@server_scenario("srv.ack_is_cumulative", ["TM-LED-05"])
def ack_is_cumulative(stage: ServerStage) -> None:
    """A request without events is told what others have settled."""
    stream = stage.stream()
    send(stage, stage.envelope(5, stream=stream, hwm=9))
    answer = send(stage, stage.envelope(0, seq=10, stream=stream, hwm=9))
    stage.equal((5, []), settled(answer), "ack of the empty batch")
    stage.equal((0, 0), (answer["received"], answer["stored"]), "received and stored")


@server_scenario(
    "srv.precedence_<order>",
    ["TM-LED-02", "TM-LED-08"],
    variants=[{"order": "_".join(order)} for order in permutations(RANK)],
)
def precedence(stage: ServerStage, order: str) -> None:
    """A number that becomes known as <order> is stored, and counted once."""
    stream = stage.stream()
    good = stage.envelope(1, stream=stream)
    bad = {**good, "events": [{**good["events"][0], "e": ""}]}
    for state in order.split("_"):
        if state == "dropped":
            report(stage, stream, 1, ("queue_overflow", 1, 1))
        else:
            send(stage, good if state == "stored" else bad)
    found = ledger(stage, stream)
    states = found["stored"], found["rejected"], found["dropped"], found["unaccounted"]
    stage.equal((1, {}, {}, 0), states, "stored, rejected, dropped and unaccounted")


@server_scenario("srv.rejected_beats_dropped", ["TM-LED-02"])
def rejected_beats_dropped(stage: ServerStage) -> None:
    """A number that is declared lost and gets a verdict, in either order, is rejected."""
    for early in (True, False):
        stream = stage.stream()
        if early:
            report(stage, stream, 1, ("expired", 1, 1))
        send(stage, stage.envelope(0, stream=stream, hwm=1, events=[{"e": ""}]))
        report(stage, stream, 1, ("expired", 1, 1))
        found = ledger(stage, stream)
        told = found["rejected"], found["dropped"]
        stage.equal(({"bad_name": 1}, {}), told, "rejected and dropped")


@server_scenario("srv.first_reason_stays", ["TM-LED-02"])
def first_reason_stays(stage: ServerStage) -> None:
    """Of two reasons, and of two verdicts, of one number the first one known stays."""
    stream = stage.stream()
    report(stage, stream, 1, ("hook", 1, 1))
    report(stage, stream, 1, ("expired", 1, 1))
    for event in ({"e": ""}, {"e": "$mine"}):
        send(stage, stage.envelope(0, seq=2, stream=stream, hwm=2, events=[event]))
    found = ledger(stage, stream)
    told = found["dropped"], found["rejected"]
    stage.equal(({"hook": 1}, {"bad_name": 1}), told, "dropped and rejected")


@server_scenario("srv.ledger_by_model", ["TM-LED-02", "TM-LED-05", "TM-LED-08"])
def ledger_by_model(stage: ServerStage) -> None:
    """After each of 60 drawn requests the ledger is the one that their numbers and states give."""
    stream, t0 = stage.stream(), stage.envelope()["t0"]
    states: dict[int, tuple[str, str]] = {}
    hwm = 0
    for _ in range(60):
        first = stage.rng.randint(1, 60)
        last = first + stage.rng.randint(0, 8)
        state = stage.rng.choice(("stored", "stored", "rejected", "dropped"))
        reason = {"stored": "", "rejected": stage.rng.choice(("bad_name", "reserved_name"))}.get(
            state, stage.rng.choice(("expired", "hook"))
        )
        hwm = max(hwm, last)
        if state == "dropped":
            answer = report(stage, stream, last, (reason, first, last))
        else:
            name = {"": "probe", "bad_name": "", "reserved_name": "$x"}[reason]
            event = {"e": name, "dt": 0}
            count = last - first + 1
            answer = send(
                stage,
                stage.envelope(
                    0, seq=first, stream=stream, hwm=last, t0=t0, events=[event] * count
                ),
            )
        for number in range(first, last + 1):
            known = states.get(number, ("", ""))[0]
            if RANK[state] > RANK.get(known, 0):
                states[number] = (state, reason)
        stage.equal(_ack_of(set(states)), settled(answer), "ack")
    _compare(stage, ledger(stage, stream), states, hwm)


def _compare(
    stage: ServerStage, found: Mapping[str, Any], states: Mapping[int, tuple[str, str]], hwm: int
) -> None:
    def of(state: str) -> dict[str, int]:
        reasons = [reason for known, reason in states.values() if known == state]
        return {reason: reasons.count(reason) for reason in reasons}

    stage.equal(_ack_of(set(states)), settled(found), "ack of the ledger")
    stage.equal(sum(of("stored").values()), found["stored"], "stored")
    stage.equal(of("rejected"), found["rejected"], "rejected")
    stage.equal(of("dropped"), found["dropped"], "dropped")
    stage.equal(hwm, found["hwm"], "hwm")
    stage.equal(hwm - len(states), found["unaccounted"], "unaccounted")


def _ack_of(numbers: set[int]) -> tuple[int, list[list[int]]]:
    """Return upto and the ranges above it that a set of settled numbers gives."""
    upto = 0
    while upto + 1 in numbers:
        upto += 1
    above: list[list[int]] = []
    for number in sorted(number for number in numbers if number > upto):
        if above and above[-1][1] == number - 1:
            above[-1][1] = number
        else:
            above.append([number, number])
    return upto, above


@server_scenario("srv.ledger_query", ["TM-EPT-05"], smoke=True)
def ledger_query(stage: ServerStage) -> None:
    """The ledger has its fields in their order; one never seen is told the same way each time."""
    batch = stage.envelope(3, hwm=5)
    send(stage, batch)
    found = ledger(stage, batch["stream"])
    stage.equal(STATE, tuple(found), "fields of the ledger")
    stage.equal(
        (True, 3, 5, 2),
        tuple(found[n] for n in ("known", "stored", "hwm", "unaccounted")),
        "ledger",
    )
    stage.check(found["first_seen"] <= found["last_seen"] <= found["now"], "times of the ledger")
    unseen = stage.stream()
    for _ in range(2):
        reply = stage.get(f"/v1/streams/{unseen}")
        zeros = reply.json if isinstance(reply.json, dict) else {}
        stage.equal(STATE, tuple(zeros), "fields of a stream never seen")
        told = [zeros.get(name) for name in ("known", "hwm", "stored", "unaccounted", "fin")]
        stage.equal([False, 0, 0, 0, False], told, "a stream never seen")
        proof = reply.headers.get("tallymark-ack")
        stage.equal(f"1; s={unseen[:8]}; upto=0", proof, "Tallymark-Ack")


@server_scenario("srv.ledger_of_no_stream", ["TM-EPT-05"])
def ledger_of_no_stream(stage: ServerStage) -> None:
    """What is no stream id gets 400 bad_parameter."""
    for name in ("x", "0" * 36, stage.stream().upper(), "12345678-1234-4234-8234-123456789abc"):
        is_problem(stage, stage.get(f"/v1/streams/{name}"), 400, "bad_parameter", name)


@server_scenario("srv.hwm_rises", ["TM-ENV-04", "TM-LED-08"])
def hwm_rises(stage: ServerStage) -> None:
    """The highest number announced stays; an event or loss above it raises it."""
    stream = stage.stream()
    send(stage, stage.envelope(1, stream=stream, hwm=7))
    send(stage, stage.envelope(1, seq=2, stream=stream))
    stage.equal(7, ledger(stage, stream)["hwm"], "hwm after a lower one")
    event = {"e": "probe", "n": 50}
    send(stage, stage.envelope(0, seq=3, stream=stream, hwm=8, events=[event]))
    found = ledger(stage, stream)
    stage.equal((50, 47), (found["hwm"], found["unaccounted"]), "hwm and unaccounted")
    report(stage, stream, 8, ("expired", 51, 60))
    stage.equal(60, ledger(stage, stream)["hwm"], "hwm after a loss above it")


@server_scenario("srv.hwm_below_events", ["TM-ENV-04"])
def hwm_below_events(stage: ServerStage) -> None:
    """An envelope whose hwm is below its own last event is malformed."""
    reply = stage.post(stage.envelope(5, hwm=4))
    is_problem(stage, reply, 400, "malformed", "hwm 4 for 5 events")


@server_scenario("srv.fin", ["TM-ENV-05", "TM-LED-08"])
def fin(stage: ServerStage) -> None:
    """The end of a stream is in its ledger, and stays there when an earlier batch comes again."""
    stream = stage.stream()
    first = stage.envelope(1, stream=stream)
    send(stage, first)
    stage.check(not ledger(stage, stream)["fin"], "fin before the end")
    send(stage, stage.envelope(0, seq=2, stream=stream, hwm=1, fin=True))
    send(stage, first)
    found = ledger(stage, stream)
    stage.equal((True, False), (found["fin"], found["open_ended"]), "fin and open_ended")


@server_scenario("srv.empty_batch", ["TM-ENV-10", "TM-ENV-03"])
def empty_batch(stage: ServerStage) -> None:
    """A batch without events announces numbers that are unaccounted until they come."""
    stream = stage.stream()
    answer = send(stage, stage.envelope(0, stream=stream, hwm=10))
    stage.equal(((0, []), 0), (settled(answer), answer["received"]), "answer")
    found = ledger(stage, stream)
    stage.equal((10, 10), (found["hwm"], found["unaccounted"]), "hwm and unaccounted")
    send(stage, stage.envelope(10, stream=stream))
    stage.equal(0, ledger(stage, stream)["unaccounted"], "unaccounted once they are there")


@server_scenario("srv.drops_settle", ["TM-LED-03", "TM-LED-05"], smoke=True)
def drops_settle(stage: ServerStage) -> None:
    """Declared losses are settled and counted by reason, once, however often they are told."""
    stream = stage.stream()
    losses = (("queue_overflow", 1, 4), ("hook", 6, 6))
    for _ in range(2):
        answer = report(stage, stream, 6, *losses)
        stage.equal((4, [[6, 6]]), settled(answer), "ack of a loss report")
    found = ledger(stage, stream)
    told = found["dropped"], found["unaccounted"]
    stage.equal(({"queue_overflow": 4, "hook": 1}, 1), told, "dropped and unaccounted")


@server_scenario("srv.drops_in_ranges", ["TM-LED-03"])
def drops_in_ranges(stage: ServerStage) -> None:
    """In a stream losses are ranges in order of an agreed reason; without one they are counts."""
    stream = stage.stream()
    wrong: Sequence[Mapping[str, Any]] = (
        {"reason": "queue_overflow", "count": 3},
        {"reason": "queue_overflow", "ranges": []},
        {"reason": "queue_overflow", "ranges": [[3, 2]]},
        {"reason": "queue_overflow", "ranges": [[0, 2]]},
        {"reason": "mislaid", "ranges": [[1, 2]]},
    )
    for drop in wrong:
        reply = stage.post(stage.envelope(0, seq=4, stream=stream, hwm=3, drops=[drop]))
        is_problem(stage, reply, 400, "malformed", f"drops {drop}")
    reply = stage.post({"v": 1, "t0": 0, "events": [], "drops": [wrong[0]]})
    stage.equal(200, reply.status, "status of a count without a stream")


@server_scenario("srv.exceptions_only_answer", ["TM-ACK-06", "TM-ACK-07"])
def exceptions_only_answer(stage: ServerStage) -> None:
    """The answer to 2,000 good events has at most 1 KiB: only exceptions are named."""
    reply = stage.post(stage.envelope(2_000))
    answer = accepted(stage, reply)
    stage.equal(2_000, answer["stored"], "stored")
    stage.check(len(reply.body) <= 1_024, f"an answer of {len(reply.body)} bytes")
    stage.equal([], [name for name in answer if name not in FIELDS], "fields of no use")


@server_scenario("srv.durability", ["TM-ACK-05"])
def durability(stage: ServerStage) -> None:
    """An answer says whether what it settles survives a power cut: committed or queued."""
    answer = send(stage, stage.envelope(1))
    said = answer["ack"].get("durability")
    stage.check(said in ("committed", "queued"), f"durability {said!r}")
