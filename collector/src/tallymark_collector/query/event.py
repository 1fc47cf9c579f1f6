"""One event as reports see it, decoded from the log's bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from tallymark_collector.query.values import UNDEFINED, Found, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_collector.store.log import StoredEvent

EVENT_NAMES: Final[Mapping[str, str]] = {"page": "$page", "screen": "$screen"}
"""Kinds whose events get a fixed name; their own name is the property `$name`."""

OPERATIONS: Final = ("identify", "alias")
_GROUP: Final = "$group."


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at *ts* (ms since 1970), at place *pos* of the log.

    *user* and *device* are as sent: who they belong to is decided when a question is asked.
    """

    pos: int
    ts: int
    name: str
    user: str | None
    device: str | None
    session: str | None
    properties: Mapping[str, Value]
    context: Mapping[str, Value]
    groups: Mapping[str, Value]

    def lookup(self, name: str) -> Found:
        """Return a property by its name, or `UNDEFINED`.

        An event's own properties come first, then its context (`locale`, `os.name`); `$event`,
        `$user_id`, `$device_id`, `$session_id` and `$group.<type>` name the event's own fields.
        """
        if name in self.properties:
            return self.properties[name]
        if name.startswith("$"):
            return self._field(name)
        return _path(self.context, name)

    def _field(self, name: str) -> Found:
        if name.startswith(_GROUP):
            return self.groups.get(name.removeprefix(_GROUP), UNDEFINED)
        fields = {
            "$event": self.name,
            "$user_id": self.user,
            "$device_id": self.device,
            "$session_id": self.session,
        }
        found = fields.get(name)
        return UNDEFINED if found is None else found


@dataclass(frozen=True, slots=True)
class Operation:
    """A stored identify or alias: input of the merge rules, no event of any report."""

    pos: int
    ts: int
    kind: str
    stream: str | None
    seq: int | None
    id: str | None
    body: Mapping[str, Value]


def decode(stored: StoredEvent) -> Event | Operation | None:
    """Decode one row of the log; None for kinds that are neither events nor links."""
    body: dict[str, Value] = orjson.loads(stored.body)
    kind = _text(body.get("k")) or "track"
    if kind in OPERATIONS:
        return Operation(
            stored.pos, stored.ts, kind, stored.stream, stored.seq, stored.id, _effective(body)
        )
    name = _text(body.get("e")) or ""
    properties = _object(body.get("p"))
    if kind in EVENT_NAMES:
        if name:
            properties = {"$name": name, **properties}
        name = EVENT_NAMES[kind]
    elif kind != "track":
        return None
    context = _object(body.get("ctx"))
    return Event(
        pos=stored.pos,
        ts=stored.ts,
        name=name,
        user=_text(body.get("u")) or _text(context.get("user_id")),
        device=_text(body.get("d")) or _text(context.get("device_id")),
        session=_text(body.get("s")) or _text(context.get("session_id")),
        properties=properties,
        context=context,
        groups=_object(body.get("g")) or _object(context.get("groups")),
    )


def _effective(body: dict[str, Value]) -> Mapping[str, Value]:
    context = _object(body.get("ctx"))
    found = {"u": context.get("user_id"), "d": context.get("device_id")}
    return {**{key: value for key, value in found.items() if value is not None}, **body}


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) and value else None


def _object(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}


def _path(context: Mapping[str, Value], name: str) -> Found:
    if name in context:
        return context[name]
    found: Found = dict(context)
    for part in name.split("."):
        if not isinstance(found, dict) or part not in found:
            return UNDEFINED
        found = found[part]
    return found
