"""What survives the end of a process: kills, restarts, damage, and two processes at once."""

from __future__ import annotations

import hashlib
import shutil
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.python import scenario
from tallymark_conformance.stage import spool
from tallymark_conformance.tmc.adapter import Adapter

if TYPE_CHECKING:
    from pathlib import Path

    from tallymark_conformance.stage.client import Client
    from tallymark_conformance.stage.sdk import SdkStage

POST: Final = {"method": "POST"}
DOWN: Final = {"match": POST, "do": {"status": {"code": 503}}}
NEEDS: Final = ("track", "stats", "spool")
GOLD: Final[dict[str, Any]] = {"needs": NEEDS, "tier": "gold", "platforms": ("server",)}


def state(stage: SdkStage) -> Path:
    """Return the state directory of the scenario's clients."""
    return stage.folder / "spool"


def client_with_spool(stage: SdkStage, **config: Any) -> Client:
    """Make a client whose events survive its process."""
    return stage.create(spool_dir=str(state(stage)), **config)


def at_rest(client: Client) -> bool:
    """Tell whether nothing is pending of what the client took over."""
    return not client.stats()["recovered"]["pending"]


def again(stage: SdkStage, count: int, **config: Any) -> Client:
    """Start the next process with an empty script; wait until *count* events are stored."""
    stage.follow()
    stage.start()
    client = client_with_spool(stage, **config)
    stage.wait_stored(count)
    stage.wait(lambda: client.stats()["recovered"]["pending"] == 0, "nothing pending")
    return client


@scenario("dur.kill9_before_send", ["TM-SPL-23", "TM-SPL-33", "TM-LED-02"], smoke=True, **GOLD)
def kill9_before_send(stage: SdkStage) -> None:
    """Events of calls that returned survive a SIGKILL before anything was sent."""
    stage.follow(DOWN)
    client_with_spool(stage).track(50)
    stage.kill()
    again(stage, 50).close()
    stage.equal(50, len(stage.kept().rows), "events stored")


@scenario("dur.kill9_before_ack", ["TM-SPL-21", "TM-LED-11"], **GOLD)
def kill9_before_ack(stage: SdkStage) -> None:
    """Events whose answer never arrived before a SIGKILL are sent again and stored once."""
    stage.follow({"match": POST, "do": "rst_after"})
    client_with_spool(stage, flush_at=20).track(20)
    stage.wait_stored(20)
    stage.kill()
    again(stage, 20).close()
    stage.equal(20, len(stage.kept().rows), "events stored")


@scenario(
    "dur.kill9_loop", ["TM-SPL-23", "TM-SPL-24", "TM-LED-02", "TM-LED-12"], limit_s=120, **GOLD
)
def kill9_loop(stage: SdkStage) -> None:
    """Eight SIGKILLs at any moment of sending lose no event and count none twice."""
    stage.follow(random={"rate": 0.3, "only": ["status", "rst_after", "truncate", "stall"]})
    for life in range(8):
        if life:
            stage.start()
        client = client_with_spool(stage, flush_at=15, flush_ms=20)
        client.track(stage.rng.randrange(50, 150))
        stage.kill()
    again(stage, len(stage.book.accepted())).close()


@scenario("dur.resume_stream", ["TM-LED-09", "TM-SPL-35", "TM-CLK-05"], **GOLD)
def resume_stream(stage: SdkStage) -> None:
    """A resumed stream keeps its id, numbers and context, and says that its clock is another's."""
    stage.follow(DOWN)
    client = client_with_spool(stage, flush_at=10)
    client.track(10)
    stage.wait_requests(1)
    (stream,) = stage.streams()
    context = stage.posts()[0][2]["ctx"]
    stage.kill()
    again(stage, 10).close()
    stage.equal({stream}, {row.stream for row in stage.kept().rows}, "the stream of the events")
    resumed = [
        batch
        for exchange, _, batch in stage.posts()
        if batch["stream"] == stream and exchange.started > stage.adapter.births[-1]
    ]
    stage.check(resumed, "nothing of the stream was sent by the second process")
    for batch in resumed:
        stage.equal("wall", batch.get("clock"), "clock of a resumed stream", "TM-CLK-05")
        stage.equal(context, batch.get("ctx"), "context of a resumed stream", "TM-SPL-35")


@scenario("dur.damaged_record", ["TM-SPL-13", "TM-SPL-12", "TM-SPL-22"], **GOLD)
def damaged_record(stage: SdkStage) -> None:
    """One damaged byte costs one event, which is declared storage_error."""
    stage.follow(DOWN)
    client_with_spool(stage).track(30)
    stage.kill()
    (path,) = spool.segments(state(stage))
    data = bytearray(path.read_bytes())
    hit = next(
        record
        for record in spool.records(bytes(data))
        if record.kind == spool.EVENT and record.number == 12
    )
    data[hit.offset + 40] ^= 0x20
    path.write_bytes(bytes(data))
    again(stage, 29).close()
    kept = stage.kept()
    stage.equal([{12: "storage_error"}], list(kept.dropped.values()), "declared losses")
    stage.equal(29, len(kept.rows), "events stored")


@scenario("dur.torn_tail", ["TM-SPL-22", "TM-SPL-13"], **GOLD)
def torn_tail(stage: SdkStage) -> None:
    """A last record that was half written costs at most itself; its number is accounted for."""
    stage.follow(DOWN)
    client_with_spool(stage).track(10)
    stage.kill()
    (path,) = spool.segments(state(stage))
    data = path.read_bytes()
    last = [record for record in spool.records(data) if record.kind == spool.EVENT][-1]
    end = last.offset + 60
    path.write_bytes(data[:end] + bytes(len(data) - end))
    again(stage, 9).close()
    stage.equal([{10: "storage_error"}], list(stage.kept().dropped.values()), "declared losses")


@scenario("dur.format", ["TM-SPL-10", "TM-SPL-11", "TM-SPL-15", "TM-SPL-20"], **GOLD)
def format_of_a_segment(stage: SdkStage) -> None:
    """A segment begins with preamble, header and context, and holds events as they are sent."""
    stage.follow(DOWN)
    client = client_with_spool(stage, flush_at=5)
    client.track(5)
    stage.wait_requests(1)
    (path,) = spool.segments(state(stage))
    stage.check(spool.SEGMENT.match(path.name), f"a segment is called {path.name}", "TM-SPL-10")
    data = path.read_bytes()
    stage.equal(spool.PREAMBLE, data[:8], "preamble", "TM-SPL-11")
    found = list(spool.records(data))
    stage.equal(
        [spool.HEADER, spool.CONTEXT],
        [record.kind for record in found[:2]],
        "first records",
        "TM-SPL-20",
    )
    events = [record.event for record in found if record.kind == spool.EVENT]
    stage.equal(5, len(events), "events in the segment")
    stage.follow()
    client.flush()
    client.close()
    from_the_wire = stage.posts()[0][2]["events"]
    for kept, sent in zip(events, from_the_wire, strict=False):
        stage.check(
            str(sent["p"]["marker"]).encode() in kept, "another event in the segment", "TM-SPL-15"
        )


@scenario("dur.directory", ["TM-SPL-01", "TM-SPL-02", "TM-SPL-03", "TM-SPL-31"], **GOLD)
def directory(stage: SdkStage) -> None:
    """The spool lies where the rule says, under a claim that names its owner, closed to others."""
    stage.follow(DOWN)
    client = client_with_spool(stage)
    client.track(5)
    key, url = stage.collector.key, stage.proxy.url
    name = hashlib.sha256(f"{key}\n{url}".encode()).digest()[:16].hex()
    stage.equal(
        [name], [path.name for path in spool.destinations(state(stage))], "destination", "TM-SPL-02"
    )
    for claim in spool.claims(state(stage)):
        owned = spool.OWNED.match(claim.name)
        if stage.check(owned, f"the claim is called {claim.name}", "TM-SPL-31") and owned:
            stage.equal(stage.adapter.pid, int(owned[4]), "the owner's pid", "TM-SPL-31")
        stage.equal(0o700, claim.stat().st_mode & 0o777, "mode of a directory", "TM-SPL-03")
        for path in claim.iterdir():
            stage.equal(0o600, path.stat().st_mode & 0o777, f"mode of {path.name}", "TM-SPL-03")
    stage.follow()
    client.flush()
    client.close()


@scenario("dur.nothing_left", ["TM-SPL-24", "TM-SPL-36"], **GOLD)
def nothing_left(stage: SdkStage) -> None:
    """Once all is settled, or when nothing was ever recorded, no stream is left on the disk."""
    for name, count in (("a", 20), ("b", 0)):
        client = stage.create(name, spool_dir=str(state(stage)))
        client.track(count)
        client.flush()
        client.close()
    left = [path.name for path in spool.claims(state(stage))]
    stage.equal([], left, "streams on the disk")


@scenario("dur.close_releases", ["TM-SPL-34", "TM-SPL-32"], **GOLD)
def close_releases(stage: SdkStage) -> None:
    """A close with events pending leaves a released stream, which the next client delivers."""
    stage.follow(DOWN)
    client = client_with_spool(stage)
    client.track(10)
    client.close(300)
    names = [path.name for path in spool.claims(state(stage))]
    stage.check(names and all(spool.RELEASED.match(name) for name in names), f"claims {names}")
    stage.follow()
    second = stage.create("b", spool_dir=str(state(stage)))
    stage.wait_stored(10)
    stage.wait(lambda: not second.stats()["recovered"]["pending"], "nothing pending")
    second.close()
    stage.relax("books", "the first client closed before its events were settled")


@scenario("dur.two_processes", ["TM-SPL-30", "TM-SPL-32", "TM-LED-12"], process="own", **GOLD)
def two_processes(stage: SdkStage) -> None:
    """Two processes on one directory send their own events, all of them, once."""
    stage.follow(DOWN)
    first = client_with_spool(stage)
    first.track(20)
    folder = stage.folder / "second"
    other = Adapter(stage.adapter.command, folder, stage.adapter.env)
    other.start()
    try:
        second = stage.create("b", adapter=other, spool_dir=str(state(stage)))
        second.track(20)
        stage.equal(2, len(spool.claims(state(stage))), "claims of two live processes")
        stage.follow()
        for client in (first, second):
            client.flush()
            client.close()
    finally:
        other.kill()
    stage.equal(40, len(stage.kept().rows), "events stored")


@scenario("dur.adopted_once", ["TM-SPL-33", "TM-LED-12"], process="own", **GOLD)
def adopted_once(stage: SdkStage) -> None:
    """When two processes find a dead one's stream, its events are stored once."""
    stage.follow(DOWN)
    client_with_spool(stage).track(30)
    stage.kill()
    stage.follow()
    other = Adapter(stage.adapter.command, stage.folder / "second", stage.adapter.env)
    stage.start()
    other.start()
    try:
        second = stage.create("b", adapter=other, spool_dir=str(state(stage)))
        first = client_with_spool(stage)
        stage.wait_stored(30)
        for client in (first, second):
            stage.wait(partial(at_rest, client), "nothing pending")
            client.close()
    finally:
        other.kill()
    stage.equal(30, len(stage.kept().rows), "events stored")


@scenario("dur.no_place", ["TM-SPL-05"], **GOLD)
def no_place(stage: SdkStage) -> None:
    """Where no spool can be kept, the SDK works in memory and says so."""
    blocked = stage.folder / "file"
    blocked.write_text("not a directory")
    client = stage.create(spool_dir=str(blocked / "spool"))
    client.track(10)
    stats = client.stats()
    stage.equal(None, stats.get("spool"), "spool")
    stage.check(stats.get("note"), "nothing is said about it")
    client.flush()
    client.close()
    stage.equal(10, len(stage.kept().rows), "events stored")


@scenario("dur.spool_full", ["TM-SPL-04", "TM-LED-03"], **GOLD)
def spool_full(stage: SdkStage) -> None:
    """What does not fit into the spool's bound is declared queue_overflow; the rest is stored."""
    stage.follow(DOWN)
    client = client_with_spool(stage, spool_max_bytes=131_072, flush_at=100_000)
    client.track(300, size=1_000)
    lost = client.stats()["dropped"]
    stage.check(set(lost) == {"queue_overflow"}, f"dropped {lost}")
    size = sum(path.stat().st_size for path in spool.segments(state(stage)))
    stage.check(size <= 131_072 * 2 + 65_536, f"{size} bytes on the disk")
    stage.follow()
    client.flush(30_000)
    client.close()
    stage.equal(300 - lost.get("queue_overflow", 0), len(stage.kept().rows), "events stored")


@scenario(
    "dur.losses_survive",
    ["TM-LED-03", "TM-SPL-16", "TM-SPL-21"],
    needs=(*NEEDS, "hook"),
    tier="gold",
    platforms=("server",),
)
def losses_survive(stage: SdkStage) -> None:
    """Losses that were not told yet survive a SIGKILL and are told by the next process."""
    stage.follow(DOWN)
    client = client_with_spool(stage, drop_events="secret")
    client.track(3)
    client.track(4, name="secret")
    client.track(3)
    stage.kill()
    again(stage, 6).close()
    stage.equal([dict.fromkeys(range(4, 8), "hook")], list(stage.kept().dropped.values()), "losses")


@scenario(
    "dur.erased",
    ["TM-SPL-40", "TM-SPL-41", "TM-CON-01"],
    needs=(*NEEDS, "consent"),
    tier="gold",
    platforms=("server",),
)
def erased(stage: SdkStage) -> None:
    """When consent is withdrawn, no event is on the disk any more once the call has returned."""
    stage.follow(DOWN)
    client = client_with_spool(stage, consent={"analytics": "granted"})
    client.track(20)
    client.call("consent", analytics="denied")
    token = stage.book.token.encode()
    held = [
        path for path in state(stage).rglob("*") if path.is_file() and token in path.read_bytes()
    ]
    stage.equal([], [path.name for path in held], "files that hold an event")
    stage.kill()
    stage.follow()
    stage.start()
    client_with_spool(stage).close()
    stage.equal(0, len(stage.kept().rows), "events stored")
    for name in ("accounted", "history", "books"):
        stage.relax(name, "consent was withdrawn: the collector is told nothing")


@scenario("dur.foreign_version", ["TM-SPL-14"], **GOLD)
def foreign_version(stage: SdkStage) -> None:
    """A stream in a format of the future is set aside untouched, and does not stop the others."""
    stage.follow(DOWN)
    client_with_spool(stage).track(5)
    stage.kill()
    (path,) = spool.segments(state(stage))
    data = bytearray(path.read_bytes())
    data[7] = 9
    header = next(spool.records(bytes(data)))
    data[header.offset + 12] ^= 0xFF
    path.write_bytes(bytes(data))
    stage.follow()
    stage.start()
    client = client_with_spool(stage)
    client.track(5)
    client.flush()
    client.close()
    aside = [found for found in state(stage).rglob("*.seg") if "aside" in found.parts]
    stage.equal([bytes(data)], [found.read_bytes() for found in aside], "segments set aside")
    stage.equal(5, len(stage.kept().rows), "events stored")
    for name in ("accounted", "history", "books", "dense"):
        stage.relax(name, "the stream in the foreign format waits for an SDK that can read it")


@scenario("dur.unknown_record", ["TM-SPL-14"], **GOLD)
def unknown_record(stage: SdkStage) -> None:
    """A record of an unknown type is passed over; the events around it are delivered."""
    stage.follow(DOWN)
    client_with_spool(stage).track(5)
    stage.kill()
    (path,) = spool.segments(state(stage))
    data = path.read_bytes()
    last = [record for record in spool.records(data) if record.kind == spool.EVENT][-1]
    head = spool.HEAD.pack(spool.MARK, 77, 6) + b"future"
    extra = head + spool.CRC.pack(zlib.crc32(head))
    end = last.offset + spool.HEAD.size + len(last.payload) + spool.CRC.size
    path.write_bytes(data[:end] + extra + data[end + len(extra) :])
    again(stage, 5).close()
    stage.equal(5, len(stage.kept().rows), "events stored")
    stage.equal({}, dict(stage.kept().dropped), "losses")


@scenario("dur.names_left_alone", ["TM-SPL-31"], **GOLD)
def names_left_alone(stage: SdkStage) -> None:
    """A directory among the claims that is no claim is neither read nor removed."""
    stage.follow(DOWN)
    client_with_spool(stage).track(5)
    stage.kill()
    (claim,) = spool.claims(state(stage))
    strange = claim.parent / "notes of mine"
    shutil.copytree(claim, strange)
    again(stage, 5).close()
    stage.check(list(strange.glob("*.seg")), "a directory of another name was emptied")
    stage.equal(5, len(stage.kept().rows), "events stored")
