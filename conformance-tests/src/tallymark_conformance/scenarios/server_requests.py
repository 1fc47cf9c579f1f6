"""What a server makes of requests: keys, headers, content types, codings, paths, problems."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import accepted, is_problem, ledger, listed, send

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.stage.server import Reply, ServerStage

GZIP: Final = {"Content-Encoding": "gzip"}
EXPOSED: Final = frozenset(("tallymark-ack", "retry-after", "tallymark-request-id", "date"))
PAGE: Final = {"Origin": "https://shop.example"}
UNBUILT: Final = (("POST", "/v1/flags"), ("GET", "/v1/flags/definitions"), ("GET", "/v1/keys"))


def body_of(stage: ServerStage, count: int = 1) -> bytes:
    """Return a good envelope as bytes."""
    return json.dumps(stage.envelope(count)).encode()


# -- keys ------------------------------------------------------------------------------------------


@server_scenario("sec.no_key", ["TM-AUTH-01"], smoke=True)
def no_key(stage: ServerStage) -> None:
    """Without a key, or with one that does not exist, a request gets 401 and nothing is stored."""
    batch = stage.envelope(1)
    unknown = f"tmk_{'A' * 22}"
    for key, code in ((None, "key_missing"), (unknown, "key_unknown"), ("nonsense", "key_unknown")):
        is_problem(stage, stage.post(batch, key=key), 401, code, f"the key {key}")
    reply = stage.post(batch, key=None, headers={"Authorization": "Basic dG1rOnRtaw=="})
    stage.equal(401, reply.status, "status of another scheme")
    known = ledger(stage, batch["stream"])["known"]
    stage.check(not known, "the server knows a stream that was never let in")


@server_scenario("sec.key_conflict", ["TM-AUTH-01"])
def key_conflict(stage: ServerStage) -> None:
    """Two different keys in one request get 400 auth_conflict; the same one twice is fine."""
    own, other = stage.key("write"), f"tmk_{'B' * 22}"
    is_problem(
        stage, stage.post(body_of(stage), f"/v1/b?k={other}"), 400, "auth_conflict", "two keys"
    )
    stage.equal(200, stage.post(body_of(stage), f"/v1/b?k={own}").status, "status of one key twice")


@server_scenario("sec.key_in_query", ["TM-AUTH-01"])
def key_in_query(stage: ServerStage) -> None:
    """A public key may stand in `k` where browsers need it, and nowhere else."""
    k = f"?k={stage.key('write')}"
    stream = stage.stream()
    open_to: Sequence[tuple[str, str, bytes, int]] = (
        ("POST", f"/v1/b{k}", body_of(stage), 200),
        ("POST", f"/v1/e{k}", b'{"e": "x", "d": "dev-1"}', 204),
        ("GET", f"/v1/e{k}&e=x&d=dev-1", b"", 204),
        ("GET", f"/v1/e.gif{k}&e=x&d=dev-1", b"", 200),
        ("GET", f"/v1/streams/{stream}{k}", b"", 200),
        ("GET", f"/v1/config{k}", b"", 200),
        ("POST", f"/v1/validate{k}", body_of(stage), 200),
        ("POST", f"/v1/batch{k}", body_of(stage), 401),
        ("POST", f"/v1/import{k}", body_of(stage), 401),
    )
    for method, path, body, status in open_to:
        reply = stage.ask(method, path, body)
        stage.equal(status, reply.status, f"status of {method} {path.partition('?')[0]}")


@server_scenario("sec.secret_in_query", ["TM-AUTH-03"], needs=["secret_key", "read_key"])
def secret_in_query(stage: ServerStage) -> None:
    """A secret or read key in a URL gets 403 forbidden."""
    for kind in ("secret", "read"):
        reply = stage.ask("POST", f"/v1/b?k={stage.key(kind)}", body_of(stage))
        is_problem(stage, reply, 403, "forbidden", f"a {kind} key in the URL")


@server_scenario("sec.secret_in_browser", ["TM-AUTH-03"], needs=["secret_key"])
def secret_in_browser(stage: ServerStage) -> None:
    """A secret key with an Origin gets 401 secret_in_browser; without one it may write."""
    batch = stage.envelope(1)
    reply = stage.post(batch, key="secret", headers=PAGE)
    is_problem(stage, reply, 401, "secret_in_browser", "a secret key from a page")
    stage.equal(1, send(stage, batch, key="secret")["stored"], "stored with the secret key")


@server_scenario("sec.read_key_reads", ["TM-AUTH-03"], needs=["read_key"])
def read_key_reads(stage: ServerStage) -> None:
    """A read key asks and does nothing else; a write key never reads what is stored."""
    reply = stage.post(stage.envelope(1), key="read")
    is_problem(stage, reply, 403, "forbidden", "a batch under a read key")
    reply = stage.post(stage.envelope(1), "/v1/import", key="read")
    is_problem(stage, reply, 403, "forbidden", "an import under a read key")
    is_problem(stage, stage.get("/v1/events"), 403, "forbidden", "a list under a write key")
    listed(stage)


@server_scenario("sec.import_needs_secret", ["TM-EPT-06", "TM-AUTH-03"])
def import_needs_secret(stage: ServerStage) -> None:
    """A write key does not import."""
    reply = stage.post(stage.envelope(1), "/v1/import")
    is_problem(stage, reply, 403, "forbidden", "an import under a write key")


@server_scenario("sec.kind_policy", ["TM-AUTH-02"], smoke=True)
def kind_policy(stage: ServerStage) -> None:
    """A public key may not erase and not merge people; the events beside are stored."""
    sent = [
        {"k": "alias", "from": "ann-1", "to": "bob-1"},
        {"k": "profile", "u": "ann-1", "ops": {"$delete": True}},
        {"e": "probe"},
    ]
    answer = send(stage, stage.envelope(0, hwm=3, events=sent))
    expected = [
        {"n": 1, "code": "key_policy", "path": "k"},
        {"n": 2, "code": "key_policy", "path": "ops.$delete"},
    ]
    stage.equal((1, expected), (answer["stored"], answer.get("rejected")), "stored and rejected")


@server_scenario("sec.undo_needs_secret", ["TM-KND-06", "TM-AUTH-02"], needs=["secret_key"])
def undo_needs_secret(stage: ServerStage) -> None:
    """A secret key merges, undoes and deletes."""
    sent = [
        {"k": "alias", "from": "a-7", "to": "b-7"},
        {"k": "alias", "from": "a-7", "to": "b-7", "undo": True},
        {"k": "profile", "u": "a-7", "ops": {"$delete": True}},
    ]
    answer = send(stage, stage.envelope(0, hwm=3, events=sent), key="secret")
    stage.equal((3, None), (answer["stored"], answer.get("rejected")), "stored and rejected")


# -- browsers --------------------------------------------------------------------------------------


@server_scenario("srv.cors", ["TM-HDR-02", "TM-WEB-04"], smoke=True)
def cors(stage: ServerStage) -> None:
    """Every page may read an answer of ingestion, refusals included, and none with credentials."""
    k = f"?k={stage.key('write')}"
    replies = {
        "a batch": stage.post(stage.envelope(1), headers=PAGE),
        "a browser's batch": stage.ask("POST", f"/v1/b{k}", body_of(stage), headers=PAGE),
        "an event": stage.ask("GET", f"/v1/e{k}&e=x&d=dev-1", headers=PAGE),
        "a pixel": stage.ask("GET", f"/v1/e.gif{k}&e=x&d=dev-1", headers=PAGE),
        "a ledger": stage.ask("GET", f"/v1/streams/{stage.stream()}{k}", headers=PAGE),
        "the control block": stage.ask("GET", f"/v1/config{k}", headers=PAGE),
        "a refusal": stage.post(b"{", headers=PAGE),
        "a wrong key": stage.post(stage.envelope(1), key=f"tmk_{'C' * 22}", headers=PAGE),
    }
    for what, reply in replies.items():
        _open_to_pages(stage, reply, what)


def _open_to_pages(stage: ServerStage, reply: Reply, what: str) -> None:
    origin = reply.headers.get("access-control-allow-origin")
    stage.equal("*", origin, f"Access-Control-Allow-Origin of {what}")
    credentials = reply.headers.get("access-control-allow-credentials")
    stage.check(credentials != "true", f"{what} allows credentials", "TM-WEB-04")
    said = reply.headers.get("access-control-expose-headers", "")
    names = {name.strip().lower() for name in said.split(",")}
    stage.check(names >= EXPOSED, f"{what} exposes {said!r}")


@server_scenario("srv.no_preflight", ["TM-WEB-05", "TM-EPT-02", "TM-HDR-06"])
def no_preflight(stage: ServerStage) -> None:
    """What a page may send without asking first is enough: text/plain, key and time in the URL."""
    path = f"/v1/b?k={stage.key('write')}&st={stage.envelope()['t0']}"
    simple = {"Content-Type": "text/plain;charset=UTF-8", **PAGE}
    reply = stage.ask("POST", path, body_of(stage, 3), headers=simple)
    stage.equal(3, accepted(stage, reply)["stored"], "stored")
    squeezed = gzip.compress(body_of(stage, 3))
    reply = stage.ask("POST", path, squeezed, headers=simple)
    stage.equal(3, accepted(stage, reply)["stored"], "stored of a gzip body without a header")


@server_scenario("srv.preflight", ["TM-HDR-02"])
def preflight(stage: ServerStage) -> None:
    """A page that asks first may send every header of the protocol."""
    asked = "authorization,content-type,content-encoding,tallymark-sent-at,tallymark-attempt"
    headers = {
        **PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": asked,
    }
    reply = stage.ask("OPTIONS", "/v1/batch", headers=headers)
    stage.check(reply.status in (200, 204), f"status {reply.status}")
    stage.equal("*", reply.headers.get("access-control-allow-origin"), "allowed origin")
    said = reply.headers.get("access-control-allow-headers", "").lower()
    allowed = {name.strip() for name in said.split(",")}
    missing = sorted(set(asked.split(",")) - allowed)
    stage.equal([], missing, "headers that are not allowed")
    stage.check(
        "POST" in reply.headers.get("access-control-allow-methods", ""), "POST is not allowed"
    )


# -- bodies ----------------------------------------------------------------------------------------


@server_scenario("srv.content_types", ["TM-HDR-06"], smoke=True)
def content_types(stage: ServerStage) -> None:
    """JSON comes as application/json, text/plain, without a type, or as lines; others get 415."""
    taken = (
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "TEXT/PLAIN; charset=UTF-8",
    )
    for kind in taken:
        reply = stage.post(stage.envelope(2), headers={"Content-Type": kind})
        stage.equal(2, accepted(stage, reply)["stored"], f"stored as {kind}")
    reply = stage.ask("POST", "/v1/batch", body_of(stage, 2), key="write")
    stage.equal(2, accepted(stage, reply)["stored"], "stored without a type")
    refused = (
        "application/x-www-form-urlencoded",
        "text/html",
        "application/xml",
        "application/json; charset=latin1",
    )
    for kind in refused:
        reply = stage.post(stage.envelope(2), headers={"Content-Type": kind})
        is_problem(stage, reply, 415, "unsupported_media_type", kind)


@server_scenario("srv.gzip", ["TM-HDR-05"], smoke=True)
def gzipped(stage: ServerStage) -> None:
    """A gzip body is inflated; one that is none, or is cut off, gets 400 malformed."""
    answer = accepted(stage, stage.post(stage.envelope(50), compress=True))
    stage.equal(50, answer["stored"], "stored")
    plain = body_of(stage, 50)
    two = gzip.compress(plain[:500]) + gzip.compress(plain[500:])
    stage.equal(
        50, accepted(stage, stage.post(two, headers=GZIP))["stored"], "stored of two members"
    )
    broken = {"not gzip": plain, "cut off": gzip.compress(plain)[:-9], "followed": two + b"rest"}
    for what, body in broken.items():
        is_problem(stage, stage.post(body, headers=GZIP), 400, "malformed", f"a body {what}")


@server_scenario("srv.same_content_any_coding", ["TM-LED-11", "TM-HDR-05"])
def same_content_any_coding(stage: ServerStage) -> None:
    """A batch that comes compressed and again as it is, is the same batch."""
    batch = stage.envelope(30)
    stage.equal(30, accepted(stage, stage.post(batch, compress=True))["stored"], "stored")
    stage.equal(30, accepted(stage, stage.post(batch))["duplicate"], "duplicate")


@server_scenario("srv.codings", ["TM-HDR-05"])
def codings(stage: ServerStage) -> None:
    """`identity` is a coding, too; one the server does not have gets 415."""
    batch = stage.envelope(2)
    reply = stage.post(batch, headers={"Content-Encoding": "identity"})
    stage.equal(2, accepted(stage, reply)["stored"], "stored")
    for coding in ("br", "compress", "deflate", "gzip, gzip", "rot13"):
        reply = stage.post(batch, headers={"Content-Encoding": coding})
        is_problem(stage, reply, 415, "unsupported_media_type", coding)


@server_scenario("srv.zstd", ["TM-HDR-05"], level="MAY")
def zstd(stage: ServerStage) -> None:
    """A server may take zstd; one that does not says 415, and none takes it for JSON."""
    # A frame whose only block is stored as it is: RFC 8878 needs no compressor for that.
    plain = body_of(stage, 3)
    block = (len(plain) << 3 | 1).to_bytes(3, "little")
    frame = b"\x28\xb5\x2f\xfd" + b"\x60" + (len(plain) - 256).to_bytes(2, "little") + block + plain
    reply = stage.post(frame, headers={"Content-Encoding": "zstd"})
    if reply.status == 415:
        is_problem(stage, reply, 415, "unsupported_media_type", "zstd")
        return
    stage.equal(3, accepted(stage, reply)["stored"], "stored")
    reply = stage.post(frame[:-5], headers={"Content-Encoding": "zstd"})
    is_problem(stage, reply, 400, "malformed", "a zstd body that is cut off")


# -- answers ---------------------------------------------------------------------------------------


@server_scenario("srv.problem_json", ["TM-ERR-01", "TM-ERR-04"], smoke=True)
def problem_json(stage: ServerStage) -> None:
    """Every error is a problem whose type is a page of the server that explains it."""
    replies = {
        "malformed": stage.post(b"{"),
        "key_missing": stage.post(b"{}", key=None),
        "not_found": stage.get("/v1/nothing"),
        "method_not_allowed": stage.ask("DELETE", "/v1/batch", key="write"),
        "unsupported_media_type": stage.post(b"{}", headers={"Content-Type": "text/html"}),
        "unsupported_version": stage.post({**stage.envelope(1), "v": 3}),
        "event_rejected": stage.post({"e": ""}, "/v1/e"),
        "bad_parameter": stage.get("/v1/streams/none"),
    }
    for code, reply in replies.items():
        value = reply.json if isinstance(reply.json, dict) else {}
        stage.equal((code, reply.status), (value.get("code"), value.get("status")), f"the {code}")
        stage.equal(f"/problems/{code}", value.get("type"), f"type of {code}", "TM-ERR-04")
        told = [value.get(name) for name in ("title", "detail")]
        stage.check(all(isinstance(text, str) and text for text in told), f"{code} says {told}")
        page = stage.get(f"/problems/{code}", key=None)
        said = page.json if isinstance(page.json, dict) else {}
        same = [
            said.get(name) == value.get(name) for name in ("code", "status", "retryable", "title")
        ]
        stage.check(page.status == 200 and all(same), f"the page of {code}: {said}", "TM-ERR-04")
    stage.equal(404, stage.get("/problems/mystery", key=None).status, "status of no such problem")


@server_scenario("srv.request_ids", ["TM-ERR-02"])
def request_ids(stage: ServerStage) -> None:
    """Every answer has a request id of its own, refusals and pictures included."""
    k = f"?k={stage.key('write')}"
    replies = [
        stage.post(stage.envelope(1)),
        stage.post(b"{"),
        stage.get("/v1/health", key=None),
        stage.get("/nothing", key=None),
        stage.ask("GET", f"/v1/e.gif{k}&e=x&d=dev-1"),
        stage.ask("OPTIONS", "/v1/batch", headers=PAGE),
    ]
    found = [reply.headers.get("tallymark-request-id") for reply in replies]
    stage.check(all(found), f"an answer without an id: {found}")
    stage.equal(len(found), len(set(found)), "different request ids")


@server_scenario("srv.paths_and_methods", ["TM-EPT-11"])
def paths_and_methods(stage: ServerStage) -> None:
    """A path that is none gets 404, a method a path does not have 405 with Allow."""
    for path in ("/v1/batches", "/v1/batch/", "/v2/batch", "/v1", "/v1/streams", "//v1/batch"):
        is_problem(stage, stage.post(stage.envelope(1), path), 404, "not_found", path)
    wrong = (
        ("GET", "/v1/batch", "POST"),
        ("PUT", "/v1/e", "GET"),
        ("POST", "/v1/e.gif", "GET"),
        ("POST", "/v1/spec", "GET"),
    )
    for method, path, allowed in wrong:
        reply = stage.ask(method, path, key="write")
        is_problem(stage, reply, 405, "method_not_allowed", f"{method} {path}")
        said = reply.headers.get("allow", "")
        stage.check(
            allowed in said and method not in said.split(", "), f"Allow of {path}: {said!r}"
        )


@server_scenario("srv.unbuilt_profiles", ["TM-EPT-10"])
def unbuilt_profiles(stage: ServerStage) -> None:
    """An endpoint of a profile that is not among the features answers 501 with its name."""
    value = stage.get("/v1/spec", key=None).json
    features = value.get("features", []) if isinstance(value, dict) else []
    for method, path in UNBUILT:
        profile = "receipt" if path == "/v1/keys" else "flags"
        if profile in features:
            continue
        reply = stage.ask(method, path, b"{}", key="write")
        is_problem(stage, reply, 501, "not_implemented", f"{method} {path}")
        stage.check(
            profile.encode() in reply.body, f"{path} does not name its profile: {reply.body!r}"
        )


@server_scenario("srv.order_of_problems", ["TM-EPT-12"])
def order_of_problems(stage: ServerStage) -> None:
    """Of several things wrong the first one is told: key, rights, coding, type, JSON."""
    worst = {"Content-Encoding": "br", "Content-Type": "text/html"}
    cases: Sequence[tuple[str, Reply, int]] = (
        ("all wrong", stage.post(b"{", key=None, headers=worst), 401),
        ("rights and the rest", stage.post(b"{", "/v1/import", headers=worst), 403),
        ("coding and the rest", stage.post(b"{", headers=worst), 415),
        ("type and JSON", stage.post(b"{", headers={"Content-Type": "text/html"}), 415),
        ("JSON", stage.post(b"{"), 400),
    )
    for what, reply, status in cases:
        stage.equal(status, reply.status, f"status of {what}")
    both = stage.post({**stage.envelope(1), "v": 2, "t0": "x"})
    is_problem(stage, both, 400, "unsupported_version", "version and t0 wrong")


@server_scenario("srv.attempt_headers_are_optional", ["TM-HDR-04", "TM-HDR-03"])
def attempt_headers_are_optional(stage: ServerStage) -> None:
    """Headers of an attempt that are missing, or say nonsense, change no verdict."""
    odd: Sequence[Mapping[str, str]] = (
        {},
        {"Tallymark-SDK": "x" * 300, "Tallymark-Attempt": "zero", "Tallymark-Sent-At": "today"},
        {"Tallymark-SDK": "conformance/1.0.0", "Tallymark-Attempt": "7"},
    )
    for headers in odd:
        reply = stage.post(stage.envelope(2), headers=headers)
        stage.equal(2, accepted(stage, reply)["stored"], f"stored with {list(headers)}")


@server_scenario("srv.query_is_decoded", ["TM-IOT-02"], needs=["read_key"])
def query_is_decoded(stage: ServerStage) -> None:
    """Escapes of a query are decoded as UTF-8, `+` is a space."""
    stream, name = stage.stream(), "café 日本+1"
    where = f"/v1/e?k={stage.key('write')}&stream={stream}&n=1&e={quote(name)}&ps.a=b+c"
    stage.equal(204, stage.get(where, key=None).status, "status")
    found: Any = [row["event"] for row in listed(stage, stream)]
    stage.equal([(name, {"a": "b c"})], [(e.get("e"), e.get("p")) for e in found], "events")
