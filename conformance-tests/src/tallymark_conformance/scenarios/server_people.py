"""Whose an event is, and what is kept of a person: identity, profiles, groups, consent."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import (
    events,
    listed,
    only,
    paths,
    send,
    verdict_of,
    verdicts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tallymark_conformance.stage.server import ServerStage

DENIED: Final = {"consent": {"analytics": "denied"}}
MINUTE: Final = 60_000


class Cast:
    """People and devices whose ids no other scenario uses, and one stream in which they act."""

    def __init__(self, stage: ServerStage) -> None:
        """Name everybody by a tag drawn from the seed."""
        self.stage = stage
        self.tag = f"{stage.rng.getrandbits(32):08x}"
        self.stream = stage.stream()
        self.name = f"probe {self.tag}"
        self.start = int(time.time() * 1000) - 60 * MINUTE
        self.seq = 1

    def id(self, short: str) -> str:
        """Return the id behind a *short* name."""
        return f"{short}-{self.tag}"

    def event(self, minute: int, **who: str) -> dict[str, Any]:
        """Return an event at a *minute* of a user `u` or a device `d`."""
        ids = {field: self.id(short) for field, short in who.items()}
        return {"e": self.name, "t": self.start + minute * MINUTE, **ids}

    def operation(self, kind: str, minute: int, **who: Any) -> dict[str, Any]:
        """Return an identify or alias at a *minute*; ids are short names."""
        ids = {k: self.id(v) if isinstance(v, str) else v for k, v in who.items()}
        return {"k": kind, "t": self.start + minute * MINUTE, **ids}

    def send(self, *sent: dict[str, Any], key: str = "write") -> None:
        """Send events, numbered on from those before."""
        batch = self.stage.envelope(
            0, seq=self.seq, stream=self.stream, hwm=self.seq + len(sent) - 1, events=list(sent)
        )
        answer = send(self.stage, batch, key=key)
        self.seq += len(sent)
        self.stage.equal((len(sent), {}), (answer["stored"], verdicts(answer)), "stored, verdicts")

    def uniques(self) -> int:
        """Return how many people the probe events belong to, as a report counts them."""
        day = datetime.fromtimestamp(self.start / 1000, UTC).date()
        today = datetime.fromtimestamp(time.time(), UTC).date()
        question = {
            "events": [self.name],
            "measure": "uniques",
            "from": day.isoformat(),
            "to": today.isoformat(),
        }
        reply = self.stage.post(question, "/v1/query/trends", key="read")
        value = reply.json
        if reply.status != 200 or not isinstance(value, dict) or "series" not in value:
            self.stage.fail(f"the report is answered {reply.status}: {reply.body[:200]!r}")
        return int(value["series"][0]["total"])

    def count(self, short: str) -> int:
        """Return how many events belong to a person, operations not counted."""
        question = {"user": self.id(short)}
        reply = self.stage.post(question, "/v1/people/events", key="read")
        value = reply.json
        if reply.status != 200 or not isinstance(value, dict) or "events" not in value:
            self.stage.fail(f"the timeline is answered {reply.status}: {reply.body[:200]!r}")
        return sum(json.loads(event["body"]).get("e") == self.name for event in value["events"])


@server_scenario("idn.server_belongs", ["TM-IDN-01"], needs=["read_key"], smoke=True)
def server_belongs(stage: ServerStage) -> None:
    """An event belongs to its user, else to the one its device is linked to, else to its device."""
    cast = Cast(stage)
    cast.send(cast.event(1, u="ann"), cast.event(2, d="phone"), cast.event(3, d="tablet"))
    stage.equal(3, cast.uniques(), "people before the link")
    cast.send(cast.operation("identify", 4, u="ann", d="phone"), cast.event(5, d="phone", u="bob"))
    stage.equal((2, 1), (cast.count("ann"), cast.count("bob")), "events of ann and of bob")
    stage.equal(3, cast.uniques(), "people after it: ann, bob and the tablet")


@server_scenario("idn.server_anon_then_identify", ["TM-IDN-02"], needs=["read_key"], smoke=True)
def server_anon_then_identify(stage: ServerStage) -> None:
    """The first identify claims what its device did before; another user's later one does not."""
    cast = Cast(stage)
    cast.send(
        cast.event(1, d="phone"),
        cast.event(2, d="phone"),
        cast.operation("identify", 10, u="ann", d="phone"),
        cast.event(11, d="phone"),
        cast.operation("identify", 20, u="bob", d="phone"),
        cast.event(21, d="phone"),
    )
    stage.equal((3, 1), (cast.count("ann"), cast.count("bob")), "events of ann and of bob")


@server_scenario("idn.server_two_users_one_device", ["TM-IDN-03"], needs=["read_key"])
def server_two_users_one_device(stage: ServerStage) -> None:
    """Two users of one device stay two people."""
    cast = Cast(stage)
    cast.send(
        cast.operation("identify", 1, u="ann", d="phone"),
        cast.operation("identify", 2, u="bob", d="phone"),
        cast.event(3, u="ann", d="phone"),
        cast.event(4, u="bob", d="phone"),
    )
    stage.equal(
        (1, 1, 2), (cast.count("ann"), cast.count("bob"), cast.uniques()), "ann, bob, people"
    )


@server_scenario(
    "idn.server_alias_undo", ["TM-IDN-04", "TM-IDN-05"], needs=["read_key", "secret_key"]
)
def server_alias_undo(stage: ServerStage) -> None:
    """An alias makes two users one, its undo makes them two again, and no stored event changes."""
    cast = Cast(stage)
    cast.send(cast.event(1, u="ann"), cast.event(2, u="bob"))
    before = listed(stage, cast.stream)
    cast.send(cast.operation("alias", 3, **{"from": "bob", "to": "ann"}), key="secret")
    stage.equal((1, 2), (cast.uniques(), cast.count("ann")), "people and events, merged")
    undo = cast.operation("alias", 4, **{"from": "bob", "to": "ann"}, undo=True)
    cast.send(undo, key="secret")
    told = cast.uniques(), cast.count("ann"), cast.count("bob")
    stage.equal((2, 1, 1), told, "people and events, after the undo")
    stage.equal(before, listed(stage, cast.stream)[:2], "stored events")


@server_scenario("idn.server_alias_chain", ["TM-IDN-04"], needs=["read_key", "secret_key"])
def server_alias_chain(stage: ServerStage) -> None:
    """Users that are aliased in a chain are one person, the one who was seen first."""
    cast = Cast(stage)
    cast.send(*(cast.event(minute, u=short) for minute, short in ((9, "a"), (3, "b"), (5, "c"))))
    pairs = (("a", "c"), ("c", "b"))
    cast.send(
        *(cast.operation("alias", 20, **{"from": one, "to": other}) for one, other in pairs),
        key="secret",
    )
    stage.equal((1, 3), (cast.uniques(), cast.count("b")), "people, and events of the first seen")


@server_scenario(
    "idn.server_permutations", ["TM-IDN-06", "TM-IDN-04"], needs=["read_key", "secret_key"]
)
def server_permutations(stage: ServerStage) -> None:
    """Four operations give one mapping, in whichever of their 24 orders they arrive."""
    found = set()
    for order in permutations(range(4)):
        cast = Cast(stage)
        operations = (
            cast.operation("identify", 10, u="ann", d="phone"),
            cast.operation("identify", 20, u="bob", d="phone"),
            cast.operation("alias", 30, **{"from": "bob", "to": "cyd"}),
            cast.operation("alias", 40, **{"from": "bob", "to": "cyd"}, undo=True),
        )
        seen = (cast.event(5, d="phone"), cast.event(25, d="phone"), cast.event(50, u="cyd"))
        cast.send(*(operations[place] for place in order), *seen, key="secret")
        found.add(tuple(cast.count(short) for short in ("ann", "bob", "cyd")))
    stage.equal({(1, 1, 1)}, found, "events of ann, bob and cyd")


@server_scenario("idn.server_bad_ids", ["TM-VAL-06", "TM-KND-03"], needs=["secret_key"])
def server_bad_ids(stage: ServerStage) -> None:
    """Nobody becomes null, undefined or anonymous: such an identify or alias is refused."""
    for text in ("null", "undefined", "Anonymous", "0", "[object Object]"):
        found = verdict_of(stage, {"k": "identify", "u": text, "d": "dev-1"})
        stage.equal(("bad_id", "u"), found, f"verdict on identify {text}")
        alias = stage.envelope(0, hwm=1, events=[{"k": "alias", "from": "ann-1", "to": text}])
        answer = send(stage, alias, path="/v1/validate", key="secret")
        stage.equal(
            ({1: "bad_id"}, {1: "to"}), (verdicts(answer), paths(answer)), f"alias to {text}"
        )


@server_scenario("prf.server_ops_kept", ["TM-PRF-01", "TM-KND-04"], needs=["read_key"])
def server_ops_kept(stage: ServerStage) -> None:
    """Profile operations are stored as they were sent: a profile can be computed from them."""
    ops: Sequence[dict[str, Any]] = (
        {"$set": {"plan": "pro", "at": None}},
        {"$set_once": {"first": "é"}, "$add": {"visits": 1.5}},
        {"$append": {"list": {"a": 1}}, "$union": {"tags": ["a", 1, None]}},
        {"$remove": {"tags": "a"}, "$unset": ["plan", "10"]},
    )
    stream = stage.stream()
    sent = [{"k": "profile", "u": "ann-1", "ops": one} for one in ops]
    send(stage, stage.envelope(0, stream=stream, hwm=4, events=sent))
    stage.equal(list(ops), [event.get("ops") for event in events(listed(stage, stream))], "ops")


@server_scenario("prf.server_add_once", ["TM-PRF-01", "TM-LED-11"], needs=["read_key"])
def server_add_once(stage: ServerStage) -> None:
    """An `$add` that comes three times is stored once: nothing is added twice."""
    event = {"k": "profile", "u": "ann-1", "ops": {"$add": {"visits": 1}}}
    batch = stage.envelope(0, hwm=1, events=[event])
    for _ in range(3):
        send(stage, batch)
    stage.equal(1, len(listed(stage, batch["stream"])), "operations stored")


@server_scenario("prf.server_identify_ops", ["TM-KND-03", "TM-PRF-03"], needs=["read_key"])
def server_identify_ops(stage: ServerStage) -> None:
    """An identify carries operations, which are judged as those of a profile are."""
    stream = stage.stream()
    good = {"k": "identify", "u": "ann-1", "d": "dev-1", "ops": {"$set": {"plan": "pro"}}}
    bad = {**good, "ops": {"$delete": True}}
    answer = send(stage, stage.envelope(0, stream=stream, hwm=2, events=[good, bad]))
    stage.equal({2: "key_policy"}, verdicts(answer), "verdicts")
    stage.equal(good["ops"], only(stage, stream)["event"].get("ops"), "operations stored")


@server_scenario(
    "grp.server_membership_and_profile", ["TM-KND-05", "TM-EVT-06"], needs=["read_key"]
)
def server_membership_and_profile(stage: ServerStage) -> None:
    """Memberships stay with their event, and a group's own operations are stored."""
    stream = stage.stream()
    sent = [
        {"e": "x", "g": {"company": "acme-1", "team": None}},
        {"k": "group", "gt": "company", "gi": "acme-1", "ops": {"$set": {"size": 5}}},
    ]
    send(stage, stage.envelope(0, stream=stream, hwm=2, events=sent))
    found = events(listed(stage, stream))
    stage.equal({"company": "acme-1"}, found[0].get("g"), "memberships")
    told = [found[1].get(name) for name in ("k", "gt", "gi", "ops")]
    stage.equal(["group", "company", "acme-1", {"$set": {"size": 5}}], told, "the group's event")


@server_scenario("srv.consent_enforced", ["TM-CON-03"], smoke=True)
def consent_enforced(stage: ServerStage) -> None:
    """An event whose effective context denies analytics gets consent_missing and is not stored."""
    granted = {"consent": {"analytics": "granted"}}
    sent = [{"e": "x"}, {"e": "x", "ctx": granted}, {"e": "x", "ctx": {"consent": None}}]
    batch = stage.envelope(0, hwm=3, ctx=DENIED, events=sent)
    answer = send(stage, batch)
    stage.equal(
        ({1: "consent_missing"}, 2), (verdicts(answer), answer["stored"]), "verdicts, stored"
    )
    stage.equal({1: "ctx.consent.analytics"}, paths(answer), "path")
    alone = stage.envelope(0, hwm=1, events=[{"e": "x", "ctx": DENIED}])
    stage.equal({1: "consent_missing"}, verdicts(send(stage, alone)), "verdict on its own context")


@server_scenario("con.server_keeps_nothing", ["TM-CON-03"], needs=["own_collector"])
def server_keeps_nothing(stage: ServerStage) -> None:
    """Nothing of an event without consent is on disk: not its name, not its properties."""
    marker = f"unconsented{stage.rng.getrandbits(64):016x}"
    event = {"e": marker, "u": marker, "p": {"v": marker}, "ctx": DENIED}
    kept = {"e": f"kept{marker}"}
    send(stage, stage.envelope(0, hwm=2, events=[event, kept]))
    found = on_disk(stage, marker.encode())
    stage.check(found, "not even the event with consent is on disk", "TM-ACK-05")
    kept_as, alone = f"kept{marker}".encode(), marker.encode()
    lone = sum(alone in data.replace(kept_as, b"") for data in found)
    stage.equal(0, lone, "files that hold the event without consent")


def on_disk(stage: ServerStage, text: bytes) -> list[bytes]:
    """Return the content of every file of the collector's data that holds *text*."""
    files = [path for path in stage.collector.data.rglob("*") if path.is_file()]
    contents = [path.read_bytes() for path in files if path.stat().st_size < 1 << 28]
    return [data for data in contents if text in data]


@server_scenario("con.server_gpc", ["TM-CON-02"], needs=["read_key"])
def server_gpc(stage: ServerStage) -> None:
    """`Sec-GPC: 1` and `gpc` deny ads and personalization, whatever was granted."""
    granted = {"ads": "granted", "personalization": "granted", "analytics": "granted"}
    denied = {"analytics": "granted", "ads": "denied", "personalization": "denied"}
    for context, headers, expected in (
        ({"consent": granted}, {"Sec-GPC": "1"}, denied),
        ({"consent": granted, "gpc": True}, {}, denied),
        ({"consent": granted}, {"Sec-GPC": "0"}, granted),
    ):
        stream = stage.stream()
        batch = stage.envelope(1, stream=stream, ctx=context)
        send(stage, batch, headers=headers)
        found = only(stage, stream)["event"].get("ctx", {}).get("consent")
        stage.equal(expected, found, f"consent stored with {headers} and gpc {context.get('gpc')}")


@server_scenario("con.server_event_time_state", ["TM-CON-04"], needs=["read_key"])
def server_event_time_state(stage: ServerStage) -> None:
    """Each event is stored with the consent that travelled with it."""
    stream = stage.stream()
    sent = [{"e": "x"}, {"e": "x", "ctx": {"consent": {"ads": "granted"}}}]
    shared = {"consent": {"analytics": "granted", "ads": "denied"}}
    send(stage, stage.envelope(0, stream=stream, hwm=2, ctx=shared, events=sent))
    found = [event["ctx"]["consent"]["ads"] for event in events(listed(stage, stream))]
    stage.equal(["denied", "granted"], found, "consent to ads")


@server_scenario("con.server_ip", ["TM-CTX-03"], needs=["own_collector"])
def server_ip(stage: ServerStage) -> None:
    """With `ip` none or truncate the sender's full address is nowhere on disk."""
    for place, mode in enumerate(("none", "truncate", None)):
        address = f"203.0.113.{201 + place}"
        context = {} if mode is None else {"ip": mode}
        headers = {"X-Forwarded-For": address, "Forwarded": f"for={address}"}
        send(stage, stage.envelope(1, ctx=context), headers=headers)
        stage.equal(0, len(on_disk(stage, address.encode())), f"files with the address, ip {mode}")


@server_scenario("con.no_consent_is_consent", ["TM-CON-03"])
def no_consent_is_consent(stage: ServerStage) -> None:
    """What says nothing about analytics, or says unknown, is stored: only denied is refused."""
    for consent in ({"analytics": "unknown"}, {"analytics": "granted"}, {"ads": "denied"}, {}):
        answer = send(stage, stage.envelope(1, ctx={"consent": consent}))
        stage.equal(1, answer["stored"], f"stored under {consent}")
