"""What is sent to harm: bombs, drips, depth, bytes that are no text, thousands of odd bodies."""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import accepted, is_problem, ledger, send, verdicts
from tallymark_conformance.stage.mutations import mutated
from tallymark_conformance.stage.own import own_collector
from tallymark_conformance.stage.raw import connected

if TYPE_CHECKING:
    from tallymark_conformance.stage.server import ServerStage

MIB: Final = 1 << 20
BOMB_MIB: Final = 128
QUICK_S: Final = 1.0
"""Within which a bomb is refused on a busy machine; unpacking it all takes longer."""
GROWTH_MIB: Final = 64
FUZZ: Final = 2_000
SHOWN: Final = 5
CLOSED_S: Final = 10.0
JSON_TYPE: Final = {"Content-Type": "application/json"}


def gzip_bomb() -> bytes:
    """Return spaces by the hundred MiB, a thousandth as large."""
    return gzip.compress(b" " * (BOMB_MIB * MIB), 1)


def zstd_bomb() -> bytes:
    """Return the same as zstd: blocks that say "this byte, 128 KiB times" (RFC 8878)."""
    size = 128 << 10
    block = (size << 3 | 0b010).to_bytes(3, "little") + b" "
    count = BOMB_MIB * MIB // size
    last = (size << 3 | 0b011).to_bytes(3, "little") + b" "
    # Frame header: no content size, a window of 1 MiB.
    return b"\x28\xb5\x2f\xfd\x00\x50" + block * (count - 1) + last


@server_scenario("srv.inflate_bomb_<coding>", ["TM-ENV-12"], variants=[
    {"coding": "gzip"}, {"coding": "zstd"},
])  # fmt: skip
def inflate_bomb(stage: ServerStage, coding: str) -> None:
    """A <coding> body that unpacks to 128 MiB is refused with 413 before it is unpacked."""
    bomb = gzip_bomb() if coding == "gzip" else zstd_bomb()
    stage.check(len(bomb) < MIB, f"the bomb has {len(bomb)} bytes")
    before = memory_of(stage)
    reply = stage.post(bomb, headers={"Content-Encoding": coding})
    if coding == "zstd" and reply.status == 415:
        return
    is_problem(stage, reply, 413, "too_large", f"a {coding} bomb")
    stage.check(reply.seconds < QUICK_S, f"refused after {reply.seconds:.2f} s")
    grown = memory_of(stage) - before
    stage.check(grown < GROWTH_MIB * MIB, f"the server grew by {grown >> 20} MiB")


def memory_of(stage: ServerStage) -> int:
    """Return the highest memory the suite's own collector ever held, in bytes; 0 elsewhere."""
    if not stage.has("own_collector"):
        return 0
    with open(f"/proc/{stage.collector.program.pid}/status", encoding="ascii") as file:  # noqa: PTH123
        peak = next(line for line in file if line.startswith("VmHWM"))
    return int(peak.split()[1]) << 10


@server_scenario("srv.many_members", ["TM-HDR-05", "TM-ENV-12"])
def many_members(stage: ServerStage) -> None:
    """A body of thousands of empty gzip members is refused, and soon."""
    body = gzip.compress(b"", 9) * 30_000
    reply = stage.post(body, headers={"Content-Encoding": "gzip"})
    stage.check(reply.status in (400, 413), f"status {reply.status}")
    stage.check(reply.seconds < QUICK_S, f"refused after {reply.seconds:.2f} s")


@server_scenario("srv.deep_json", ["TM-ENV-09", "TM-EVT-08"])
def deep_json(stage: ServerStage) -> None:
    """However deep JSON is nested, it costs its event or its batch and never the server."""
    for depth in (10, 200, 1_000, 100_000):
        nested = b'{"a":' * depth + b"1" + b"}" * depth
        batch = json.dumps({**stage.envelope(0, hwm=2), "events": "EVENTS"}).encode()
        events = b'[{"e": "x", "p": %s}, {"e": "x"}]' % nested
        reply = stage.post(batch.replace(b'"EVENTS"', events))
        if reply.status == 200:
            stage.equal(
                {1: "depth"}, verdicts(accepted(stage, reply)), f"verdicts at depth {depth}"
            )
        else:
            is_problem(stage, reply, 400, "malformed", f"depth {depth}")
    for body in (b"[" * 200_000, b'{"a":' * 50_000):
        is_problem(stage, stage.post(body), 400, "malformed", f"{body[:4]!r} without an end")
    stage.equal(1, send(stage, stage.envelope(1))["stored"], "stored afterwards")


@server_scenario("srv.invalid_utf8", ["TM-ENV-11", "TM-HDR-06"])
def invalid_utf8(stage: ServerStage) -> None:
    """Bytes that are no UTF-8 get 400 malformed, and so does a body that is no JSON."""
    good = json.dumps(stage.envelope(1)).encode()
    bodies = {
        "a broken sequence": good.replace(b"probe", b"pro\xffbe"),
        "an overlong form": good.replace(b"probe", b"pro\xc0\xafbe"),
        "a surrogate in bytes": good.replace(b"probe", b"pro\xed\xa0\x80be"),
        "UTF-16": good.decode().encode("utf-16"),
        "nothing": b"",
        "two values": good + good,
        "NaN": good.replace(b'"dt": 0', b'"dt": NaN'),
        "a comment": good.replace(b"{", b"/* x */{", 1),
        "single quotes": good.replace(b'"', b"'"),
        "a last comma": good[:-1] + b",}",
    }
    for what, body in bodies.items():
        is_problem(stage, stage.post(body), 400, "malformed", what)


@server_scenario("srv.half_a_request", ["TM-ACK-06", "TM-LED-08"])
def half_a_request(stage: ServerStage) -> None:
    """A body that is cut off is nobody's event: nothing of it is stored."""
    batch = stage.envelope(3)
    body = json.dumps(batch).encode()
    with connected(stage) as peer:
        peer.head("POST", "/v1/batch", {**JSON_TYPE, "Content-Length": str(len(body))})
        peer.send(body[:-1])
    with connected(stage) as peer:
        peer.head("POST", "/v1/batch", {**JSON_TYPE, "Transfer-Encoding": "chunked"})
        peer.send(b"%x\r\n%s\r\n" % (len(body), body))
    stage.equal(0, ledger(stage, batch["stream"])["hwm"], "hwm after two requests without an end")
    stage.equal(3, send(stage, batch)["stored"], "stored of the whole request")


@server_scenario("srv.chunked", ["TM-EPT-01"])
def chunked(stage: ServerStage) -> None:
    """A body in chunks is taken like one whose length was announced."""
    body = json.dumps(stage.envelope(3)).encode()
    with connected(stage) as peer:
        peer.head("POST", "/v1/batch", {**JSON_TYPE, "Transfer-Encoding": "chunked"})
        for at in range(0, len(body), 50):
            piece = body[at : at + 50]
            peer.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        peer.send(b"0\r\n\r\n")
        reply = peer.answer()
    if reply is None:
        stage.fail("no answer")
    stage.equal(3, accepted(stage, reply)["stored"], "stored")


@server_scenario("srv.two_lengths", ["TM-EPT-12"])
def two_lengths(stage: ServerStage) -> None:
    """A request with two lengths, or a length and chunks, is not guessed at: it is refused."""
    body = json.dumps(stage.envelope(1)).encode()
    length = f"Content-Length: {len(body)}"
    for lines in ([length, "Content-Length: 5"], [length, "Transfer-Encoding: chunked"]):
        key = stage.key("write")
        head = "\r\n".join(
            ["POST /v1/batch HTTP/1.1", "Host: x", f"Authorization: Bearer {key}", *lines]
        )
        with connected(stage) as peer:
            peer.target = "POST /v1/batch"
            peer.send(f"{head}\r\n\r\n".encode() + body)
            reply = peer.answer(5)
        stage.check(reply is None or reply.status >= 400, f"{lines} was taken: {reply}")
    stage.wire.clear()


@server_scenario("srv.keep_alive", ["TM-EPT-01"])
def keep_alive(stage: ServerStage) -> None:
    """Requests on one connection are answered in order, a refused one among them."""
    stream = stage.stream()
    first, last = (json.dumps(stage.envelope(2, seq=seq, stream=stream)).encode() for seq in (1, 3))
    found = []
    with connected(stage) as peer:
        for body in (first, b"{", last):
            peer.head("POST", "/v1/batch", {**JSON_TYPE, "Content-Length": str(len(body))})
            peer.send(body)
            reply = peer.answer()
            found.append(None if reply is None else reply.status)
    stage.equal([200, 400, 200], found, "statuses")
    stage.equal(4, ledger(stage, stream)["ack"]["upto"], "upto")


@server_scenario("srv.slow_loris", ["TM-ERR-01"], needs=["own_collector"])
def slow_loris(stage: ServerStage) -> None:
    """Peers that send a byte now and then are closed, and others are served meanwhile."""
    with own_collector(stage, head_s="1", body_s="2", body_grace_s="0.5") as own:
        _loris(
            stage, "a head without an end", b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n"
        )
        head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {own.key}\r\n"
        body = f"{head}Content-Length: 100000\r\n\r\n{{".encode()
        _loris(stage, "a body without an end", body, b" ")


def _loris(stage: ServerStage, what: str, start: bytes, drip: bytes) -> None:
    with connected(stage) as peer:
        peer.send(start)
        until = time.monotonic() + CLOSED_S
        closed = False
        while not closed and time.monotonic() < until:
            closed = not peer.send(drip) or peer.ended(0.2)
        stage.check(closed, f"{what} is still open after {CLOSED_S:.0f} s")


@server_scenario("srv.idle_peers", ["TM-EPT-09"])
def idle_peers(stage: ServerStage) -> None:
    """A hundred connections on which nothing is said hold up nobody."""
    peers = []
    try:
        for _ in range(100):
            opened = connected(stage)
            opened.__enter__().send(b"POST /v1/batch HTTP/1.1\r\nHost: x\r\n")
            peers.append(opened)
        began = time.monotonic()
        stage.equal(1, send(stage, stage.envelope(1))["stored"], "stored meanwhile")
        spent = time.monotonic() - began
        stage.check(spent < 5, f"it took {spent:.1f} s")
    finally:
        for opened in peers:
            opened.__exit__(None, None, None)


@server_scenario("srv.fuzz", ["TM-ERR-01", "TM-ENV-09"], limit_s=120)
def fuzz(stage: ServerStage) -> None:
    """Of 2,000 drawn bodies, most of them broken, none gets a 500, hangs, or is half told."""
    seen: dict[int, int] = {}
    many = stage.count or FUZZ
    for count in range(many):
        body, path, headers = mutated(stage)
        reply = stage.post(body, path, headers=headers)
        seen[reply.status] = seen.get(reply.status, 0) + 1
        if reply.status not in (200, 204, 400, 413, 415, 422):
            stage.check(good=False, detail=f"body {count} got {reply.status}: {body[:300]!r}")
        elif reply.status == 200:
            _whole(stage, path, reply.json, body)
        if len(stage.findings) > SHOWN:
            break
        if len(stage.wire) > 50 and not stage.findings:
            del stage.wire[:-5]
    stage.note(f"statuses {seen}")
    stage.check(seen.get(200, 0) > many // 20, f"hardly one body was taken: {seen}")
    stage.equal(1, send(stage, stage.envelope(1))["stored"], "stored afterwards")


def _whole(stage: ServerStage, path: str, answer: Any, body: bytes) -> None:
    """Hold an answer to the sum of its parts (TM-ACK-06)."""
    if not isinstance(answer, dict) or "received" not in answer:
        stage.check(good=False, detail=f"no answer to {body[:300]!r}", req="TM-ACK-06")
        return
    rejected = len(answer.get("rejected", ()))
    stored = answer["stored"] + answer["duplicate"]
    # A trial run stores nothing and counts nothing as stored (TM-EPT-07).
    good = stored == 0 if path == "/v1/validate" else stored + rejected == answer["received"]
    stage.check(good, f"{answer} to {body[:300]!r}", "TM-ACK-06")
