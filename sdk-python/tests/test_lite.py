"""The device's client: its decisions, against a collector in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tallymark.lite import Lite, device_stream, event_id, plain
from tallymark.testing import LostAnswer, MemoryTransport, problem
from tallymark.transport import Failure, Request, Response
from tallymark_protocol import event_id as ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Send = Callable[[str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]

KEY = "tmk_0123456789abcdefghijAB"


def sending(memory: MemoryTransport) -> Send:
    """Return what a device sends with, in front of a collector in memory."""

    def send(
        method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        answer = memory.send(Request(method, path, headers, body, 1))
        if isinstance(answer, Failure):
            raise OSError(answer.kind)
        return answer.status, answer.headers, answer.body

    return send


@pytest.fixture
def memory() -> MemoryTransport:
    """Return a collector in memory."""
    return MemoryTransport()


@pytest.fixture
def pump(memory: MemoryTransport) -> Lite:
    """Return a device without a file."""
    return Lite(KEY, "", "pump-7", send=sending(memory))


def device(memory: MemoryTransport, file: Path, *, batch: int = 50) -> Lite:
    """Return a device that keeps *file*."""
    return Lite(KEY, "", "pump-7", file=str(file), batch=batch, send=sending(memory))


def numbers(memory: MemoryTransport) -> list[int]:
    """Return the property n of every stored event, sorted."""
    return sorted(event.properties["n"] for event in memory.recorded())


def balanced(lite: Lite) -> bool:
    """Tell whether assigned = stored + rejected + dropped + pending (LED-4)."""
    stats = lite.stats()
    ended = stats["stored"] + sum(stats["rejected"].values()) + sum(stats["dropped"].values())
    return bool(stats["assigned"] == ended + stats["pending"])


@pytest.mark.parametrize(("key", "name", "boot"), [(KEY, "pump-7", 0), ("tmk_é", "日本", 7_777)])
def test_streams_and_ids_are_the_protocols(key: str, name: str, boot: int) -> None:
    """Streams and ids are derived as everywhere else (IOT-1, LED-7)."""
    stream = ids.device_stream(key, name, boot)
    assert stream == device_stream(key, name, boot)
    for number in (1, 2**53 - 1):
        assert ids.event_id(stream, number) == event_id(stream, number)


def test_events_arrive(pump: Lite, memory: MemoryTransport) -> None:
    """Events are stored with name, properties, user and device, under the ids track returned."""
    returned = [pump.track("Measured", {"n": n}, user="ada") for n in range(120)]
    assert pump.stats()["pending"] == 120
    assert memory.requests == []
    assert pump.flush()
    events = memory.recorded("Measured")
    assert returned == [event.id for event in events]
    assert {(event.user, event.context["device_id"]) for event in events} == {("ada", "pump-7")}
    assert [len(body["events"]) for body in memory.envelopes()] == [50, 50, 20]
    assert (pump.stats()["stored"], balanced(pump)) == (120, True)


def test_headers(pump: Lite, memory: MemoryTransport) -> None:
    """A request carries key, SDK, attempt and time in its headers, and the key nowhere else."""
    pump.track("a")
    assert pump.flush()
    (request,) = memory.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["tallymark-sdk"].startswith("tallymark-lite/")
    assert int(request.headers["tallymark-sent-at"]) >= memory.recorded()[0].time_ms
    assert KEY.encode() not in request.body


@pytest.mark.parametrize(
    "step",
    [
        LostAnswer(),
        Failure("timeout"),
        Response(200, {}, b"<html>login</html>"),
        Response(302, {"location": "/login"}, b""),
        Response(200, {"tallymark-ack": "1; s=00000000; upto=9"}, b"{}"),
        Response(200, {"tallymark-ack": "1; s=*"}, b'{"stream": null}'),
        problem(503, "overloaded"),
        problem(404, "not_found"),
    ],
)
def test_what_proves_nothing_is_sent_again(
    pump: Lite, memory: MemoryTransport, step: LostAnswer | Failure | Response
) -> None:
    """Without a proof the same bytes go again, and the event is stored once (ACK-1, HDR-1)."""
    memory.script(step)
    pump.track("a", {"n": 1})
    assert pump.flush()
    first, second = memory.requests
    assert first.body == second.body
    assert [first.headers["tallymark-attempt"], second.headers["tallymark-attempt"]] == ["1", "2"]
    assert numbers(memory) == [1]
    assert balanced(pump)


@pytest.mark.parametrize(
    "part",
    [{"ack": 5}, {"ack": {"upto": "9"}}, {"ack": {"upto": 1, "settled": [1]}}, {"rejected": [5]}],
)
def test_broken_proof_releases_nothing(
    pump: Lite, memory: MemoryTransport, part: dict[str, object]
) -> None:
    """An answer with a proof and a body that is none is as no answer."""
    stream = pump.stats()["stream"]
    headers = {"tallymark-ack": f"1; s={stream[:8]}; upto=1"}
    body = {"stream": stream, "ack": {"upto": 1}, **part}
    memory.script(Response(200, headers, json.dumps(body).encode()))
    pump.track("a", {"n": 1})
    assert pump.flush()
    assert numbers(memory) == [1]
    assert balanced(pump)


def test_ack_releases_only_what_was_sent(pump: Lite, memory: MemoryTransport) -> None:
    """An ack beyond what was sent (two devices with one file, say) loses no event."""
    stream = pump.stats()["stream"]
    headers = {"tallymark-ack": f"1; s={stream[:8]}; upto=99"}
    body = json.dumps({"stream": stream, "ack": {"upto": 99}}).encode()
    memory.script(Response(200, headers, body))
    for n in range(60):
        pump.track("a", {"n": n})
    assert pump.flush()
    assert numbers(memory) == list(range(50, 60))


def test_poison_is_found_by_halving(pump: Lite, memory: MemoryTransport) -> None:
    """One event no request with which is taken is given up and declared; the others are stored."""

    def refuse(request: Request) -> Response | None:
        return problem(400, "malformed") if b'"n":33}' in request.body else None

    memory.script(*[refuse] * 40)
    for n in range(50):
        pump.track("a", {"n": n})
    assert pump.flush()
    assert numbers(memory) == [n for n in range(50) if n != 33]
    assert pump.stats()["dropped"] == {"send_rejected": 1}
    assert len(memory.requests) <= 20
    assert memory.ledger(memory.streams()[0]).unaccounted() == ()
    assert balanced(pump)


def test_413_halves(pump: Lite, memory: MemoryTransport) -> None:
    """Too large a request is sent in smaller ones; a single event is given up."""

    def limit(request: Request) -> Response | None:
        many = len(json.loads(request.body)["events"])
        alone = b'"n":7}' in request.body
        return problem(413, "too_large") if many > 10 or (alone and many) else None

    memory.script(*[limit] * 60)
    for n in range(50):
        pump.track("a", {"n": n})
    assert pump.flush()
    assert numbers(memory) == [n for n in range(50) if n != 7]
    assert pump.stats()["dropped"] == {"too_large": 1}


def test_verdicts_are_counted(pump: Lite, memory: MemoryTransport) -> None:
    """A rejected event is over, with its code; its neighbours are stored."""
    pump.track("a", {"n": 1})
    pump.track("a", {"n": 2}, user="null")
    pump.track("a", {"n": 3})
    assert pump.flush()
    assert numbers(memory) == [1, 3]
    assert pump.stats()["rejected"] == {"bad_id": 1}
    assert balanced(pump)


def test_losses_are_declared(memory: MemoryTransport) -> None:
    """What cannot be kept or sent is told, number by number (LED-3)."""

    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    pump = Lite(KEY, "", "pump-7", limit=10, send=sending(memory))
    assert pump.track("a", {"v": Broken()}) is not None
    assert pump.track("a", {"v": "x" * 70_000}) is not None
    for n in range(100):
        pump.track("a", {"n": n})
    assert pump.flush()
    assert numbers(memory) == list(range(10))
    dropped = {"unserialisable": 1, "too_large": 1, "queue_overflow": 90}
    assert pump.stats()["dropped"] == dropped
    assert set(memory.account(memory.streams()[0]).dropped) == set(dropped)
    assert memory.ledger(memory.streams()[0]).unaccounted() == ()
    assert balanced(pump)


@pytest.mark.parametrize("name", ["", None, 5, "x" * 201, b"a"])
def test_wrong_name_is_no_event(pump: Lite, name: str) -> None:
    """A name that cannot be is no event: nothing is raised, the call is counted."""
    assert pump.track(name) is None
    assert (pump.stats()["assigned"], pump.stats()["refused"]) == (0, 1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": (1, 2.5, None, True)}, {"a": [1, 2.5, None, True]}),
        (float("nan"), None),
        (float("inf"), None),
        (2**53, str(2**53)),
        (-(2**53) + 1, -(2**53) + 1),
        (b"\xff", "/w=="),
        ("a\ud800b", "a\ufffdb"),
        ({1: {None: 2}}, {"1": {"None": 2}}),
        ([[[[[[[1]]]]]]], [[[[[["[1]"]]]]]]),
        ({5}, [5]),
        (range(2), "range(0, 2)"),
    ],
)
def test_plain_values(value: object, expected: object) -> None:
    """Each value becomes something JSON can hold."""
    assert expected == plain(value, 0 if isinstance(value, list) else 1 if value else 0)


def test_circular_value_ends(pump: Lite, memory: MemoryTransport) -> None:
    """A value that contains itself is cut off, not followed for ever."""
    value: dict[str, object] = {"n": 1}
    value["self"] = value
    pump.track("a", value)
    assert pump.flush()
    assert numbers(memory) == [1]


def test_auth_error_pauses(pump: Lite, memory: MemoryTransport) -> None:
    """A refused key loses nothing; nothing else is tried for 15 minutes (AUTH-5)."""
    memory.script(problem(401, "unknown_key"))
    pump.track("a")
    assert not pump.flush(60)
    assert not pump.flush(60)
    assert (pump.trouble, pump.stats()["pending"], len(memory.requests)) == ("auth_error", 1, 1)


def test_long_retry_after_is_not_waited_for(pump: Lite, memory: MemoryTransport) -> None:
    """A wait beyond the timeout ends flush at once, and counts for the next one, too (RTY-5)."""
    memory.script(Response(429, {"retry-after": "600"}, b"{}"))
    pump.track("a")
    assert not pump.flush(30)
    assert not pump.flush(30)
    assert len(memory.requests) == 1


def test_other_version_stops(pump: Lite, memory: MemoryTransport) -> None:
    """A collector that speaks another version is left alone."""
    memory.script(problem(400, "unsupported_version"))
    pump.track("a")
    assert not pump.flush(1)
    assert not pump.flush(1)
    assert (pump.trouble, len(memory.requests)) == ("unsupported_version", 1)


def test_after_an_outage_a_probe_goes_first(memory: MemoryTransport) -> None:
    """After three failures the next request holds at most 20 events (RTY-4)."""
    pump = Lite(KEY, "", "pump-7", send=sending(memory))
    memory.script(*[Failure("refused")] * 3)
    for n in range(50):
        pump.track("a", {"n": n})
    assert pump.flush(30)
    assert [len(body["events"]) for body in memory.envelopes()] == [50, 50, 50, 20, 30]
    assert numbers(memory) == list(range(50))


def test_close_says_fin(pump: Lite, memory: MemoryTransport) -> None:
    """Close sends what waits and ends the stream; later calls are no events."""
    pump.track("a")
    assert pump.close()
    assert pump.close()
    assert memory.ledger(memory.streams()[0]).fin
    assert pump.track("b") is None
    assert [body.get("fin", False) for body in memory.envelopes()] == [False, True]


def test_close_of_an_idle_device_is_silent(pump: Lite, memory: MemoryTransport) -> None:
    """A device that recorded nothing sends nothing."""
    assert pump.close()
    assert memory.requests == []


def test_close_without_a_file_loses_what_is_left(pump: Lite, memory: MemoryTransport) -> None:
    """Without a file what could not be sent is counted as lost."""
    memory.script(*[Failure("refused")] * 50)
    pump.track("a")
    assert not pump.close(0.1)
    assert pump.stats()["dropped"] == {"shutdown_deadline": 1}
    assert balanced(pump)


def test_next_boot_sends_what_was_left(memory: MemoryTransport, tmp_path: Path) -> None:
    """What one boot could not send, the next sends under the old numbers, and counts its own."""
    file = tmp_path / "pump.json"
    reach = sending(memory)

    def lose(
        method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        reach(method, path, headers, body)
        raise OSError("the answer was lost")

    first = Lite(KEY, "", "pump-7", file=str(file), batch=20, send=lose)
    for n in range(30):
        first.track("a", {"n": n})
    first.track("a", {"v": "x" * 70_000})
    assert not first.close(0.2)
    second = device(memory, file)
    assert (second.stats()["pending"], second.stats()["dropped"]) == (30, {"too_large": 1})
    second.track("a", {"n": 30})
    assert second.flush()
    assert numbers(memory) == list(range(31))
    assert memory.streams() == [first.stats()["stream"], second.stats()["stream"]]
    assert (second.stats()["stored"], balanced(second)) == (31, True)
    assert json.loads(file.read_text())["rows"] == []


def test_device_without_power(memory: MemoryTransport, tmp_path: Path) -> None:
    """A boot that ended without close or save: the next one uses none of its numbers."""
    file = tmp_path / "pump.json"
    for n in range(5):
        lost = device(memory, file)
        lost.track("a", {"n": n})
        if n % 2:
            assert lost.flush()
    last = device(memory, file)
    last.track("a", {"n": 5})
    assert last.close()
    assert numbers(memory) == [1, 3, 5]
    assert len(set(memory.streams())) == 3


def test_saved_events_survive(memory: MemoryTransport, tmp_path: Path) -> None:
    """What was saved before the power went is sent by the next boot, once."""
    file = tmp_path / "pump.json"
    first = device(memory, file)
    first.track("a", {"n": 1})
    assert first.save()
    assert first.flush()
    file.with_suffix(".json.new").write_text("cut o")
    second = device(memory, file)
    assert second.flush()
    assert numbers(memory) == [1]


@pytest.mark.parametrize("found", ["", "{", "[]", '{"boot": 5}', '{"rows": []}', "\x00" * 100])
def test_damaged_file(memory: MemoryTransport, tmp_path: Path, found: str) -> None:
    """A file that is damaged harms nothing: a boot nobody had before begins."""
    file = tmp_path / "pump.json"
    file.write_text(found)
    for n in range(2):
        pump = device(memory, file)
        pump.track("a", {"n": n})
        assert pump.close()
    assert numbers(memory) == [0, 1]
    assert len(memory.streams()) == 2


def test_replaced_file_is_found(memory: MemoryTransport, tmp_path: Path) -> None:
    """Where a rename cannot replace, power may go between: the new file counts then."""
    file = tmp_path / "pump.json"
    row = [4, 1, 1, "t", '{"n":1,"t":1767268800000,"e":"a","p":{"n":1}}']
    (tmp_path / "pump.json.new").write_text(json.dumps({"boot": 4, "rows": [row]}))
    assert device(memory, file).flush()
    assert numbers(memory) == [1]
    assert memory.streams() == [ids.device_stream(KEY, "pump-7", 4)]


def test_file_that_cannot_be_written(memory: MemoryTransport, tmp_path: Path) -> None:
    """Where nothing can be written, events are sent all the same, and no boot is used twice."""
    for n in range(2):
        pump = device(memory, tmp_path / "missing" / "pump.json")
        pump.track("a", {"n": n})
        assert not pump.save()
        assert pump.close()
    assert numbers(memory) == [0, 1]
    assert len(set(memory.streams())) == 2


def test_time_unknown(memory: MemoryTransport, tmp_path: Path) -> None:
    """Without a clock events count from boot, and so does the send time (CLK-6)."""
    clock: list[int | None] = [None]
    file = str(tmp_path / "pump.json")

    def boot() -> Lite:
        return Lite(KEY, "", "d", file=file, now=lambda: clock[0], send=sending(memory))

    pump = boot()
    pump.track("a", {"n": 1})
    assert pump.flush()
    (body,) = memory.envelopes()
    assert body["clock"] == "none"
    assert body["events"][0]["dt"] <= int(memory.requests[0].headers["tallymark-sent-at"])
    memory.script(*[Failure("refused")] * 99)
    pump.track("a", {"n": 2})
    clock[0] = 1_795_000_000_000
    pump.track("a", {"n": 3})
    assert not pump.close(0)
    memory = MemoryTransport()
    assert boot().flush()
    told = [(body["clock"], len(body["events"])) for body in memory.envelopes()]
    assert told == [("none", 1), ("wall", 1)]
    # The uptime of a boot that is over means nothing to the collector.
    assert "tallymark-sent-at" not in memory.requests[0].headers
    assert "tallymark-sent-at" in memory.requests[1].headers
