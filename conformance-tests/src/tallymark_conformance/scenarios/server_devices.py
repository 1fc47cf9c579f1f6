"""Single events of devices, pixels and shells: small, repeatable, without a clock."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import accepted, is_problem, ledger, listed, only
from tallymark_conformance.stage.raw import connected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.stage.server import Reply, ServerStage

WHOLE: Final = {"Prefer": "return=representation"}
LINES: Final = {"Content-Type": "application/x-ndjson"}
GIF_BYTES: Final = 43
WIRE_BYTES: Final = 200


def device(stage: ServerStage) -> str:
    """Return a device id of this play."""
    return f"dev-{stage.rng.getrandbits(40):010x}"


def stream_of(stage: ServerStage, name: str, boot: int = 0) -> str:
    """Derive the stream of a device's boot (TM-IOT-01), by the rule and by no code of ours."""
    text = f"tm1dev\0{stage.key('write')}\0{name}\0{boot}"
    first = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    versioned = first & ~(0xF << 76) | (0x8 << 76)
    return str(uuid.UUID(int=versioned & ~(0x3 << 62) | (0x2 << 62)))


def query(stage: ServerStage, text: str, path: str = "/v1/e", **more: Any) -> Reply:
    """Send one event spelled by a query string."""
    return stage.get(f"{path}?k={stage.key('write')}&{text}", key=None, **more)


@server_scenario("iot.single_post", ["TM-EPT-03", "TM-IOT-01"], smoke=True)
def single_post(stage: ServerStage) -> None:
    """One flat event is answered 204 with a proof of the stream that the device derives itself."""
    name = device(stage)
    reply = stage.post({"e": "measured", "d": name, "n": 1, "p": {"bar": 2.4}}, "/v1/e")
    stage.equal((204, b""), (reply.status, reply.body), "status and body")
    stream = stream_of(stage, name)
    expected = f"1; s={stream[:8]}; upto=1"
    stage.equal(expected, reply.headers.get("tallymark-ack"), "Tallymark-Ack")
    stage.equal(1, ledger(stage, stream)["stored"], "stored in the device's stream")


@server_scenario("iot.representation", ["TM-EPT-03", "TM-ACK-01"])
def representation(stage: ServerStage) -> None:
    """Whoever prefers the representation gets 200 with an answer."""
    name = device(stage)
    reply = stage.post({"e": "x", "d": name, "n": 1}, "/v1/e", headers=WHOLE)
    answer = accepted(stage, reply, stream_of(stage, name))
    stage.equal(1, answer["stored"], "stored")
    reply = query(stage, f"e=x&d={name}&n=2", headers=WHOLE)
    stage.equal(1, accepted(stage, reply)["stored"], "stored by a query")


@server_scenario("iot.without_a_number", ["TM-EPT-03"])
def without_a_number(stage: ServerStage) -> None:
    """An event without a number is stored; its proof says * for both."""
    reply = stage.post({"e": "x", "d": device(stage)}, "/v1/e")
    stage.equal(204, reply.status, "status")
    stage.equal("1; s=*; upto=*", reply.headers.get("tallymark-ack"), "Tallymark-Ack")


@server_scenario("iot.rejected", ["TM-EPT-03"], smoke=True)
def rejected(stage: ServerStage) -> None:
    """An event with a verdict gets 422 event_rejected, the verdict in `errors`."""
    cases: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]] = (
        ({"e": ""}, {"code": "bad_name", "path": "e"}),
        ({"e": "x" * 201}, {"code": "name_too_long", "path": "e", "limit": 200}),
        ({"e": "x", "d": "null"}, {"code": "bad_id", "path": "d"}),
        ({"e": "x", "n": 1}, {"code": "bad_id", "path": "d"}),
        ({"e": "x", "stream": stage.stream()}, {"code": "bad_id", "path": "n"}),
        ({"k": "alias", "from": "a-1", "to": "b-1"}, {"code": "key_policy", "path": "k"}),
    )
    for event, expected in cases:
        reply = stage.post(event, "/v1/e")
        is_problem(stage, reply, 422, "event_rejected", str(event)[:60])
        errors = reply.json.get("errors") if isinstance(reply.json, dict) else None
        stage.equal([expected], errors, f"errors of {str(event)[:60]}")


@server_scenario("iot.n_b_idempotent", ["TM-IOT-01", "TM-LED-11"], smoke=True)
def n_b_idempotent(stage: ServerStage) -> None:
    """The same (b, n) is one event, however often and whichever way it comes; another b another."""
    name = device(stage)
    event = {"e": "x", "d": name, "b": 3, "n": 1}
    counts = []
    for _ in range(3):
        answer = accepted(stage, stage.post(event, "/v1/e", headers=WHOLE))
        counts.append((answer["stored"], answer["duplicate"]))
    answer = accepted(stage, query(stage, f"e=x&d={name}&b=3&n=1", headers=WHOLE))
    counts.append((answer["stored"], answer["duplicate"]))
    stage.equal([(1, 0), (0, 1), (0, 1), (0, 1)], counts, "stored and duplicate")
    answer = accepted(stage, stage.post({**event, "b": 4}, "/v1/e", headers=WHOLE))
    stage.equal(
        (1, stream_of(stage, name, 4)), (answer["stored"], answer["stream"]), "another boot"
    )


@server_scenario("iot.conflict", ["TM-LED-11", "TM-EPT-03"])
def conflict(stage: ServerStage) -> None:
    """Other content under the same (b, n) is refused with the verdict conflict."""
    event = {"e": "x", "d": device(stage), "n": 1}
    stage.equal(204, stage.post(event, "/v1/e").status, "status of the first")
    reply = stage.post({**event, "p": {"v": 2}}, "/v1/e")
    is_problem(stage, reply, 422, "event_rejected", "other content")
    errors = reply.json.get("errors") if isinstance(reply.json, dict) else None
    codes = [error.get("code") for error in errors or ()]
    stage.equal(["conflict"], codes, "codes of the errors")


@server_scenario("iot.gaps_are_known", ["TM-IOT-01", "TM-LED-08"])
def gaps_are_known(stage: ServerStage) -> None:
    """A device's missing numbers are unaccounted, and settled once they come."""
    name = device(stage)
    stream = stream_of(stage, name)
    for n in (1, 4):
        stage.post({"e": "x", "d": name, "n": n}, "/v1/e")
    found = ledger(stage, stream)
    stage.equal((4, 2), (found["hwm"], found["unaccounted"]), "hwm and unaccounted")
    for n in (3, 2):
        stage.post({"e": "x", "d": name, "n": n}, "/v1/e")
    stage.equal(
        (4, 0), (ledger(stage, stream)["ack"]["upto"], ledger(stage, stream)["unaccounted"]), "upto"
    )


@server_scenario("iot.refusal_settles", ["TM-LED-02", "TM-IOT-01", "TM-LED-08"])
def refusal_settles(stage: ServerStage) -> None:
    """A numbered event that gets a verdict is settled: the device's ledger has no gap."""
    name = device(stage)
    for n, event in ((1, "x"), (2, ""), (3, "$x")):
        stage.post({"e": event, "d": name, "n": n}, "/v1/e")
    found = ledger(stage, stream_of(stage, name))
    told = found["ack"]["upto"], found["rejected"], found["unaccounted"]
    stage.equal((3, {"bad_name": 1, "reserved_name": 1}, 0), told, "upto, rejected, unaccounted")


@server_scenario("iot.own_stream", ["TM-IOT-01"])
def own_stream(stage: ServerStage) -> None:
    """A device that names a stream is stored there."""
    stream = stage.stream()
    reply = stage.post({"e": "x", "stream": stream, "n": 1}, "/v1/e")
    stage.equal(f"1; s={stream[:8]}; upto=1", reply.headers.get("tallymark-ack"), "Tallymark-Ack")
    stage.equal(1, ledger(stage, stream)["stored"], "stored")


@server_scenario("iot.get_pixel", ["TM-EPT-04"], smoke=True)
def get_pixel(stage: ServerStage) -> None:
    """A pixel is a GIF of 43 bytes that nobody may keep, and the event is stored."""
    name = device(stage)
    reply = query(stage, f"e=opened&d={name}&n=1", "/v1/e.gif")
    stage.equal((200, "image/gif"), (reply.status, reply.headers.get("content-type")), "answer")
    stage.equal((GIF_BYTES, b"GIF89a"), (len(reply.body), reply.body[:6]), "bytes of the picture")
    stage.equal("no-store", reply.headers.get("cache-control"), "Cache-Control")
    stage.equal(1, ledger(stage, stream_of(stage, name))["stored"], "stored")


@server_scenario("iot.pixel_of_a_bad_event", ["TM-EPT-04"])
def pixel_of_a_bad_event(stage: ServerStage) -> None:
    """The picture comes whatever the verdict: nothing broken is shown in a letter."""
    for text in ("e=&d=dev-1", "d=dev-1", "e=x&n=5", "e=x&d=null"):
        reply = query(stage, text, "/v1/e.gif")
        stage.equal((200, GIF_BYTES), (reply.status, len(reply.body)), f"answer to {text}")


@server_scenario("iot.get_event", ["TM-EPT-04", "TM-IOT-02"])
def get_event(stage: ServerStage) -> None:
    """A GET stores what its query spells and is answered as a POST is, not to be cached."""
    name = device(stage)
    reply = query(stage, f"e=x&d={name}&n=1")
    stage.equal((204, "no-store"), (reply.status, reply.headers.get("cache-control")), "answer")
    stage.equal(1, ledger(stage, stream_of(stage, name))["stored"], "stored")
    is_problem(stage, query(stage, f"e=&d={name}&n=2"), 422, "event_rejected", "an empty name")


@server_scenario("iot.no_look_stores", ["TM-EPT-04", "TM-EPT-11"])
def no_look_stores(stage: ServerStage) -> None:
    """A HEAD, as link checkers send it, stores nothing."""
    name = device(stage)
    for path in ("/v1/e", "/v1/e.gif"):
        stage.ask("HEAD", f"{path}?k={stage.key('write')}&e=x&d={name}&n=1")
    stage.wire[:] = [entry for entry in stage.wire if entry["method"] != "HEAD"]
    stage.equal(0, ledger(stage, stream_of(stage, name))["stored"], "stored")


@server_scenario("iot.types_in_query", ["TM-IOT-02"], needs=["read_key"], smoke=True)
def types_in_query(stage: ServerStage) -> None:
    """`p.` is a number where it looks like one in JSON, else text; `ps.` is text."""
    name = device(stage)
    texts = ("1", "-2.5", "1e3", "0.10", "01", "+1", "1.", ".5", "0x1", "true", "null", "", "1 ")
    parts = "&".join(f"p.v{i}={quote(text)}" for i, text in enumerate(texts))
    query(stage, f"e=x&d={name}&n=1&{parts}&ps.s=17&k=")
    found = only(stage, stream_of(stage, name))["event"].get("p")
    values = (1, -2.5, 1000, 0.1, "01", "+1", "1.", ".5", "0x1", "true", "null", "", "1 ")
    expected = {**{f"v{i}": value for i, value in enumerate(values)}, "s": "17"}
    stage.equal(expected, found, "properties")


@server_scenario("iot.ids_in_query_are_text", ["TM-IOT-02"], needs=["read_key"])
def ids_in_query_are_text(stage: ServerStage) -> None:
    """Names and ids of digits stay text, numbers are numbers."""
    stream, t = stage.stream(), stage.envelope()["t0"]
    query(stage, f"e=17&u=42&d=7001&s=9&stream={stream}&n=1&t={t}&sr=0.5")
    found = only(stage, stream)["event"]
    told = [found.get(name) for name in ("e", "u", "d", "s", "t", "sr")]
    stage.equal(["17", "42", "7001", "9", t, 0.5], told, "fields")


@server_scenario("iot.query_rejects", ["TM-IOT-02", "TM-EPT-04"])
def query_rejects(stage: ServerStage) -> None:
    """A number that is none is a verdict, a version that is not spoken a problem."""
    is_problem(stage, query(stage, "e=x&d=dev-1&n=one"), 422, "event_rejected", "n=one")
    is_problem(stage, query(stage, "e=x&d=dev-1&n=1.5"), 422, "event_rejected", "n=1.5")
    is_problem(stage, query(stage, "v=2&e=x&d=dev-1"), 400, "unsupported_version", "v=2")


@server_scenario("iot.ndjson", ["TM-IOT-04", "TM-HDR-06"], smoke=True)
def ndjson(stage: ServerStage) -> None:
    """A batch may come as lines, the envelope first; one bad event costs itself only."""
    head = {name: value for name, value in stage.envelope(0, hwm=4).items() if name != "events"}
    events = [{"e": "a"}, {"e": ""}, 5, {"e": "d"}]
    lines = "\n".join(json.dumps(line) for line in (head, *events))
    for ending in ("", "\n", "\r\n"):
        body = (lines.replace("\n", ending or "\n") + ending).encode()
        answer = accepted(stage, stage.post(body, headers=LINES), head["stream"])
        counts = answer["received"], answer["stored"] + answer["duplicate"]
        stage.equal((4, 2), counts, f"received and there, lines ended by {ending!r}")
        stage.equal([2, 3], [item.get("n") for item in answer.get("rejected", ())], "rejected")


@server_scenario("iot.ndjson_is_the_same_batch", ["TM-IOT-04", "TM-LED-11"])
def ndjson_is_the_same_batch(stage: ServerStage) -> None:
    """The same events as JSON and as lines are the same events."""
    batch = stage.envelope(5)
    head = {name: value for name, value in batch.items() if name != "events"}
    lines = "\n".join(json.dumps(line) for line in (head, *batch["events"])).encode()
    stage.equal(5, accepted(stage, stage.post(lines, headers=LINES))["stored"], "stored")
    stage.equal(5, accepted(stage, stage.post(batch))["duplicate"], "duplicate")


@server_scenario("iot.ndjson_malformed", ["TM-IOT-04"])
def ndjson_malformed(stage: ServerStage) -> None:
    """Lines whose first is no envelope, or of which one is no JSON, are malformed as a whole."""
    head = {name: value for name, value in stage.envelope(0, hwm=4).items() if name != "events"}
    good = json.dumps(head)
    for body in ("", "[]", '{"e": "x"}', f'{good}\n{{"e"', json.dumps({**head, "events": []})[:-1]):
        reply = stage.post(body.encode(), headers=LINES)
        is_problem(stage, reply, 400, "malformed", f"{body[:30]!r} as lines")
    stage.equal(0, ledger(stage, head["stream"])["hwm"], "hwm after malformed bodies")


@server_scenario("iot.ndjson_has_its_place", ["TM-HDR-06"])
def ndjson_has_its_place(stage: ServerStage) -> None:
    """Lines are taken where an envelope is, and not as a single event."""
    reply = stage.post(b'{"e": "x"}', "/v1/e", headers=LINES)
    is_problem(stage, reply, 415, "unsupported_media_type", "lines as a single event")


@server_scenario("iot.request_under_200b", ["TM-IOT-01", "TM-EPT-03"])
def request_under_200b(stage: ServerStage) -> None:
    """A whole request of less than 200 bytes, with no header HTTP can do without, is enough."""
    name = device(stage)
    body = b'{"e":"temp","d":"%s","n":17,"p":{"c":21.5}}' % name.encode()
    path = f"/v1/e?k={stage.key('write')}"
    headers = {"Content-Length": str(len(body))}
    place = urlsplit(stage.target.url)
    whole = f"POST {path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    size = len(whole) + len(body)
    stage.check(size <= WIRE_BYTES, f"the request has {size} bytes")
    with connected(stage) as peer:
        peer.head("POST", path, headers, key=None)
        peer.send(body)
        reply = peer.answer()
    stage.equal(204, None if reply is None else reply.status, "status")


@server_scenario("iot.http_1_0", ["TM-EPT-03"])
def http_1_0(stage: ServerStage) -> None:
    """HTTP/1.0 is enough for a device."""
    body = b'{"e":"x","d":"%s","n":1}' % device(stage).encode()
    head = f"POST /v1/e?k={stage.key('write')} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    with connected(stage) as peer:
        peer.target = "POST /v1/e"
        peer.send(head.encode() + body)
        reply = peer.answer()
        stage.equal(204, None if reply is None else reply.status, "status")
        stage.check(peer.ended(5), "the connection stays open under HTTP/1.0")


@server_scenario("iot.no_clock_device", ["TM-CLK-06", "TM-CLK-03"], needs=["read_key"], smoke=True)
def no_clock_device(stage: ServerStage) -> None:
    """A device without a clock gets right times: uptimes of event and request are set off."""
    name = device(stage)
    stage.post(
        {"e": "x", "d": name, "n": 1, "dt": 20_000}, "/v1/e", headers={"Tallymark-Sent-At": "65000"}
    )
    stage.post({"e": "x", "d": name, "n": 2, "dt": 20_000}, "/v1/e")
    stage.post({"e": "x", "d": name, "n": 3}, "/v1/e")
    rows = listed(stage, stream_of(stage, name))
    stage.equal(
        [45_000, 0, 0], [row["received_at"] - row["ts"] for row in rows], "ms before arrival"
    )


@server_scenario("iot.uptime_clock", ["TM-CLK-06", "TM-ENV-07"], needs=["read_key"])
def uptime_clock(stage: ServerStage) -> None:
    """A batch with clock none is dated by uptimes, whatever its t0 is."""
    stream = stage.stream()
    events = [{"e": "x", "dt": 5_000}, {"e": "x", "t": 9_000}]
    batch = stage.envelope(0, stream=stream, hwm=2, t0=1_000, clock="none", events=events)
    stage.post(batch, headers={"Tallymark-Sent-At": "60000"})
    found = [row["received_at"] - row["ts"] for row in listed(stage, stream)]
    stage.equal([54_000, 51_000], found, "ms before arrival")
