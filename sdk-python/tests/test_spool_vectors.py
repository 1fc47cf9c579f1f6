"""The spool's code and its specification say the same, byte for byte."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tallymark.spool import destination
from tallymark.spool import format as records
from tallymark.spool.owner import parse_claim_name
from tallymark.spool.replay import Replay
from tallymark.spool.scan import foreign_version

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).resolve().parents[2]
SPEC = REPOSITORY / "sdk-protocol" / "spec"
VECTORS: list[dict[str, Any]] = json.loads((SPEC / "vectors" / "spool.json").read_text("utf-8"))
RULE = re.compile(r"TM-SPL-\d\d")
STATED = set(re.findall(r"\*\*(TM-SPL-\d\d)\*\*", (SPEC / "spool.md").read_text("utf-8")))


def pairs(ranges: list[list[int]]) -> tuple[tuple[int, int], ...]:
    """Return JSON's ranges as the SDK's."""
    return tuple((low, high) for low, high in ranges)


def header(given: dict[str, Any]) -> bytes:
    """Return the header record a vector describes."""
    return records.Header(
        stream=bytes.fromhex(given["stream"].replace("-", "")),
        segment=given["segment"],
        destination=bytes.fromhex(given["destination"]),
        boot=bytes.fromhex(given["boot"]),
        namespace=given["namespace"],
        pid=given["pid"],
        start=given["start"],
        wall_ms=given["wall_ms"],
    ).encode()


ENCODERS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "header": header,
    "event": lambda given: records.encode_event(given["seq"], given["event"].encode()),
    "settled": lambda given: b"".join(records.encode_settled(pairs(given["ranges"]))),
    "drops_acked": lambda given: b"".join(records.encode_drops_acked(pairs(given["ranges"]))),
    "dropped": lambda given: b"".join(
        records.encode_dropped(given["reason"], pairs(given["ranges"]))
    ),
    "purge": lambda given: records.encode_purge(given["reason"], pairs(given["ranges"])),
    "context": lambda given: records.encode_context(given["context"].encode()),
    "fin": lambda given: records.encode_fin(given["assigned"]),
}


def replayed(segments: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the segments of a stream leave to be done."""
    replay, data = Replay(), {}
    for segment in segments:
        data[segment["number"]] = bytes.fromhex(segment["hex"])
        replay.read(segment["number"], data[segment["number"]])
    pending = []
    for seq, size, place in replay.finish():
        event = records.checked_event(data[place >> 32], place & 0xFFFFFFFF, seq, size)
        assert event is not None
        pending.append([seq, event.decode()])
    drops = replay.outcomes.drops()
    return {
        "pending": pending,
        "assigned": replay.outcomes.assigned,
        "drops": {reason: [list(pair) for pair in ranges] for reason, ranges in drops.items()},
        "damaged": replay.damaged,
        "fin": replay.fin,
        "void_before": replay.void_before,
        "context": replay.context.decode(),
    }


def answer(given: dict[str, Any]) -> object:
    """Return what the SDK makes of a vector's input."""
    match given["check"]:
        case "stream":
            return replayed(given["segments"])
        case "foreign":
            return {"version": foreign_version(bytes.fromhex(given["hex"]))}
        case "destination":
            return {"name": destination(given["key"], given["url"]).hex()}
        case "claim":
            name = parse_claim_name(given["name"])
            if name is None:
                return None
            owner = None if name.owner is None else vars(name.owner)
            return {"stream": name.stream, "owner": owner}
    return {"hex": ENCODERS[given["check"]](given).hex()}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_vector(vector: dict[str, Any]) -> None:
    """Each vector has the answer the specification gives."""
    assert answer(vector["input"]) == vector["expect"]


def test_vectors_cite_stated_rules() -> None:
    """Each vector has its own id and names a rule the page states."""
    assert len({vector["id"] for vector in VECTORS}) == len(VECTORS)
    assert {vector["requirement"] for vector in VECTORS} <= STATED


def test_code_cites_stated_rules() -> None:
    """A rule that code or test cites is one the page states."""
    sources = [
        *REPOSITORY.glob("sdk-python/src/**/*.py"),
        *REPOSITORY.glob("sdk-python/tests/*.py"),
    ]
    cited = {rule for path in sources for rule in RULE.findall(path.read_text("utf-8"))}
    assert len(cited) > 10
    assert cited <= STATED
