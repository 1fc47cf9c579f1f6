"""Answers and waits, from the retry table's prose."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Vector = dict[str, Any]
NOW = 1_795_576_582_000  # 2026-11-25T03:16:22Z
HOUR = 3_600_000
SPECIAL = {
    **dict.fromkeys((401, 403), "pause"),
    **dict.fromkeys((404, 405, 407, 410, 421), "unavailable"),
    **dict.fromkeys((408, 425), "backoff"),
    402: "quota",
    413: "halve",
    415: "identity",
    429: "throttle",
}
CODES: tuple[tuple[int, str, str], ...] = (
    (400, "malformed", "bisect"),
    (400, "unsupported_version", "stop"),
    (400, "auth_conflict", "bisect"),
    (401, "secret_in_browser", "pause"),
    (402, "quota", "quota"),
    (413, "too_many_events", "halve"),
    (422, "event_rejected", "bisect"),
    (422, "unsupported_version", "bisect"),
    (429, "quota", "quota"),
    (429, "rate_limited", "throttle"),
    (500, "internal", "backoff"),
    (501, "not_implemented", "backoff"),
    (503, "overloaded", "backoff"),
    (503, "something_new", "backoff"),
    (418, "something_new", "bisect"),
)
CEILINGS = (0, 500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 300000, 300000)
AFTER: tuple[tuple[str | None, int | None], ...] = (
    *((None, None), ("", None), ("0", 0), ("1", 1000), ("007", 7000), (" 120\t", 120_000)),
    *(("3600", HOUR), ("3601", HOUR), ("36000", HOUR), ("9" * 30, HOUR)),
    *(("-1", None), ("1.5", None), ("+5", None), ("1e3", None), ("soon", None), ("5 s", None)),
    *(("٣", None), ("120, 120", None), ("Infinity", None), ("NaN", None), ("0x10", None)),
    *(("Wed, 25 Nov 2026 03:16:22 GMT", 0), ("Wed, 25 Nov 2026 03:16:52 GMT", 30_000)),
    *(("Wednesday, 25-Nov-26 03:16:52 GMT", 30_000), ("Wed Nov 25 03:16:52 2026", 30_000)),
    *(("Tue Dec  1 00:00:00 2026", HOUR), ("Wed, 25 Nov 2026 03:16:21 GMT", None)),
    *(("Sunday, 06-Nov-94 08:49:37 GMT", None), ("Sun, 06 Nov 1994 08:49:37 GMT", None)),
    *(("Wed, 25 Nov 2026 04:16:23 GMT", HOUR), ("Wed, 31 Feb 2027 04:00:00 GMT", None)),
    *(("Wed, 25 Nov 2026 24:00:00 GMT", None), ("Wed, 25 Nov 2026 03:16:52 UTC", None)),
    *(("wed, 25 nov 2026 03:16:52 gmt", None), ("2026-11-25T03:16:52Z", None)),
    *(("Wed, 25 Nov 2026 03:60:00 GMT", None), ("Wed, 25 Nov 2026 03:16:60 GMT", 38_000)),
    *(("Mon, 29 Feb 2028 00:00:00 GMT", HOUR), ("Mon, 29 Feb 2027 00:00:00 GMT", None)),
    *(("Fri, 00 Jan 2027 00:00:00 GMT", None), ("Monday, 25-Nov-75 00:00:00 GMT", HOUR)),
    *(("Monday, 25-Nov-77 00:00:00 GMT", None), ("Fri, 31 Dec 9999 23:59:59 GMT", HOUR)),
)


def retries() -> Iterator[Vector]:
    """Yield every status of the table and around it, codes, ceilings and Retry-After values."""
    for status in (200, 201, 202, 204, 206, 226, 299):
        yield _action(status, None, "settle", proven=True)
        yield _action(status, None, "intercepted", proven=False)
    for status in (*range(300, 309), 399):
        for proven in (True, False):
            yield _action(status, None, "intercepted", proven=proven)
    for status in range(400, 452):
        yield _action(status, None, SPECIAL.get(status, "bisect"))
    yield _action(499, None, "bisect")
    for status in (*range(500, 520), 520, 521, 522, 523, 524, 530, 599, 600, 999, 0, 100, 101, 199):
        yield _action(status, None, "backoff")
    for status, code, action in CODES:
        yield _action(status, code, action)
        yield _action(status, code, action, proven=True)
    for failures, ceiling in enumerate((*CEILINGS, *(300_000,) * 20)):
        yield {
            "requirement": "TM-RTY-01",
            "input": {"op": "ceiling", "failures": failures},
            "expect": ceiling,
        }
    for value, expect in (*AFTER, *_dates()):
        given = {"op": "retry_after", "value": value, "now": NOW}
        yield {"requirement": "TM-RTY-05", "input": given, "expect": expect}


def _dates() -> Iterator[tuple[str, int | None]]:
    """Yield the three forms for moments around now, written by the standard library."""
    for seconds in (-86_400, 0, 1, 59, 600, 3599, 3600, 90_000):
        moment = datetime.fromtimestamp(NOW // 1000, timezone.utc) + timedelta(seconds=seconds)
        expect = None if seconds < 0 else min(seconds * 1000, HOUR)
        yield moment.strftime("%a, %d %b %Y %H:%M:%S GMT"), expect
        yield moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"), expect
        yield (
            moment.strftime("%a %b ") + f"{moment.day:>2}" + moment.strftime(" %H:%M:%S %Y"),
            expect,
        )


def _action(status: int, code: str | None, action: str, *, proven: bool = False) -> Vector:
    given = {"op": "classify", "status": status, "code": code, "proven": proven}
    return {"requirement": "TM-RTY-07", "input": given, "expect": action}
