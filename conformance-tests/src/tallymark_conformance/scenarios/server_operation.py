"""What an operator relies on: rates, key policies, projects apart, logs that tell no secrets."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import (
    accepted,
    is_problem,
    ledger,
    listed,
    send,
    verdicts,
)
from tallymark_conformance.stage.own import administer, own_collector, told

if TYPE_CHECKING:
    from tallymark_conformance.stage.server import Reply, ServerStage

SHOP: Final = "https://shop.example"
KNOWN_S: Final = 5.0
"""Within which a running server must know of a key that was made or revoked."""
MAX_WAIT_S: Final = 60


def until(stage: ServerStage, status: int, key: str, **headers: str) -> Reply:
    """Return the first answer with *status* to a batch under *key*, or the last one in time."""
    end = time.monotonic() + KNOWN_S
    while True:
        reply = stage.post(stage.envelope(1), key=key, headers=headers)
        if reply.status == status or time.monotonic() > end:
            return reply
        time.sleep(0.05)


@server_scenario(
    "srv.retry_after_present", ["TM-ERR-03", "TM-AUTH-02"], needs=["own_collector"], smoke=True
)
def retry_after_present(stage: ServerStage) -> None:
    """Above a key's rate a batch gets 429 with a time, is not stored, and is taken later."""
    with own_collector(stage, key_rate="50"):
        stream, reply, seq = stage.stream(), None, 1
        for _ in range(20):
            reply = stage.post(stage.envelope(40, seq=seq, stream=stream))
            if reply.status != 200:
                break
            seq += 40
        assert reply is not None
        is_problem(stage, reply, 429, "rate_limited", "batches above the rate")
        wait = reply.headers.get("retry-after", "")
        good = wait.isdigit() and 1 <= int(wait) <= MAX_WAIT_S
        stage.check(good, f"Retry-After: {wait!r}")
        value = reply.json if isinstance(reply.json, dict) else {}
        stage.check(value.get("retryable") is True, "a 429 that is not retryable", "TM-ERR-01")
        stage.equal(seq - 1, ledger(stage, stream)["stored"], "stored")
        time.sleep(int(wait) if good else 0)
        again = stage.post(stage.envelope(40, seq=seq, stream=stream))
        stage.equal(200, again.status, "status after the wait")


@server_scenario("sec.origin_policy", ["TM-AUTH-02"], needs=["own_collector"])
def origin_policy(stage: ServerStage) -> None:
    """A key with allowed origins takes batches of their pages, and of programs, and no others."""
    key = administer(stage, "key", "create", "--kind", "write", "--origin", SHOP)["key"]
    stage.equal(200, until(stage, 200, key, Origin=SHOP).status, "status of the shop's page")
    stage.equal(200, stage.post(stage.envelope(1), key=key).status, "status of a program")
    for origin in ("https://evil.example", "http://shop.example", f"{SHOP}.evil.example", "null"):
        reply = stage.post(stage.envelope(1), key=key, headers={"Origin": origin})
        is_problem(stage, reply, 403, "origin_denied", origin)
        stage.equal("*", reply.headers.get("access-control-allow-origin"), "a page may read why")


@server_scenario("sec.kinds_of_a_key", ["TM-AUTH-02"], needs=["own_collector"])
def kinds_of_a_key(stage: ServerStage) -> None:
    """A key that may send pages only has every other kind refused, event by event."""
    key = administer(stage, "key", "create", "--kind", "write", "--send", "page")["key"]
    until(stage, 200, key)
    batch = stage.envelope(0, hwm=2, events=[{"k": "page"}, {"e": "x"}])
    answer = send(stage, batch, key=key)
    stage.equal(({2: "key_policy"}, 1), (verdicts(answer), answer["stored"]), "verdicts, stored")


@server_scenario("sec.revoked_key", ["TM-AUTH-01"], needs=["own_collector"])
def revoked_key(stage: ServerStage) -> None:
    """A revoked key gets 401 within seconds, in the running server."""
    key = administer(stage, "key", "create", "--kind", "write")["key"]
    stage.equal(200, until(stage, 200, key).status, "status of the new key")
    administer(stage, "key", "revoke", key)
    is_problem(stage, until(stage, 401, key), 401, "key_unknown", "a revoked key")


@server_scenario("sec.flagged_key", ["TM-AUTH-03"], needs=["own_collector"])
def flagged_key(stage: ServerStage) -> None:
    """A secret key that a browser sent is kept hashed, and marked for the operator to see."""
    key = administer(stage, "key", "create", "--kind", "secret")["key"]
    stage.check("seen in a browser" not in told(stage, "key", "list"), "a key is marked before")
    until(stage, 401, key, Origin=SHOP)
    stage.check("seen in a browser" in told(stage, "key", "list"), "the key is not marked")
    held = [path for path in stage.collector.data.rglob("*") if path.is_file()]
    stage.check(
        not any(
            key.encode() in path.read_bytes() for path in held if path.stat().st_size < 1 << 28
        ),
        "the secret key is on disk as it is",
    )
    stage.equal(200, until(stage, 200, key).status, "status of the key without an Origin")


@server_scenario(
    "srv.projects_apart", ["TM-EPT-05", "TM-LED-08"], needs=["own_collector", "read_key"]
)
def projects_apart(stage: ServerStage) -> None:
    """A stream of one project is unknown to another, and so are its events."""
    name = f"other-{stage.rng.getrandbits(32):08x}"
    administer(stage, "project", "create", name)
    key = administer(stage, "key", "create", "--kind", "write", "--project", name)["key"]
    until(stage, 200, key)
    batch = stage.envelope(3)
    send(stage, batch)
    found = ledger(stage, batch["stream"], key=key)
    stage.equal((False, 0, 0), (found["known"], found["stored"], found["hwm"]), "another's ledger")
    mine = accepted(stage, stage.post(batch, key=key), batch["stream"])
    stage.equal((3, 0), (mine["stored"], mine["duplicate"]), "stored in the other project")
    stage.equal(3, len(listed(stage, batch["stream"])), "events a read key of the first one sees")


@server_scenario("srv.log_redaction", ["TM-WEB-06"], needs=["own_collector"], smoke=True)
def log_redaction(stage: ServerStage) -> None:
    """No key, no property and no id is in the log, whatever was right or wrong with a request."""
    marker = f"private{stage.rng.getrandbits(64):016x}"
    with own_collector(stage, access_log="true", log_level="debug") as collector:
        key, body = (
            collector.key,
            json.dumps({"e": marker, "u": marker, "p": {"v": marker}}).encode(),
        )
        wrong = f"tmk_{'D' * 22}"
        for used in (key, wrong):
            for path in ("/v1/e", "/v1/e.gif", "/v1/nothing"):
                stage.get(f"{path}?k={used}&e={marker}&d={marker}&p.v={marker}", key=None)
            stage.ask("POST", f"/v1/e?k={used}", body)
            stage.ask("POST", f"/v1/b?k={used}", body)
            stage.post(body, key=used)
        secret = stage.key("secret")
        stage.ask("POST", f"/v1/b?k={secret}", b"{}")
        stage.post(stage.envelope(1), key="secret", headers={"Origin": SHOP})
        collector.stop()
        log = collector.program.log.read_text("utf-8")
    stage.check("/v1/e" in log, "the log holds no line about a request at all")
    for what, text in (
        ("the key", key),
        ("a wrong key", wrong),
        ("a secret key", secret),
        ("a value", marker),
    ):
        stage.check(text not in log, f"{what} is in the log")
