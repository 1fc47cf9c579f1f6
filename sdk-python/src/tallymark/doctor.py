"""Find out why events do not arrive: look at key, address, clock and spool, one after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tallymark_protocol import SPEC_VERSION, limits

from tallymark.encode import loads
from tallymark.errors import ConfigurationError
from tallymark.options import Endpoint, mask
from tallymark.spool import files
from tallymark.spool.inspect import waiting
from tallymark.transport import Failure, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tallymark.transport import Transport

Verdict = Literal["good", "mind", "bad"]

TIMEOUT_S = 10.0
_OK, _UNAUTHORISED, _FORBIDDEN = 200, 401, 403


@dataclass(frozen=True)
class Finding:
    """Say what was found about one thing, and what to do about it."""

    about: str
    verdict: Verdict
    text: str


def examine(
    key: str, url: str, spool: Path | None, send: Transport | None = None
) -> Iterator[Finding]:
    """
    Yield findings about a client's settings; nothing is stored, and no event is taken.

    *spool* is the directory of this destination's streams, None = memory. *send* replaces HTTP.
    """
    try:
        endpoint = Endpoint(key, url)
    except ConfigurationError as error:
        yield Finding("settings", "bad", str(error))
        return
    kind = "a secret key: events of any time, no browser may see it" if endpoint.secret else None
    yield Finding("key", "good", f"{mask(key)} is {kind or 'a write key'}")
    if url.startswith("http://") and not _is_local(url):
        yield Finding("address", "mind", f"{url} is not encrypted: key and events can be read")
    transport = _http(url) if send is None else send
    try:
        yield from _collector(endpoint, transport)
    finally:
        if send is None:
            transport.close()
    yield _spool(spool)


def _http(url: str) -> Transport:
    from tallymark.transport.http import HttpTransport  # noqa: PLC0415 - as the client does

    return HttpTransport(url)


def _is_local(url: str) -> bool:
    return url.split("/")[2].rpartition(":")[0].strip("[]") in ("127.0.0.1", "localhost", "::1")


def _collector(endpoint: Endpoint, transport: Transport) -> Iterator[Finding]:
    begun = time.time()
    came = transport.send(Request("GET", "/v1/spec", {}, b"", TIMEOUT_S))
    took = time.time() - begun
    if isinstance(came, Failure):
        what = f"{endpoint.url} cannot be reached: {came.kind} {came.detail}"
        yield Finding("collector", "bad", what)
        return
    spec = _object(came.body)
    if came.status != _OK or "version" not in spec:
        what = (
            f"{endpoint.url} answers {came.status}, but not as a collector: a proxy or login page?"
        )
        yield Finding("collector", "bad", what)
        return
    text = f"speaks protocol {spec['version']}, this SDK {SPEC_VERSION}; answers in {took:.3f} s"
    yield Finding("collector", "good", text)
    yield _key(endpoint, transport)


def _key(endpoint: Endpoint, transport: Transport) -> Finding:
    body = b'{"v":1,"t0":%d,"events":[]}' % (time.time_ns() // 1_000_000)
    sent = time.time_ns() // 1_000_000
    headers = {
        "authorization": f"Bearer {endpoint.key}",
        "content-type": "application/json",
        "tallymark-sent-at": str(sent),
    }
    came = transport.send(Request("POST", "/v1/validate", headers, body, TIMEOUT_S))
    if not isinstance(came, Response):
        return Finding("key", "bad", f"could not be tried: {came.kind} {came.detail}")
    told = _object(came.body)
    if came.status in (_UNAUTHORISED, _FORBIDDEN):
        why = told.get("detail") or told.get("code") or came.status
        return Finding("key", "bad", f"the collector refuses {mask(endpoint.key)}: {why}")
    if came.status != _OK:
        return Finding("key", "bad", f"the collector answers {came.status} {told.get('code', '')}")
    return _clock(told, sent, time.time_ns() // 1_000_000)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, Mapping) else {}


def _clock(told: Mapping[str, Any], sent: int, received: int) -> Finding:
    now = told.get("now")
    if not isinstance(now, int):
        return Finding("clock", "mind", "the key is accepted; the collector does not tell its time")
    # As far off as it must be at least: the answer was on its way for some of that time.
    off = max(sent - now, now - received, 0)
    if off <= limits.SKEW_TOLERANCE_MS:
        return Finding("clock", "good", "the key is accepted, and both clocks agree")
    what = f"the key is accepted; this clock is {off / 1_000:.1f} s off, which is corrected"
    return Finding("clock", "mind", what)


def _spool(root: Path | None) -> Finding:
    if root is None:
        return Finding("spool", "mind", "off: what waits is lost with the process")
    streams = list(waiting(root))
    events = sum(one.events for one in streams)
    size = files.used_bytes(root)
    said = f"{root} holds {events} events of {len(streams)} streams, {size} bytes"
    place = next((one for one in (root, *root.parents) if one.exists()), root)
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("spool", "bad", f"{place} cannot be written: events are kept in memory only")
    damaged = sum(one.damaged for one in streams)
    if damaged:
        return Finding("spool", "mind", f"{said}; {damaged} stretches are damaged")
    return Finding("spool", "good", said)
