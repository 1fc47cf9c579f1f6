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


@server_scenario("srv.hwm_above_a_gap", ["TM-ENV-04", "TM-LED-08"])
def hwm_above_a_gap(stage: ServerStage) -> None:
    """A number announced by a batch that comes before its predecessors counts as assigned."""
    stream = stage.stream()
    stage.post(stage.envelope(2, stream=stream, seq=5, hwm=9))
    known = stage.get(f"/v1/streams/{stream}").json
    stage.equal(9, known["hwm"], "hwm")
    stage.equal(7, known["unaccounted"], "numbers unaccounted for", "TM-LED-08")
    stage.post(stage.envelope(0, stream=stream, seq=10, hwm=12, fin=True))
    known = stage.get(f"/v1/streams/{stream}").json
    stage.equal((12, True), (known["hwm"], known["fin"]), "hwm and fin of an empty batch")
