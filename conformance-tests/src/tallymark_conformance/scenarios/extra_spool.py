"""What a spool must not do: send what was acked again, or lie open to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.python import scenario

if TYPE_CHECKING:
    from tallymark_conformance.stage.sdk import SdkStage

GOLD: Final[dict[str, Any]] = {
    "needs": ("track", "stats", "spool"),
    "tier": "gold",
    "platforms": ("server",),
}
DOWN: Final = {"match": {"method": "POST"}, "do": {"status": {"code": 503}}}


@scenario("dur.acked_stays_acked", ["TM-SPL-21", "TM-SPL-24"], **GOLD)
def acked_stays_acked(stage: SdkStage) -> None:
    """After a kill the next process sends what was not acked, and nothing that was."""
    client = stage.create(spool_dir=True)
    client.track(20)
    stage.equal(True, client.flush(), "what flush said")
    stage.follow(DOWN)
    client.track(5)
    stage.kill()
    before = len(stage.posts())
    stage.follow()
    stage.start()
    client = stage.create(spool_dir=True)
    stage.wait_stored(25)
    client.close()
    again = [
        event.get("n", batch["seq"] + place)
        for _, _, batch in stage.posts()[before:]
        for place, event in enumerate(batch["events"])
    ]
    stage.equal([21, 22, 23, 24, 25], sorted(again), "numbers that the next process sent")


@scenario("dur.closed_to_others", ["TM-SPL-03"], **GOLD)
def closed_to_others(stage: SdkStage) -> None:
    """Every directory of a spool is its owner's alone, those above the streams, too."""
    stage.follow(DOWN)
    client = stage.create(spool_dir=True)
    client.track(3)
    home = stage.folder / "spool"
    open_ones = [
        f"{path.relative_to(home)} {path.stat().st_mode & 0o777:o}"
        for path in home.rglob("*")
        if path.is_dir() and path.stat().st_mode & 0o777 != 0o700
    ]
    stage.equal([], open_ones, "directories that others can look into")
    stage.follow()
    client.flush()
    client.close()
