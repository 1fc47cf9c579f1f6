"""Verdicts: one bad event never fails a batch, and the stored bytes depend on the event alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.ingest.envelope import Envelope
from tallymark_collector.ingest.verdict import Judge, Terms, Verdicts
from tallymark_collector.store.keys import default_policy
from tallymark_collector.store.meta import KeyPolicy
from tallymark_protocol import codes, limits

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
NOW = 1_795_000_000_000
TERMS = Terms(default_policy("write"), NOW)
SECRET = Terms(default_policy("secret"), NOW, secret=True)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
PROPERTIES = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9),
    st.integers(-(2**53), 2**53) | st.booleans() | st.none(),
    max_size=4,
)
CONTEXTS = st.fixed_dictionaries(
    {}, optional={"locale": st.sampled_from(["de", "en"]), "free": PROPERTIES}
)


def envelope(*events: object, stream: str | None = STREAM, **more: object) -> Envelope:
    """Return an envelope with these events."""
    base = Envelope(stream, 1, len(events), False, 0, "anchored", {}, list(events), ())  # noqa: FBT003
    return replace(base, **more)  # type: ignore[arg-type]


def judged(*events: object, terms: Terms = TERMS, **more: object) -> Verdicts:
    """Return the verdicts on these events."""
    return Judge(envelope(*events, **more), terms).verdicts()


def code(*events: object, **more: object) -> tuple[str, str]:
    """Return code and path of the one event that is refused."""
    (refused,) = judged(*events, **more).refused
    return refused.code, refused.path


def body(event: dict[str, Any], **more: object) -> dict[str, Any]:
    """Return the stored form of one good event."""
    (row,) = judged(event, **more).rows
    return orjson.loads(row.body)


def test_one_bad_event_among_100_leaves_99() -> None:
    """The bad one is named by its number, code and path; the neighbours are rows."""
    events: list[object] = [{"e": "seen", "p": {"i": i}} for i in range(100)]
    events[41] = {"e": "seen", "p": {"deep": [[[[[[1]]]]]]}}

    verdicts = judged(*events)

    assert len(verdicts.rows) == 99
    (refused,) = verdicts.refused
    assert (42, "depth") == (refused.seq, refused.code)
    assert refused.path.startswith("p.deep")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (5, ("bad_type", "")),
        ({}, ("bad_name", "e")),
        ({"e": "$x"}, ("reserved_name", "e")),
        ({"e": "a", "k": "new"}, ("unknown_kind", "k")),
        ({"e": "a", "u": "undefined"}, ("bad_id", "u")),
        ({"e": "a", "p": {"n": float("inf")}}, ("bad_type", "p.n")),
        ({"e": "a", "p": {"s": "\ud800"}}, ("bad_type", "p.s")),
        ({"k": "alias", "from": "ada", "to": "bob"}, ("key_policy", "k")),
        ({"k": "profile", "u": "ada", "ops": {"$delete": True}}, ("key_policy", "ops.$delete")),
        ({"k": "profile", "ops": {"$set": {"a": 1}}}, ("bad_id", "u")),
        (
            {"e": "a", "ctx": {"consent": {"analytics": "denied"}}},
            ("consent_missing", "ctx.consent.analytics"),
        ),
        ({"e": "a", "t": NOW + limits.MAX_FUTURE_MS + 1}, ("bad_time", "t")),
        ({"e": "a", "dt": 5}, ("too_old", "dt")),
        ({"e": "a", "junk": "x" * limits.MAX_EVENT}, ("too_large", "")),
        ({"e": "a", "n": 1, "id": "an-id-of-mine"}, ("bad_id", "id")),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_code_and_path(event: object, expected: tuple[str, str]) -> None:
    """Each verdict names what is wrong and where."""
    assert code(event) == expected


def test_what_is_wrong_with_the_shared_context_is_a_verdict_on_every_event() -> None:
    """A bad context fails its events, not the batch (ENV-08); its size counts too (CTX-01)."""
    bad = judged({"e": "a"}, {"e": "b"}, ctx={"user_id": "null"})
    large = judged({"e": "a"}, ctx={f"k{i}": "x" * 8_000 for i in range(3)})

    assert [("bad_id", "ctx.user_id")] * 2 == [(item.code, item.path) for item in bad.refused]
    assert [("too_large", "ctx", limits.MAX_CTX)] == [
        (item.code, item.path, item.limit) for item in large.refused
    ]


def test_an_event_without_id_needs_a_stream() -> None:
    """Without a stream only an id of its own identifies an event (ENV-09)."""
    verdicts = judged({"e": "a"}, {"e": "a", "id": "an-id-of-mine"}, stream=None)

    assert ["an-id-of-mine"] == [row.id for row in verdicts.rows]
    assert [(None, "bad_id", "id")] == [(r.seq, r.code, r.path) for r in verdicts.refused]


def test_numbers_are_implied_or_given_and_an_id_takes_none() -> None:
    """Event i has seq + i unless it has n or an id (ENV-03, EVT-02)."""
    events = ({"e": "a"}, {"e": "b", "n": 9.0}, {"e": "c", "id": "an-id-of-mine"}, {"e": "d"})

    rows = judged(*events, seq=5, hwm=9).rows

    assert [(5, None), (9, None), (None, "an-id-of-mine"), (8, None)] == [
        (row.seq, row.id) for row in rows
    ]


@pytest.mark.parametrize("n", [-1, 0, "7", True, 1e300, 0.5, None, []])
def test_a_refused_event_keeps_its_place_even_if_its_number_is_wrong(n: object) -> None:
    """Its implied number is settled as rejected, so that the stream can go on."""
    (refused,) = judged({"k": "new", "n": n}, seq=7).refused

    assert refused.seq == 7


def test_secret_keys_may_do_what_public_keys_may_not() -> None:
    """Alias, undo and $delete need a key whose policy has them (AUTH-02, KND-06)."""
    alias = {"k": "alias", "from": "ada", "to": "bob", "undo": True}
    delete = {"k": "profile", "u": "ada", "ops": {"$delete": True}}
    loose = Terms(KeyPolicy(kinds=tuple(codes.KINDS), ops=tuple(codes.OPS)), NOW)

    assert len(judged(alias, delete, terms=SECRET).rows) == 2
    assert code(alias, terms=loose) == ("key_policy", "undo")


def test_what_was_not_consented_to_is_not_quarantined() -> None:
    """The refusal keeps nothing of the event (CON-03)."""
    (refused,) = judged({"e": "secret", "ctx": {"consent": {"analytics": "denied"}}}).refused

    assert refused.body == b"{}"


def test_the_effective_event_has_its_context_merged_and_its_time_absolute() -> None:
    """Context is patched (null deletes), dt becomes t, unknown fields and nulls go."""
    event = {"e": "a", "dt": 5, "u": None, "ctx": {"b": None, "c": 3}, "p": {"x": None}, "zz": 1}

    assert body(event, t0=NOW - 1_000, ctx={"a": 1, "b": 2}) == {
        "k": "track",
        "e": "a",
        "t": NOW - 995,
        "p": {"x": None},
        "ctx": {"a": 1, "c": 3},
    }


def test_gpc_denies_ads_and_personalization() -> None:
    """By the context or by the request's header; analytics stays as it was (CON-02)."""
    denied = {"ads": "denied", "personalization": "denied"}
    by_header = body({"e": "a"}, terms=replace(TERMS, gpc=True))
    by_context = body(
        {"e": "a"}, ctx={"gpc": True, "consent": {"ads": "granted", "analytics": "granted"}}
    )

    assert by_header["ctx"] == {"consent": denied}
    assert by_context["ctx"]["consent"] == {"analytics": "granted", **denied}


@pytest.mark.parametrize(
    ("t", "sent_at", "received_at", "expected"),
    [
        (NOW, NOW + 4_000, NOW + 4_500, NOW),
        (NOW, NOW + 4_000, NOW + 3_604_000, NOW + 3_600_000),
        (NOW, None, NOW + 3_604_000, NOW),
        (NOW + 5_000, None, NOW, NOW),
    ],
)
def test_times_are_corrected_and_both_are_kept(
    t: int, sent_at: int | None, received_at: int, expected: int
) -> None:
    """The time is t minus the skew, never ahead of the arrival; t stays (CLK-02 to CLK-04)."""
    terms = replace(TERMS, sent_at=sent_at, received_at=received_at)

    (row,) = judged({"e": "a", "t": t}, terms=terms).rows

    assert (t, expected) == (row.t, row.ts)


def test_a_device_without_a_clock_reports_right_times() -> None:
    """With clock none ts = received_at - (uptime - dt) (CLK-06)."""
    terms = replace(TERMS, sent_at=60_000)

    (row,) = judged({"e": "a", "dt": 10_000}, clock="none", terms=terms).rows

    assert (10_000, NOW - 50_000) == (row.t, row.ts)


def test_an_event_without_a_time_happened_when_it_was_received() -> None:
    """Its bytes say nothing about the time, so a repetition is no conflict (EVT-04, LED-11)."""
    (row,) = judged({"e": "a"}).rows

    assert (NOW, NOW, b'{"e":"a","k":"track"}') == (row.t, row.ts, row.body)


def test_set_back_times_are_warned_about() -> None:
    """The places of clamped times are told (CLK-04)."""
    assert judged({"e": "a", "t": NOW}, {"e": "b", "t": NOW + 9}).clamped == (1,)


def test_imports_keep_any_time_since_2000() -> None:
    """No skew, no age limit (CLK-07)."""
    terms = replace(SECRET, imported=True, sent_at=NOW - 10**9)
    old = 946_684_800_000

    assert [old] == [row.ts for row in judged({"e": "a", "t": old}, terms=terms).rows]
    assert code({"e": "a", "t": old - 1}, terms=terms) == ("too_old", "t")


@given(PROPERTIES, CONTEXTS, CONTEXTS, st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_bytes_depend_on_the_event_alone(
    properties: dict[str, Any], shared: dict[str, Any], own: dict[str, Any], first: int, second: int
) -> None:
    """Where t0 lies, how a batch is cut and when it is sent change nothing (LED-11)."""
    t = NOW - 1_000
    one = {"e": "a", "p": properties, "ctx": own, "dt": first}
    other = dict(reversed({"e": "a", "p": properties, "ctx": own, "dt": second, "n": 4}.items()))
    late = replace(TERMS, received_at=NOW + 5_000, sent_at=NOW + 5_000)

    (a,) = judged(one, t0=t - first, ctx=shared).rows
    b = judged({"e": "b"}, other, t0=t - second, ctx=shared, terms=late, seq=3, hwm=4).rows[1]

    assert (a.body, a.t) == (b.body, b.t)


@given(
    st.lists(
        JSON
        | st.dictionaries(
            st.sampled_from(["e", "k", "n", "id", "t", "dt", "p", "ctx", "u", "ops"]), JSON
        )
    ),
    st.booleans(),
)
def test_every_event_gets_exactly_one_verdict(events: list[object], streamed: bool) -> None:  # noqa: FBT001
    """Whatever the events are, each place is a row or refused, and bodies are JSON."""
    verdicts = judged(*events, stream=STREAM if streamed else None)
    places = [item.place for item in (*verdicts.rows, *verdicts.refused)]

    assert sorted(places) == list(range(len(events)))
    assert all(refused.code in codes.VERDICTS for refused in verdicts.refused)
    for item in (*verdicts.rows, *verdicts.refused):
        orjson.loads(item.body)
        assert item.seq is None or 1 <= item.seq <= limits.MAX_SEQ
        assert (item.seq is not None) >= (streamed and item in verdicts.rows and item.id is None)
