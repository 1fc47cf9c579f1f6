"""Numbers and books of an SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_conformance.scenario.python import scenario

if TYPE_CHECKING:
    from tallymark_conformance.stage.sdk import SdkStage


@scenario("led.seq_from_1", ["TM-LED-01", "TM-ENV-03"], smoke=True)
def seq_from_1(stage: SdkStage) -> None:
    """The first event of a stream has number 1."""
    client = stage.create(flush_at=1)
    client.track()
    client.flush()
    stage.equal(1, stage.posts()[0][2].get("seq"), "seq of the first batch")
