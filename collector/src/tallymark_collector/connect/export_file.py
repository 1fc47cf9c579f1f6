"""Our own export: the lines of `tallymark export` and `tallymark tail --json`."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final

import orjson
from tallymark_protocol import limits

from tallymark_collector.connect.record import Record, Unreadable, no_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark_collector.connect.record import Item

MAX_LINE: Final = 4 * limits.MAX_EVENT


def read(text: IO[str]) -> Iterator[Item]:
    """Iterate over the lines as events with the identity they had: place in a stream, or id.

    So the same event is stored once, in whichever collector, from whichever export of it, and
    its id stays the same (LED-7).
    """
    for number, line in enumerate(text, start=1):
        if len(line) > MAX_LINE:
            yield Unreadable(number, f"a line of {len(line):,} characters is no event")
        elif line.strip():
            yield _record(number, line)


def looks_like(first: dict[str, Any]) -> bool:
    """Tell whether the first line of a file, decoded, is one of an export of ours."""
    return isinstance(first.get("event"), dict) and "ts" in first


def _record(number: int, line: str) -> Item:
    try:
        return _known(number, orjson.loads(line))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return no_line(number, error)


def _known(number: int, exported: Any) -> Record:  # noqa: ANN401 -- any JSON
    if not isinstance(exported, dict):
        raise TypeError("it is no JSON object")
    body, ts = exported["event"], exported["ts"]
    if not isinstance(body, dict) or type(ts) is not int:
        raise TypeError("event is no object, or ts is no time in ms")
    sent = body.get("t")
    for place in ("n", "dt"):
        body.pop(place, None)
    body["t"] = ts
    if exported.get("stream") is None:
        known = body.get("id") or exported["id"]
        return Record(number, {**body, "id": known}, corrected=sent != ts)
    stream, seq = exported["stream"], exported["seq"]
    if not isinstance(stream, str) or type(seq) is not int:
        raise TypeError(f"stream {stream!r} and seq {seq!r} are no place")
    return Record(number, body, stream, seq, corrected=sent != ts)
