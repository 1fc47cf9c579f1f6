from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tallymark_conformance.errors import ScriptError
from tallymark_conformance.proxy.faults import FAULTS, make_fault
from tallymark_conformance.proxy.script import rules
from tallymark_conformance.proxy.thread import ProxyThread

if TYPE_CHECKING:
    from tallymark_conformance.processes import Collector
    from tallymark_conformance.trace import Exchange

Post = Callable[..., tuple[int, dict[str, str], bytes]]
Batch = Callable[..., dict[str, Any]]
BROKEN = (OSError, http.client.HTTPException, ValueError)


@contextmanager
def proxied(standin: Collector, do: object) -> Iterator[ProxyThread]:
    with ProxyThread(standin.url, script=rules({"match": {"n": 1}, "do": do})) as proxy:
        yield proxy


def stored(standin: Collector, batch: dict[str, Any]) -> int:
    client = http.client.HTTPConnection("127.0.0.1", standin.port, timeout=10)
    try:
        client.request("GET", f"/v1/streams/{batch['stream']}")
        count: int = json.loads(client.getresponse().read())["stored"]
        return count
    finally:
        client.close()


ANSWERED = {
    # fault, status, proven (an ack for this very stream), events the collector has afterwards
    "pass": ("pass", 200, True, 3),
    "status": ({"status": {"code": 503}}, 503, False, 0),
    "status with body": ({"status": {"code": 418, "body": "tea"}}, 418, False, 0),
    "html200": ("html200", 200, False, 0),
    "redirect": ({"redirect": {"code": 307}}, 307, False, 0),
    "empty200": ("empty200", 200, False, 0),
    "wrong_json": ("wrong_json", 200, False, 0),
    "ack_other_stream": ("ack_other_stream", 200, False, 0),
    "partial": ("partial", 200, True, 0),
    "retry_after": ("retry_after", 429, False, 0),
    "false_ack": ("false_ack", 200, True, 0),
    "truncate": ("truncate", 200, True, 3),
    "gzip_garbage": ("gzip_garbage", 200, True, 3),
    "http10": ("http10", 200, True, 3),
    "clock": ("clock", 200, True, 3),
    "stall before": ({"stall": {"ms": 60, "where": "before"}}, 200, True, 3),
    "stall head": ({"stall": {"ms": 60, "where": "head"}}, 200, True, 3),
    "stall body": ({"stall": {"ms": 60, "where": "body"}}, 200, True, 3),
    "drip": ({"drip": {"rate": 4_000}}, 200, True, 3),
    "slow_upload": ({"slow_upload": {"rate": 8_000}}, 200, True, 3),
    "duplicate": ("duplicate", 200, True, 3),
    "reorder": ({"reorder": {"ms": 60}}, 200, True, 3),
    "replay_later": ({"replay_later": {"ms": 20}}, 200, True, 3),
    "amend": ({"amend": {"fields": {"now": 7}}}, 200, True, 3),
    "close_after": ("close_after", 200, True, 3),
    "gzip_bomb": ({"gzip_bomb": {"mib": 1}}, 200, False, 0),
    "limit413": ({"limit413": {"size": 50}}, 413, False, 0),
    "limit413 roomy": ({"limit413": {"size": 50_000}}, 200, True, 3),
    "poison400": ({"poison400": {"marked": "m2"}}, 400, False, 0),
    "poison400 clean": ({"poison400": {"marked": "m9"}}, 200, True, 3),
}

CUT = {
    # fault, events the collector has afterwards
    "rst_before": ("rst_before", 0),
    "rst_after": ("rst_after", 3),
    "refuse": ({"refuse": {"ms": 60}}, 0),
    "blackhole": ({"blackhole": {"ms": 60}}, 0),
    "fin_mid_body": ("fin_mid_body", 3),
    "bad_length": ("bad_length", 3),
    "bad_length text": ({"bad_length": {"kind": "text"}}, 3),
    "bad_chunk": ("bad_chunk", 3),
    "huge_body": ({"huge_body": {"n": 1_000_000}}, 0),
}


@pytest.mark.parametrize("case", ANSWERED)
def test_an_answering_fault_answers(
    case: str, standin: Collector, batch: Batch, post: Post
) -> None:
    """The client gets the fault's status and proof, and the collector has got what it says."""
    do, status, proven, count = ANSWERED[case]
    body = batch()
    with proxied(standin, do) as proxy:
        got, headers, _ = post(proxy.url, body)
        proof = headers.get("tallymark-ack", "").startswith(f"1; s={body['stream'][:8]};")
        assert (status, proven) == (got, proof)
        assert count == stored(standin, body)
        assert [True] == [exchange.whole for exchange in proxy.recorded(1) if exchange.n]


@pytest.mark.parametrize("case", CUT)
def test_a_cutting_fault_leaves_no_ack(
    case: str, standin: Collector, batch: Batch, post: Post
) -> None:
    """The client gets no proof it could read as an ack, and the next request goes through."""
    do, count = CUT[case]
    body = batch()
    with proxied(standin, do) as proxy:
        try:
            _, _, data = post(proxy.url, body)
            value = json.loads(data)
        except BROKEN:
            value = None
        assert value is None or case == "bad_length text"
        assert count == stored(standin, body)
        assert 200 == until_answered(post, proxy, body)
        assert 3 == stored(standin, body)


def until_answered(post: Post, proxy: ProxyThread, body: dict[str, Any]) -> int:
    until = time.monotonic() + 10
    while True:
        try:
            return post(proxy.url, body)[0]
        except OSError:
            if time.monotonic() > until:
                raise


def test_every_fault_is_tested() -> None:
    """The two tables above name every fault of the registry."""
    tested = {case.split()[0] for case in (*ANSWERED, *CUT)}
    assert set(FAULTS) == tested


def test_a_duplicate_reaches_the_collector_twice(
    standin: Collector, batch: Batch, post: Post
) -> None:
    """The client gets the second answer, which names every event as a duplicate."""
    with proxied(standin, "duplicate") as proxy:
        _, _, data = post(proxy.url, batch())
        assert 3 == json.loads(data)["duplicate"]
        assert 2 == len(proxy.recorded(1)[0].upstream)


def test_a_replay_reaches_the_collector_after_the_answer(
    standin: Collector, batch: Batch, post: Post
) -> None:
    """The second copy is recorded as an exchange for which nobody waited."""
    with proxied(standin, {"replay_later": {"ms": 10}}) as proxy:
        post(proxy.url, batch())
        first, second = proxy.recorded(2)
        assert (0, 3) == tuple(
            json.loads(exchange.upstream[0].body)["duplicate"] for exchange in (first, second)
        )
        assert (True, False) == (first.whole, second.whole)


def test_a_stall_waits(standin: Collector, batch: Batch, post: Post) -> None:
    """The answer comes no sooner than the stall says."""
    with proxied(standin, {"stall": {"ms": 120, "where": "head"}}) as proxy:
        post(proxy.url, batch())
        exchange = proxy.recorded(1)[0]
        assert exchange.ended - exchange.started >= 120


def test_a_client_that_gives_up_ends_a_blackhole(
    standin: Collector, batch: Batch, post: Post
) -> None:
    """The exchange ends when the client has gone, long before the blackhole's time."""
    with proxied(standin, {"blackhole": {"ms": 60_000}}) as proxy:
        with pytest.raises(TimeoutError):
            post(proxy.url, batch(), timeout=0.1)
        assert ["reset"] == [exchange.end for exchange in proxy.recorded(1)]


def test_a_clock_shifts_date_and_now(standin: Collector, batch: Batch, post: Post) -> None:
    """The answer's `now` moves by the offset and nothing else changes."""
    with proxied(standin, {"clock": {"offset_ms": 3_600_000}}) as proxy:
        _, _, data = post(proxy.url, batch())
        sent, true = json.loads(data), json.loads(proxy.recorded(1)[0].upstream[0].body)
        assert 3_600_000 == sent["now"] - true["now"]
        assert {**true, "now": sent["now"]} == sent


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("delta", "7"), ("negative", "-7"), ("garbage", "soon"), ("huge", "36000")],
)
def test_retry_after_has_the_shape_asked_for(kind: str, begins: str) -> None:
    """Each variant writes its header as it is seen in the wild."""
    _, fault = make_fault({"retry_after": {"kind": kind, "seconds": 7}})
    assert begins == fault.value()  # type: ignore[attr-defined]


def test_a_dead_collector_cuts_the_client_off(closed_port: int, batch: Batch, post: Post) -> None:
    """Without an upstream the client sees a reset, and the trace says that the answer is lost."""
    with ProxyThread(f"http://127.0.0.1:{closed_port}") as proxy:
        with pytest.raises(OSError, match="reset"):
            post(proxy.url, batch())
        found: list[Exchange] = proxy.recorded(1)
        assert ["lost"] == [exchange.end for exchange in found]


@pytest.mark.parametrize(
    "do", ["no_such_fault", {"status": {"colour": 1}}, {"status": 503}, {}, 7, {"a": {}, "b": {}}]
)
def test_a_fault_written_wrongly_is_refused(do: object) -> None:
    """The message names what was written, and nothing is guessed."""
    with pytest.raises(ScriptError):
        make_fault(do)
