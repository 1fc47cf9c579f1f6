"""Every limit at its edge: one below and the limit itself are taken, one above is not.

The figures are those the server publishes, which may be above the protocol's and never below.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import accepted, is_problem, send, verdict_of, verdicts
from tallymark_protocol import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tallymark_conformance.stage.server import ServerStage

LATER: Final = 300_000
"""Ms by which times are kept off an edge that moves on while a request is under way."""


def published(stage: ServerStage, name: str) -> int:
    """Return the limit *name* as the server publishes it; end if it is below the protocol's."""
    value = stage.get("/v1/spec", key=None).json
    own = int(getattr(limits, name))
    found = value.get("limits", {}).get(name) if isinstance(value, dict) else None
    if not isinstance(found, int) or found < own:
        stage.fail(f"GET /v1/spec says {name} is {found!r}; the protocol's is {own}", "TM-ENV-12")
    return found


def padded(event: Mapping[str, Any], size: int) -> dict[str, Any]:
    """Return *event* with properties that make it *size* bytes of compact JSON."""
    full = {**event, "p": {}}
    while size - _size(full) > limits.MAX_STRING + 20:
        full["p"][f"k{len(full['p'])}"] = "x" * limits.MAX_STRING
    full["p"]["last"] = ""
    full["p"]["last"] = "x" * (size - _size(full))
    return full


def _size(value: object) -> int:
    return len(json.dumps(value, separators=(",", ":")).encode())


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"end": 1}
    for _ in range(depth - 1):
        value = {"in": value}
    return value


EVENTS: Final[Sequence[Mapping[str, Any]]] = (
    {"limit": "MAX_NAME", "req": "TM-EVT-05", "code": "name_too_long", "path": "e",
     "make": lambda n: {"e": "é" * (n // 2) + "x" * (n % 2)}},
    {"limit": "MAX_ID", "req": "TM-EVT-06", "code": "bad_id", "path": "u",
     "make": lambda n: {"e": "x", "u": "u" * n}},
    {"limit": "MAX_GROUPS", "req": "TM-EVT-07", "code": "too_many_props", "path": "g",
     "make": lambda n: {"e": "x", "g": {f"type{i}": "id-1" for i in range(n)}}},
    {"limit": "MAX_PROPERTIES", "req": "TM-EVT-08", "code": "too_many_props", "path": "p",
     "make": lambda n: {"e": "x", "p": {f"k{i}": i for i in range(n)}}},
    {"limit": "MAX_KEY", "req": "TM-EVT-08", "code": "name_too_long", "path": "p",
     "make": lambda n: {"e": "x", "p": {"k" * n: 1}}},
    {"limit": "MAX_DEPTH", "req": "TM-EVT-08", "code": "depth", "path": None,
     "make": lambda n: {"e": "x", "p": _nested(n)}},
    {"limit": "MAX_ITEMS", "req": "TM-EVT-08", "code": "too_many_props", "path": "p.list",
     "make": lambda n: {"e": "x", "p": {"list": [0] * n}}},
    {"limit": "MAX_STRING", "req": "TM-EVT-08", "code": "too_large", "path": "p.text",
     "make": lambda n: {"e": "x", "p": {"text": "é" * (n // 2) + "x" * (n % 2)}}},
    {"limit": "MAX_EVENT", "req": "TM-EVT-12", "code": "too_large", "path": "",
     "make": lambda n: padded({"e": "x"}, n)},
)  # fmt: skip


def _event_edge(
    stage: ServerStage,
    *,
    limit: str,
    req: str,
    code: str,
    path: str | None,
    make: Callable[[int], Mapping[str, Any]],
) -> None:
    edge = published(stage, limit)
    for size in (edge - 1, edge):
        found = verdict_of(stage, make(size))
        stage.equal(None, found, f"verdict at {size} of {edge}", req)
    found = verdict_of(stage, make(edge + 1))
    stage.equal(code, None if found is None else found[0], f"verdict at {edge + 1}", req)
    if found is not None and path is not None:
        stage.equal(path, found[1], f"path at {edge + 1}", "TM-EVT-10")


def _edge_scenario(edge: Mapping[str, Any]) -> None:
    def body(stage: ServerStage) -> None:
        _event_edge(stage, **edge)

    body.__doc__ = f"{edge['limit']}: events just below it and at it are taken, above it not."
    server_scenario(f"srv.limit_{edge['limit'].lower()}", [edge["req"], "TM-ENV-12"])(body)


for _edge in EVENTS:
    _edge_scenario(_edge)


@server_scenario("srv.limit_verdict", ["TM-ACK-06"])
def limit_verdict(stage: ServerStage) -> None:
    """A verdict for something too long names number, path and the limit."""
    edge = published(stage, "MAX_NAME")
    answer = send(stage, stage.envelope(0, hwm=1, events=[{"e": "x" * (edge + 1)}]))
    expected = [{"n": 1, "code": "name_too_long", "path": "e", "limit": edge}]
    stage.equal(expected, answer.get("rejected"), "rejected")


@server_scenario("srv.limit_max_events", ["TM-ENV-10"])
def limit_max_events(stage: ServerStage) -> None:
    """As many events as the limit says are taken; one more gets 413 too_many_events."""
    edge = published(stage, "MAX_EVENTS")
    for count in (edge - 1, edge):
        answer = send(stage, stage.envelope(count), path="/v1/validate")
        stage.equal(count, answer["received"], f"received of {count}")
    reply = stage.post(stage.envelope(edge + 1))
    is_problem(stage, reply, 413, "too_many_events", f"{edge + 1} events")


def batch_of(stage: ServerStage, size: int) -> bytes:
    """Return a good envelope that is *size* bytes long."""
    piece = padded({"e": "x"}, 60_000)
    count = size // 60_200
    batch = stage.envelope(0, hwm=count + 1, events=[piece] * count)
    text = json.dumps({**batch, "events": [*batch["events"], {"e": "x", "filler": ""}]})
    gap = size - len(text.encode())
    # A field nobody knows counts for the body and not for what is stored (TM-VAL-05).
    return text.replace('"filler": ""', f'"filler": "{"x" * gap}"').encode()


@server_scenario("srv.limit_max_body", ["TM-ENV-12"])
def limit_max_body(stage: ServerStage) -> None:
    """A body may have as many bytes as the limit says; one more gets 413 too_large."""
    edge = published(stage, "MAX_BODY")
    for size in (edge - 1, edge):
        body = batch_of(stage, size)
        stage.equal(size, len(body), "size of the body itself")
        stage.equal(200, stage.post(body, "/v1/validate").status, f"status of {size} bytes")
    reply = stage.post(batch_of(stage, edge + 1), "/v1/validate")
    is_problem(stage, reply, 413, "too_large", f"{edge + 1} bytes")


@server_scenario("srv.limit_max_inflated", ["TM-ENV-12"])
def limit_max_inflated(stage: ServerStage) -> None:
    """An inflated body may have as many bytes as the limit says; one more gets 413 too_large."""
    edge = published(stage, "MAX_INFLATED")
    coded = {"Content-Encoding": "gzip"}
    for size, status in ((edge - 1, 200), (edge, 200), (edge + 1, 413)):
        body = _noisy(batch_of(stage, size), stage)
        reply = stage.post(body, "/v1/validate", headers=coded)
        stage.equal(status, reply.status, f"status of {size} bytes inflated")


def _noisy(data: bytes, stage: ServerStage) -> bytes:
    """Compress *data* so that it stays below the highest ratio: stored blocks between others."""
    part = 1 << 16
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [squeezer.compress(data[: -3 * part]), squeezer.flush()]
    plain = gzip.compress(data[-3 * part :], compresslevel=0)
    stage.note(f"{len(data)} bytes as {sum(map(len, pieces)) + len(plain)}")
    return b"".join(pieces) + plain


@server_scenario("srv.limit_inflate_ratio", ["TM-ENV-12"])
def limit_inflate_ratio(stage: ServerStage) -> None:
    """Up to 64 KiB any ratio is taken; above it one that no honest batch has gets 413."""
    free, ratio = published(stage, "RATIO_FREE_BYTES"), published(stage, "MAX_INFLATE_RATIO")
    coded = {"Content-Encoding": "gzip"}
    small, large = (gzip.compress(_spaces(stage, size), 9) for size in (free, free * 20))
    stage.check(len(large) * ratio < free * 20, "the large body is no bomb", "TM-ENV-12")
    stage.equal(200, stage.post(small, "/v1/validate", headers=coded).status, "status at 64 KiB")
    reply = stage.post(large, "/v1/validate", headers=coded)
    is_problem(stage, reply, 413, "too_large", "a bomb")


def _spaces(stage: ServerStage, size: int) -> bytes:
    """Return a good envelope with white space that makes it *size* bytes long."""
    text = json.dumps(stage.envelope(1)).encode()
    return text[:-1] + b" " * (size - len(text)) + b"}"


@server_scenario("srv.limit_max_ctx", ["TM-CTX-01", "TM-ENV-08"])
def limit_max_ctx(stage: ServerStage) -> None:
    """A context has at most 16 KiB and 100 keys; beyond, every event of the batch is refused."""
    size, keys = published(stage, "MAX_CTX"), published(stage, "MAX_CTX_KEYS")
    for count, code in ((size - 1, None), (size, None), (size + 1, "too_large")):
        context = {"a": "x" * 8_000, "b": "x" * 8_000, "c": ""}
        context["c"] = "x" * (count - _size(context))
        _context(stage, context, code, f"a context of {count} bytes")
    for count, code in ((keys - 1, None), (keys, None), (keys + 1, "too_many_props")):
        _context(stage, {f"k{i}": 1 for i in range(count)}, code, f"a context of {count} keys")


def _context(stage: ServerStage, context: Mapping[str, Any], code: str | None, what: str) -> None:
    answer = send(stage, stage.envelope(2, ctx=context), path="/v1/validate")
    expected = {} if code is None else {1: code, 2: code}
    stage.equal(expected, verdicts(answer), f"verdicts under {what}")


@server_scenario("srv.limit_max_drops", ["TM-LED-03"])
def limit_max_drops(stage: ServerStage) -> None:
    """A loss report has at most 100 entries of at most 1,000 ranges."""
    entries, ranges = published(stage, "MAX_DROPS"), published(stage, "MAX_DROP_RANGES")
    for count, status in ((entries - 1, 200), (entries, 200), (entries + 1, 400)):
        drops = [{"reason": "hook", "ranges": [[i + 1, i + 1]]} for i in range(count)]
        _losses(stage, drops, status, f"{count} entries")
    for count, status in ((ranges - 1, 200), (ranges, 200), (ranges + 1, 400)):
        drops = [{"reason": "hook", "ranges": [[2 * i + 1, 2 * i + 1] for i in range(count)]}]
        _losses(stage, drops, status, f"{count} ranges")


def _losses(stage: ServerStage, drops: Sequence[Any], status: int, what: str) -> None:
    batch = stage.envelope(0, seq=9_999, hwm=9_998, drops=drops)
    stage.equal(status, stage.post(batch, "/v1/validate").status, f"status of {what}")


@server_scenario("srv.limit_max_seq", ["TM-VAL-02"])
def limit_max_seq(stage: ServerStage) -> None:
    """Numbers go up to 2^53-1; the next one is none."""
    top = limits.MAX_SEQ
    for seq, status in ((top - 1, 200), (top, 200), (top + 1, 400)):
        reply = stage.post(stage.envelope(1, seq=seq), "/v1/validate")
        stage.equal(status, reply.status, f"status of seq {seq}")


@server_scenario("srv.limit_max_url", ["TM-IOT-02"])
def limit_max_url(stage: ServerStage) -> None:
    """A URL of a single event has at most 2,000 bytes; a longer one gets 414."""
    edge = published(stage, "MAX_URL")
    head = f"/v1/e?k={stage.key('write')}&e=x&d=dev-1&ps.v="
    for size, status in ((edge - 1, 204), (edge, 204), (edge + 1, 414)):
        reply = stage.get(head + "x" * (size - len(head)), key=None)
        stage.equal(status, reply.status, f"status of a URL of {size} bytes")


@server_scenario("srv.limit_url_in_bytes", ["TM-IOT-02"])
def limit_url_in_bytes(stage: ServerStage) -> None:
    """The URL is measured as it is sent, escapes included."""
    edge = published(stage, "MAX_URL")
    text = quote("é" * (edge // 6))
    reply = stage.get(f"/v1/e?k={stage.key('write')}&e=x&d=dev-1&ps.v={text}", key=None)
    is_problem(stage, reply, 414, "url_too_long", "a URL above the limit by its escapes")


@server_scenario("srv.limit_max_age", ["TM-CLK-04"])
def limit_max_age(stage: ServerStage) -> None:
    """Events older than 30 days are too old; those a day ahead are set back, later ones refused."""
    age, future = published(stage, "MAX_AGE_MS"), published(stage, "MAX_FUTURE_MS")
    now = accepted(stage, stage.post(stage.envelope(0, hwm=0), "/v1/validate"))["now"]
    cases = (
        (now - age + LATER, None),
        (now - age - 1, "too_old"),
        (now + future - LATER, None),
        (now + future + LATER, "bad_time"),
        (-1, "too_old"),
    )
    for t, code in cases:
        found = verdict_of(stage, {"e": "x", "t": t})
        stage.equal(code, None if found is None else found[0], f"verdict on now{t - now:+d} ms")


@server_scenario("srv.limits_published", ["TM-ENV-12", "TM-VER-04"])
def limits_published(stage: ServerStage) -> None:
    """`GET /v1/spec` has every limit of the protocol, none of them lowered."""
    value = stage.get("/v1/spec", key=None).json
    found = value.get("limits", {}) if isinstance(value, dict) else {}
    for name in (name for name in vars(limits) if name.isupper()):
        own, said = getattr(limits, name), found.get(name)
        good = isinstance(own, int) and isinstance(said, int) and said >= own
        stage.check(good, f"{name} is {said!r}; the protocol's is {own!r}")
