"""From the inflated bytes of a request to decoded JSON: media types and the grammar; no I/O."""

from __future__ import annotations

import json
from typing import Final, Literal, NoReturn

import orjson
from tallymark_protocol import limits

from tallymark_collector.problem import Problem

Format = Literal["json", "ndjson"]

_FORMATS: Final[dict[str, Format]] = {
    "": "json",
    "application/json": "json",
    "text/plain": "json",
    "application/x-ndjson": "ndjson",
}
_FORM: Final = "application/x-www-form-urlencoded"
_FORM_ADVICE: Final = (
    "this is the content type of a form; send application/json (with curl: --json instead of -d)"
)
_CHARSETS: Final = ("", "utf-8", "utf8", "us-ascii")
_DIGITS: Final = bytes(48 if byte in b"0123456789" else 32 for byte in range(256))
_LONG_INTEGER: Final = b"0" * 16
_EXACT: Final = 2**53
_DIGITS_OF_64_BITS: Final = 18


def body_format(content_type: str, *, ndjson: bool = True) -> Format:
    """Return how a body of that type is read; raise 415 for one that is not (HDR-06)."""
    media_type, _, parameters = content_type.partition(";")
    found = _FORMATS.get(media_type.strip().lower())
    if found is None or (found == "ndjson" and not ndjson) or not _is_utf8(parameters):
        form = media_type.strip().lower() == _FORM
        raise Problem("unsupported_media_type", _FORM_ADVICE if form else "")
    return found


def _is_utf8(parameters: str) -> bool:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower() in _CHARSETS
    return True


def parse(data: bytes, form: Format) -> object:
    """Decode a body; raise 400 `malformed` for what is not JSON (VAL-04: last key wins)."""
    return parse_json(data) if form == "json" else parse_ndjson(data)


def parse_json(data: bytes) -> object:
    """Decode one JSON text.

    What the fast decoder refuses although the grammar allows it (lone surrogates, numbers beyond
    a double) is decoded by the slow one, so that it costs one event its verdict and not the batch.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _parse_slowly(data)
    # Translating and searching is ten times as fast as a regular expression here.
    return _rounded(value) if _LONG_INTEGER in data.translate(_DIGITS) else value


def parse_ndjson(data: bytes) -> object:
    """Decode an envelope whose events are the lines after the first (IOT-4)."""
    head, *lines = [line for line in data.split(b"\n") if line.strip()] or [b""]
    envelope = parse_json(head)
    if not isinstance(envelope, dict) or envelope.get("events") is not None:
        raise Problem("malformed", "the first line is no envelope without events", path="events")
    if len(lines) > limits.MAX_EVENTS:
        raise Problem("too_many_events")
    return envelope | {"events": [parse_json(line) for line in lines]}


def _parse_slowly(data: bytes) -> object:
    try:
        return json.loads(data.decode(), parse_constant=_no_constant, parse_int=_integer)
    except RecursionError as error:
        raise Problem("malformed", "the JSON is nested too deeply") from error
    except ValueError as error:
        raise Problem("malformed", "the body is not JSON in UTF-8") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS_OF_64_BITS else float(digits)


def _rounded(value: object) -> object:
    """Return *value* with integers beyond 2^53 as the doubles nearest to them (VAL-08).

    Works its way through with a stack of its own: the decoder allows deeper nesting than the
    interpreter.
    """
    holder: list[object] = [value]
    stack: list[list[object] | dict[str, object]] = [holder]
    while stack:
        container = stack.pop()
        pairs = container.items() if isinstance(container, dict) else enumerate(container)
        for key, member in tuple(pairs):
            if isinstance(member, (dict, list)):
                stack.append(member)
            elif type(member) is int and not -_EXACT <= member <= _EXACT:
                container[key] = float(member)  # type: ignore[index,call-overload]
    return holder[0]
