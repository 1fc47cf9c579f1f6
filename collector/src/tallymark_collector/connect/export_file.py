"""Our own export: the lines of `tallymark tail --json`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import orjson
from tallymark_protocol.event_id import event_id

from tallymark_collector.connect.record import Record, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator


def read(text: IO[str]) -> Iterator[Record | Unreadable]:
    """Iterate over the lines as events with an explicit id: the one they had in their stream.

    So the same event is stored once, whichever export of it is imported, and how often (LED-7).
    """
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            yield Record(number, _event(orjson.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            yield Unreadable(number, f"no line of an export: {type(error).__name__}: {error}")


def _event(exported: dict[str, Any]) -> dict[str, object]:
    body: dict[str, Any] = dict(exported["event"])
    identity = body.get("id") or event_id(exported["stream"], exported["seq"])
    for field in ("n", "dt"):
        body.pop(field, None)
    return {**body, "id": identity, "t": exported["ts"]}
