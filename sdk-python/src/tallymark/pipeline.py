"""Join a client's parts: calls become encoded events, events become requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tallymark_protocol.bucket import sampled

from tallymark.clock import AnchoredClock, Clock, instant_ms
from tallymark.consent import ConsentState
from tallymark.courier import Courier, Shell
from tallymark.encode import loads
from tallymark.errors import ConfigurationError, UsageError
from tallymark.event import Encoded, Loss, Names, build, encode
from tallymark.guard import Guard
from tallymark.recorder import Recorder
from tallymark.retry import Link
from tallymark.shared_context import NAME, shared_context
from tallymark.storage import Storage
from tallymark.version import __version__

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from datetime import date

    from tallymark.consent import Mode
    from tallymark.context import Scope
    from tallymark.event import Groups, Id
    from tallymark.options import Batching, Consent, Endpoint, Hooks, Privacy, Retry, Spool
    from tallymark.results import Stats

S = TypeVar("S", bound=Shell)

_DAY_MS = 86_400_000
_SAMPLED = (None, "page", "screen")
"""Kinds that sampling is about (None = track): what changes people and groups is always kept."""
_IDS = ("u", "d", "s", "g")


class Pipeline(Generic[S]):
    """Build and record the events of one client; a shell of the caller's choice delivers them."""

    def __init__(  # noqa: PLR0917 - as the client's, one value each
        self,
        endpoint: Endpoint,
        batching: Batching,
        retry: Retry,
        spool: Spool,
        privacy: Privacy,
        hooks: Hooks,
        shell: Callable[[Courier], S],
        clock: Clock | None,
        logger: logging.Logger,
    ) -> None:
        """Join the parts and begin a stream; *shell* makes what delivers, anew after a fork."""
        self.clock: Clock = clock or AnchoredClock()
        self.guard: Guard = Guard(self.clock, logger, strict=hooks.strict)
        self.names: Names = Names()
        self._endpoint = endpoint
        self._batching = batching
        self._retry = retry
        self._spool = spool
        self._privacy = privacy
        self._hooks = hooks
        self._shell = shell
        self._now = self.clock.now_ms
        self._consent = ConsentState.initial(privacy)
        self._disabled = False
        self._closed = False
        self.complete = False
        """Whether the end left nothing behind; False before it."""
        self._mode: Mode = self._consent.mode(privacy.when_unknown)
        self._day = 0
        self._stream = batching.stream
        if self._stream is not None and spool.directory is not False:
            raise ConfigurationError("Batching.stream: needs spool=Spool(False)")
        self._assemble()
        self._begin()
        if self.recorder.spooled and self._mode != "refuse":
            self._storage.announce()
            # Dead processes may have left events that should not wait for the first of ours.
            self.worker.wake()

    def _assemble(self) -> None:
        """Build the parts that have locks, threads or files."""
        self._link = Link()
        self._storage = Storage(self._endpoint, self._spool, self._batching, self.guard)
        self.recorder: Recorder = Recorder(
            self._storage.buffers,
            self._storage.held,
            self._link,
            self.clock,
            self._batching,
            self._retry,
            spool_bytes=self._spool.max_bytes,
            keep_results=self._hooks.on_result is not None,
        )
        courier = Courier(
            self.recorder,
            self._endpoint,
            self._retry,
            self._hooks,
            self.clock,
            self.guard,
            f"{NAME}/{__version__}",
        )
        self.worker = self._shell(courier)

    # -- events --------------------------------------------------------------------------------

    def name(self, name: object) -> str:
        """
        Return the event name to send.

        :raises UsageError: if it cannot be one (strict: or had to be changed)
        """
        good, complaint = self.names.check(name)
        if complaint is not None:
            self._complain(complaint)
        return good

    def submit(  # noqa: PLR0917 - called once per event: keywords would cost
        self,
        kind: str | None,
        time: date | float | None,
        scope: Scope,
        user: Id | None,
        device: Id | None,
        groups: Groups | None,
        fields: Mapping[str, Any],
        properties: Mapping[str, Any] | None,
    ) -> str | None:
        """Build, encode and record one event; return its id."""
        if self._mode != "record" and not self._admit():
            return None
        t = self._now() if time is None else instant_ms(time)
        event = build(kind, t, scope, user, device, groups, fields, properties)
        if self._link.selective and kind in _SAMPLED and not self._keep(kind, event):
            return self.recorder.lose("sampled")
        if self._mode == "anonymous":
            event = {key: value for key, value in event.items() if key not in _IDS}
        return self._record(event)

    def _admit(self) -> bool:
        """Tell whether an event may be recorded while consent is unknown, denied, or at the end."""
        if self._mode == "refuse":
            self.recorder.refuse()
            if self._closed:
                self.guard.say("closed", "a call came after close(): it is not recorded")
            return False
        if self._mode == "anonymous" and self._now() // _DAY_MS != self._day:
            # So that one day's events cannot be joined with another's (CON-1).
            self._begin()
        return True

    def _keep(self, kind: str | None, event: dict[str, Any]) -> bool:
        """Tell whether the collector wants this person's events; weigh what is kept (CTL-2)."""
        control = self._link.control(self.clock.steady_ms())
        rate = control.rate(event.get("e") if kind is None else f"${kind}")
        unit = event.get("d") or event.get("u")
        if rate == 0:
            return False
        if rate == 1 or unit is None:
            return True
        event["sr"] = rate
        return sampled(unit, rate)

    def _record(self, event: dict[str, Any]) -> str | None:
        filtered = self._hooks.before_send is not None
        encoded = self._filtered(event) if filtered else encode(event)
        if self.guard.strict and isinstance(encoded, Encoded):
            _check(encoded.data)
        if isinstance(encoded, Loss):
            what = event.get("e", event.get("k"))
            why = f"{encoded.reason} {encoded.detail}"
            self.guard.say(encoded.reason, f"an event {what!r} was dropped: {why}")
            return self.recorder.lose(encoded.reason)
        return self.recorder.record(encoded.data, encoded.sanitized)

    def _filtered(self, event: dict[str, Any]) -> Encoded | Loss:
        """Let the hook see a copy; what it returns is sent, None drops the event."""
        before = encode(event)
        if isinstance(before, Loss):
            return before
        copy = loads(before.data)
        hook = self._hooks.before_send
        assert hook is not None
        kept = self.guard.attempt("before_send", lambda: hook(copy))  # type: ignore[arg-type]
        if not isinstance(kept, Mapping):
            return Loss("hook", "by before_send")
        after = encode(dict(kept))
        if isinstance(after, Loss):
            return after
        return Encoded(after.data, before.sanitized or after.sanitized)

    def failed(self, method: str, error: Exception, *, event: bool) -> None:
        """
        Take note of a call that raised.

        Wrong use is no event; a fault of ours is a lost one if the call was an *event*.
        """
        if isinstance(error, UsageError):
            self.recorder.refuse()
            self.guard.say(f"{method} usage", f"{method}: {error}")
            return
        self.guard.say(f"{method} fault", f"{method} failed: {type(error).__name__}: {error}")
        if event:
            self.recorder.lose("sdk_error")

    def _complain(self, complaint: str) -> None:
        if self.guard.strict:
            raise UsageError(complaint)
        self.guard.say("usage", complaint)

    # -- streams -------------------------------------------------------------------------------

    def _begin(self, *, late: bool = False) -> None:
        """Begin a stream for what consent allows now."""
        self._mode = self._consent.mode(self._privacy.when_unknown)
        if self._mode == "refuse":
            self.recorder.purge("consent_withdrawn")
            return
        self._day = self._now() // _DAY_MS
        context = shared_context(
            __version__,
            self._privacy,
            self._consent,
            anonymous=self._mode == "anonymous",
        )
        held = self._mode == "hold"
        stream, self._stream = self._stream, None
        if late:
            self.recorder.begin_late(context, held=held)
        elif stream is not None:
            # Imported events did not happen here, and must be the same bytes from any machine.
            self.recorder.begin(b"{}", held=held, stream=stream)
        else:
            self.recorder.begin(context, held=held)

    def change_consent(
        self,
        analytics: Consent | None,
        ads: Consent | None,
        personalization: Consent | None,
    ) -> None:
        """Obey a change of consent: another stream, or none (CON-1, LED-10)."""
        state = self._consent.change(analytics, ads, personalization)
        if state == self._consent or self._closed or self._disabled:
            return
        self._consent = state
        if self._mode == "hold" and state.analytics == "granted":
            self.recorder.release_held()
        self._begin()

    def reset(self, *, purge: bool) -> None:
        """Begin another stream."""
        if self._closed or self._disabled:
            return
        if purge:
            self.recorder.purge("reset")
        self._begin()

    def disable(self) -> None:
        """Record nothing from now on."""
        self._disabled = True
        self._mode = "refuse"
        self.recorder.end()

    def begin_close(self) -> bool:
        """Record nothing from now on; tell whether the shell has to be closed by the caller."""
        if self.recorder.interrupted():
            self.guard.say("interrupted", "close() was called in the middle of another call: later")
            return False
        first, self._closed = not self._closed, True
        self._mode = "refuse"
        return first

    def after_fork(self) -> None:
        """Leave everything to the parent and begin anew (LED-9)."""
        self.worker.abandon()
        self.recorder.abandon()
        if self._closed or self._disabled:
            return
        self._assemble()
        if self._mode != "refuse":
            self._begin(late=True)

    def stats(self) -> Stats:
        """Return the ledger of this instant."""
        return self.recorder.stats(note=self._storage.note, disabled=self._disabled)


def _check(event: bytes) -> None:
    # Imported here: only strict clients pay for the validators when they start.
    from tallymark_protocol.validate import validate_event  # noqa: PLC0415

    issue = validate_event(loads(event))
    if issue is not None:
        limit = "" if issue.limit is None else f", at most {issue.limit}"
        raise UsageError(
            f"the collector would reject this event: {issue.code} at {issue.path}{limit}"
        )
