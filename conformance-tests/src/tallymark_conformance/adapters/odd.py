"""Values that JSON cannot spell: `{"$odd": "nan"}` stands for one in the language of the SDK."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value = Any


class Raising:
    """An object that lets nobody look at it."""

    def __repr__(self) -> str:
        """Raise."""
        raise RuntimeError("repr")

    __str__ = __repr__

    def __getattribute__(self, name: str) -> NoReturn:
        """Raise."""
        raise RuntimeError(name)


def _cycle() -> Value:
    cycle: dict[str, Value] = {}
    cycle["self"] = cycle
    return cycle


def _deep(levels: int) -> Value:
    value: Value = 1
    for _ in range(levels):
        value = {"d": value}
    return value


MAKERS: Final[Mapping[str, Callable[[], Value]]] = {
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "undefined": lambda: None,
    "function": lambda: _deep,
    "raises": Raising,
    "cycle": _cycle,
    "bytes": lambda: b"\xff\x00",
    "lone_surrogate": lambda: "a\ud800b",
    "set": lambda: {1},
    "class": lambda: Raising,
}


SPELT: Final[Mapping[str, Callable[[str], Value]]] = {
    "date": dt.datetime.fromisoformat,
    "bigint": int,
    "deep": lambda text: _deep(int(text)),
}
"""Those that have an argument: `date:2026-01-02T03:04:05+02:00`."""


def odd(value: Value) -> Value:
    """Return *value* with every stand-in replaced by what it stands for."""
    if isinstance(value, list):
        return [odd(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$odd"}:
        kind, _, rest = str(value["$odd"]).partition(":")
        return SPELT[kind](rest) if kind in SPELT else MAKERS[kind]()
    return {key: odd(item) for key, item in value.items()}
