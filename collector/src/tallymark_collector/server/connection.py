"""A connection that keeps two promises Uvicorn's own does not.

Every request the kernel has received completely is run, whatever the peer does afterwards, and
nothing a peer owes may take for ever. The class overrides private parts of Uvicorn's httptools
protocol, so the project pins Uvicorn's minor version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallymark_collector.problem import Problem
from tallymark_collector.server.reading import Reading
from tallymark_collector.server.refusal import refusal_bytes
from tallymark_collector.server.remainder import Remainder

if TYPE_CHECKING:
    import asyncio

    from tallymark_collector.server.deadlines import Expired
    from tallymark_collector.server.gate import Crowded


class Connection(Reading):
    """Read ahead within bounds, run what is complete, answer in order, close what is overdue."""

    _eof = False
    _lingering = False
    _remainder: Remainder | None = None

    # What happens to the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection, or refuse it when there are too many."""
        super().connection_made(transport)
        self.listener.make_room()
        crowded = self.listener.gate.enter(self, self.client[0] if self.client else "")
        self.listener.watch(self.loop)
        if crowded is not None:
            self._turn_away(crowded)

    def _turn_away(self, crowded: Crowded) -> None:
        self.deaf = self.refused = True
        if self.listener.gate.overrun():
            self.transport.abort()
            return
        whose = "open" if crowded == "overall" else "open from one address"
        detail = f"too many connections are {whose}; use fewer and keep them alive"
        problem = Problem("overloaded", detail, retry_after_ms=1_000)
        self.transport.write(refusal_bytes(problem, self.listener.new_request_id()))
        self.finish()

    def data_received(self, data: bytes) -> None:
        """Parse what arrived."""
        if not self.deaf:
            self.feed(data)
            self._steer_reading()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a half-closed connection open until its answers are out."""
        self._eof = True
        newest = self.newest
        if newest is not None and newest.awaits_body:
            if newest.settled:
                newest.cut_off()
            else:
                newest.refuse(Problem("malformed", "the body is shorter than announced"))
        return self.busy and not self._lingering

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Run everything complete that was received, also what only the kernel has so far.

        Until that is done the connection counts as open: its work and its memory are still ours.
        """
        self.listener.gate.busy(self)
        self.connections.discard(self)
        self.flow.resume_writing()
        self.lost = True
        for exchange in self.requests.outstanding():
            self.listener.rescued += not exchange.settled
            exchange.disconnected = True
            exchange.message_event.set()
        if not self.deaf and not self._eof:
            self._remainder = self._open_remainder()
        self._refill()

    def pause_writing(self) -> None:
        """Note that the peer does not take its answers."""
        super().pause_writing()
        self.deadlines.stalled(self.loop.time())

    def resume_writing(self) -> None:
        """Note that the peer takes its answers again."""
        super().resume_writing()
        self.deadlines.flowing()

    def shutdown(self) -> None:
        """Finish what the kernel has received by now, then close."""
        self._read_now()
        newest = self.newest
        if not self.busy or newest is None:
            self.transport.close()
            return
        newest.keep_alive = False
        self.deaf = self.deaf or not newest.awaits_body
        self.deadlines.hurry(self.loop.time(), self.limits.stop_grace_s)

    # Deadlines

    def check(self, now: float) -> None:
        """Close the connection if it is overdue at *now*."""
        expired = None if self.lost else self.deadlines.expired(now)
        if expired is not None:
            self.listener.overdue += 1
            self._expire(expired)

    def evict(self) -> None:
        """Close an idle connection to make room for another."""
        self.transport.close()

    def _expire(self, expired: Expired) -> None:
        if expired in ("answer", "linger"):
            self.transport.abort()
        elif expired == "idle" or (expired == "headers" and not self.owes_answer):
            self.transport.close()
        else:
            part = "head" if expired == "headers" else "body"
            detail = f"the request's {part} did not arrive in time"
            self.refuse(Problem("request_timeout", detail))

    # Answers

    def on_response_complete(self) -> None:
        """Go on with the next request, or idle."""
        self.server_state.total_requests += 1
        if self.requests.running is not None:
            self.requests.running.drop_body()
        if self.lost or self.transport.is_closing():
            return
        self.requests.advance()
        if self._eof and not self.busy:
            # Not the transport itself: the end of this very answer may still wait in the outlet.
            self.outlet.close()
            return
        self.rest_if_done()
        self._steer_reading()

    def application_ended(self) -> None:
        """Go on with what a lost connection has left to do."""
        if self.lost:
            self._refill()

    def rest_if_done(self) -> None:
        """Begin to idle if nothing is under way."""
        if not self.busy and not self._lingering and not self.lost:
            self.deadlines.answered(self.loop.time())
            self.listener.gate.idle(self)

    def finish(self) -> None:
        """Close once the last answer is out, giving a refused peer the time to read it."""
        self.deaf = True
        self.requests.clear()
        if self.lost or self.transport.is_closing():
            return
        if self.refused and not self._eof and self.transport.can_write_eof():
            # Closing with bytes unread would reset the connection and take the answer along.
            self._lingering = True
            self.deadlines.linger(self.loop.time())
            self._steer_reading()
            self.transport.write_eof()
        else:
            self.transport.close()

    # Reading: within bounds while the peer is there, to the end when it has gone

    def handed_out(self, size: int) -> None:
        """Note that *size* body bytes left the read-ahead."""
        self.ahead.gave(size)
        if self._remainder is not None:
            # Not at once: this may be called from inside the parser.
            self.loop.call_soon(self._refill)
        elif not self.lost:
            self._steer_reading()

    def _steer_reading(self) -> None:
        if self.lost or self._eof or self.transport.is_closing():
            return
        full = self.ahead.full and not self.deaf
        if full and not self.flow.read_paused:
            self.deadlines.hold(self.loop.time())
            self.flow.pause_reading()
        elif not full and self.flow.read_paused:
            self.deadlines.release(self.loop.time())
            self.flow.resume_reading()

    def _open_remainder(self) -> Remainder | None:
        if self.scheme == "https":
            return None  # the kernel holds ciphertext
        try:
            return Remainder(self.transport.get_extra_info("socket").fileno())
        except OSError:
            return None

    def _refill(self) -> None:
        """Read on from a lost connection as far as the bounds allow, and run what came."""
        while self._remainder is not None and not self.ahead.full:
            data = b"" if self.deaf else self._remainder.read(self.appetite)
            if data:
                self.feed(data)
            else:
                self._remainder.close()
                self._remainder = None
        if self._remainder is None:
            if self.newest is not None:
                self.newest.cut_off()
            self.parser = None  # type: ignore[assignment] # Uvicorn's way to break the cycle
        self.requests.advance()
        if self._remainder is None and not self.requests.busy:
            self.ahead.end()
            self.listener.gate.leave(self)

    def _read_now(self) -> None:
        remainder = None if self.deaf or self._eof else self._open_remainder()
        if remainder is None:
            return
        while not self.ahead.full and not self.deaf and (data := remainder.read(self.appetite)):
            self.feed(data)
        remainder.close()
