"""What a device's requests say: numbers, streams, values as they are, one refusal at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tallymark_conformance.scenario.python import scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tallymark_conformance.stage.sdk import SdkStage

UUID8: Final = "8"
VALUES: Final[dict[str, Any]] = {
    "whole": 9007199254740991,
    "fraction": 0.1,
    "text": 'é 日本 🎉 "quoted" \\ \n',
    "list": [1, True, None],
    "deep": {"a": {"b": {"c": 1}}},
}


def _device(
    id: str,  # noqa: A002 (the header's word)
    req: Sequence[str],
    **more: Any,
) -> Callable[[Any], Any]:
    return scenario(id, req, tier="device", platforms=("device",), **more)


@_device("iot.numbers", ["TM-IOT-01", "TM-LED-01"])
def numbers(stage: SdkStage) -> None:
    """Events have the numbers 1, 2, 3 … in the one stream that key, device and boot give."""
    client = stage.create()
    client.track(9)
    client.flush()
    client.close()
    rows = stage.kept().rows
    stage.equal(list(range(1, 10)), sorted(row.seq for row in rows), "numbers stored")
    streams = {row.stream for row in rows}
    stage.equal(1, len(streams), "streams")
    stage.check(all(stream[14:15] == UUID8 for stream in streams), f"streams {streams}")


@_device("iot.values", ["TM-EPT-03", "TM-VAL-08"], smoke=True)
def values(stage: SdkStage) -> None:
    """Numbers, text outside ASCII and nested values arrive as they are."""
    client = stage.create()
    client.track(1, **VALUES)
    client.flush()
    client.close()
    found = [{name: row.properties.get(name) for name in VALUES} for row in stage.kept().rows]
    stage.equal([VALUES], found, "properties stored")


@_device("iot.names", ["TM-EVT-05"])
def names(stage: SdkStage) -> None:
    """Names outside ASCII, with quotes and with backslashes arrive as they are."""
    client = stage.create()
    sent = ["café", "日本のイベント", 'a "quoted" name', "back\\slash", 'x","p":1']
    for name in sent:
        client.track(name=name)
    client.flush()
    client.close()
    found = sorted(str(row.body.get("e")) for row in stage.kept().rows)
    stage.equal(sorted(sent), found, "names stored")


@_device("iot.refused_once", ["TM-EPT-03", "TM-IOT-03", "TM-RTY-07"], smoke=True)
def refused_once(stage: SdkStage) -> None:
    """An event that gets a verdict is over and done with, and holds up no other."""
    client = stage.create()
    client.track(2)
    reply = client.call("track", altered=True, name="$reserved", properties={})
    stage.relax("valid", "what the collector refuses is what this is about")
    if "id" not in reply:
        stage.relax("history", "a refused event cannot be told from a lost one without its id")
    client.track(2)
    stage.equal(True, client.flush(), "what flush said")
    before = len(stage.exchanges)
    client.flush()
    stage.equal(before, len(stage.exchanges), "requests once all is over")
    client.close()
    stage.equal(4, len(stage.kept().rows), "events stored")


@_device("iot.boots", ["TM-IOT-01", "TM-LED-09", "TM-LED-11"])
def boots(stage: SdkStage) -> None:
    """A device that forgot its counter sends into another stream: nothing is taken for the old."""
    for life in range(3):
        if life:
            stage.kill()
            stage.start()
        client = stage.create()
        client.track(3)
        stage.equal(True, client.flush(), "what flush said")
    client.close()
    rows = stage.kept().rows
    stage.equal(9, len(rows), "events stored")
    stage.equal(3, len({row.stream for row in rows}), "streams")


@_device("iot.key_stays_home", ["TM-ACK-02", "TM-AUTH-01"])
def key_stays_home(stage: SdkStage) -> None:
    """A redirect to somewhere else is not followed: the key goes to its collector only."""
    elsewhere = f"{stage.collector.url}/v1/e"
    do = {"redirect": {"code": 307, "where": elsewhere}}
    stage.follow({"match": {"method": "POST", "n": [1, 2]}, "do": do})
    client = stage.create()
    client.track(2)
    client.flush()
    client.close()
    stage.equal(2, len(stage.kept().rows), "events stored")
    through = sum(len(exchange.upstream) for exchange in stage.exchanges)
    stage.check(through >= 1, "the events arrived by another way than to the address given")
    stage.check(len(stage.exchanges) > 2, "a redirect was followed, not met again")


@_device("iot.nothing_to_send", ["TM-IOT-03"])
def nothing_to_send(stage: SdkStage) -> None:
    """A wake without events sends nothing."""
    client = stage.create()
    stage.equal(True, client.flush(), "what flush said")
    stage.equal(0, len(stage.exchanges), "requests")
    client.close()


@_device("iot.remembers", ["TM-IOT-03", "TM-LED-09", "TM-LED-02"], when=["spool"])
def remembers(stage: SdkStage) -> None:
    """A device that keeps a file sends after its next boot what it could not send before."""
    stage.follow({"match": {"method": "POST"}, "do": {"status": {"code": 503}}})
    client = stage.create(spool_dir=True)
    client.track(5)
    stage.equal(False, client.flush(600), "what flush said during the outage")
    stage.kill()
    stage.follow()
    stage.start()
    client = stage.create(spool_dir=True)
    client.track(3)
    stage.equal(True, client.flush(), "what flush said after the next boot")
    client.close()
    stage.relax("history", "the books of a device may go on over its boots")
    rows = stage.kept().rows
    stage.equal(8, len(rows), "events stored")
    stage.equal(2, len({row.stream for row in rows}), "streams: one for each boot")
