"""What makes an event the one it is: its number in a stream, or an id of its own (TM-LED-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tallymark_conformance.checker import event_id
from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import accepted, ledger, listed, send, settled, verdicts

if TYPE_CHECKING:
    from tallymark_conformance.stage.server import ServerStage


@server_scenario("srv.conflict", ["TM-LED-11"], smoke=True)
def conflict(stage: ServerStage) -> None:
    """Other content under a stored number gets the verdict conflict, and the first one stays."""
    first = stage.envelope(3)
    other = {**first, "events": [dict(event) for event in first["events"]]}
    other["events"][1]["p"] = {"n": "another"}
    send(stage, first)
    answer = send(stage, other)
    stage.equal({2: "conflict"}, verdicts(answer), "verdicts of the other content")
    stage.equal((0, 2), (answer["stored"], answer["duplicate"]), "stored and duplicate")
    again = send(stage, first)
    stage.equal((0, 3), (again["stored"], again["duplicate"]), "the first content, once more")
    stage.equal({}, verdicts(again), "verdicts of the first content")


@server_scenario("srv.conflict_by_id", ["TM-LED-11", "TM-EVT-03"])
def conflict_by_id(stage: ServerStage) -> None:
    """An explicit id is stored once: again it is a duplicate, with other content a conflict."""
    name = f"probe-{stage.rng.getrandbits(64):016x}"

    def batch(value: int) -> dict[str, Any]:
        event = {
            "e": "probe",
            "id": name,
            "t": 1_000 * (stage.envelope()["t0"] // 1_000),
            "p": {"v": value},
        }
        return {"v": 1, "t0": 0, "events": [event]}

    first = batch(1)
    other = {**first, "events": [{**first["events"][0], "p": {"v": 2}}]}
    counts = [(a["stored"], a["duplicate"]) for a in (send(stage, first), send(stage, first))]
    stage.equal([(1, 0), (0, 1)], counts, "stored and duplicate")
    stage.equal({name: "conflict"}, verdicts(send(stage, other)), "verdicts of other content")


@server_scenario("srv.conflict_counts_once", ["TM-LED-02", "TM-LED-11"])
def conflict_counts_once(stage: ServerStage) -> None:
    """A conflict leaves the ledger as it was: the number is stored."""
    first = stage.envelope(1)
    send(stage, first)
    before = ledger(stage, first["stream"])
    send(stage, {**first, "events": [{**first["events"][0], "e": "another"}]})
    after = ledger(stage, first["stream"])
    for name in ("ack", "stored", "rejected", "dropped", "unaccounted"):
        stage.equal(before[name], after[name], f"{name} of the ledger")


@server_scenario("srv.equal_events_are_two", ["TM-LED-12"])
def equal_events_are_two(stage: ServerStage) -> None:
    """Events of the same content and time under two numbers, or in two streams, are two events."""
    one = {"e": "click", "d": "device-1", "t": stage.envelope()["t0"]}
    for _ in range(2):
        answer = send(stage, stage.envelope(0, hwm=2, events=[one, one]))
        stage.equal((2, 0), (answer["stored"], answer["duplicate"]), "stored and duplicate")


@server_scenario("srv.streamless", ["TM-ACK-01", "TM-ENV-02"])
def streamless(stage: ServerStage) -> None:
    """Events with ids of their own need no stream; the proof then says * for both."""
    ids = [f"probe-{stage.rng.getrandbits(48):012x}" for _ in range(3)]
    batch = {"v": 1, "t0": 0, "events": [{"e": "probe", "id": name} for name in ids]}
    reply = stage.post(batch)
    answer = accepted(stage, reply)
    stage.equal("1; s=*; upto=*", reply.headers.get("tallymark-ack"), "Tallymark-Ack")
    stage.equal(3, answer["stored"], "stored")
    stage.check("stream" not in answer and "ack" not in answer, f"fields {list(answer)}")


@server_scenario("srv.streamless_without_id", ["TM-ENV-09", "TM-ACK-06"])
def streamless_without_id(stage: ServerStage) -> None:
    """Without a stream an event without an id gets bad_id at `id`, named by its index."""
    name = f"probe-{stage.rng.getrandbits(48):012x}"
    batch = {"v": 1, "t0": 0, "events": [{"e": "probe", "id": name}, {"e": "probe"}]}
    answer = send(stage, batch)
    expected = [{"i": 1, "code": "bad_id", "path": "id"}]
    stage.equal((1, expected), (answer["stored"], answer.get("rejected")), "stored, rejected")


@server_scenario("srv.id_in_a_stream", ["TM-EVT-02", "TM-ENV-03"])
def id_in_a_stream(stage: ServerStage) -> None:
    """In a stream an event with an id takes no number, and the next keeps that of its place."""
    name = f"probe-{stage.rng.getrandbits(48):012x}"
    stream = stage.stream()
    events = [{"e": "probe"}, {"e": "probe", "id": name}, {"e": "probe"}]
    answer = send(stage, stage.envelope(0, stream=stream, hwm=3, events=events))
    stage.equal((3, (1, [[3, 3]])), (answer["stored"], settled(answer)), "stored and ack")
    both = {"e": "probe", "n": 4, "id": name}
    answer = send(stage, stage.envelope(0, seq=4, stream=stream, hwm=4, events=[both]))
    stage.equal({4: "bad_id"}, verdicts(answer), "verdict on both n and id")


@server_scenario("srv.numbers_with_gaps", ["TM-ENV-03"])
def numbers_with_gaps(stage: ServerStage) -> None:
    """An event's own `n` is its number, whatever its place in the batch."""
    stream = stage.stream()
    events = [{"e": "probe"}, {"e": "probe", "n": 9}, {"e": "probe"}, {"e": "probe", "n": 5}]
    answer = send(stage, stage.envelope(0, stream=stream, hwm=9, events=events))
    stage.equal((4, (1, [[3, 3], [5, 5], [9, 9]])), (answer["stored"], settled(answer)), "ack")


@server_scenario("srv.derived_ids", ["TM-LED-07"], needs=["read_key"])
def derived_ids(stage: ServerStage) -> None:
    """The id an event is listed by is the one that both ends derive from stream and number."""
    batch = stage.envelope(5)
    send(stage, batch)
    found = [row["id"] for row in listed(stage, batch["stream"])]
    stage.equal([event_id(batch["stream"], seq) for seq in range(1, 6)], found, "ids")
