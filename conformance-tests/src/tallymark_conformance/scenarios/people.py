"""People, profiles and groups, as an SDK says them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tallymark_conformance.scenario.python import scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_conformance.stage.sdk import SdkStage


def stored(stage: SdkStage, kind: str) -> list[Mapping[str, Any]]:
    """Return the stored events of *kind*."""
    return [row.body for row in stage.kept().rows if row.body.get("k", "track") == kind]


@scenario("idn.identify", ["TM-KND-03", "TM-EVT-06"], tier="silver", needs=["identify"], smoke=True)
def identify(stage: SdkStage) -> None:
    """Identify links the device to the user and sets the profile's properties, in one event."""
    client = stage.create()
    client.call("identify", user="user-1", device="device-1", properties={"plan": "pro"})
    client.flush()
    client.close()
    (event,) = stored(stage, "identify")
    context = event.get("ctx", {})
    stage.equal("user-1", event.get("u"), "user")
    stage.equal("device-1", event.get("d", context.get("device_id")), "device")
    stage.equal({"$set": {"plan": "pro"}}, event.get("ops"), "operations")


@scenario(
    "idn.anonymous_then_identified",
    ["TM-IDN-02", "TM-EVT-06"],
    tier="silver",
    needs=["track", "identify"],
)
def anonymous_then_identified(stage: SdkStage) -> None:
    """Events before and after identify stay what they were: no stored event is written anew."""
    client = stage.create()
    client.call("track", name="before", device="device-9")
    client.call("identify", user="user-9", device="device-9")
    client.call("track", name="after", device="device-9", user="user-9")
    client.flush()
    client.close()
    found = {event["e"]: event.get("u") for event in stored(stage, "track")}
    stage.equal({"before": None, "after": "user-9"}, found, "users of the events")


@scenario(
    "idn.bad_id_<kind>",
    ["TM-VAL-06", "TM-EVT-06"],
    tier="silver",
    needs=["track"],
    variants=[
        {"kind": kind, "bad": bad}
        for kind, bad in (
            ("null", "null"),
            ("undefined", " Undefined "),
            ("zero", "0"),
            ("empty", ""),
        )
    ],
)
def bad_id(stage: SdkStage, kind: str, bad: str) -> None:
    """An id that stands for none (<kind>) never becomes a person: refused or rejected, counted."""
    client = stage.create()
    client.track(1)
    client.call("track", altered=True, name="bad", user=bad)
    client.flush()
    client.close()
    users = [event.get("u") for event in stored(stage, "track")]
    stage.check(bad not in users, f"the id {kind} was stored as a user")
    stage.relax("valid", "the collector gives what the SDK lets pass a verdict")


@scenario(
    "idn.alias_needs_secret", ["TM-AUTH-02", "TM-KND-06"], tier="silver", needs=["alias", "stats"]
)
def alias_needs_secret(stage: SdkStage) -> None:
    """An alias under a public key is rejected by policy; people are not merged by a web page."""
    client = stage.create()
    client.call("alias", previous="user-1", user="user-2")
    client.flush()
    client.close()
    stage.equal({"key_policy": 1}, client.last["rejected"], "rejected")
    (sent,) = [event for event in stage.sent_events() if event.get("k") == "alias"]
    stage.equal(("user-1", "user-2"), (sent.get("from"), sent.get("to")), "from and to")


@scenario("prf.operations", ["TM-KND-04", "TM-PRF-03"], tier="silver", needs=["profile"])
def operations(stage: SdkStage) -> None:
    """Every operation on a profile is sent under its name, with its operand as it was given."""
    changes = {
        "set": {"plan": "pro"},
        "set_once": {"first": "seo"},
        "add": {"logins": 2.5},
        "append": {"tags": "a"},
        "union": {"teams": ["x", "y"]},
        "remove": {"tags": "b"},
        "unset": ["old"],
    }
    client = stage.create()
    client.call("profile", changes=changes, user="user-1")
    client.flush()
    client.close()
    (event,) = stored(stage, "profile")
    stage.equal(
        {f"${name}": value for name, value in changes.items()}, event.get("ops"), "operations"
    )


@scenario("prf.add_once", ["TM-PRF-01", "TM-LED-12"], tier="silver", needs=["profile"])
def add_once(stage: SdkStage) -> None:
    """Ten additions through duplicates and lost answers are ten stored operations."""
    stage.follow(
        {"match": {"n": 1, "method": "POST"}, "do": "rst_after"},
        {"match": {"method": "POST"}, "do": "duplicate"},
    )
    client = stage.create()
    for _ in range(10):
        client.call("profile", changes={"add": {"credits": 1}}, user="user-1")
    client.flush()
    client.close()
    stage.equal(10, len(stored(stage, "profile")), "operations stored")


@scenario("grp.group", ["TM-KND-05", "TM-EVT-07"], tier="silver", needs=["track", "group"])
def group(stage: SdkStage) -> None:
    """A group's profile is an event of its own, and membership goes with the events."""
    client = stage.create()
    client.call("group", kind="company", id="acme", properties={"size": 7})
    client.call("track", name="probe", groups={"company": "acme"})
    client.flush()
    client.close()
    (event,) = stored(stage, "group")
    found = event.get("gt"), event.get("gi"), event.get("ops")
    stage.equal(("company", "acme", {"$set": {"size": 7}}), found, "the group's event")
    stage.equal(
        [{"company": "acme"}], [event.get("g") for event in stored(stage, "track")], "groups"
    )
