"""The oracle over pauses: who is told to wait waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tallymark_conformance.oracles.requests import batches
from tallymark_conformance.proxy.message import Answer, header
from tallymark_conformance.verdict import Violation
from tallymark_protocol.retry import retry_after_ms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tallymark_conformance.trace import Exchange

TOLERANCE_MS: Final = 25
"""Two processes read the machine's clock: what a request may be early by."""

DATE_TOLERANCE_MS: Final = 1_025
"""An HTTP date has whole seconds: the wait it means begins up to one earlier."""

UNDER_WAY_MS: Final = 50
"""Requests that begin so soon after an answer were on their way when it came."""

WAITING: Final = (402, 429, 503)


def retry_after_is_respected(
    exchanges: Sequence[Exchange], births: Sequence[float] = ()
) -> Iterator[Violation]:
    """Find requests of a stream before the time its last answer asked for (TM-RTY-05, TM-RTY-08).

    The floor holds for requests begun after the whole answer had been written. *births* are the
    times (monotonic ms) at which producers were started: a new process that takes a stream over
    knows nothing of what its predecessor was told.
    """
    floors: dict[str, tuple[float, float, int]] = {}
    for exchange, _, batch in batches(exchanges):
        stream = batch.get("stream")
        if not isinstance(stream, str):
            continue
        told = floors.get(stream)
        if told is not None and told[0] <= exchange.started < told[1]:
            if any(told[0] <= birth <= exchange.started for birth in births):
                continue
            early = round(told[1] - exchange.started)
            detail = f"TM-RTY-08 request {exchange.n} is {early} ms early after request {told[2]}"
            yield Violation("wire", detail, stream)
        floor = _floor(exchange)
        if floor is not None:
            floors[stream] = exchange.ended + UNDER_WAY_MS, _told(exchange) + floor, exchange.n


def _told(exchange: Exchange) -> float:
    """Return when the client may have known: its wait begins when it has read the answer."""
    return exchange.ended if exchange.answering is None else exchange.answering


def _floor(exchange: Exchange) -> float | None:
    answer: Answer | None = exchange.sent
    if answer is None or not exchange.whole or answer.status not in WAITING:
        return None
    value = header(answer.headers, "retry-after")
    wait = retry_after_ms(value, exchange.at + round(exchange.ended - exchange.started))
    if not wait or value is None:
        return None
    return wait - (TOLERANCE_MS if value.isdigit() else DATE_TOLERANCE_MS)
