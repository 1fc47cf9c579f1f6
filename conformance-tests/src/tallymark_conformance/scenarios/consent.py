"""What is recorded and sent under which consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.python import scenario
from tallymark_protocol import limits

if TYPE_CHECKING:
    from tallymark_conformance.stage.sdk import SdkStage

NEEDS: Final = ("track", "consent", "stats")
SILVER: Final[dict[str, Any]] = {"needs": NEEDS, "tier": "silver"}


def untold(stage: SdkStage) -> None:
    """Leave out the oracles that ask the collector about what it must not be told."""
    for name in ("accounted", "history", "books"):
        stage.relax(name, "without consent the collector is told nothing")


def contexts(stage: SdkStage) -> list[Any]:
    """Return the context of each batch that held events."""
    return [batch.get("ctx", {}) for _, _, batch in stage.posts() if batch["events"]]


@scenario("con.denied", ["TM-CON-01", "TM-LED-01"], smoke=True, **SILVER)
def denied(stage: SdkStage) -> None:
    """Without consent no byte is sent, no number is given, and no call is an event."""
    client = stage.create(consent={"analytics": "denied"}, flush_at=1)
    ids = client.track(5)
    stage.quiet(400)
    client.flush()
    client.close()
    stage.equal([None] * 5, ids, "ids")
    stage.equal(0, client.last["assigned"], "assigned", "TM-LED-01")
    stage.equal([], stage.exchanges, "requests")


@scenario(
    "con.denied_stores_nothing",
    ["TM-CON-01"],
    needs=[*NEEDS, "spool"],
    tier="gold",
    platforms=["server"],
)
def denied_stores_nothing(stage: SdkStage) -> None:
    """Without consent nothing is written to the disk."""
    client = stage.create(consent={"analytics": "denied"}, spool_dir=True)
    client.track(5)
    client.close()
    token = stage.book.token.encode()
    files = [path for path in (stage.folder / "spool").rglob("*") if path.is_file()]
    stage.equal([], [path.name for path in files if token in path.read_bytes()], "files")
    stage.equal([], stage.exchanges, "requests")


@scenario("con.withdrawn", ["TM-CON-01", "TM-LED-03", "TM-CON-05"], **SILVER)
def withdrawn(stage: SdkStage) -> None:
    """Withdrawn consent erases what waits, counts it, and lets nothing of it leave."""
    client = stage.create(consent={"analytics": "granted"})
    client.track(10)
    client.call("consent", analytics="denied")
    client.track(5)
    client.flush()
    client.close()
    stage.equal({"consent_withdrawn": 10}, client.last["dropped"], "dropped")
    sent = [event for _, _, batch in stage.posts() for event in batch["events"]]
    stage.equal([], sent, "events sent after consent was withdrawn")
    untold(stage)


@scenario("con.hold_then_granted", ["TM-CON-01", "TM-CON-04"], **SILVER)
def hold_then_granted(stage: SdkStage) -> None:
    """While consent is unknown events are held; once it is granted they are sent."""
    client = stage.create(consent={"analytics": "unknown"}, when_unknown="hold", flush_at=1)
    client.track(10)
    stage.quiet(400)
    client.call("consent", analytics="granted")
    client.flush()
    client.close()
    stage.equal(10, len(stage.kept().rows), "events stored")


@scenario("con.hold_then_denied", ["TM-CON-01"], **SILVER)
def hold_then_denied(stage: SdkStage) -> None:
    """What was held while consent was unknown never leaves when it is denied."""
    client = stage.create(consent={"analytics": "unknown"}, when_unknown="hold", flush_at=1)
    client.track(10)
    client.call("consent", analytics="denied")
    client.flush()
    client.close()
    sent = [event for _, _, batch in stage.posts() for event in batch["events"]]
    stage.equal([], sent, "events sent")
    untold(stage)


@scenario("con.hold_is_bounded", ["TM-CON-01", "TM-LED-03"], **SILVER)
def hold_is_bounded(stage: SdkStage) -> None:
    """At most 100 events are held; what is beyond is a declared loss."""
    client = stage.create(consent={"analytics": "unknown"}, when_unknown="hold")
    client.track(130)
    stage.equal(limits.MAX_HOLD, client.stats()["pending"], "events held")
    client.call("consent", analytics="granted")
    client.flush()
    client.close()
    stage.equal(limits.MAX_HOLD, len(stage.kept().rows), "events stored")


@scenario("con.anonymous", ["TM-CON-01", "TM-CTX-03"], **SILVER)
def anonymous(stage: SdkStage) -> None:
    """In anonymous mode events go without any id, and the address is not kept."""
    client = stage.create(consent={"analytics": "unknown"}, when_unknown="anonymous")
    client.call("track", name="probe", user="user-1", device="device-1")
    client.flush()
    client.close()
    for event in stage.sent_events():
        held = {"u", "d", "s", "g"} & set(event)
        stage.equal(set(), held, "ids of an anonymous event")
    for context in contexts(stage):
        held = {"user_id", "device_id", "session_id"} & set(context)
        stage.equal(set(), held, "ids in the context of anonymous events")
        stage.equal("none", context.get("ip"), "ip", "TM-CTX-03")


@scenario("con.travels", ["TM-CON-04"], **SILVER)
def travels(stage: SdkStage) -> None:
    """The consents in force travel with the events."""
    client = stage.create(consent={"analytics": "granted", "ads": "denied"})
    client.track(2)
    client.flush()
    client.close()
    for context in contexts(stage):
        said = context.get("consent", {})
        stage.equal(("granted", "denied"), (said.get("analytics"), said.get("ads")), "consent")


@scenario("con.gpc", ["TM-CON-02"], needs=[*NEEDS, "gpc"], tier="silver")
def gpc(stage: SdkStage) -> None:
    """The Global Privacy Control signal denies ads and personalization, whatever was granted."""
    consent = {"analytics": "granted", "ads": "granted", "personalization": "granted"}
    client = stage.create(consent=consent, gpc=True)
    client.track(1)
    client.flush()
    client.close()
    for context in contexts(stage):
        said = context.get("consent", {})
        found = said.get("ads"), said.get("personalization"), context.get("gpc")
        stage.equal(("denied", "denied", True), found, "ads, personalization, gpc")


@scenario("con.change_rotates", ["TM-LED-10"], **SILVER)
def change_rotates(stage: SdkStage) -> None:
    """After a change of consent another stream begins: nobody can join what was before with it."""
    client = stage.create(consent={"analytics": "granted", "ads": "granted"})
    client.track(3)
    client.call("consent", ads="denied")
    client.track(3)
    client.flush()
    client.close()
    stage.equal(2, len({row.stream for row in stage.kept().rows}), "streams")


@scenario("con.ip", ["TM-CTX-03"], **SILVER)
def ip(stage: SdkStage) -> None:
    """What may be kept of the address is said with the events."""
    client = stage.create(ip="none")
    client.track(1)
    client.flush()
    client.close()
    stage.equal(["none"], [context.get("ip") for context in contexts(stage)], "ip")
