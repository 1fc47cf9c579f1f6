"""
Turn jobs into requests and answers into what is told: what a thread and a task share.

Nothing here waits, sleeps or sends. A shell (`worker`, `task`) asks the recorder for the next job,
sends what `request` returns by its own means, and hands what came to `settle`.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from tallymark_protocol import limits
from tallymark_protocol.ranges import count

from tallymark.control import read_control
from tallymark.decisions import Wait
from tallymark.encode import loads
from tallymark.event_ids import EventIds
from tallymark.guard import result_of
from tallymark.losses import LossLog
from tallymark.results import Result
from tallymark.transport import Failure, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark.clock import Clock
    from tallymark.decisions import Outcome
    from tallymark.guard import Guard
    from tallymark.lanes import Job, Report
    from tallymark.options import Endpoint, Hooks, Retry
    from tallymark.recorder import Recorder

ADOPT_EVERY_MS = 60_000
CONFIG_AFTER_MS = 60_000
"""The age at which a client first asks for the control block."""
CONFIG_AGAIN_MS = 600_000
"""The pause after a question for it that was not answered."""
FLUSH_S = 10.0
"""What `flush` and `close` wait at most unless told otherwise."""
EXIT_S = 2.0
"""What an exiting program waits at most for its events."""

AFTER_FAULT_MS = 1_000
"""The pause after a fault of ours: it is logged, and must not be a busy loop."""
_OK, _UNCHANGED = 200, 304
_GZIP_LEVEL = 6
_GZIP_WINDOW = 31


class Shell(Protocol):
    """What drives a recorder: a thread or a task."""

    def wake(self) -> bool:
        """Look for work now; False = there is nobody yet who could."""

    def forget(self) -> None:
        """Take note that the client is gone; may be called by the garbage collector: no locks."""

    def abandon(self) -> None:
        """Do nothing any more: this is a forked child."""


class Courier:
    """Write requests, take answers, and tell the hooks and the log what came of them."""

    def __init__(  # noqa: PLR0917 - the parts it joins
        self,
        recorder: Recorder,
        endpoint: Endpoint,
        retry: Retry,
        hooks: Hooks,
        clock: Clock,
        guard: Guard,
        sdk: str,
    ) -> None:
        """Join the parts."""
        self.recorder = recorder
        self.endpoint = endpoint
        self.retry = retry
        self.clock = clock
        self.guard = guard
        self.adopted: bool = False
        self.forgotten: bool = False
        self.steered = False
        """Whether the shell asks for the control block: over a network it does."""
        self._hooks = hooks
        self._sdk = sdk
        self._losses = LossLog(guard)
        self._adopt_at = 0
        self._config_at = clock.steady_ms() + CONFIG_AFTER_MS

    # -- what waits on a disk ------------------------------------------------------------------

    def adopt(self) -> None:
        """Take over what dead processes left, once a minute; may block on a disk."""
        now = self.clock.steady_ms()
        if not self.adoption_due:
            return
        self._adopt_at = now + ADOPT_EVERY_MS
        try:
            self.recorder.adopt()
        finally:
            self.adopted = True

    @property
    def adoption_due(self) -> bool:
        """Tell whether `adopt` would look into the spool."""
        return not self.adopted or self.clock.steady_ms() >= self._adopt_at

    def tidy(self) -> None:
        """Let the buffers flush and tidy their files; may block on a disk."""
        self.guard.attempt("spool", self.recorder.sync)

    # -- requests and answers ------------------------------------------------------------------

    def request(self, job: Job) -> Request:
        """Return the request of a job, dated now."""
        headers = {
            "authorization": f"Bearer {self.endpoint.key}",
            "tallymark-sdk": self._sdk,
            "tallymark-sent-at": str(self.clock.now_ms()),
            "accept": "application/json",
        }
        timeout_s = self.retry.timeout_ms / 1_000
        if job.send.batch is None:
            path = f"/v1/streams/{job.lane.buffer.stream}"
            return Request("GET", path, headers, b"", timeout_s)
        body = job.send.batch.body
        headers["content-type"] = "application/json"
        headers["tallymark-attempt"] = str(job.send.attempt)
        if len(body) > limits.GZIP_ABOVE and not job.send.identity:
            headers["content-encoding"] = "gzip"
            body = _gzip(body)
        return Request("POST", self.endpoint.batch_path, headers, body, timeout_s)

    def settle(self, job: Job, came: Response | Failure | None) -> None:
        """Take what came back for a job; None = the transport itself failed."""
        answer = Failure("other", "the transport failed") if came is None else came
        outcome = self.recorder.settle(job, answer)
        if outcome is not None:
            self._tell(job, outcome)
        self._tell_results()

    def _tell(self, job: Job, outcome: Outcome) -> None:
        for item in outcome.rejected:
            self._losses.reject(item, job.lane.ids)
        for reason, ranges in outcome.lost.items():
            self._losses.refuse(reason, count(ranges), outcome.detail)
        if outcome.detail and not outcome.lost:
            self._complain(outcome.detail)

    def _complain(self, detail: str) -> None:
        trouble = self.recorder.link.trouble
        kind = trouble or "delivery"
        level = logging.WARNING if trouble else logging.INFO
        self.guard.say(kind, f"{trouble or 'sending failed'} ({detail}); events are kept", level)

    # -- the control block ---------------------------------------------------------------------

    @property
    def config_due(self) -> bool:
        """
        Tell whether the collector should be asked for the control block (CTL-1).

        Not by short programs and not in an outage: answers to batches carry it, too.
        """
        recorder = self.recorder
        working = recorder.requests > 0 and not recorder.link.failures and not recorder.closed
        return working and self.clock.steady_ms() >= self._config_at

    def config_request(self) -> Request:
        """Return the question for the control block; the next is due when its time is over."""
        self._config_at = self.clock.steady_ms() + CONFIG_AGAIN_MS
        headers = {
            "authorization": f"Bearer {self.endpoint.key}",
            "tallymark-sdk": self._sdk,
            "accept": "application/json",
        }
        etag = self.recorder.link.latest.etag
        if etag is not None:
            headers["if-none-match"] = f'"{etag}"'
        return Request("GET", "/v1/config", headers, b"", self.retry.timeout_ms / 1_000)

    def take_config(self, came: Response | Failure | None) -> None:
        """Obey the block that came; anything else changes nothing."""
        if not isinstance(came, Response) or came.status not in (_OK, _UNCHANGED):
            return
        now = self.clock.steady_ms()
        link = self.recorder.link
        found = result_of(lambda: loads(came.body))
        block = found.get("control") if isinstance(found, Mapping) else None
        control = link.latest if came.status == _UNCHANGED else read_control(block, now)
        if control is not None:
            lasting = replace(control, until=max(control.until, now + control.ttl_ms))
            link.steer(lasting, now)
            self._config_at = lasting.until

    # -- pauses and the end --------------------------------------------------------------------

    def rest(self, decision: Wait) -> Wait | None:
        """Tell what there is to tell before a pause; return how long it is, None = no pause."""
        self._losses.take(self.recorder.dropped())
        self._tell_results()
        if self.forgotten:
            self.forgotten = False
            self.guard.say("forgotten", "a client was dropped without close(); call close()")
            self.recorder.closed = True
            self.recorder.end()
            return None
        times = [self._adopt_at] if self.recorder.spooled else []
        if decision.until is not None:
            times.append(decision.until)
        if self.steered and self.recorder.requests:
            times.append(self._config_at)
        return Wait(min(times, default=None))

    def shut(self) -> None:
        """Stop now: what is left stays in the spool, or is lost and said so."""
        lost, left = self.recorder.shut()
        self._losses.take(self.recorder.dropped(), last=True)
        self._losses.end(lost, left, self.recorder.place)
        self._tell_results()

    def _tell_results(self) -> None:
        hook = self._hooks.on_result
        if hook is None:
            return
        for report in self.recorder.take_reports():
            for result in _results(report):
                self.guard.attempt("on_result", lambda result=result: hook(result))  # type: ignore[misc]


def _results(report: Report) -> Iterator[Result]:
    ids = EventIds(report.stream)
    for item in report.rejected:
        yield Result(
            "rejected",
            item.code,
            ids.of(item.seq),
            report.stream,
            item.seq,
            item.path,
            item.limit,
        )
    for low, high in report.dropped:
        for seq in range(low, high + 1):
            yield Result("dropped", report.reason, ids.of(seq), report.stream, seq)


def _gzip(body: bytes) -> bytes:
    # The same body always gives the same bytes: zlib writes no time into the header (HDR-1).
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return compressor.compress(body) + compressor.flush()
