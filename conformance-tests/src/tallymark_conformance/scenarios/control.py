"""What a collector may ask of an SDK, within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.python import scenario

if TYPE_CHECKING:
    from tallymark_conformance.stage.client import Client
    from tallymark_conformance.stage.sdk import SdkStage

GOLD: Final[dict[str, Any]] = {
    "needs": ("track", "control"),
    "tier": "gold",
    "profile": "control",
}
SETTLE_MS: Final = 300
"""How long a client may need to take an answer in."""


def steered(stage: SdkStage, control: dict[str, Any], **config: Any) -> Client:
    """Make a client whose first answer carries the block *control*."""
    do = {"amend": {"fields": {"control": {"etag": "c1", "ttl_s": 3_600, **control}}}}
    stage.follow({"match": {"n": 1, "method": "POST"}, "do": do})
    client = stage.create(**config)
    client.track(1)
    client.flush()
    stage.quiet(SETTLE_MS)
    return client


@scenario("ctl.pause", ["TM-CTL-03", "TM-CTL-01"], **GOLD)
def pause(stage: SdkStage) -> None:
    """A pause in an answer is honoured, and what was recorded meanwhile is sent after it."""
    client = steered(stage, {"pause_ms": 2_000}, flush_at=1)
    began = stage.exchanges[0].ended
    client.track(5)
    stage.wait_requests(2)
    second = stage.posts()[1][0].started - began
    stage.check(second >= 1_950, f"a request {second:.0f} ms after a pause of 2,000 was asked for")
    client.close()


@scenario("ctl.max_batch", ["TM-CTL-01"], **GOLD)
def max_batch(stage: SdkStage) -> None:
    """The largest batch that the collector asks for is not exceeded."""
    client = steered(stage, {"max_batch": 7})
    client.track(40)
    client.flush()
    client.close()
    sizes = [len(batch["events"]) for _, _, batch in stage.posts()[1:]]
    stage.check(max(sizes) <= 7, f"batches of {sizes} events")


@scenario("ctl.flush_interval", ["TM-CTL-01"], **GOLD)
def flush_interval(stage: SdkStage) -> None:
    """The interval that the collector asks for takes the place of the client's own."""
    client = steered(stage, {"flush_ms": 200}, flush_ms=60_000)
    client.track(1)
    stage.wait_stored(2, 6_000)
    client.close()


@scenario("ctl.out_of_bounds", ["TM-CTL-01"], **GOLD)
def out_of_bounds(stage: SdkStage) -> None:
    """Values out of bounds are ignored: a broken collector cannot silence a client."""
    block = {"pause_ms": 999_999_999, "max_batch": 0, "flush_ms": -5, "ttl_s": 10**9}
    client = steered(stage, block)
    client.track(20)
    stage.equal(True, client.flush(), "what flush said")
    client.close()
    stage.equal(21, len(stage.kept().rows), "events stored")


@scenario(
    "ctl.expires",
    ["TM-CTL-01"],
    needs=["track", "control", "virtual_clock"],
    tier="gold",
    profile="control",
)
def expires(stage: SdkStage) -> None:
    """After its time a block is forgotten, and the client's own settings hold again."""
    client = steered(stage, {"max_batch": 3, "ttl_s": 60}, virtual_clock=True)
    client.advance(61_000)
    client.track(30)
    client.flush()
    client.close()
    sizes = [len(batch["events"]) for _, _, batch in stage.posts()[1:]]
    stage.check(max(sizes) > 3, f"batches of {sizes} events long after the block's end")


@scenario(
    "ctl.sample",
    ["TM-CTL-02", "TM-EVT-09", "TM-BKT-01"],
    needs=["track", "sampling", "stats"],
    tier="gold",
    profile="control",
)
def sample(stage: SdkStage) -> None:
    """Sampling keeps whole units, says so on each event, and declares the rest."""
    client = steered(stage, {"sample": {"default": 0.5}})
    for unit in range(40):
        for _ in range(3):
            client.call("track", name="probe", device=f"device-{unit}")
    client.flush()
    client.close()
    rows = stage.kept().rows[1:]
    counts = {row.body.get("d"): 0 for row in rows}
    for row in rows:
        counts[row.body.get("d")] += 1
        stage.equal(0.5, row.body.get("sr"), "sr of a kept event", "TM-EVT-09")
    stage.equal({3}, set(counts.values()), "events of each unit that was kept")
    stage.check(5 <= len(counts) <= 35, f"{len(counts)} of 40 units were kept")
    stage.equal({"sampled": 120 - len(rows)}, client.last["dropped"], "dropped")


@scenario(
    "ctl.disabled_events",
    ["TM-CTL-01", "TM-LED-03"],
    needs=["track", "sampling", "stats"],
    tier="gold",
    profile="control",
)
def disabled_events(stage: SdkStage) -> None:
    """Events the collector does not want are declared as sampled, and nothing else is left out."""
    client = steered(stage, {"disable_events": ["noise"]})
    client.track(3, name="noise")
    client.track(2, name="signal")
    client.flush()
    client.close()
    names = [row.body.get("e") for row in stage.kept().rows[1:]]
    stage.equal(["signal", "signal"], names, "events stored")
    stage.equal({"sampled": 3}, client.last["dropped"], "dropped")
