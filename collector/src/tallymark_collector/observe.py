"""What the collector tells about itself: log lines and counters.

A log line is a constant message and fields. No property value, key, or address ever goes into
one; anything that looks like a key is masked all the same (WEB-6).
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME: Final = "tallymark_collector"
_KEY: Final = re.compile(r"\b(tm[a-z]_)[0-9A-Za-z]+|([?&]k=)[^&\s\"]+")
_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
_FIELDS: Final = "fields"
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "taskName",
    "color_message",
}

_OF_OTHERS: Final = ("uvicorn.error", "asyncio")

logger: Final = logging.getLogger(NAME)


def log(level: int, message: str, /, **fields: object) -> None:
    """Write one line: a constant *message* and its *fields*."""
    if logger.isEnabledFor(level):
        logger.log(level, message, extra={_FIELDS: fields})


def where(error: BaseException) -> list[str]:
    """Return the places an error passed, without its text: that may hold what a person sent."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{Path(f.filename).name}:{f.lineno}:{f.name}" for f in frames]


def masked(text: str) -> str:
    """Return *text* with everything that looks like a key masked."""
    return _KEY.sub(lambda match: f"{match[1] or match[2]}…", text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": _timestamp(record.created),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **_fields(record),
        }
        return masked(json.dumps(line, default=str, ensure_ascii=True))


class TextFormatter(logging.Formatter):
    """One line for a person."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = " ".join(f"{name}={value!s}" for name, value in _fields(record).items())
        text = f"{_timestamp(record.created)} {record.levelname.lower():7} {record.getMessage()}"
        return masked(_CONTROL.sub(_escaped, f"{text}  {fields}".rstrip()))


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    own = vars(record)
    fields = {name: own[name] for name in own.keys() - _STANDARD if name != _FIELDS}
    fields |= own.get(_FIELDS, {})
    if record.exc_info is not None and record.exc_info[1] is not None:
        error = record.exc_info[1]
        fields |= {"error": type(error).__name__, "where": where(error)}
    return fields


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _timestamp(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03}Z"


def set_up(
    log_format: Literal["auto", "json", "text"], level: str, stream: IO[str] | None = None
) -> None:
    """Send the log lines of the collector and of what it runs on to *stream*, else to stderr."""
    stream = stream or sys.stderr
    text = log_format == "text" or (log_format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter() if text else JsonFormatter())
    for name in (NAME, *_OF_OTHERS):
        target = logging.getLogger(name)
        target.handlers[:] = [handler]
        target.propagate = False
    logger.setLevel(level.upper())
    # Their lines are not ours to phrase: only what went wrong is of interest.
    for name in _OF_OTHERS:
        logging.getLogger(name).setLevel(max(logger.level, logging.WARNING))


def request_ids(start: int | None = None) -> Callable[[], str]:
    """Return a function that gives ids, distinct within and, but for chance, between processes."""
    prefix = f"{time.time_ns() // 1_000_000 if start is None else start:x}"
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers):x}"


@dataclass(slots=True)
class Counters:
    """What has happened since the start; written by the event loop only."""

    requests: int = 0
    problems: int = 0
    failures: int = 0
    events_stored: int = 0
    events_duplicate: int = 0
    events_rejected: int = 0
    refused_overload: int = 0
    refused_rate: int = 0
    clients_gone: int = 0

    def snapshot(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)
