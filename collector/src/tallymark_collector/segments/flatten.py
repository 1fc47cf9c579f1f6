"""The properties of an event by every name a question may give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_collector.query.event import Event
    from tallymark_collector.query.values import Value


def flatten(event: Event) -> tuple[dict[str, Value], list[str]]:
    """Return the values `Event.lookup` gives, by name, and the names at which it gives an object.

    Those are objects of the context, whose leaves have names of their own (`os.name`). `$event`
    and `$user_id` are left out unless they are properties: every row has them otherwise.
    """
    values: dict[str, Value] = {}
    objects: list[str] = []
    if event.context:
        _context(event.context, values, objects)
    for group, key in event.groups.items():
        values[f"$group.{group}"] = key
    if event.device is not None:
        values["$device_id"] = event.device
    if event.session is not None:
        values["$session_id"] = event.session
    values.update(event.properties)
    return values, [name for name in objects if name not in event.properties]


def _context(context: Mapping[str, Value], values: dict[str, Value], objects: list[str]) -> None:
    """Read the context's names: a key as it stands comes before a path of the same spelling."""
    for key, value in context.items():
        if isinstance(value, dict) and "." not in key and not key.startswith("$"):
            _path(key, value, values, objects)
    for key, value in context.items():
        if key.startswith("$"):
            continue
        if isinstance(value, dict):
            objects.append(key)
            values.pop(key, None)
        else:
            values[key] = value


def _path(
    before: str, nested: Mapping[str, Value], values: dict[str, Value], objects: list[str]
) -> None:
    for key, value in nested.items():
        if "." in key:
            continue
        name = f"{before}.{key}"
        if isinstance(value, dict):
            objects.append(name)
            _path(name, value, values, objects)
        else:
            values[name] = value
