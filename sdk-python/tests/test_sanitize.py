"""What each odd value becomes: the table of the module, row by row."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import ipaddress
import json
import pathlib
import time
import uuid
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark.encode import FAST_ERRORS, dumps_fast, dumps_slow
from tallymark.event import Encoded, Loss, encode
from tallymark.sanitize import Sanitizer, has_nonfinite, rfc3339


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Order:
    total: decimal.Decimal
    items: list[str]


class Plain:
    def __str__(self) -> str:
        """Return what is sent."""
        return "a plain object"


UTC = dt.timezone.utc
ODD: list[tuple[str, Any, Any, bool]] = [
    ("decimal", decimal.Decimal("12.340"), "12.340", False),
    ("decimal_nan", decimal.Decimal("NaN"), None, True),
    ("fraction", fractions.Fraction(1, 3), "1/3", False),
    ("complex", 1 + 2j, "(1+2j)", False),
    ("nan", float("nan"), None, True),
    ("infinity", float("-inf"), None, True),
    ("nested_nan", {"a": [1.5, float("nan")]}, {"a": [1.5, None]}, True),
    ("large_int", 2**70, str(2**70), True),
    ("int_edge", 2**53 - 1, 2**53 - 1, False),
    ("int_over_edge", 2**53, str(2**53), True),
    ("int_negative_edge", -(2**53), str(-(2**53)), True),
    ("int_beyond_digits", 1 << 20_000, "0x1" + "0" * 5_000, True),
    (
        "datetime_utc",
        dt.datetime(2026, 1, 5, 6, 7, 8, 9_000, UTC),
        "2026-01-05T06:07:08.009000Z",
        False,
    ),
    (
        "datetime_offset",
        dt.datetime(2026, 1, 5, 6, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        "2026-01-05T04:00:00Z",
        False,
    ),
    ("date", dt.date(2026, 1, 5), "2026-01-05", False),
    ("time", dt.time(6, 7), "06:07:00", False),
    ("timedelta", dt.timedelta(minutes=1, milliseconds=500), 60.5, False),
    ("timedelta_whole", dt.timedelta(hours=1), 3600, False),
    ("uuid", uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005", False),
    ("path", pathlib.PurePosixPath("/a/b"), "/a/b", False),
    ("ip", ipaddress.ip_address("192.0.2.1"), "192.0.2.1", False),
    ("network", ipaddress.ip_network("2001:db8::/32"), "2001:db8::/32", False),
    ("bytes", b"\x00\xff", "AP8=", False),
    ("bytearray", bytearray(b"ab"), "YWI=", False),
    ("memoryview", memoryview(b"ab"), "YWI=", False),
    ("enum", Colour.RED, "red", False),
    ("int_enum", Level.HIGH, 3, False),
    ("set", {"b", "a", "c"}, ["a", "b", "c"], False),
    ("frozenset", frozenset([2, 1]), [1, 2], False),
    ("tuple", (1, "a"), [1, "a"], False),
    ("namedtuple", Point(1, 2), [1, 2], False),
    ("deque", collections.deque([1, 2]), [1, 2], False),
    ("range", range(3), [0, 1, 2], False),
    ("dict_keys", {"b": 1, "a": 2}.keys(), ["a", "b"], False),
    ("dataclass", Order(decimal.Decimal(1), ["x"]), {"total": "1", "items": ["x"]}, False),
    ("default_dict", collections.defaultdict(int, a=1), {"a": 1}, False),
    ("lone_surrogate", "a\ud800b", "a\ufffdb", True),
    ("surrogate_pair", "\ud83d\ude00", "\U0001f600", True),
    ("numpy_int", np.int64(5), 5, False),
    ("numpy_float", np.float32(0.5), 0.5, False),
    ("numpy_bool", np.bool_(True), True, False),  # noqa: FBT003 - the value under test
    ("numpy_nan", np.float64("nan"), None, True),
    ("numpy_array", np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]], False),
    ("exception", ValueError("bad"), "ValueError: bad", True),
    ("object", Plain(), "a plain object", True),
    ("int_key", {1: "a"}, {"1": "a"}, False),
    ("none_key", {None: 1, True: 2}, {"null": 1, "true": 2}, False),
    ("enum_key", {Colour.RED: 1}, {"red": 1}, False),
    ("tuple_key", {(1, 2): 1}, {"(1, 2)": 1}, False),
    ("nothing", None, None, False),
    ("accents", "é 日本 😀", "é 日本 😀", False),
]


@pytest.mark.parametrize(
    ("value", "expected", "lossy"), [row[1:] for row in ODD], ids=[r[0] for r in ODD]
)
def test_odd_value(value: object, expected: object, *, lossy: bool) -> None:
    """Each value becomes what the table says, and is counted if something of it is lost."""
    encoded = encode({"p": {"v": value}})
    assert isinstance(encoded, Encoded)
    assert {"p": {"v": expected}} == json.loads(encoded.data)
    assert lossy is encoded.sanitized


@pytest.mark.parametrize(
    ("value", "expected", "lossy"), [row[1:] for row in ODD], ids=[r[0] for r in ODD]
)
def test_slow_path_agrees(value: object, expected: object, *, lossy: bool) -> None:
    """The slow path alone gives the same: it does not matter which encoder took the value."""
    data, lost = dumps_slow({"v": value})
    assert {"v": expected} == json.loads(data)
    assert lossy is lost


def test_naive_datetime_is_local_time() -> None:
    """A datetime without an offset is local time, as everywhere in Python."""
    naive = dt.datetime(2026, 7, 1, 12)  # noqa: DTZ001 - the case under test
    expected = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(naive.timestamp()))
    assert expected == rfc3339(naive)


def test_circular_value() -> None:
    """A value that contains itself becomes null where it does; the rest is kept."""
    value: dict[str, Any] = {"a": 1}
    value["self"] = value
    encoded = encode({"p": value})
    assert isinstance(encoded, Encoded)
    assert {"p": {"a": 1, "self": None}} == json.loads(encoded.data)
    assert encoded.sanitized


def test_shared_value_is_not_circular() -> None:
    """The same list twice side by side is written twice."""
    shared = [decimal.Decimal(1)]
    data, lossy = dumps_slow({"a": shared, "b": shared})
    assert {"a": ["1"], "b": ["1"]} == json.loads(data)
    assert not lossy


def test_deep_value() -> None:
    """Nesting beyond 32 levels ends in null instead of an error."""
    value: Any = {}
    for _ in range(2_000):
        value = {"a": value}
    encoded = encode({"p": value})
    assert isinstance(encoded, Encoded)
    assert encoded.sanitized


class Raises:
    def __str__(self) -> str:
        """Fail."""
        raise RuntimeError("no text")


def test_unserialisable() -> None:
    """A value whose conversion raises makes the event a loss, with the error's name."""
    loss = encode({"p": {"v": Raises()}})
    assert Loss("unserialisable", "RuntimeError: no text") == loss


def test_too_large() -> None:
    """An event beyond 64 KiB is a loss that says how large it was."""
    loss = encode({"p": {"v": "a" * 70_000}})
    assert Loss("too_large", "70014 bytes, at most 65536") == loss


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_plain_values_are_unchanged(value: dict[str, Any]) -> None:
    """What JSON can hold comes back as it was, by both paths, and is not counted."""
    encoded = encode({"p": value})
    assert isinstance(encoded, Encoded)
    assert {"p": value} == json.loads(encoded.data)
    assert not encoded.sanitized
    data, lossy = dumps_slow({"p": value})
    assert {"p": value} == json.loads(data)
    assert not lossy


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(st.characters())
    | st.binary()
    | st.decimals()
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.fractions()
    | st.complex_numbers()
    | st.datetimes(timezones=st.just(UTC))
    | st.builds(Plain)
    | st.builds(Raises),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.sets(st.text(), max_size=3)
        | st.dictionaries(st.text(st.characters()) | st.integers() | st.none(), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(ANYTHING)
def test_anything_encodes_or_is_a_loss(value: object) -> None:
    """Every value becomes valid JSON or a loss with a reason; nothing is raised."""
    encoded = encode({"p": {"v": value}})
    if isinstance(encoded, Loss):
        assert encoded.reason == "unserialisable"
    else:
        json.loads(encoded.data)


@given(ANYTHING)
def test_encoders_agree(value: object) -> None:
    """What the fast encoder takes, the slow path writes the same and calls undamaged."""
    try:
        fast = dumps_fast(value)
    except FAST_ERRORS:
        return
    slow, lossy = dumps_slow(value)
    assert json.loads(fast) == json.loads(slow)
    assert not lossy


@given(ANYTHING)
def test_has_nonfinite(value: object) -> None:
    """The quick look finds a number that is not finite in plain containers."""
    sanitizer = Sanitizer()
    if has_nonfinite(value):
        try:
            sanitizer.convert(value)
        except RuntimeError:
            return
        assert sanitizer.lossy
