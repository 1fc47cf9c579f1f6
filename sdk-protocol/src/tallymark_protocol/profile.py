"""Profiles: the state a set of stored operations gives, whatever the order they come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tallymark_protocol._generated import limits
from tallymark_protocol._generated.codes import OPS
from tallymark_protocol.canonical import canonical, utf16_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tallymark_protocol.merge import Tag

_LARGEST: Final = 1.7976931348623157e308
_SAFE: Final = 2**53
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """The `ops` of one stored event under its tag; a tag names one event."""

    tag: Tag
    ops: Mapping[str, Any]


def fold(operations: Iterable[Operation]) -> State:
    """Return the profile of a set of operations, keys sorted (TM-PRF-01).

    The rule is to replay them by (ts, stream, seq), each event once, and within one event by the
    registry's order of operations (TM-PRF-02).
    """
    unique = {operation.tag: operation.ops for operation in operations}
    state: State = {}
    for _, ops in sorted(unique.items()):
        for name in OPS:
            if ops.get(name) is not None:
                _RULES[name](state, ops[name])
    return {key: state[key] for key in sorted(state, key=utf16_order)}


def _set(state: State, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        _put(state, key, value)


def _set_once(state: State, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if key not in state:
            _put(state, key, value)


def _add(state: State, values: Mapping[str, float]) -> None:
    for key, value in values.items():
        held = state.get(key, 0)
        if isinstance(held, (int, float)) and not isinstance(held, bool):
            state[key] = _number(float(held) + float(value))


def _append(state: State, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        _extend(state, key, [value], unique=False)


def _union(state: State, values: Mapping[str, list[Any]]) -> None:
    for key, items in values.items():
        _extend(state, key, items, unique=True)


def _extend(state: State, key: str, items: Iterable[object], *, unique: bool) -> None:
    held = state.get(key, [])
    if not isinstance(held, list):
        return
    for item in items:
        if not (unique and _holds(held, item)):
            held = [*held, item]
    state[key] = held[-limits.MAX_LIST :]


def _remove(state: State, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        held = state.get(key)
        if isinstance(held, list):
            wanted = canonical(value)
            state[key] = [item for item in held if canonical(item) != wanted]


def _unset(state: State, keys: Iterable[str]) -> None:
    for key in keys:
        state.pop(key, None)


def _delete(state: State, _: object) -> None:
    state.clear()


def _put(state: State, key: str, value: object) -> None:
    state[key] = value


def _holds(held: list[Any], item: object) -> bool:
    wanted = canonical(item)
    return any(canonical(other) == wanted for other in held)


def _number(total: float) -> float:
    """Keep sums in the range JSON can hold; whole ones are written without a fraction."""
    total = max(-_LARGEST, min(_LARGEST, total))
    return int(total) if total.is_integer() and abs(total) < _SAFE else total


_RULES: Final[Mapping[str, Callable[[State, Any], None]]] = {
    "$set": _set,
    "$set_once": _set_once,
    "$add": _add,
    "$append": _append,
    "$union": _union,
    "$remove": _remove,
    "$unset": _unset,
    "$delete": _delete,
}
