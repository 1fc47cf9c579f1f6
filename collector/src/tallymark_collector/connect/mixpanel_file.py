"""The raw export of Mixpanel: one JSON object a line, `{"event": …, "properties": {…}}`.

An exported event is known by its event, distinct_id, time and `$insert_id`; the export itself is
not deduplicated, so equal keys are one event here (LED-12). Links between devices and users, which
Mixpanel draws from the events themselves, become identify and alias records of their own.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, Final

import orjson
from tallymark_protocol.event_id import uuid8

from tallymark_collector.connect.export_file import MAX_LINE
from tallymark_collector.connect.record import Record, Unreadable, no_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from tallymark_collector.connect.record import Item

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# Below, a number is seconds since 1970, from here on milliseconds (`time_in_ms` of the export).
_SECONDS_BELOW: Final = 100_000_000_000
_DEVICE: Final = "$device:"
_PAGE: Final = "$mp_web_page_view"
_OWN: Final = ("time", "distinct_id", "$insert_id", "$device_id", "$user_id")
_PAGE_NAMES: Final[Mapping[str, str]] = {
    "current_page_title": "$title",
    "current_url_path": "$path",
    "$current_url": "$url",
}


class MixpanelFile:
    """Reads one export; remembers which devices and users it has linked.

    Times are seconds since 1970 of *tz*: UTC, or for older projects the project's own zone.
    """

    def __init__(self, stream: str, tz: tzinfo) -> None:
        """Give events without `$insert_id` their number in *stream*, the file's, as identity."""
        self._stream = stream
        self._tz = tz
        self._linked: dict[tuple[str, str], int] = {}

    def read(self, text: IO[str]) -> Iterator[Item]:
        """Iterate over the lines as events, each link before the event that shows it."""
        for number, line in enumerate(text, start=1):
            if len(line) > MAX_LINE:
                yield Unreadable(number, f"a line of {len(line):,} characters is no event")
            elif line.strip():
                yield from self._records(number, line)

    def _records(self, number: int, line: str) -> Iterator[Item]:
        try:
            name, properties = _parts(line)
            ts = milliseconds(properties["time"], self._tz)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            yield no_line(number, error)
            return
        known = {"t": ts, "id": self._identity(number, name, properties)}
        linking = _linking(name, properties)
        if linking is not None:
            yield Record(number, {**known, **linking})
            return
        user, device = who(properties)
        if user and device:
            yield from self._link(number, device, user, ts)
        people = {"u": user, "d": device}
        yield Record(
            number,
            {
                **known,
                **{field: one for field, one in people.items() if one},
                **event_of(name, properties),
            },
        )

    def _identity(self, number: int, name: str, properties: Mapping[str, Any]) -> str:
        insert_id = properties.get("$insert_id")
        if insert_id is None:
            return _hashed("line", self._stream, number)
        seconds = properties["time"] // _unit(properties["time"])
        return _hashed("key", name, properties.get("distinct_id"), int(seconds), insert_id)

    def _link(self, number: int, device: str, user: str, ts: int) -> Iterator[Record]:
        """Say that a device is a user's, when a pair is new or seen earlier than before."""
        earliest = self._linked.get((device, user))
        if earliest is None or ts < earliest:
            self._linked[device, user] = ts
            known = {"k": "identify", "id": _hashed("link", device, user, ts), "t": ts}
            yield Record(number, {**known, "u": user, "d": device}, added=True)


def looks_like(first: dict[str, Any]) -> bool:
    """Tell whether the first line of a file, decoded, is one of a Mixpanel export."""
    return isinstance(first.get("event"), str) and isinstance(first.get("properties"), dict)


def milliseconds(time: object, tz: tzinfo) -> int:
    """Read a time of the export: seconds or milliseconds since 1970, on the clock of *tz*."""
    if isinstance(time, bool) or not isinstance(time, int | float):
        raise TypeError(f"time is {time!r}, not a number")
    clock = _EPOCH + timedelta(milliseconds=round(time * (1_000 // _unit(time))))
    return (clock.replace(tzinfo=tz) - _EPOCH) // _MILLISECOND


def _unit(time: float) -> int:
    """Return how many of the time's units are a second."""
    return 1 if abs(time) < _SECONDS_BELOW else 1_000


def who(properties: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the user and the device of an event.

    With simplified identities `$user_id` and `$device_id` say it; else `distinct_id` is a user,
    unless it is the device itself.
    """
    user, device = _text(properties.get("$user_id")), _text(properties.get("$device_id"))
    distinct = _text(properties.get("distinct_id"))
    if distinct is not None and distinct.startswith(_DEVICE):
        device = device or distinct.removeprefix(_DEVICE) or None
    elif user is None and distinct != device:
        user = distinct
    return user, device


def event_of(name: str, properties: Mapping[str, Any]) -> dict[str, object]:
    """Return name and properties as the protocol has them; names of our own begin with no $."""
    rest = {key: value for key, value in properties.items() if key not in _OWN}
    if name != _PAGE:
        return {"e": name.lstrip("$") or "unnamed", "p": rest}
    return {"k": "page", "p": {_PAGE_NAMES.get(key, key): value for key, value in rest.items()}}


def _parts(line: str) -> tuple[str, dict[str, Any]]:
    exported = orjson.loads(line)
    if not isinstance(exported, dict):
        raise TypeError("it is no JSON object")
    name, properties = exported["event"], exported["properties"]
    if not isinstance(name, str) or not isinstance(properties, dict):
        raise TypeError("event is no text, or properties is no object")
    return name, properties


def _linking(name: str, properties: Mapping[str, Any]) -> dict[str, object] | None:
    """Return the link that an event of the original identity scheme stands for, if it is one."""
    if name == "$identify":
        user, device = properties.get("$identified_id"), properties.get("$anon_id")
        return _pair("identify", "d", device, "u", user)
    if name == "$create_alias":
        alias, user = properties.get("alias"), properties.get("distinct_id")
        return _pair("alias", "from", alias, "to", user)
    ids = properties.get("$distinct_ids")
    if name == "$merge" and isinstance(ids, list) and len(ids) == 2:  # noqa: PLR2004 -- a pair is merged
        return _pair("alias", "from", ids[0], "to", ids[1])
    return None


def _pair(
    kind: str, first: str, one: object, second: str, other: object
) -> dict[str, object] | None:
    a, b = _text(one), _text(other)
    return None if a is None or b is None else {"k": kind, first: a, second: b}


def _text(value: object) -> str | None:
    """Return an id as text; numbers are ids too, and an empty one is nobody's."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _hashed(*parts: object) -> str:
    return uuid8(hashlib.sha256(orjson.dumps(["mixpanel", *parts])).digest())
