"""What a server must not let pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_conformance.scenario.server import server_scenario

if TYPE_CHECKING:
    from tallymark_conformance.stage.server import ServerStage


@server_scenario("sec.unknown_key", ["TM-AUTH-01"], smoke=True)
def unknown_key(stage: ServerStage) -> None:
    """A key that was never given out gets 401, though it has the form of one; nothing is stored."""
    stage.equal(200, stage.post(stage.envelope()).status, "status under the good key")
    stranger = "tmk_" + "".join(stage.rng.choices("0123456789abcdef", k=22))
    stream = stage.stream()
    reply = stage.post(stage.envelope(3, stream=stream), key=stranger)
    stage.equal((401, "key_unknown"), (reply.status, (reply.json or {}).get("code")), "answer")
    known = stage.get(f"/v1/streams/{stream}").json
    stage.equal(0, known["stored"], "events stored under the unknown key")
