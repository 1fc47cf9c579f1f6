"""The verdict on each event of a request; no I/O, and never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from tallymark_protocol import clock, codes, limits
from tallymark_protocol.checks import Issue
from tallymark_protocol.validate import (
    integer,
    validate_context,
    validate_event,
    validate_subject,
)

from tallymark_collector.ingest.effective import (
    effective_context,
    encode_context,
    encode_event,
    is_oversized,
    quarantined,
)
from tallymark_collector.store.log import Refused, Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark_collector.ingest.envelope import Envelope
    from tallymark_collector.store.meta import KeyPolicy

_MINIMAL: Final = {"e": "x"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the events of one request are judged by besides their content.

    Times are ms since 1970; `sent_at` is None when the request did not say. `secret` tells that
    the key is a secret one, `gpc` that the request came with Global Privacy Control.
    """

    policy: KeyPolicy
    received_at: int
    sent_at: int | None = None
    secret: bool = False
    imported: bool = False
    gpc: bool = False


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is to be stored and what is not; `clamped` are the places of set-back times (CLK-04)."""

    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]
    clamped: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Context:
    """A context, its encoded form, and what is wrong with it."""

    value: Mapping[str, Any]
    encoded: bytes
    issue: Issue | None

    @property
    def denies_analytics(self) -> bool:
        consent = self.value.get("consent")
        return isinstance(consent, dict) and consent.get("analytics") == "denied"


class Judge:
    """Give the events of one envelope their verdicts (one bad event never fails a batch)."""

    def __init__(self, envelope: Envelope, terms: Terms, known: Issue | None = None) -> None:
        """Look at what the events share once; *known* is wrong with all of them."""
        self._known = known
        self._envelope = envelope
        self._terms = terms
        self._shared = self._shared_context()
        self._clamped: list[int] = []

    def verdicts(self) -> Verdicts:
        """Judge every event in its place."""
        rows: list[Row] = []
        refused: list[Refused] = []
        for place, event in enumerate(self._envelope.events):
            verdict = self._judge(place, event)
            if isinstance(verdict, Row):
                rows.append(verdict)
            else:
                refused.append(verdict)
        return Verdicts(tuple(rows), tuple(refused), tuple(self._clamped))

    def _judge(self, place: int, event: object) -> Row | Refused:
        issue = self._known or validate_event(event) or self._shared.issue
        if issue is not None or not isinstance(event, dict):
            return self._refuse(place, event, issue or Issue("bad_type", ""))
        context = self._context_of(event)
        kind = event.get("k") or "track"
        issue = context.issue or self._forbidden(kind, event, context)
        if issue is not None:
            return self._refuse(place, event, issue)
        t = self._time_of(event)
        ts = self._corrected(place, t)
        if isinstance(ts, str):
            return self._refuse(
                place, event, Issue(ts, "t" if event.get("t") is not None else "dt")
            )
        seq, event_id = self._identity(place, event)
        if seq is None and event_id is None:
            return self._refuse(place, event, Issue("bad_id", "id"))
        body = encode_event(kind, event, t, context.encoded)
        if is_oversized(kind, event, body):
            return self._refuse(place, event, Issue("too_large", "", limits.MAX_EVENT))
        return Row(place, seq, event_id, self._terms.received_at if t is None else t, ts, body)

    def _shared_context(self) -> _Context:
        ctx = self._envelope.ctx
        issue = validate_context(ctx)
        if issue is not None:
            path = f"ctx.{issue.path}" if issue.path else "ctx"
            return _Context({}, b"{}", Issue(issue.code, path, issue.limit))
        return self._encoded(effective_context(ctx, {}, gpc=self._terms.gpc))

    def _context_of(self, event: Mapping[str, Any]) -> _Context:
        patch = event.get("ctx")
        if not patch:
            return self._shared
        return self._encoded(effective_context(self._envelope.ctx, patch, gpc=self._terms.gpc))

    def _encoded(self, context: Mapping[str, Any]) -> _Context:
        encoded = encode_context(context)
        issue = None
        if len(encoded) > limits.MAX_CTX:
            issue = Issue("too_large", "ctx", limits.MAX_CTX)
        elif len(context) > limits.MAX_CTX_KEYS:
            issue = Issue("too_many_props", "ctx", limits.MAX_CTX_KEYS)
        return _Context(context, encoded, issue)

    def _forbidden(self, kind: str, event: Mapping[str, Any], context: _Context) -> Issue | None:
        """Return why a valid event is refused: nobody named, the key's policy, consent."""
        policy = self._terms.policy
        if kind not in policy.kinds:
            return Issue("key_policy", "k")
        if kind == "alias" and event.get("undo") is True and not self._terms.secret:
            return Issue("key_policy", "undo")
        if "ops" in codes.KINDS[kind].fields:
            for op, value in (event.get("ops") or {}).items():
                if value is not None and op not in policy.ops:
                    return Issue("key_policy", f"ops.{op}")
        if context.denies_analytics:
            return Issue("consent_missing", "ctx.consent.analytics")
        return validate_subject(event, context.value)

    def _time_of(self, event: Mapping[str, Any]) -> int | None:
        t = integer(event.get("t"))
        if t is not None:
            return t
        dt = integer(event.get("dt"))
        return None if dt is None else self._envelope.t0 + dt

    def _corrected(self, place: int, t: int | None) -> int | str:
        terms, kind = self._terms, self._envelope.clock
        ts = clock.correct(t, terms.sent_at, terms.received_at, kind, imported=terms.imported)
        if ts == terms.received_at and t is not None and kind != "none":
            skew = 0 if terms.imported else clock.skew(terms.sent_at, terms.received_at)
            if t - skew > terms.received_at:
                self._clamped.append(place)
        return ts

    def _identity(self, place: int, event: Mapping[str, Any]) -> tuple[int | None, str | None]:
        event_id = event.get("id")
        if event_id is not None:
            return None, event_id
        if self._envelope.stream is None:
            return None, None
        return integer(event.get("n"), self._envelope.seq + place), None

    def _refuse(self, place: int, event: object, issue: Issue) -> Refused:
        seq, event_id = self._claimed(place, event if isinstance(event, dict) else {})
        # What a person did not consent to is not kept anywhere (CON-03).
        body = b"{}" if issue.code == "consent_missing" else quarantined(event)
        return Refused(place, seq, event_id, issue.code, issue.path, issue.limit, body)

    def _claimed(self, place: int, event: Mapping[str, Any]) -> tuple[int | None, str | None]:
        """Return the identity of an event that may be wrong anywhere, also there."""
        stream = self._envelope.stream
        n = event.get("n")
        if stream is not None and _is_seq(n):
            return int(n), None
        event_id = event.get("id")
        if event_id is not None:
            return None, event_id if _is_id(event_id) else None
        return None if stream is None else self._envelope.seq + place, None


def _is_seq(value: object) -> TypeGuard[float]:
    return type(value) in (int, float) and validate_event({**_MINIMAL, "n": value}) is None


def _is_id(value: object) -> TypeGuard[str]:
    return validate_event({**_MINIMAL, "id": value}) is None
