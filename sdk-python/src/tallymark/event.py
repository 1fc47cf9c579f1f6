"""
Build an event and encode it once, on the caller's thread.

The bytes are wire bytes: queue, spool and batch hold them unchanged. Later changes to the caller's
objects have no effect. What cannot be sent becomes a `Loss` with its drop reason, never an error.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from uuid import UUID

from tallymark_protocol import limits

from tallymark.encode import FAST_ERRORS, dumps_fast, dumps_slow
from tallymark.errors import UsageError
from tallymark.guard import result_of

if TYPE_CHECKING:
    from tallymark.context import Scope

Groups: TypeAlias = "Mapping[str, str | int | UUID]"
Id: TypeAlias = "str | int | UUID"

_CUT = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Loss:
    """Say why a call gives no event to send: a drop reason of the registry."""

    reason: str
    detail: str = ""


class Encoded(NamedTuple):
    """Hold an event's bytes, and whether something of its values was lost."""

    data: bytes
    sanitized: bool = False


def encode(event: Mapping[str, Any]) -> Encoded | Loss:
    """Encode *event*, odd values included; a `Loss` if that is impossible or it is too large."""
    try:
        encoded = Encoded(dumps_fast(event))
    except FAST_ERRORS:
        encoded_or_loss = _encode_odd(event)
        if isinstance(encoded_or_loss, Loss):
            return encoded_or_loss
        encoded = encoded_or_loss
    if len(encoded.data) > limits.MAX_EVENT:
        return Loss("too_large", f"{len(encoded.data)} bytes, at most {limits.MAX_EVENT}")
    return encoded


def _encode_odd(event: Mapping[str, Any]) -> Encoded | Loss:
    result = result_of(lambda: dumps_slow(event))
    if isinstance(result, Exception):
        return Loss("unserialisable", f"{type(result).__name__}: {result}")
    return Encoded(*result)


class Names:
    """Check event names, and remember the good ones: a program uses few."""

    __slots__ = ("_good", "_limit")

    def __init__(self, limit: int = 10_000) -> None:
        """Remember at most *limit* names."""
        self._good: set[str] = set()
        self._limit = limit

    def __contains__(self, name: object) -> bool:
        """Tell whether *name* was found good before."""
        return type(name) is str and name in self._good

    def check(self, name: object) -> tuple[str, str | None]:
        """
        Return the name to send and what was wrong with the one given, if anything was.

        Too long a name is cut, control characters and lone surrogates are replaced.

        :raises UsageError: if there is no way to know what was meant
        """
        if isinstance(name, enum.Enum):
            name = name.value
        if not isinstance(name, str) or not name:
            raise UsageError(f"name: {name!r} must be a string that is not empty")
        if name.startswith("$"):
            raise UsageError(f"name: {name!r} begins with $, which is reserved for the protocol")
        good = _mend(name)
        if good == name:
            if len(self._good) < self._limit:
                self._good.add(name)
            return name, None
        return good, f"name: {name[:80]!r} was sent as {good[:80]!r}"


def _mend(name: str) -> str:
    text = "".join("\ufffd" if _is_control(char) else char for char in name)
    data = text.encode("utf-8")
    if len(data) <= limits.MAX_NAME:
        return text
    room = limits.MAX_NAME - len(_CUT.encode())
    return data[:room].decode("utf-8", "ignore") + _CUT


def _is_control(char: str) -> bool:
    code = ord(char)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000  # noqa: PLR2004 - Unicode


def identifier(argument: str, value: object) -> str | None:
    """
    Return an id as text; None stays None.

    :raises UsageError: if it is neither a string, a whole number nor a UUID
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, enum.Enum):
        return identifier(argument, value.value)
    if isinstance(value, bool) or not isinstance(value, (str, int, UUID)):
        raise UsageError(
            f"{argument}: {value!r} is a {type(value).__name__}; ids are strings, numbers or UUIDs",
        )
    return str(value)


def memberships(groups: object) -> dict[str, str]:
    """
    Return group memberships as text.

    :raises UsageError: if it is no mapping of names to ids
    """
    if not isinstance(groups, Mapping):
        raise UsageError(f"groups: {groups!r} must be a mapping such as {{'company': 'acme'}}")
    members = {}
    for kind, value in groups.items():
        text = identifier(f"groups[{kind!r}]", value)
        if not isinstance(kind, str) or text is None:
            raise UsageError(f"groups: {kind!r}: {value!r} must be a name and an id")
        members[kind] = text
    return members


def properties_of(properties: object) -> Mapping[str, Any]:
    """
    Return the properties of a call; None = none.

    :raises UsageError: if it is no mapping
    """
    if properties is None:
        return {}
    if isinstance(properties, Mapping):
        return properties
    raise UsageError(f"properties: {type(properties).__name__} given; pass a mapping or None")


_WITH_PROPERTIES = (None, "page", "screen")


def build(  # noqa: PLR0917 - called once per event: keywords would cost
    kind: str | None,
    t: int,
    scope: Scope,
    user: Id | None,
    device: Id | None,
    groups: Groups | None,
    fields: Mapping[str, Any],
    properties: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """
    Return the event of a call at *t* (ms) within *scope*; kind None = track.

    :raises UsageError: if an argument is of no use
    """
    event: dict[str, Any] = {"t": t}
    if kind is not None:
        event["k"] = kind
    event.update(fields)
    user = scope.user if user is None else user
    if user is not None:
        event["u"] = identifier("user", user)
    device = scope.device if device is None else device
    if device is not None:
        event["d"] = identifier("device", device)
    if groups or scope.groups:
        event["g"] = {**scope.groups, **memberships(groups or {})}
    if properties is not None and type(properties) is not dict:
        properties = properties_of(properties)
    if scope.properties and kind in _WITH_PROPERTIES:
        event["p"] = {**scope.properties, **(properties or {})}
    elif properties:
        event["p"] = properties
    return event


_OPERATIONS = ("set", "set_once", "add", "append", "union", "remove", "unset", "delete")
_BY_NAME = {
    **{name: f"${name}" for name in _OPERATIONS},
    **{f"${name}": f"${name}" for name in _OPERATIONS},
}


def operations(given: object) -> dict[str, Any]:
    """
    Return profile operations under their wire names; `set` and `$set` are the same.

    :raises UsageError: if one is unknown
    """
    ops = properties_of(given)
    unknown = [name for name in ops if name not in _BY_NAME]
    if unknown or not ops:
        raise UsageError(f"operations: {unknown or given!r}; known are {', '.join(_OPERATIONS)}")
    return {_BY_NAME[name]: value for name, value in ops.items()}
