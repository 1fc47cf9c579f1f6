"""What an SDK does with an answer: the retry table, backoff and `Retry-After`."""

from __future__ import annotations

import re
from typing import Final

from tallymark_protocol._generated.retry import (
    BACKOFF_BASE_MS,
    BACKOFF_CAP_MS,
    BACKOFF_LONG_AFTER,
    BACKOFF_LONG_CAP_MS,
    RETRY_AFTER_CAP_MS,
    TABLE,
)

_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_MONTH: Final = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME: Final = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)"
_DAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATES: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"{_DAY}, (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT\Z",
        rf"{_LONG_DAY}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} GMT\Z",
        rf"{_DAY} {_MONTH} (?P<day>\d\d| \d) {_TIME} (?P<year>\d{{4}})\Z",
    )
)
_SECONDS: Final = re.compile(r"[0-9]+\Z")
_MAX_DIGITS: Final = 9
_LONG_YEAR: Final = 4
_CENTURY: Final = 100
_FEBRUARY: Final = 2
_DECEMBER: Final = 12


def classify(status: int, code: str | None, proven: bool) -> str:  # noqa: FBT001 - a column of the table
    """Return the action for an answer, by the retry table (TM-RTY-07).

    *status* 0 stands for no answer at all; *proven* is `ack.proves` of the answer.
    """
    for rule in TABLE:
        known = rule.code in (None, code) and rule.proven in (None, proven)
        if rule.low <= status <= rule.high and known:
            return rule.action
    return "backoff"


def ceiling_ms(failures: int) -> int:
    """Return the longest wait after that many failures in a row (TM-RTY-01).

    The wait itself is drawn evenly from 0..ceiling ("full jitter").
    """
    if failures <= 0:
        return 0
    cap = BACKOFF_LONG_CAP_MS if failures > BACKOFF_LONG_AFTER else BACKOFF_CAP_MS
    return min(cap, BACKOFF_BASE_MS << min(failures - 1, 32))


def retry_after_ms(value: str | None, now_ms: int) -> int | None:
    """Read a `Retry-After` header as ms from now, at most an hour (TM-RTY-05).

    None when it is absent, malformed or in the past.
    """
    if value is None:
        return None
    text = value.strip(" \t")
    if _SECONDS.match(text):
        digits = text.lstrip("0")
        seconds = int(digits or "0") if len(digits) <= _MAX_DIGITS else RETRY_AFTER_CAP_MS
        return min(seconds * 1000, RETRY_AFTER_CAP_MS)
    moment = _http_date_ms(text, now_ms)
    if moment is None or moment < now_ms:
        return None
    return min(moment - now_ms, RETRY_AFTER_CAP_MS)


def _http_date_ms(text: str, now_ms: int) -> int | None:
    """Read the three date forms of RFC 9110, section 5.6.7."""
    match = next((found for found in (form.match(text) for form in _DATES) if found), None)
    if match is None:
        return None
    year, day = int(match["year"]), int(match["day"])
    if len(match["year"]) < _LONG_YEAR:
        year = _full_year(year, now_ms)
    month = _MONTHS.index(match["month"]) + 1
    if not 1 <= day <= _days_in(year, month):
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    return (((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000


def _full_year(two_digits: int, now_ms: int) -> int:
    """Read a two-digit year as the RFC says: at most 50 years ahead."""
    now_year = 1970 + now_ms // 31_556_952_000
    year = now_year - now_year % _CENTURY + two_digits
    return year - _CENTURY if year > now_year + 50 else year


def _days(year: int, month: int, day: int) -> int:
    """Count the days from 1970-01-01 in the Gregorian calendar."""
    shifted = year - (month <= _FEBRUARY)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - 719_468


def _days_in(year: int, month: int) -> int:
    following = (year + 1, 1) if month == _DECEMBER else (year, month + 1)
    return _days(*following, 1) - _days(year, month, 1)
