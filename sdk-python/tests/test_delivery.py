"""Decisions of one stream: the shared traces, and a machine of calls, faults, answers and time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from tallymark.decisions import Decision, Done, Outcome, Send, Wait
from tallymark.delivery import Delivery
from tallymark.options import Batching, Retry
from tallymark.queue import MemoryBuffer, Overflow
from tallymark.retry import Draws, Link
from tallymark.testing import MemoryTransport, problem
from tallymark.transport import Failure, Request, Response
from tallymark_protocol.ack import format_ack
from tallymark_protocol.ranges import contains, count, intersect, normalise, union
from tallymark_protocol.retry import ceiling_ms
from tallymark_protocol.validate import validate_envelope

if TYPE_CHECKING:
    from tallymark.batch import Batch

VECTORS = Path(__file__).parents[2] / "sdk-protocol" / "spec" / "vectors" / "delivery.json"
TRACES = json.loads(VECTORS.read_text())
STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
DRAWS = Draws(ceiling_ms, lambda: 0.5)


def event_of(size: int = 20) -> bytes:
    """Return an event of *size* bytes, as the vectors describe it."""
    return b'{"t":0,"e":"%s"}' % (b"a" * (size - 14))


class Trace:
    """Play a trace of `delivery.json` against a delivery; every SDK can do the same."""

    def __init__(self, vector: dict[str, Any]) -> None:
        """Begin as the vector says."""
        options = vector["options"]
        retry = {name: options.pop(name) for name in ("timeout_ms", "max_age_ms", "in_flight")}
        self.buffer = MemoryBuffer(STREAM)
        adopted = vector.get("adopted")
        if adopted is not None:
            self._adopt(adopted)
        self.delivery = Delivery(
            self.buffer,
            Link(DRAWS),
            Batching(**options),
            Retry(**retry),
            adopted=adopted is not None,
        )
        self.sent: list[int] = []
        self.bodies: dict[tuple[Any, ...], bytes] = {}

    def _adopt(self, adopted: dict[str, Any]) -> None:
        pending = normalise(adopted["pending"])
        for seq in range(1, adopted["assigned"] + 1):
            self.buffer.append(seq, event_of())
            if not contains(pending, seq):
                self.buffer.settle(((seq, seq),))

    def play(self, step: dict[str, Any]) -> None:
        """Do one step, and check the decision or outcome it names."""
        if "add" in step:
            for _ in range(step["add"]):
                self.buffer.append(self.buffer.assigned() + 1, event_of(step.get("size", 20)))
        elif "drop" in step:
            seq = self.buffer.assigned() + 1
            self.delivery.lose(step["drop"], ((seq, seq),))
        elif "flush" in step:
            self.delivery.hurry()
        elif "close" in step:
            self.delivery.finish()
        elif "next" in step:
            decision = self.delivery.next(step["at"], step["at"])
            assert step["next"] == self.describe(decision), step
        else:
            outcome = self.delivery.settle(
                self.sent.pop(0), self.answer(step["answer"]), step["at"], step["at"]
            )
            assert step["outcome"] == describe_outcome(outcome), step

    def describe(self, decision: Decision) -> dict[str, Any]:
        """Write a decision as the traces do."""
        if isinstance(decision, Done):
            return {"done": True}
        if isinstance(decision, Wait):
            return {"wait": decision.until}
        self.sent.append(decision.ticket)
        if decision.batch is None:
            return {"ask": True}
        batch = decision.batch
        return {
            "send": {
                "seqs": [list(pair) for pair in batch.seqs],
                "attempt": decision.attempt,
                "hwm": batch.hwm,
                "fin": batch.fin,
                "drops": [
                    {"reason": reason, "ranges": [list(pair) for pair in ranges]}
                    for reason, ranges in batch.drops.items()
                ],
                "identity": decision.identity,
            }
        }

    @staticmethod
    def answer(given: dict[str, Any]) -> Response | Failure:
        """Build what comes back from how the traces write it."""
        if "failure" in given:
            return Failure(given["failure"])
        status, body = given["status"], dict(given.get("body", {}))
        headers = dict(given.get("headers", {}))
        if 200 <= status < 300 and given.get("proof", True):
            stream = given.get("stream", STREAM)
            headers["tallymark-ack"] = format_ack(stream, body.get("ack", {}).get("upto", 0))
            body = {"v": 1, "stream": stream, **body}
        text = given.get("text", json.dumps(body))
        return Response(status, headers, text.encode())


def describe_outcome(outcome: Outcome) -> dict[str, Any]:
    """Write an outcome as the traces do."""
    return {
        "stored": [list(pair) for pair in outcome.stored],
        "rejected": [[item.seq, item.code] for item in outcome.rejected],
        "lost": {
            reason: [list(pair) for pair in ranges] for reason, ranges in outcome.lost.items()
        },
        "again": [list(pair) for pair in outcome.again],
    }


@pytest.mark.parametrize("vector", TRACES, ids=[vector["id"] for vector in TRACES])
def test_trace(vector: dict[str, Any]) -> None:
    """Every decision and outcome of the shared traces is met."""
    trace = Trace(json.loads(json.dumps(vector)))
    for step in vector["steps"]:
        trace.play(step)


FAULTS = st.sampled_from(
    [
        Failure("timeout"),
        Failure("reset"),
        Failure("refused"),
        Response(200, {}, b"<html>"),
        Response(204, {}, b""),
        Response(302, {"location": "/login"}, b""),
        problem(500, "internal"),
        problem(503, "overloaded"),
        problem(429, "throttled", retry_after_ms=1_500),
        problem(401, "unknown_key"),
        problem(402, "quota"),
        problem(404, "not_found"),
        problem(415, "unsupported_media_type"),
    ]
)


class DeliveryMachine(RuleBasedStateMachine):
    """Mix calls, faults, late and lost answers and time; the collector in memory is the model."""

    @initialize(
        flush_at=st.integers(1, 6),
        max_events=st.integers(1, 8),
        in_flight=st.integers(1, 3),
        queue=st.integers(3, 40),
        overflow=st.sampled_from(["newest", "oldest"]),
        max_age=st.sampled_from([5_000, 100_000_000]),
    )
    def begin(
        self,
        *,
        flush_at: int,
        max_events: int,
        in_flight: int,
        queue: int,
        overflow: Overflow,
        max_age: int,
    ) -> None:
        """Begin one stream with small bounds."""
        self.buffer = MemoryBuffer(STREAM, max_events=queue, overflow=overflow)
        self.delivery = Delivery(
            self.buffer,
            Link(DRAWS),
            Batching(flush_at=flush_at, max_events=max_events),
            Retry(in_flight=in_flight, max_age_ms=max_age),
        )
        self.collector = MemoryTransport()
        self.now = 0
        self.assigned = 0
        self.poison: set[int] = set()
        self.air: list[Send] = []
        self.bodies: dict[int, tuple[Batch, bytes]] = {}
        self.dropped: dict[str, Any] = {}
        self.stored: Any = ()
        self.rejected: dict[int, str] = {}
        self.fins = 0

    @rule(number=st.integers(1, 5), kind=st.sampled_from(["good", "good", "bad", "poison", "hook"]))
    @precondition(lambda self: not self.delivery.closing)
    def call(self, number: int, kind: str) -> None:
        """Record events: good ones, ones that get a verdict, ones no batch with them is taken."""
        for _ in range(number):
            self.assigned += 1
            if kind == "hook":
                self.delivery.lose("hook", ((self.assigned, self.assigned),))
                continue
            event = b'{"t":0,"e":""}' if kind == "bad" else event_of()
            if kind == "poison":
                event = b'{"t":0,"e":"poison"}'
            reason = self.buffer.append(self.assigned, event)
            if reason is not None:
                self.delivery.lose(reason, ((self.assigned, self.assigned),))

    @rule(ms=st.sampled_from([1, 400, 5_000, 120_000, 1_000_000]))
    def pass_time(self, ms: int) -> None:
        """Let time pass."""
        self.now += ms

    @rule()
    def step(self) -> None:
        """Ask for a decision; a request leaves."""
        decision = self.delivery.next(self.now, self.now)
        if isinstance(decision, Send):
            self.air.append(decision)
            assert len(self.air) <= 3
            if decision.batch is not None:
                self.check_batch(decision)
        elif isinstance(decision, Wait) and decision.until is not None:
            assert decision.until > self.now

    def check_batch(self, send: Send) -> None:
        """Check what every request must be."""
        batch = send.batch
        assert batch is not None
        envelope = json.loads(batch.body)
        assert validate_envelope(envelope) is None
        numbers = [
            event.get("n", envelope["seq"] + place)
            for place, event in enumerate(envelope["events"])
        ]
        assert numbers == [seq for seq, _ in batch.entries] == sorted(set(numbers))
        assert envelope["hwm"] <= self.assigned
        # Kept with its batch, so that no other batch can get the same id.
        _, known = self.bodies.setdefault(id(batch), (batch, batch.body))
        assert known == batch.body

    @rule(fault=FAULTS, taken=st.booleans(), place=st.integers(0, 2))
    @precondition(lambda self: self.air)
    def fail(self, fault: Response | Failure, place: int, *, taken: bool) -> None:
        """Let an answer be lost or replaced, whether or not the collector took the request."""
        send = self.air.pop(place % len(self.air))
        if taken:
            self.answer_of(send)
        self.settle(send, fault)

    @rule(place=st.integers(0, 2))
    @precondition(lambda self: self.air)
    def answer(self, place: int) -> None:
        """Let an answer arrive, perhaps before that of an earlier request."""
        send = self.air.pop(place % len(self.air))
        self.settle(send, self.answer_of(send))

    @rule()
    def flush(self) -> None:
        """Call flush."""
        self.delivery.hurry()

    @rule()
    def close(self) -> None:
        """Say that nothing will be added."""
        self.delivery.finish()

    def answer_of(self, send: Send) -> Response | Failure:
        """Let the collector take a request; it refuses batches with poison as a whole."""
        if send.batch is None:
            return self.collector.send(Request("GET", f"/v1/streams/{STREAM}", {}, b"", 1))
        if any(b"poison" in event for _, event in send.batch.entries):
            return problem(400, "malformed")
        answer = self.collector.send(Request("POST", "/v1/batch", {}, send.batch.body, 1))
        self.fins += send.batch.fin
        return answer

    def settle(self, send: Send, came: Response | Failure) -> None:
        """Hand an answer to the delivery and keep the books."""
        outcome = self.delivery.settle(send.ticket, came, self.now, self.now)
        assert not intersect(self.stored, outcome.stored)
        self.stored = union(self.stored, outcome.stored)
        for item in outcome.rejected:
            assert item.seq not in self.rejected
            self.rejected[item.seq] = item.code

    @invariant()
    def ledger_holds(self) -> None:
        """Hold assigned = stored + rejected + dropped + pending at any instant (LED-4)."""
        if not hasattr(self, "delivery"):
            return
        for reason, ranges in self.delivery.take_losses():
            self.dropped[reason] = self.dropped.get(reason, 0) + count(ranges)
        ended = count(self.stored) + len(self.rejected) + sum(self.dropped.values())
        assert self.assigned == ended + self.buffer.pending()
        account = self.collector.account(STREAM)
        # What the client calls stored has ended at the collector: nothing is claimed too early.
        assert self.stored == intersect(self.stored, account.settled())

    def teardown(self) -> None:
        """With a working collector everything ends: nothing is lost, nothing stored twice."""
        if not hasattr(self, "delivery"):
            return
        self.delivery.finish()
        for send in self.air:
            self.settle(send, Failure("timeout"))
        for _ in range(3_000):
            decision = self.delivery.next(self.now, self.now)
            self.ledger_holds()
            if isinstance(decision, Done):
                break
            if isinstance(decision, Wait):
                assert decision.until is not None
                self.now = decision.until
                continue
            self.settle(decision, self.answer_of(decision))
        else:
            raise AssertionError("the stream never ends")
        self.ledger_holds()
        assert self.buffer.pending() == 0
        ledger = self.collector.ledger(STREAM)
        assert (self.assigned > 0) == ledger.fin
        if self.assigned:
            assert ledger.unaccounted() == ()
            assert ledger.hwm == self.assigned
        ids = [event.id for event in self.collector.recorded()]
        assert len(ids) == len(set(ids))


TestDeliveryMachine = DeliveryMachine.TestCase
TestDeliveryMachine.settings = settings(max_examples=60, stateful_step_count=40)
