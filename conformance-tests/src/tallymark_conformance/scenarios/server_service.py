"""What a server tells about itself, trial runs, and imports."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import (
    accepted,
    is_problem,
    ledger,
    listed,
    only,
    paths,
    send,
    verdicts,
)
from tallymark_protocol import FEATURES, SPEC_SHA256, SPEC_VERSION, codes, control, limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.stage.server import ServerStage

EPOCH_2000: Final = 946_684_800_000
HOUR: Final = 3_600_000


def spec_of(stage: ServerStage) -> Mapping[str, Any]:
    """Return what `GET /v1/spec` says; end without it."""
    value = stage.get("/v1/spec", key=None).json
    if not isinstance(value, dict):
        stage.fail("GET /v1/spec answers no object", "TM-EPT-09")
    return value


@server_scenario("srv.spec_hash", ["TM-VER-04", "TM-EPT-09"], smoke=True)
def spec_hash(stage: ServerStage) -> None:
    """The running spec has version, hash, limits, codes and features, and needs no key."""
    value = spec_of(stage)
    missing = [n for n in ("version", "sha256", "limits", "codes", "features") if n not in value]
    stage.equal([], missing, "missing of the spec", "TM-EPT-09")
    version, digest = str(value.get("version")), str(value.get("sha256"))
    stage.check(re.fullmatch(r"1\.\d+\.\d+", version), f"version {version!r}")
    stage.check(re.fullmatch(r"[0-9a-f]{64}", digest), f"sha256 {digest!r}")
    if version == SPEC_VERSION:
        stage.equal(SPEC_SHA256, digest, f"hash of the spec {version}")
    stage.check("core" in value.get("features", ()), f"features {value.get('features')}")


@server_scenario("srv.serves_v1", ["TM-VER-05", "TM-VER-01"])
def serves_v1(stage: ServerStage) -> None:
    """Version 1 is served, whatever else a server may speak by now."""
    version = str(spec_of(stage).get("version"))
    stage.equal("1", version.partition(".")[0], "major version of /v1/spec", "TM-VER-01")
    stage.equal(1, send(stage, stage.envelope(1))["stored"], "stored of a batch of version 1")


@server_scenario("srv.additive", ["TM-VER-02", "TM-VER-06", "TM-EPT-09"])
def additive(stage: ServerStage) -> None:
    """A server of a later 1.x has every code, reason, limit and feature that this suite knows."""
    value = spec_of(stage)
    said = str(value.get("codes"))
    names = (*codes.VERDICTS, *codes.WARNINGS, *codes.PROBLEMS, *codes.DROP_REASONS)
    missing = [name for name in names if f"'{name}'" not in said]
    stage.equal([], missing, "codes that are missing")
    bounds = value.get("limits", {})
    own = {name: limit for name, limit in vars(limits).items() if name.isupper()}
    lower = [name for name, limit in own.items() if bounds.get(name, 0) < limit]
    stage.equal([], lower, "limits that are missing or lower", "TM-VER-06")
    features = value.get("features", ())
    stage.equal(
        [], [name for name in FEATURES if name not in features], "features that are missing"
    )


@server_scenario("srv.health", ["TM-EPT-09"], smoke=True)
def health(stage: ServerStage) -> None:
    """`GET /v1/health` answers 200 and ok, without a key."""
    reply = stage.get("/v1/health", key=None)
    stage.equal((200, {"status": "ok"}), (reply.status, reply.json), "answer")


@server_scenario("ctl.server_config", ["TM-EPT-08", "TM-CTL-01"], profile="control", smoke=True)
def server_config(stage: ServerStage) -> None:
    """The control block has an ETag; who names it gets 304, by header or in the query."""
    reply = stage.get("/v1/config")
    value = reply.json if isinstance(reply.json, dict) else {}
    stage.equal(200, reply.status, "status")
    stage.equal(1, value.get("v"), "v")
    etag = reply.headers.get("etag", "")
    own = value.get("control", {}).get("etag")
    stage.check(etag.strip('"') and etag.strip('"') == own, f"ETag {etag!r}, in the block {own!r}")
    k = stage.key("write")
    unchanged = {
        "by header": stage.get("/v1/config", headers={"If-None-Match": etag}),
        "among others": stage.get("/v1/config", headers={"If-None-Match": f'"old", W/{etag}'}),
        "in the query": stage.get(f"/v1/config?k={k}&etag={own}", key=None),
    }
    for what, found in unchanged.items():
        stage.equal((304, b""), (found.status, found.body), f"answer to the ETag {what}")
    other = stage.get("/v1/config", headers={"If-None-Match": '"another"'})
    stage.equal(200, other.status, "status for another ETag")
    is_problem(stage, stage.get("/v1/config", key=None), 401, "key_missing", "no key")


@server_scenario("ctl.server_bounds", ["TM-CTL-01"], profile="control")
def server_bounds(stage: ServerStage) -> None:
    """What the control block asks for lies within the protocol's bounds."""
    value = stage.get("/v1/config").json
    block = value.get("control") if isinstance(value, dict) else None
    if not isinstance(block, dict):
        stage.fail(f"no control block: {value!r}")
    for name in ("ttl_s", "flush_ms", "max_batch", "pause_ms"):
        low, high = control.BOUNDS[name]
        found = block.get(name, low)
        good = isinstance(found, int | float) and low <= found <= high
        stage.check(good, f"{name} is {found!r}, not within {low} and {high}")
    rates = block.get("sample", {})
    drawn = [rates.get("default", 1), *rates.get("by_event", {}).values()]
    low, high = control.BOUNDS["sample"]
    stage.check(all(low <= rate <= high for rate in drawn), f"rates {drawn}")


# -- trial runs ------------------------------------------------------------------------------------


@server_scenario("srv.validate_same_verdicts", ["TM-EPT-07"], smoke=True)
def validate_same_verdicts(stage: ServerStage) -> None:
    """A trial run gives the verdicts, warnings and counts the batch gets, and stores nothing."""
    now = int(time.time() * 1000)
    sent = [
        {"e": "good"},
        {"e": ""},
        {"k": "alias", "from": "a-1", "to": "b-1"},
        {"e": "x", "t": now + HOUR},
        {"e": "x", "t": 5},
        {"e": "x", "ctx": {"consent": {"analytics": "denied"}}},
        7,
    ]
    batch = stage.envelope(0, hwm=7, events=sent)
    trial = accepted(stage, stage.post(batch, "/v1/validate"), batch["stream"])
    found = ledger(stage, batch["stream"])
    stage.equal((False, 0), (found["known"], found["stored"]), "the ledger after a trial run")
    real = send(stage, batch)
    for name in ("received", "rejected", "warn"):
        stage.equal(real.get(name), trial.get(name), f"{name} of the trial run")
    stage.equal(2, real["stored"], "stored")


@server_scenario("srv.validate_tells_the_ledger", ["TM-EPT-07"])
def validate_tells_the_ledger(stage: ServerStage) -> None:
    """A trial run's ack is the ledger as it is: nothing of the trial is released."""
    stream = stage.stream()
    send(stage, stage.envelope(3, stream=stream))
    reply = stage.post(stage.envelope(5, seq=4, stream=stream), "/v1/validate")
    answer = accepted(stage, reply, stream)
    stage.equal((3, []), (answer["ack"]["upto"], answer["ack"]["settled"]), "ack")
    stage.equal(3, ledger(stage, stream)["hwm"], "hwm after the trial run")


@server_scenario("srv.validate_as_browser", ["TM-EPT-07", "TM-EPT-02"])
def validate_as_browser(stage: ServerStage) -> None:
    """A trial run takes what a browser sends, too: the key in the URL, plain text."""
    batch = b'{"v": 1, "t0": 0, "events": [{"e": "x", "id": "probe-0001"}, {"e": ""}]}'
    headers = {"Content-Type": "text/plain", "Origin": "https://shop.example"}
    path = f"/v1/validate?k={stage.key('write')}"
    answer = accepted(stage, stage.ask("POST", path, batch, headers=headers))
    stage.equal((2, {1: "bad_name"}), (answer["received"], verdicts(answer)), "received, verdicts")


@server_scenario("srv.validate_refuses_alike", ["TM-EPT-07", "TM-EPT-12"])
def validate_refuses_alike(stage: ServerStage) -> None:
    """What a batch is refused for as a whole, its trial run is refused for."""
    bodies: tuple[Any, ...] = (b"{", [], {**stage.envelope(1), "v": 2}, stage.envelope(5, hwm=1))
    for body in bodies:
        real, trial = stage.post(body), stage.post(body, "/v1/validate")
        codes_of = [r.json.get("code") if isinstance(r.json, dict) else None for r in (real, trial)]
        stage.equal((real.status, codes_of[0]), (trial.status, codes_of[1]), "refusal")
        stage.check(real.status == 400, f"status {real.status}")


# -- imports ---------------------------------------------------------------------------------------


@server_scenario("srv.import_window", ["TM-CLK-07", "TM-EPT-06"], needs=["secret_key"], smoke=True)
def import_window(stage: ServerStage) -> None:
    """An import may carry any time from 2000 on; before it is too_old, a day ahead bad_time."""
    now = int(time.time() * 1000)
    times = (EPOCH_2000 - 1, EPOCH_2000, EPOCH_2000 + 1, now - 400 * 24 * HOUR, now + 30 * HOUR)
    sent = [{"e": "x", "t": t} for t in times]
    batch = stage.envelope(0, hwm=5, t0=0, events=sent)
    answer = accepted(stage, stage.post(batch, "/v1/import", key="secret"), batch["stream"])
    stage.equal(
        ({1: "too_old", 5: "bad_time"}, 3), (verdicts(answer), answer["stored"]), "verdicts"
    )
    stage.equal({1: "t", 5: "t"}, paths(answer), "paths")
    stage.equal("committed", answer["ack"]["durability"], "durability", "TM-EPT-06")


@server_scenario(
    "srv.import_keeps_times", ["TM-CLK-07", "TM-EPT-06"], needs=["secret_key", "read_key"]
)
def import_keeps_times(stage: ServerStage) -> None:
    """An import is not corrected, whatever send time comes with it."""
    t = int(time.time() * 1000) - 50 * HOUR
    stream = stage.stream()
    batch = stage.envelope(0, stream=stream, hwm=1, t0=0, events=[{"e": "x", "t": t}])
    headers = {"Tallymark-Sent-At": str(t + 1_000)}
    accepted(stage, stage.post(batch, "/v1/import", key="secret", headers=headers), stream)
    stage.equal(t, only(stage, stream)["ts"], "ts")


@server_scenario("srv.import_again", ["TM-LED-13", "TM-LED-11"], needs=["secret_key", "read_key"])
def import_again(stage: ServerStage) -> None:
    """A file that is imported twice adds nothing; equal records of it are different events."""
    seven = stage.stream()
    stream = f"{seven[:14]}8{seven[15:]}"
    t = int(time.time() * 1000) - 90 * 24 * HOUR
    batch = stage.envelope(0, stream=stream, hwm=3, t0=0, events=[{"e": "x", "t": t}] * 3)
    for stored in (3, 0):
        answer = accepted(stage, stage.post(batch, "/v1/import", key="secret"), stream)
        stage.equal(stored, answer["stored"], "stored")
    stage.equal(3, len(listed(stage, stream)), "events stored")
    stage.equal(3, ledger(stage, stream)["ack"]["upto"], "where to go on", "TM-EPT-05")


@server_scenario("srv.import_by_id", ["TM-LED-13", "TM-LED-12"], needs=["secret_key"])
def import_by_id(stage: ServerStage) -> None:
    """Records with ids of their own are the same by them, in whichever batch they come."""
    ids = [f"probe-{stage.rng.getrandbits(48):012x}" for _ in range(3)]
    t = int(time.time() * 1000) - 90 * 24 * HOUR
    records = [{"e": "x", "id": name, "t": t} for name in ids]
    counts = []
    for part in (records[:2], records[1:], records):
        batch = {"v": 1, "t0": 0, "events": part}
        answer = accepted(stage, stage.post(batch, "/v1/import", key="secret"))
        counts.append((answer["stored"], answer["duplicate"]))
    stage.equal([(2, 0), (1, 1), (0, 3)], counts, "stored and duplicate")
