from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tallymark_conformance.history import Ack
from tallymark_conformance.proxy.message import Answer
from tallymark_conformance.proxy.problems import plain
from tallymark_conformance.proxy.thread import ProxyThread
from tallymark_conformance.runs.judge import acks_of, faults_met
from tallymark_conformance.trace import Exchange

if TYPE_CHECKING:
    from tallymark_conformance.processes import Collector

Post = Callable[..., tuple[int, dict[str, str], bytes]]
Batch = Callable[..., dict[str, Any]]


def exchange(*upstream: Answer, fault: str = "pass") -> Exchange:
    return Exchange(1, 1, 0, 0, 1, fault, None, upstream, None, whole=False, end="reset")


def test_acks_are_found_that_nobody_received(standin: Collector, batch: Batch, post: Post) -> None:
    """The collector's answers count, whatever the proxy did to them."""
    with ProxyThread(standin.url) as proxy:
        post(proxy.url, batch())
        answered = proxy.recorded(1)[0]
    lost = exchange(*answered.upstream, *answered.upstream, fault="rst_after")
    assert [Ack(batch()["stream"], 3)] * 2 == acks_of([lost])


def test_only_proven_answers_are_acks() -> None:
    """A body that looks like one does not count without its header, nor for another stream."""
    with ProxyThread("http://127.0.0.1:1") as proxy:
        assert [] == acks_of(proxy.exchanges)
    bare = plain(200, b'{"stream":"0197a1b2","ack":{"upto":3}}', "application/json")
    foreign = bare.with_header("Tallymark-Ack", "1; s=01970000; upto=3")
    refused = Answer(503, "No", (("Tallymark-Ack", "1; s=0197a1b2; upto=3"),), bare.body)
    assert [] == acks_of([exchange(bare, foreign, refused)])
    proven = bare.with_header("Tallymark-Ack", "1; s=0197a1b2; upto=3")
    assert [Ack("0197a1b2", 3)] == acks_of([exchange(proven)])


def test_an_ack_covers_the_losses_its_request_declared(
    standin: Collector, batch: Batch, post: Post
) -> None:
    """A loss report that was answered is on the books, or the ack was false (TM-LED-03)."""
    body = batch(hwm=9, drops=[{"reason": "hook", "ranges": [[5, 6]]}])
    with ProxyThread(standin.url) as proxy:
        post(proxy.url, body)
        answered = proxy.recorded(1)[0]
    assert Ack(body["stream"], 0, ((5, 6),)) in acks_of([answered])


def test_faults_are_counted_by_name() -> None:
    """What passed is no fault."""
    met = [exchange(fault=name) for name in ("stall", "pass", "drip", "stall")]
    assert {"drip": 1, "stall": 2} == faults_met(met)
