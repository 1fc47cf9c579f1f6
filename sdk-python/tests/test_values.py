"""All kinds of odd values, from the call to the real collector's log."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from tallymark import Client, Spool

if TYPE_CHECKING:
    from conftest import RealCollector

pytestmark = pytest.mark.faults


class Colour(enum.Enum):
    """Be a value that JSON does not know."""

    RED = "red"


class Custom:
    """Be another."""

    def __str__(self) -> str:
        """Say what is sent."""
        return "a custom object"


def kinds() -> dict[str, tuple[Any, Any]]:
    """Return 21 kinds of value, each with what it arrives as."""
    circle: dict[str, Any] = {"a": 1}
    circle["self"] = circle
    return {
        "Decimal": (decimal.Decimal("9.990"), "9.990"),
        "UUID": (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        "datetime": (dt.datetime(2026, 1, 2, 3, tzinfo=dt.timezone.utc), "2026-01-02T03:00:00Z"),
        "date": (dt.date(2026, 1, 2), "2026-01-02"),
        "time": (dt.time(3, 4), "03:04:00"),
        "timedelta": (dt.timedelta(seconds=90), 90),
        "bytes": (b"\x00\xff", "AP8="),
        "bytearray": (bytearray(b"ab"), "YWI="),
        "NaN": (float("nan"), None),
        "infinity": (float("-inf"), None),
        "set": ({2, 1}, [1, 2]),
        "frozenset": (frozenset(["a"]), ["a"]),
        "tuple": ((1, "b"), [1, "b"]),
        "enum": (Colour.RED, "red"),
        "2**70": (2**70, str(2**70)),
        "lone surrogate": ("a\ud800b", "a\ufffdb"),
        "circular": (circle, {"a": 1, "self": None}),
        "keys that are no text": ({7: 2, None: 3, True: 4}, {"7": 2, "null": 3, "true": 4}),
        "exception": (ValueError("why"), "ValueError: why"),
        "complex": (1 + 2j, "(1+2j)"),
        "object": (Custom(), "a custom object"),
    }


def test_every_kind_arrives(real_collector: RealCollector) -> None:
    """Each kind arrives as documented, none raises, none harms a neighbour, changes come late."""
    values = kinds()
    assert len(values) == 21
    with Client(real_collector.key, real_collector.url, spool=Spool(directory=False)) as client:
        for name, (value, _) in values.items():
            given = {"kind": name, "odd": value, "list": [value], "plain": 1}
            assert client.track("before", {"kind": name}) is not None
            assert client.track("odd", given) is not None
            assert client.track("after", {"kind": name}) is not None
            given["odd"] = "changed after the call"
            given["list"].append("changed after the call")  # type: ignore[union-attr]
            if isinstance(value, (dict, set, bytearray)):
                value.clear()
        assert client.flush(30)
        assert client.stats().stored == 3 * len(values)
    stored = [row["event"] for row in real_collector.stored()]
    odd = {event["p"]["kind"]: event["p"] for event in stored if event["e"] == "odd"}
    assert odd == {
        name: {"kind": name, "odd": expected, "list": [expected], "plain": 1}
        for name, (_, expected) in kinds().items()
    }
    for name in ("before", "after"):
        assert [event["p"]["kind"] for event in stored if event["e"] == name] == list(values)
