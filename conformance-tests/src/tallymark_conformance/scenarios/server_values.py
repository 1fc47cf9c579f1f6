"""What a server makes of the content of events: verdicts with a path, and nothing else fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.server import server_scenario
from tallymark_conformance.stage.answers import (
    accepted,
    events,
    is_problem,
    listed,
    only,
    paths,
    send,
    verdict_of,
    verdicts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallymark_conformance.stage.server import ServerStage

Verdict = tuple[str, str] | None
NO_OBJECTS: Final[Sequence[object]] = ("x", 1, None, [], True)
DENIED: Final = (
    *("null", "undefined", "none", "nil", "anonymous", "unknown", "0", "-1", "true", "false", "[]"),
    *("{}", "[object object]", "NaN", "00000000-0000-0000-0000-000000000000", ""),
)


def expect(
    stage: ServerStage, cases: Sequence[tuple[Any, Verdict]], req: str | None = None
) -> None:
    """Demand for each event of *cases* its verdict, code and path, or None."""
    for event, expected in cases:
        found = verdict_of(stage, event)
        stage.equal(expected, found, f"verdict on {str(event)[:120]}", req)


def raw(stage: ServerStage, events_text: str, *, path: str = "/v1/validate") -> dict[str, Any]:
    """Send an envelope whose events are the JSON text given, and return the answer."""
    batch = {**stage.envelope(0, hwm=9), "events": "EVENTS"}
    text = json.dumps(batch).replace('"EVENTS"', f"[{events_text}]")
    return accepted(stage, stage.post(text.encode(), path), batch["stream"])


@server_scenario("srv.mixed_batch", ["TM-ENV-09", "TM-ACK-06", "TM-EVT-10"], smoke=True)
def mixed_batch(stage: ServerStage) -> None:
    """Bad events are named with code and path, and the good ones beside them are stored."""
    wrong = [
        {"e": ""},
        "no object",
        None,
        {"e": "x", "p": {"deep": {"a": {"b": {"c": {"d": {}}}}}}},
        {"k": "mystery", "e": "x"},
        {"e": "x", "u": "null"},
    ]
    good = {"e": "probe", "d": "device-1"}
    mixed = [item for bad in wrong for item in (good, bad)]
    stream = stage.stream()
    answer = send(stage, stage.envelope(0, stream=stream, hwm=12, events=mixed))
    codes = ["bad_name", "bad_type", "bad_type", "depth", "unknown_kind", "bad_id"]
    stage.equal(dict(zip(range(2, 13, 2), codes, strict=True)), verdicts(answer), "verdicts")
    stage.equal((12, 6), (answer["received"], answer["stored"]), "received and stored")
    stage.equal("p.deep.a.b.c.d", paths(answer).get(8), "path of the deep one", "TM-EVT-10")
    stage.equal(
        {"upto": 12, "settled": []}, {k: answer["ack"][k] for k in ("upto", "settled")}, "ack"
    )


@server_scenario("srv.unknown_kind", ["TM-VAL-05", "TM-ENV-09"])
def unknown_kind(stage: ServerStage) -> None:
    """A kind nobody knows gets unknown_kind and fails no other event."""
    stream = stage.stream()
    batch = stage.envelope(
        0, stream=stream, hwm=2, events=[{"k": "wish", "e": "x"}, {"e": "probe"}]
    )
    answer = send(stage, batch)
    stage.equal(({1: "unknown_kind"}, 1), (verdicts(answer), answer["stored"]), "verdicts, stored")


@server_scenario("srv.unknown_fields", ["TM-VAL-05"], needs=["read_key"])
def unknown_fields(stage: ServerStage) -> None:
    """Unknown fields of envelopes and events, and those of other kinds, are ignored, not stored."""
    stream = stage.stream()
    event = {"e": "probe", "dt": 0, "mood": "fine", "gt": "company", "from": "a-1"}
    send(stage, stage.envelope(0, stream=stream, hwm=1, events=[event], weather="dry"))
    found = only(stage, stream)["event"]
    stage.equal("probe", found.get("e"), "name stored")
    for name in ("mood", "gt", "from", "weather"):
        stage.check(name not in found, f"{name} is stored")


@server_scenario("srv.null_is_absent", ["TM-VAL-01"])
def null_is_absent(stage: ServerStage) -> None:
    """Null for an optional field is no field; for a needed one it is missing."""
    nothing = dict.fromkeys(("n", "id", "t", "dt", "u", "d", "s", "g", "sr", "ctx", "k", "p"))
    expect(stage, [({"e": "x", **nothing}, None), ({"e": None}, ("bad_name", "e"))])
    batch = stage.envelope(1, ctx=None, clock=None, drops=None, fin=None)
    stage.equal(1, send(stage, batch)["stored"], "stored of an envelope with nulls")
    reply = stage.post({**stage.envelope(1), "t0": None})
    is_problem(stage, reply, 400, "malformed", "t0 null")


@server_scenario("srv.null_in_properties", ["TM-VAL-01"], needs=["read_key"])
def null_in_properties(stage: ServerStage) -> None:
    """Inside the properties null is a value and is kept."""
    stream = stage.stream()
    event = {"e": "probe", "p": {"nothing": None, "list": [None]}}
    send(stage, stage.envelope(0, stream=stream, hwm=1, events=[event]))
    stage.equal(event["p"], only(stage, stream)["event"].get("p"), "properties stored")


@server_scenario("srv.integers", ["TM-VAL-02", "TM-VAL-09"])
def integers(stage: ServerStage) -> None:
    """Integer fields take integral numbers, 1.0 among them, and no booleans, strings, fractions."""
    t = stage.envelope()["t0"]
    expect(stage, [({"e": "x", "t": t}, None), ({"e": "x", "t": float(t)}, None)])
    wrong: Sequence[object] = (True, str(t), 1.5, [t], {"t": t}, 2**53, -(2**53))
    expect(stage, [({"e": "x", "t": value}, ("bad_type", "t")) for value in wrong])
    for name in ("v", "seq", "hwm", "t0"):
        for value in (True, "1", 1.5):
            reply = stage.post({**stage.envelope(1), name: value}, "/v1/validate")
            is_problem(stage, reply, 400, "malformed", f"{name}: {value!r}")
        good = {**stage.envelope(1), "hwm": 1}
        reply = stage.post({**good, name: float(good[name])}, "/v1/validate")
        stage.equal(200, reply.status, f"status of {name} as {float(good[name])}")


@server_scenario("srv.wrong_types", ["TM-VAL-09"])
def wrong_types(stage: ServerStage) -> None:
    """A wrong JSON type gets bad_type with its path, whatever the field."""
    fields: Mapping[str, Sequence[Any]] = {
        "e": (1, True, [], {}),
        "u": (1, True, ["a"], {"a": 1}),
        "d": (1, False),
        "s": (1, []),
        "id": (12345678, ["abcdefgh"]),
        "g": ("company", ["a"], 1),
        "p": ("text", ["a"], 1, True),
        "ctx": ("text", ["a"], 1),
        "sr": ("1", True),
    }
    for name, values in fields.items():
        expect(stage, [({"e": "x", name: value}, ("bad_type", name)) for value in values])
    expect(stage, [(value, ("bad_type", "")) for value in NO_OBJECTS])


@server_scenario("srv.denied_ids", ["TM-VAL-06", "TM-EVT-06"])
def denied_ids(stage: ServerStage) -> None:
    """Ids that stand for none get bad_id, in any case and with white space around them."""
    for text in DENIED:
        spelled = (text, text.upper(), f" {text}\t")
        expect(stage, [({"e": "x", "u": one}, ("bad_id", "u")) for one in spelled])
    places = [
        ({"e": "x", "d": "null"}, ("bad_id", "d")),
        ({"e": "x", "s": "None"}, ("bad_id", "s")),
        ({"e": "x", "g": {"company": "nil"}}, ("bad_id", "g.company")),
        ({"k": "identify", "u": "undefined", "d": "dev-1"}, ("bad_id", "u")),
        ({"e": "x", "u": "nobody"}, None),
    ]
    expect(stage, places)


@server_scenario("srv.denied_ids_in_context", ["TM-VAL-06", "TM-CTX-01", "TM-ENV-08"])
def denied_ids_in_context(stage: ServerStage) -> None:
    """A denied id in the shared context is a verdict on every event, with a path from `ctx` on."""
    batch = stage.envelope(2, ctx={"user_id": "undefined"})
    answer = send(stage, batch, path="/v1/validate")
    stage.equal({1: "bad_id", 2: "bad_id"}, verdicts(answer), "verdicts")
    stage.equal({1: "ctx.user_id", 2: "ctx.user_id"}, paths(answer), "paths")


@server_scenario("srv.explicit_ids", ["TM-EVT-03"])
def explicit_ids(stage: ServerStage) -> None:
    """An explicit id has 8 to 36 letters, digits and hyphens."""
    good = ("a" * 8, "A-1-" * 9, "0123abcd")
    bad = (
        "a" * 7,
        "a" * 37,
        "abcd efgh",
        "abcdefg_h",
        "ābcdefghi",
        "00000000-0000-0000-0000-000000000000",
    )
    expect(stage, [({"e": "x", "id": text}, None) for text in good])
    expect(stage, [({"e": "x", "id": text}, ("bad_id", "id")) for text in bad])


@server_scenario("srv.names", ["TM-EVT-05", "TM-KND-01"])
def names(stage: ServerStage) -> None:
    """A name is there, has no control characters and no reserved $ at its beginning."""
    expect(
        stage,
        [
            ({}, ("bad_name", "e")),
            ({"e": ""}, ("bad_name", "e")),
            ({"e": "a\nb"}, ("bad_name", "e")),
            ({"e": "a\u007fb"}, ("bad_name", "e")),
            ({"e": "$mine"}, ("reserved_name", "e")),
            ({"e": "the $ inside"}, None),
            ({"e": "日本 é 🎉"}, None),
        ],
    )


@server_scenario("srv.kinds", ["TM-KND-03", "TM-KND-04", "TM-KND-05", "TM-KND-06"])
def kinds(stage: ServerStage) -> None:
    """Each kind needs its fields, and the verdict names the one that is missing."""
    expect(
        stage,
        [
            ({"k": "identify", "d": "dev-1"}, ("bad_id", "u")),
            ({"k": "identify", "u": "ann-1", "d": "dev-1"}, None),
            ({"k": "profile", "u": "ann-1"}, ("bad_type", "ops")),
            ({"k": "profile", "ops": {}}, ("bad_id", "u")),
            ({"k": "profile", "u": "ann-1", "ops": {}}, None),
            ({"k": "group", "gt": "company"}, ("bad_id", "gi")),
            ({"k": "group", "gi": "acme-1"}, ("bad_name", "gt")),
            ({"k": "group", "gt": "company", "gi": "acme-1"}, None),
            ({"k": "page"}, None),
            ({"k": "screen", "e": "Start"}, None),
        ],
    )
    found = verdict_of(stage, {"k": "profile", "ops": {}}, ctx={"device_id": "dev-1"})
    stage.equal(None, found, "verdict on a profile whose device is in the context", "TM-KND-04")


@server_scenario("srv.alias_needs_both", ["TM-KND-06"], needs=["secret_key"])
def alias_needs_both(stage: ServerStage) -> None:
    """`alias` needs `from` and `to`."""
    for event, place in (({"from": "a-1"}, "to"), ({"to": "a-1"}, "from")):
        batch = stage.envelope(0, hwm=1, events=[{"k": "alias", **event}])
        answer = send(stage, batch, path="/v1/validate", key="secret")
        stage.equal(
            ({1: "bad_id"}, {1: place}), (verdicts(answer), paths(answer)), f"alias {event}"
        )


@server_scenario("srv.pages", ["TM-KND-02", "TM-EVT-01"], needs=["read_key"])
def pages(stage: ServerStage) -> None:
    """Pages and screens are stored as what they are, `track` is what an event is by default."""
    stream = stage.stream()
    sent = [{"e": "Bought"}, {"k": "page", "e": "Start", "p": {"$url": "/a"}}, {"k": "screen"}]
    send(stage, stage.envelope(0, stream=stream, hwm=3, events=sent))
    found = events(listed(stage, stream))
    stage.equal(["track", "page", "screen"], [event.get("k", "track") for event in found], "kinds")
    stage.equal({"$url": "/a"}, found[1].get("p"), "properties of the page")


@server_scenario("srv.sample_rate", ["TM-EVT-09"])
def sample_rate(stage: ServerStage) -> None:
    """`sr` is above 0 and at most 1."""
    cases: list[tuple[Any, Verdict]] = [({"e": "x", "sr": rate}, None) for rate in (1, 0.5, 1e-9)]
    cases += [({"e": "x", "sr": rate}, ("bad_type", "sr")) for rate in (0, -0.5, 1.01, 2)]
    expect(stage, cases)


@server_scenario("srv.unknown_op", ["TM-PRF-03"])
def unknown_op(stage: ServerStage) -> None:
    """A profile operation nobody knows gets unknown_op; known ones take their kind of value."""
    user = {"k": "profile", "u": "ann-1"}
    good = {"$set": {"a": 1}, "$set_once": {"b": "x"}, "$add": {"c": 1.5}, "$append": {"l": 1},
            "$union": {"s": [1, "a"]}, "$remove": {"s": 1}, "$unset": ["a"]}  # fmt: skip
    expect(
        stage,
        [
            ({**user, "ops": good}, None),
            ({**user, "ops": {"$double": {"a": 1}}}, ("unknown_op", "ops.$double")),
            ({**user, "ops": {"$add": {"a": "1"}}}, ("bad_type", "ops.$add.a")),
            ({**user, "ops": {"$union": {"a": 1}}}, ("bad_type", "ops.$union.a")),
            ({**user, "ops": {"$unset": "a"}}, ("bad_type", "ops.$unset")),
            ({**user, "ops": {"$set": None}}, None),
        ],
    )


@server_scenario("srv.dup_keys", ["TM-VAL-04"], needs=["read_key"])
def dup_keys(stage: ServerStage) -> None:
    """Of two equal keys in one object the last wins."""
    text = '{"e": "first", "e": "last", "p": {"a": 1, "a": {"b": 1, "b": 2}}}'
    answer = raw(stage, text, path="/v1/batch")
    found = only(stage, answer["stream"])["event"]
    stage.equal(("last", {"a": {"b": 2}}), (found.get("e"), found.get("p")), "name and properties")


@server_scenario("srv.dup_keys_judged", ["TM-VAL-04"])
def dup_keys_judged(stage: ServerStage) -> None:
    """The last of two equal keys is the one that is judged."""
    answer = raw(stage, '{"e": "", "e": "good"}, {"e": "good", "e": ""}')
    stage.equal({2: "bad_name"}, verdicts(answer), "verdicts")


@server_scenario("srv.odd_strings", ["TM-VAL-07", "TM-ENV-09"], smoke=True)
def odd_strings(stage: ServerStage) -> None:
    """U+0000 and half surrogates cost the event they are in and no other."""
    odd = (r"\u0000", r"\ud800", r"\udc00x")
    for text in odd:
        answer = raw(
            stage,
            f'{{"e": "a{text}b"}}, {{"e": "x", "u": "a{text}b"}}, '
            f'{{"e": "x", "p": {{"k": "a{text}b"}}}}, '
            f'{{"e": "x", "p": {{"a{text}b": 1}}}}, {{"e": "good"}}',
        )
        expected = {1: "bad_name", 2: "bad_id", 3: "bad_type", 4: "bad_type"}
        stage.equal(expected, verdicts(answer), f"verdicts on {text}")


@server_scenario("srv.numbers", ["TM-VAL-08"])
def numbers(stage: ServerStage) -> None:
    """A number no double can hold costs the event it is in and no other."""
    texts = ("1e400", "-1e999", "9" * 400)
    for text in texts:
        answer = raw(stage, f'{{"e": "x", "p": {{"v": {text}}}}}, {{"e": "good"}}')
        stage.equal({1: "bad_type"}, verdicts(answer), f"verdicts on {text[:12]}")
        stage.equal({1: "p.v"}, paths(answer), f"path of {text[:12]}")


@server_scenario("srv.large_integers", ["TM-VAL-08"], needs=["read_key"])
def large_integers(stage: ServerStage) -> None:
    """Integers beyond 2^53 are stored as the nearest doubles, those below exactly."""
    values = (2**53 - 1, 2**53 + 1, -(2**53) - 1, 2**64, 10**30)
    inside = ", ".join(str(value) for value in values)
    answer = raw(stage, f'{{"e": "x", "p": {{"v": [{inside}]}}}}', path="/v1/batch")
    found = only(stage, answer["stream"])["event"]["p"]["v"]
    stage.equal([float(value) for value in values], [float(value) for value in found], "values")
    stage.equal(values[0], int(found[0]), "the highest exact integer")


@server_scenario("srv.values_survive", ["TM-VAL-08", "TM-EVT-08"], needs=["read_key"])
def values_survive(stage: ServerStage) -> None:
    """Fractions, text outside ASCII and five levels of nesting are stored as they were sent."""
    properties = {
        "numbers": [0.1, 5e-324, 1.7976931348623157e308, -2.5, 1 / 3],
        "text": 'é 日本 🎉 \u2028 "quoted" \\ </script>',
        "nested": {"b": {"c": {"d": [1, True, None, "x"]}}},
        "": "an empty key",
    }
    stream = stage.stream()
    event = {"e": "probe", "p": properties}
    send(stage, stage.envelope(0, stream=stream, hwm=1, events=[event]))
    stage.equal(properties, only(stage, stream)["event"].get("p"), "properties stored")


@server_scenario("srv.verdict_order", ["TM-EVT-11"])
def verdict_order(stage: ServerStage) -> None:
    """The verdict is the first issue in the schema's order, whatever the order of the keys."""
    pieces = ['"e": ""', '"u": "null"', '"p": {"z": 1e400, "a": 1e400}', '"sr": 7', '"t": "x"']
    found = set()
    for _ in range(6):
        stage.rng.shuffle(pieces)
        answer = raw(stage, "{" + ", ".join(pieces) + "}")
        found.add((verdicts(answer).get(1), paths(answer).get(1)))
    stage.equal({("bad_type", "t")}, found, "verdicts")
    text = '{"e": "x", "p": {"z": 1e400, "10": 1e400, "9": 1e400, "a": 1e400}}'
    stage.equal({1: "p.10"}, paths(raw(stage, text)), "path of the first free key")


@server_scenario("srv.path_hides_the_key", ["TM-EVT-10"])
def path_hides_the_key(stage: ServerStage) -> None:
    """What is wrong with a key is told at the object that holds it."""
    long = "k" * 300
    found = verdict_of(stage, {"e": "x", "p": {"in": {long: 1}}})
    stage.equal(("name_too_long", "p.in"), found, "verdict")
    answer = raw(stage, r'{"e": "x", "p": {"list": [{"a\u0000": 1}]}}')
    stage.equal({1: "p.list.0"}, paths(answer), "path of a key that cannot be printed")


@server_scenario("srv.context_merge", ["TM-CTX-02"], needs=["read_key"])
def context_merge(stage: ServerStage) -> None:
    """An event's context is the merge of both; its own wins, null deletes, objects are merged."""
    shared = {"app": "shop", "locale": "fr", "place": {"a": 1, "b": 2}}
    patch = {"locale": None, "app": "till", "place": {"b": 3}}
    stream = stage.stream()
    sent = [{"e": "plain"}, {"e": "own", "ctx": patch}]
    send(stage, stage.envelope(0, stream=stream, hwm=2, ctx=shared, events=sent))
    found = [event.get("ctx", {}) for event in events(listed(stage, stream))]
    mine = [{name: context.get(name) for name in (*shared, *patch)} for context in found]
    merged = {"app": "till", "locale": None, "place": {"a": 1, "b": 3}}
    stage.equal([shared, merged], mine, "contexts stored")


@server_scenario("srv.context_patch_judged", ["TM-CTX-01", "TM-CTX-02"])
def context_patch_judged(stage: ServerStage) -> None:
    """What is wrong in an event's own context is a verdict on that event alone."""
    wrong = {"e": "x", "ctx": {"user_id": 5}}
    answer = send(stage, stage.envelope(0, hwm=2, events=[wrong, {"e": "x"}]), path="/v1/validate")
    stage.equal(
        ({1: "bad_type"}, {1: "ctx.user_id"}), (verdicts(answer), paths(answer)), "verdicts"
    )


@server_scenario("srv.address_kept", ["TM-CTX-03"])
def address_kept(stage: ServerStage) -> None:
    """`ip` is full, truncate or none, and nothing else."""
    for value, code in (("full", None), ("truncate", None), ("none", None), ("half", "bad_type")):
        answer = send(stage, stage.envelope(1, ctx={"ip": value}), path="/v1/validate")
        stage.equal({} if code is None else {1: code}, verdicts(answer), f"verdict on ip {value}")


@server_scenario("srv.malformed_envelopes", ["TM-ENV-11", "TM-ENV-06", "TM-ENV-07", "TM-ENV-03"])
def malformed_envelopes(stage: ServerStage) -> None:
    """Anything else wrong with an envelope gets 400 malformed, which names the field."""
    good = stage.envelope(1)
    wrong: Mapping[str, Any] = {
        "t0": ..., "events": ..., "seq": ..., "hwm": ..., "clock": "sundial", "fin": "yes",
        "stream": "0197A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B", "drops": {}, "ctx": [],
    }  # fmt: skip
    for name, value in wrong.items():
        batch = {**good, name: value}
        if value is ...:
            del batch[name]
        reply = stage.post(batch)
        is_problem(stage, reply, 400, "malformed", f"{name} {value!r}")
        errors = reply.json.get("errors") if isinstance(reply.json, dict) else None
        named = isinstance(errors, list) and errors and errors[0].get("path") == name
        stage.check(named, f"errors of a wrong {name}: {errors}")
    bodies: Sequence[object] = ([], "text", 1, None)
    for body in bodies:
        is_problem(stage, stage.post(body), 400, "malformed", f"{body!r} as a body")


@server_scenario("srv.streams_v7_v8", ["TM-ENV-02"])
def streams_v7_v8(stage: ServerStage) -> None:
    """A stream is a UUIDv7 or a UUIDv8 in lower case, nothing else."""
    seven = stage.stream()
    eight = f"{seven[:14]}8{seven[15:]}"
    for stream, status in ((seven, 200), (eight, 200), (f"{seven[:14]}4{seven[15:]}", 400)):
        reply = stage.post(stage.envelope(1, stream=stream), "/v1/validate")
        stage.equal(status, reply.status, f"status of {stream}")


@server_scenario("srv.version", ["TM-ENV-01", "TM-VER-01"])
def version(stage: ServerStage) -> None:
    """Another major version gets 400 unsupported_version, which an SDK stops for."""
    for value in (0, 2, 99):
        reply = stage.post({**stage.envelope(1), "v": value})
        is_problem(stage, reply, 400, "unsupported_version", f"v {value}")
    is_problem(stage, stage.post({**stage.envelope(1), "v": "1"}), 400, "malformed", "v as text")
