"""
Turn any Python value into one JSON can hold: the one slow path for odd values.

| Value | Becomes | Counted |
|---|---|---|
| `None`, `bool`, `str`, finite `float`, `int` within ±(2^53-1) | itself | no |
| `int` beyond that (2^70) | its digits as a string | yes |
| `nan`, `inf`, `Decimal("NaN")`, `NaT` | null | yes |
| `str` with a lone surrogate | U+FFFD in its place | yes |
| `Decimal`, `Fraction`, `complex` | `str(value)`: nothing is rounded | no |
| `datetime` | RFC 3339 in UTC; without an offset it is local time | no |
| `date`, `time` | ISO 8601 | no |
| `timedelta` | seconds | no |
| `UUID`, `Path`, IP address | `str(value)` | no |
| `bytes`, `bytearray`, `memoryview` | base64 | no |
| `Enum` | its value | no |
| `set`, `frozenset`, dictionary view | list, sorted by its members' JSON | no |
| `tuple`, named tuple, `deque`, `range`, other sequences | list | no |
| dataclass, attrs class, other mappings | object | no |
| numpy scalar / array | `item()` / `tolist()` | no |
| a value that contains itself, or lies deeper than 32 levels | null | yes |
| an exception | `Type: message` | yes |
| any other object | `str(value)`, at most 8,192 characters | yes |
| a key that is no string | `true`, `false`, `null`, or `str(key)` | no |
| an object whose conversion raises | the event is dropped: `unserialisable` | as lost |

*Counted* = something of the value was lost: the event counts as `sanitized` (VAL-3).
"""

from __future__ import annotations

import binascii
import dataclasses
import enum
import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from tallymark_protocol import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, time, timedelta
    from decimal import Decimal

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_INT = limits.MAX_SEQ
MAX_DEPTH = 32
MAX_TEXT = limits.MAX_STRING
_MAX_BITS_IN_DIGITS = 13_000
"""Python refuses to write larger integers in decimal (its limit is 4,300 digits)."""


class Sanitizer:
    """Convert one value; afterwards `lossy` tells whether something of it was lost."""

    __slots__ = ("_path", "lossy")

    def __init__(self) -> None:
        """Begin with nothing lost."""
        self.lossy: bool = False
        self._path: set[int] = set()

    def convert(self, value: Any) -> Json:  # noqa: ANN401 - any value is the subject here
        """Return the JSON value for *value*; errors of the value's own methods pass through."""
        if isinstance(value, enum.Enum):
            return self.convert(value.value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int):
            return self._integer(int(value))
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else self._lost(None)
        return self._other(value)

    def _lost(self, replacement: Json) -> Json:
        self.lossy = True
        return replacement

    def _text(self, value: str) -> str:
        text = str.__str__(value)
        if not has_surrogate(text):
            return text
        self.lossy = True
        # Two surrogates that form a pair are one character; only a lone one is replaced.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _integer(self, value: int) -> Json:
        if -MAX_INT <= value <= MAX_INT:
            return value
        self.lossy = True
        return str(value) if value.bit_length() <= _MAX_BITS_IN_DIGITS else hex(value)[:MAX_TEXT]

    def _other(self, value: Any) -> Json:  # noqa: ANN401
        convert = _converter(type(value))
        return self._nested(value) if convert is None else convert(self, value)

    def _nested(self, value: Any) -> Json:  # noqa: ANN401
        if id(value) in self._path or len(self._path) >= MAX_DEPTH:
            return self._lost(None)
        self._path.add(id(value))
        try:
            return self._container(value)
        finally:
            self._path.discard(id(value))

    def _container(self, value: Any) -> Json:  # noqa: ANN401
        if isinstance(value, Mapping):
            return {self.key(key): self.convert(item) for key, item in list(value.items())}
        if isinstance(value, AbstractSet):
            return sorted((self.convert(item) for item in list(value)), key=_order)
        if isinstance(value, Sequence) or type(value).__name__ == "deque":
            return [self.convert(item) for item in list(value)]
        fields = _fields(value)
        if fields is not None:
            return {name: self.convert(getattr(value, name)) for name in fields}
        if isinstance(value, BaseException):
            return self._lost(self._text(f"{type(value).__name__}: {value}"[:MAX_TEXT]))
        return self._lost(self._text(str(value)[:MAX_TEXT]))

    def key(self, key: object) -> str:
        """Return the text for a mapping's key."""
        if isinstance(key, enum.Enum):
            return self.key(key.value)
        if isinstance(key, str):
            return self._text(key)
        if key is None or isinstance(key, bool):
            return json.dumps(key)
        if isinstance(key, int):
            return str(self._integer(int(key)))
        return self._text(str(key)[:MAX_TEXT])

    def _decimal(self, value: Decimal) -> Json:
        return str(value) if value.is_finite() else self._lost(None)

    def _datetime(self, value: datetime) -> Json:
        try:
            return rfc3339(value)
        except (ValueError, OverflowError, OSError):
            # NaT, or a moment beside the ends of the calendar.
            return self._lost(None)

    def _timedelta(self, value: timedelta) -> Json:
        seconds = value.total_seconds()
        if not math.isfinite(seconds):
            return self._lost(None)
        return int(seconds) if seconds.is_integer() else seconds

    def _bytes(self, value: bytes | bytearray | memoryview) -> Json:
        return binascii.b2a_base64(bytes(value), newline=False).decode("ascii")

    def _iso(self, value: date | time) -> Json:
        return value.isoformat()

    def _string(self, value: object) -> Json:
        return self._text(str(value))

    def _numpy(self, value: Any) -> Json:  # noqa: ANN401
        plain = value.tolist()
        return self._lost(str(value)) if type(plain) is type(value) else self.convert(plain)


_Converter: TypeAlias = "Callable[[Sanitizer, Any], Json]"

# Types by name, not by import: most programs use few of them, and `import tallymark` is measured.
_BY_NAME: Mapping[str, str] = {
    "decimal.Decimal": "_decimal",
    "datetime.datetime": "_datetime",
    "datetime.date": "_iso",
    "datetime.time": "_iso",
    "datetime.timedelta": "_timedelta",
    "builtins.bytes": "_bytes",
    "builtins.bytearray": "_bytes",
    "builtins.memoryview": "_bytes",
    "builtins.complex": "_string",
    "fractions.Fraction": "_string",
    "uuid.UUID": "_string",
    "ipaddress._BaseAddress": "_string",
    "ipaddress._BaseNetwork": "_string",
    "numpy.generic": "_numpy",
    "numpy.ndarray": "_numpy",
}


def _converter(kind: type) -> _Converter | None:
    for ancestor in kind.__mro__:
        name = _BY_NAME.get(f"{ancestor.__module__}.{ancestor.__name__}")
        if name is not None:
            convert: _Converter = getattr(Sanitizer, name)
            return convert
    return Sanitizer._string if hasattr(kind, "__fspath__") else None  # noqa: SLF001


def _fields(value: object) -> list[str] | None:
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        return [item.name for item in dataclasses.fields(value)]
    attributes = getattr(type(value), "__attrs_attrs__", None)
    return None if attributes is None else [item.name for item in attributes]


def _order(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def rfc3339(moment: datetime) -> str:
    """Write a moment in UTC; without an offset it is local time."""
    utc = moment.astimezone(timezone.utc)
    return utc.replace(tzinfo=None).isoformat() + "Z"


def has_surrogate(text: str) -> bool:
    """Tell whether *text* holds a surrogate, which UTF-8 cannot carry."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def has_nonfinite(value: object) -> bool:
    """Tell whether a plain value (what an encoder took without help) holds NaN or an infinity."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, dict):
        return _any_nonfinite(value.values())
    if isinstance(value, (list, tuple)):
        return _any_nonfinite(value)
    return isinstance(value, enum.Enum) and has_nonfinite(value.value)


_NO_NUMBER = (str, int, bool, type(None))


def _any_nonfinite(items: Iterable[object]) -> bool:
    # Called for every event with a null in it: most values are looked at without a call.
    for item in items:
        kind = type(item)
        if kind is float:
            if item - item != 0:  # type: ignore[operator]
                return True
        elif kind not in _NO_NUMBER and has_nonfinite(item):
            return True
    return False
