"""Time correction: from the time a client wrote to the time a report uses."""

from __future__ import annotations

from tallymark_protocol._generated import limits


def correct(
    t: int | None,
    sent_at: int | None,
    received_at: int,
    clock: str = "anchored",
    *,
    imported: bool = False,
) -> int | str:
    """Return the corrected time in ms since 1970, or the verdict code that refuses it (TM-CLK-02).

    *t* is the event's own time, *sent_at* the attempt's `Tallymark-Sent-At`, *received_at* when
    the request's headers were read. With clock "none" both *t* and *sent_at* count from the
    device's boot. Imports get no skew correction and may be as old as 2000-01-01.
    """
    if t is None:
        return received_at
    ts = t if imported else _unskewed(t, sent_at, received_at, clock)
    if ts > received_at:
        return received_at if ts - received_at <= limits.MAX_FUTURE_MS else "bad_time"
    oldest = limits.IMPORT_EPOCH_MS if imported else max(0, received_at - limits.MAX_AGE_MS)
    return ts if ts >= oldest else "too_old"


def skew(sent_at: int | None, received_at: int) -> int:
    """Return how far the client's clock is ahead, in ms; 0 within the tolerance (TM-CLK-02)."""
    if sent_at is None:
        return 0
    ahead = sent_at - received_at
    return 0 if abs(ahead) <= limits.SKEW_TOLERANCE_MS else ahead


def _unskewed(t: int, sent_at: int | None, received_at: int, clock: str) -> int:
    if clock != "none":
        return t - skew(sent_at, received_at)
    # Without a send time an uptime says nothing about the day: the arrival is the best estimate.
    return received_at if sent_at is None else received_at - (sent_at - t)
