"""Batches over HTTP: stored before they are acknowledged, exceptions named, retries harmless."""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from tallymark_collector.store.log import StreamState
from tallymark_collector.store.meta import KeyPolicy
from tallymark_collector.web.api.streams import is_open_ended
from tallymark_protocol import limits
from tallymark_protocol.ack import proves
from tallymark_protocol.validate import validate_answer, validate_stream_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Running

    Make = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.both_stores

STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"


def test_a_batch_is_in_the_log_when_it_is_acknowledged(collector: Running, batch: Make) -> None:
    """200, a proof, a valid answer, and the events (EPT-01, ACK-01)."""
    answer = collector.ask("POST", "/v1/batch", batch(50))

    assert proves(answer.status, answer.headers["tallymark-ack"], STREAM)
    assert validate_answer(answer.json) is None
    assert (50, 0, 50) == (
        answer.json["stored"],
        answer.json["duplicate"],
        answer.json["ack"]["upto"],
    )
    assert collector.count() == 50


def test_one_bad_event_of_100_leaves_99(collector: Running, batch: Make) -> None:
    """The neighbours are stored, the bad one is named (srv.mixed_batch)."""
    envelope = batch(100)
    envelope["events"][41] = {"e": "bad", "p": {"x": [[[[[1]]]]]}}

    answer = collector.ask("POST", "/v1/batch", envelope)

    assert answer.json["stored"] == 99
    (rejected,) = answer.json["rejected"]
    assert (42, "depth") == (rejected["n"], rejected["code"])
    assert (99, 100) == (collector.count(), answer.json["ack"]["upto"])


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"p": {"cart": [{"price": "9" * 8_193}]}}, "too_large", "p.cart.0.price"),
        ({"p": {"cart": [{"price": 1}, {"a": {"b": {"c": {}}}}]}}, "depth", "p.cart.1.a.b.c"),
        ({"ctx": {"consent": {"analytics": "denied"}}}, "consent_missing", "ctx.consent.analytics"),
    ],
)
def test_a_rejection_names_the_whole_path(
    collector: Running, batch: Make, change: dict[str, Any], code: str, path: str
) -> None:
    """However deep what is wrong lies, the answer names it to the last key (ACK-06)."""
    envelope = batch(2)
    envelope["events"][1] |= change

    answer = collector.ask("POST", "/v1/batch", envelope)

    (rejected,) = answer.json["rejected"]
    assert (2, code, path) == (rejected["n"], rejected["code"], rejected["path"])


def test_a_stream_full_of_gaps_takes_no_more_of_them(collector: Running, batch: Make) -> None:
    """A stream fragmented on purpose stays bounded, and its gaps can be closed (LED-14)."""
    most = limits.MAX_RANGES
    for first in range(0, most, limits.MAX_EVENTS):
        envelope = batch(0, hwm=3 * most)
        numbers = range(first, min(first + limits.MAX_EVENTS, most))
        envelope["events"] = [{"e": "seen", "n": 2 * number + 2} for number in numbers]
        full = collector.ask("POST", "/v1/batch", envelope).json
        assert len(numbers) == full["stored"]
        assert "retry" not in full

    next_, far = 2 * most + 1, 2 * most + 4
    envelope["events"] = [{"e": "seen", "n": number} for number in (1, next_, far)]
    answer = collector.ask("POST", "/v1/batch", envelope).json

    assert validate_answer(answer) is None
    assert (3, 2, [[far, far]]) == (answer["received"], answer["stored"], answer["retry"])
    assert 2 == answer["ack"]["upto"]
    again = collector.ask("POST", "/v1/batch", envelope).json
    # Closing a gap has made room for one.
    assert (2, 1, None) == (again["duplicate"], again["stored"], again.get("retry"))
    assert collector.count() == most + 3


def test_the_same_batch_again_changes_nothing(collector: Running, batch: Make) -> None:
    """Same ack and rejected, all duplicates, the log unchanged (srv.idempotent_replay)."""
    envelope = batch(10)
    envelope["events"][3] = {"e": "$reserved"}
    first, second = (collector.ask("POST", "/v1/batch", envelope).json for _ in range(2))

    assert (first["ack"], first["rejected"]) == (second["ack"], second["rejected"])
    assert (9, 0, 0, 9) == (
        first["stored"],
        first["duplicate"],
        second["stored"],
        second["duplicate"],
    )
    assert collector.count() == 9


def test_pieces_of_a_batch_cut_anew_are_duplicates(collector: Running, batch: Make) -> None:
    """Another cut, another t0, another Sent-At: the same events (HDR-01, LED-11)."""
    whole = batch(10, t0=1_000)
    for i, event in enumerate(whole["events"]):
        event["t"] = 1_795_000_000_000 + i
    now = {"Tallymark-Sent-At": "1795000000000"}
    collector.ask("POST", "/v1/batch", whole, now)
    piece = batch(4, 4, t0=9, events=whole["events"][3:7], hwm=10)

    answer = collector.ask("POST", "/v1/batch", piece, {"Tallymark-Sent-At": "1795000000999"})

    assert (0, 4) == (answer.json["stored"], answer.json["duplicate"])
    assert "rejected" not in answer.json


def test_other_content_under_the_same_number_is_a_conflict(collector: Running, batch: Make) -> None:
    """The first write wins (LED-11)."""
    collector.ask("POST", "/v1/batch", batch(2))
    changed = batch(2)
    changed["events"][1]["p"] = {"i": "other"}

    answer = collector.ask("POST", "/v1/batch", changed)

    assert answer.json["rejected"] == [{"n": 2, "code": "conflict"}]
    assert collector.count() == 2


def test_sixteen_copies_at_once_are_stored_once(collector: Running, batch: Make) -> None:
    """Concurrent attempts see each other (srv.concurrent_same_batch)."""
    answers: list[Any] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(collector.ask("POST", "/v1/batch", batch(20)))
        )
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (16, 20) == (len(answers), collector.count())
    assert {answer.json["ack"]["upto"] for answer in answers} == {20}
    assert sum(answer.json["stored"] for answer in answers) == 20


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b"])
def test_gzip_is_inflated_by_its_header(collector: Running, batch: Make, path: str) -> None:
    """Content-Encoding: gzip works wherever envelopes do."""
    packed = gzip.compress(json.dumps(batch(100)).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    assert collector.ask("POST", path, packed, headers).json["stored"] == 100


def test_a_beacon_is_taken_as_a_browser_sends_it(collector: Running, batch: Make) -> None:
    """Key and send time in the query, text/plain, gzip by its first bytes (EPT-02)."""
    packed = gzip.compress(json.dumps(batch(3)).encode())
    headers = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "https://shop.example"}

    answer = collector.ask(
        "POST", f"/v1/b?k={collector.key}&st=1795000000000", packed, headers, key=None
    )

    assert (200, 3) == (answer.status, answer.json["stored"])
    assert answer.headers["access-control-allow-origin"] == "*"


def test_ndjson_is_an_envelope_and_its_events(collector: Running, batch: Make) -> None:
    """Concatenated lines are a batch (IOT-04)."""
    envelope = batch(3)
    events = envelope.pop("events")
    body = "\n".join(map(json.dumps, [envelope, *events]))

    answer = collector.ask("POST", "/v1/batch", body, {"Content-Type": "application/x-ndjson"})

    assert answer.json["stored"] == 3


def test_a_heartbeat_without_events_is_acknowledged(collector: Running, batch: Make) -> None:
    """hwm, fin and losses come without events too (ENV-10, LED-03)."""
    drops = [{"reason": "queue_overflow", "ranges": [[2, 5]]}]
    collector.ask("POST", "/v1/batch", batch(1, hwm=6, drops=drops))
    answer = collector.ask("POST", "/v1/batch", batch(0, 7, hwm=6, fin=True))
    ledger = collector.ask("GET", f"/v1/streams/{STREAM}").json

    assert (5, []) == (answer.json["ack"]["upto"], answer.json["ack"]["settled"])
    assert (True, {"queue_overflow": 4}, 1) == (
        ledger["fin"],
        ledger["dropped"],
        ledger["unaccounted"],
    )


def test_a_streamless_batch_needs_ids_and_its_proof_is_the_star(
    collector: Running, batch: Make
) -> None:
    """Events with ids are stored once, one without is named by its index (ENV-09)."""
    envelope = batch(2, stream=None)
    envelope["events"][0]["id"] = "an-id-of-mine"
    first, second = (collector.ask("POST", "/v1/batch", envelope) for _ in range(2))

    assert proves(200, first.headers["tallymark-ack"], None)
    assert first.json["rejected"] == [{"i": 1, "code": "bad_id", "path": "id"}]
    assert (1, 1) == (first.json["stored"], second.json["duplicate"])


def test_validate_gives_the_verdicts_and_stores_nothing(collector: Running, batch: Make) -> None:
    """Same rejections, the ledger as it is, no event (EPT-07)."""
    envelope = batch(3)
    envelope["events"][1] = {"e": ""}

    tried = collector.ask("POST", "/v1/validate", envelope)
    stored = collector.ask("POST", "/v1/batch", envelope)

    assert tried.json["rejected"] == stored.json["rejected"]
    assert (0, 0) == (tried.json["stored"], tried.json["ack"]["upto"])
    assert tried.headers["tallymark-ack"].endswith("upto=0")
    assert collector.count() == 2


def test_imports_need_a_secret_key_and_take_old_times(collector: Running, batch: Make) -> None:
    """Any time since 2000, uncorrected; a write key gets 403 (EPT-06)."""
    envelope = batch(1)
    envelope["events"][0]["t"] = 1_000_000_000_000
    sent = {"Tallymark-Sent-At": "1"}

    refused = collector.ask("POST", "/v1/import", envelope)
    taken = collector.ask("POST", "/v1/import", envelope, sent, key=collector.new_key("secret"))

    assert (403, "forbidden") == (refused.status, refused.json["code"])
    assert (200, "committed") == (taken.status, taken.json["ack"]["durability"])
    assert [1_000_000_000_000] == [event.ts for event in collector.events()]


def test_times_are_corrected_by_the_send_time(collector: Running, batch: Make) -> None:
    """A client whose clock is an hour behind is put right (CLK-02)."""
    envelope = batch(1)
    now = collector.ask("GET", f"/v1/streams/{STREAM}").json["now"]
    envelope["events"][0]["t"] = now - 3_600_000 - 5_000

    collector.ask("POST", "/v1/batch", envelope, {"Tallymark-Sent-At": str(now - 3_600_000)})

    (event,) = collector.events()
    assert abs(event.ts - (now - 5_000)) < 2_500
    assert event.t == now - 3_605_000


@pytest.mark.parametrize("sent_at", ["soon", "1e3", "", "9" * 30, "\xfc"])
def test_a_send_time_that_is_no_integer_is_ignored(
    collector: Running, batch: Make, sent_at: str
) -> None:
    """Headers are optional for correctness (HDR-03)."""
    answer = collector.ask("POST", "/v1/batch", batch(1), {"Tallymark-Sent-At": sent_at})

    assert answer.json["stored"] == 1


def test_addresses_are_not_stored(collector: Running, batch: Make) -> None:
    """Whatever ctx.ip asks for: nothing of the sender's address is kept."""
    collector.ask("POST", "/v1/batch", batch(1, ctx={"ip": "full"}), {"X-Forwarded-For": "9.9.9.9"})

    (event,) = collector.events()
    assert b"9.9.9.9" not in event.body
    assert b"127.0.0.1" not in event.body


def test_problems_are_looked_for_in_their_order(collector: Running) -> None:
    """Key, rights, size, encoding, JSON, envelope: the first one found answers (EPT-12)."""
    bad = {"Content-Encoding": "br", "Content-Type": "text/html"}
    large = b"x" * 1_048_577
    key = collector.new_key("read")
    found = [
        collector.ask("POST", "/v1/batch", large, bad, key=None),
        collector.ask("POST", "/v1/batch", large, bad, key=key),
        collector.ask("POST", "/v1/batch", large, bad),
        collector.ask("POST", "/v1/batch", b"{", bad),
        collector.ask("POST", "/v1/batch", b"{"),
        collector.ask("POST", "/v1/batch", b'{"v":2}'),
        collector.ask("POST", "/v1/batch", b'{"v":1}'),
    ]

    assert [
        (401, "key_missing"), (403, "forbidden"), (413, "too_large"),
        (415, "unsupported_media_type"), (400, "malformed"), (400, "unsupported_version"),
        (400, "malformed"),
    ] == [(answer.status, answer.json["code"]) for answer in found]  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/e", "/v1/import", "/v1/validate"])
def test_an_inflate_bomb_gets_413(collector: Running, path: str) -> None:
    """A bomb is refused wherever a body is taken, and the server is fine (srv.inflate_bomb)."""
    bomb = gzip.compress(b"0" * (1 << 24))
    key = collector.new_key("secret")

    answer = collector.ask("POST", path, bomb, {"Content-Encoding": "gzip"}, key=key)

    assert (413, "too_large") == (answer.status, answer.json["code"])
    assert collector.application.writer.statistics().reserved_bytes == 0


def test_the_ledger_of_a_stream_is_told(collector: Running, batch: Make) -> None:
    """Known or not, the same fields in the schema's order, and a proof (EPT-05)."""
    collector.ask("POST", "/v1/batch", batch(2))
    collector.ask("POST", "/v1/batch", batch(2, 4))
    known = collector.ask("GET", f"/v1/streams/{STREAM}?k={collector.key}", key=None)
    unknown = collector.ask("GET", f"/v1/streams/{STREAM[:-1]}c")

    assert validate_stream_state(known.json) is None
    assert validate_stream_state(unknown.json) is None
    assert (True, 2, [[4, 5]], 4, 1) == (
        known.json["known"],
        known.json["ack"]["upto"],
        known.json["ack"]["settled"],
        known.json["stored"],
        known.json["unaccounted"],
    )
    assert (False, 0) == (unknown.json["known"], unknown.json["ack"]["upto"])
    assert list(known.json) == list(unknown.json)
    assert known.headers["tallymark-ack"] == "1; s=0197a1b2; upto=2"


def test_a_silent_stream_without_an_end_is_open_ended() -> None:
    """After a day of silence its loss is never told as exact; with `fin` it is (LED-08)."""
    state = StreamState(
        STREAM,
        1,
        (),
        1,
        fin=False,
        stored=1,
        rejected={},
        dropped={},
        unaccounted=0,
        first_seen=0,
        last_seen=5,
    )
    day = 24 * 3_600_000

    assert [False, True] == [is_open_ended(state, 5 + day), is_open_ended(state, 6 + day)]
    assert not is_open_ended(replace(state, fin=True), 6 + day)


def test_another_projects_stream_is_not_told(collector: Running, batch: Make) -> None:
    """A ledger is read under the key's scope."""
    collector.ask("POST", "/v1/batch", batch(2))
    meta = collector.application.meta
    project = meta.create_project("other", 0)
    _, key = meta.create_key(project.id, "write", KeyPolicy(), 0)

    assert collector.ask("GET", f"/v1/streams/{STREAM}", key=key).json["known"] is False


@pytest.mark.parametrize("stream", ["x", STREAM.upper(), STREAM + "0", "%00"])
def test_a_malformed_stream_gets_400(collector: Running, stream: str) -> None:
    """Only lower-case UUIDv7 and v8 name streams."""
    answer = collector.ask("GET", f"/v1/streams/{stream}")

    assert (400, "bad_parameter") == (answer.status, answer.json["code"])


def test_large_batches_are_judged_beside_others(collector: Running, batch: Make) -> None:
    """2,000 events of a kilobyte, inflated beyond a mebibyte, are one batch like any other."""
    envelope = batch(2_000)
    for event in envelope["events"]:
        event["p"]["text"] = "lorem ipsum " * 80
    packed = gzip.compress(orjson.dumps(envelope))

    answer = collector.ask("POST", "/v1/batch", packed, {"Content-Encoding": "gzip"})

    assert (200, 2_000) == (answer.status, answer.json["stored"])
    assert len(answer.body) <= 300
