"""Operations, contexts, single events and envelopes with the first thing wrong with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vectors.cases import KINDS, MAX, STREAM, Case, Found, issue

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVELOPE: dict[str, Any] = {"v": 1, "stream": STREAM, "seq": 1, "hwm": 1, "t0": 0, "events": [{}]}


def ops() -> Iterator[Case]:
    """Profile operations with good and bad operands."""
    cases: tuple[tuple[object, Found | None], ...] = (
        ({}, None),
        ({"$set": {"a": {"b": 1}}, "$set_once": {"c": None}, "$add": {"d": 1.5}}, None),
        ({"$append": {"a": [1]}, "$union": {"b": [1, "x", None]}, "$remove": {"c": True}}, None),
        ({"$unset": ["a", "b"], "$delete": True}, None),
        ({"$set": None}, None),
        ({"$set": []}, issue("bad_type", "ops.$set")),
        ({"$add": {"a": "1"}}, issue("bad_type", "ops.$add.a")),
        ({"$add": {"a": True}}, issue("bad_type", "ops.$add.a")),
        ({"$union": {"a": 1}}, issue("bad_type", "ops.$union.a")),
        ({"$union": {"a": [[1]]}}, issue("bad_type", "ops.$union.a.0")),
        ({"$union": {"a": [1] * 256}}, issue("too_many_props", "ops.$union.a", 255)),
        ({"$remove": {"a": {}}}, issue("bad_type", "ops.$remove.a")),
        ({"$unset": "a"}, issue("bad_type", "ops.$unset")),
        ({"$unset": [1]}, issue("bad_type", "ops.$unset.0")),
        ({"$unset": ["k" * 256]}, issue("name_too_long", "ops.$unset.0", 255)),
        ({"$delete": False}, issue("bad_type", "ops.$delete")),
        ({"$delete": "true"}, issue("bad_type", "ops.$delete")),
        ({"$increment": {"a": 1}}, issue("unknown_op", "ops.$increment")),
        ({"set": {}}, issue("unknown_op", "ops.set")),
        ({"$set": {"a": [[[[[1]]]]]}}, issue("depth", "ops.$set.a.0.0.0.0", 5)),
        ({"a\0": 1}, issue("bad_type", "ops")),
    )
    for ops, expect in cases:
        for kind, fields in (
            ("profile", {"u": "ann-1"}),
            ("identify", {"u": "ann-1"}),
            ("group", KINDS["group"]),
        ):
            yield "TM-PRF-03", "event", {"k": kind, **fields, "ops": ops}, expect


def context() -> Iterator[Case]:
    """Contexts by themselves and as an event's patch."""
    cases: tuple[tuple[dict[str, Any], Found | None], ...] = (
        ({}, None),
        (
            {"device_id": "d-1", "user_id": "u-1", "session_id": "s-1", "ip": "none", "gpc": True},
            None,
        ),
        ({"device_id": None, "free": {"a": [1]}, "app": "shop", "os": {"name": "x"}}, None),
        ({"user_id": "NULL"}, issue("bad_id", "user_id")),
        ({"user_id": 7}, issue("bad_type", "user_id")),
        *(({"ip": ip}, None) for ip in ("full", "truncate", "none", None)),
        ({"ip": "maybe"}, issue("bad_type", "ip")),
        ({"gpc": 1}, issue("bad_type", "gpc")),
        ({"consent": {"analytics": "granted", "ads": "denied", "other": 1}}, None),
        ({"consent": {"analytics": "yes"}}, issue("bad_type", "consent.analytics")),
        ({"groups": {"company": "acme", "team": None}}, None),
        ({"groups": {"company": "null"}}, issue("bad_id", "groups.company")),
        ({"groups": {f"g{i}": "x" for i in range(10)}}, None),
        ({"groups": {f"g{i}": "x" for i in range(11)}}, issue("too_many_props", "groups", 10)),
        ({f"k{i}": i for i in range(100)}, None),
        ({f"k{i}": i for i in range(101)}, issue("too_many_props", "", 100)),
        ({"free": [[[[[1]]]]]}, issue("depth", "free.0.0.0.0", 5)),
        ({"tz": "x" * 8193}, issue("too_large", "tz", 8192)),
        ({"k" * 256: 1}, issue("name_too_long", "", 255)),
    )
    for context, expect in cases:
        rule = "TM-CTX-03" if set(context) == {"ip"} else "TM-CTX-01"
        yield rule, "context", context, expect
        below = expect and issue(expect[0], f"ctx.{expect[1]}".rstrip("."), expect[2])
        yield "TM-CTX-02", "event", {"e": "x", "ctx": context}, below


def flat() -> Iterator[Case]:
    """Single events of devices."""
    cases: tuple[tuple[dict[str, Any], Found | None], ...] = (
        ({"e": "temp", "d": "dev-0042", "n": 17, "p": {"c": 21.5}}, None),
        ({"e": "temp"}, None),
        ({"e": "temp", "n": 1}, issue("bad_id", "d")),
        ({"e": "temp", "n": 1, "d": "dev-1", "b": 0}, None),
        ({"e": "temp", "n": 1, "d": "dev-1", "b": -1}, issue("bad_id", "b")),
        ({"e": "temp", "n": 1, "d": "dev-1", "b": True}, issue("bad_type", "b")),
        ({"e": "temp", "n": 1, "stream": STREAM}, None),
        ({"e": "temp", "stream": STREAM}, issue("bad_id", "n")),
        ({"e": "temp", "stream": STREAM, "id": "a" * 8}, None),
        ({"e": "temp", "n": 1, "stream": STREAM.upper()}, issue("bad_id", "stream")),
        ({"e": "temp", "v": 2}, issue("unsupported_version", "v")),
        ({"e": "temp", "v": 1}, None),
    )
    for event, expect in cases:
        yield "TM-IOT-01", "flat", event, expect


def envelopes() -> Iterator[Case]:
    """Envelopes, whose events and contexts are not looked into."""
    bad = "malformed"
    cases: tuple[tuple[str, dict[str, Any], Found | None], ...] = (
        ("TM-ENV-01", {}, None),
        ("TM-ENV-01", {"v": 1.0, "seq": 1.0}, None),
        ("TM-ENV-01", {"v": 2}, issue("unsupported_version", "v")),
        ("TM-ENV-01", {"v": 0}, issue("unsupported_version", "v")),
        ("TM-ENV-01", {"v": "1"}, issue(bad, "v")),
        ("TM-ENV-01", {"v": True}, issue(bad, "v")),
        ("TM-ENV-01", {"v": None}, issue(bad, "v")),
        ("TM-ENV-02", {"stream": None, "seq": None, "hwm": None}, None),
        ("TM-ENV-02", {"stream": STREAM.upper()}, issue(bad, "stream")),
        ("TM-ENV-02", {"stream": STREAM.replace("7e5f", "4e5f")}, issue(bad, "stream")),
        ("TM-ENV-02", {"stream": STREAM.replace("7e5f", "8e5f")}, None),
        ("TM-ENV-02", {"stream": STREAM + "\n"}, issue(bad, "stream")),
        ("TM-ENV-03", {"seq": None}, issue(bad, "seq")),
        ("TM-ENV-03", {"hwm": None}, issue(bad, "hwm")),
        ("TM-ENV-03", {"seq": 0}, issue(bad, "seq")),
        ("TM-ENV-03", {"seq": MAX, "hwm": MAX}, None),
        ("TM-ENV-04", {"hwm": 0}, issue(bad, "hwm")),
        ("TM-ENV-04", {"seq": 5, "hwm": 5}, None),
        ("TM-ENV-04", {"seq": 5, "hwm": 4}, issue(bad, "hwm")),
        ("TM-ENV-04", {"seq": 5, "hwm": 4, "events": []}, None),
        ("TM-ENV-04", {"seq": MAX, "hwm": MAX, "events": [{}, {}]}, issue(bad, "hwm")),
        ("TM-ENV-05", {"fin": True}, None),
        ("TM-ENV-05", {"fin": 1}, issue(bad, "fin")),
        ("TM-ENV-06", {"t0": None}, issue(bad, "t0")),
        ("TM-ENV-06", {"t0": -5}, None),
        ("TM-ENV-06", {"t0": 0.5}, issue(bad, "t0")),
        ("TM-ENV-07", {"clock": "none"}, None),
        ("TM-ENV-07", {"clock": "sun"}, issue(bad, "clock")),
        ("TM-ENV-08", {"ctx": {"user_id": "null", "x": "\0"}}, None),
        ("TM-ENV-08", {"ctx": []}, issue(bad, "ctx")),
        ("TM-ENV-09", {"events": [7, None, {"k": "zz"}], "hwm": 3}, None),
        ("TM-ENV-10", {"events": [0] * 2000, "hwm": 2000}, None),
        (
            "TM-ENV-10",
            {"events": [0] * 2001, "hwm": 2001},
            issue("too_many_events", "events", 2000),
        ),
        ("TM-ENV-10", {"events": None}, issue(bad, "events")),
        ("TM-ENV-10", {"events": {}}, issue(bad, "events")),
        ("TM-LED-03", {"drops": [{"reason": "expired", "ranges": [[1, 1], [3, 9]]}]}, None),
        (
            "TM-LED-03",
            {"drops": [{"reason": "boredom", "ranges": [[1, 1]]}]},
            issue(bad, "drops.0.reason"),
        ),
        (
            "TM-LED-03",
            {"drops": [{"reason": "expired", "ranges": [[2, 1]]}]},
            issue(bad, "drops.0.ranges.0"),
        ),
        (
            "TM-LED-03",
            {"drops": [{"reason": "expired", "ranges": [[0, 1]]}]},
            issue(bad, "drops.0.ranges.0.0"),
        ),
        (
            "TM-LED-03",
            {"drops": [{"reason": "expired", "ranges": [[1]]}]},
            issue(bad, "drops.0.ranges.0"),
        ),
        (
            "TM-LED-03",
            {"drops": [{"reason": "expired", "ranges": []}]},
            issue(bad, "drops.0.ranges"),
        ),
        ("TM-LED-03", {"drops": [{"reason": "expired", "count": 3}]}, issue(bad, "drops")),
        ("TM-LED-03", {"stream": None, "drops": [{"reason": "expired", "count": 3}]}, None),
        (
            "TM-LED-03",
            {"stream": None, "drops": [{"reason": "expired", "ranges": [[1, 1]]}]},
            issue(bad, "drops"),
        ),
        (
            "TM-LED-03",
            {"drops": [{"reason": "expired", "ranges": [[1, 1]]}] * 101},
            issue(bad, "drops", 100),
        ),
        ("TM-VAL-05", {"zz": 1}, None),
    )
    for requirement, change, expect in cases:
        yield requirement, "envelope", ENVELOPE | change, expect
    anything: tuple[object, ...] = (None, [], "x", 1)
    for value in anything:
        yield "TM-ENV-11", "envelope", value, issue(bad, "")
