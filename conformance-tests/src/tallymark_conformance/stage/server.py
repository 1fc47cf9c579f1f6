"""The stage of a server under test: requests in, answers out, nothing between them."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tallymark_conformance.errors import RunError
from tallymark_conformance.stage.judging import Judging

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from random import Random

    from tallymark_conformance.processes import Collector
    from tallymark_conformance.scenario.header import Scenario
    from tallymark_conformance.stage.finding import Finding

TIMEOUT_S = 20.0
KEY: Final = re.compile(r"tm[ksrd]_[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Target:
    """A server under test: where it is, its keys, and, if the suite started it, the collector.

    What is missing is shown as an absent capability: `secret_key`, `read_key`, `own_collector`.
    """

    url: str
    key: str
    secret_key: str | None = None
    read_key: str | None = None
    collector: Collector | None = None

    @property
    def capabilities(self) -> frozenset[str]:
        """Return what scenarios may need of it."""
        found = {"http"}
        if self.secret_key is not None:
            found.add("secret_key")
        if self.read_key is not None:
            found.add("read_key")
        if self.collector is not None:
            found.add("own_collector")
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; header names are in lower case. *seconds* is how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """Return the decoded body, None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(slots=True)
class ServerStage(Judging):
    """Everything a scenario of a server can do and see.

    `wire` is the record of its requests; *count* is how many cases a drawn scenario plays, 0 leaves
    it to the scenario.
    """

    scenario: Scenario
    target: Target
    folder: Path
    rng: Random
    count: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wire: list[Mapping[str, Any]] = field(default_factory=list)
    started: float = field(default_factory=lambda: time.monotonic() * 1000)

    @property
    def collector(self) -> Collector:
        """Return the collector that the suite started; raise RunError when it did not."""
        if self.target.collector is None:
            raise RunError(
                f"{self.scenario.id} needs own_collector: let the suite start the server"
            )
        return self.target.collector

    def has(self, capability: str) -> bool:
        """Tell whether the target has *capability*."""
        return capability in self.target.capabilities

    def stream(self) -> str:
        """Return a new stream: a UUIDv7 drawn from the seed."""
        stamp = (int(time.time() * 1000) << 80) | self.rng.getrandbits(80)
        versioned = stamp & ~(0xF << 76) | (0x7 << 76)
        return str(uuid.UUID(int=versioned & ~(0x3 << 62) | (0x2 << 62)))

    def envelope(
        self, count: int = 1, *, seq: int = 1, stream: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Return a good envelope of *count* events; *more* replaces or adds fields."""
        now = int(time.time() * 1000)
        events = [
            {"e": "probe", "d": "device-1", "dt": i, "p": {"n": seq + i}} for i in range(count)
        ]
        return {
            "v": 1,
            "stream": self.stream() if stream is None else stream,
            "seq": seq,
            "hwm": seq + max(count, 1) - 1,
            "t0": now - 1_000,
            "events": events,
            **more,
        }

    def post(
        self,
        body: Any,
        path: str = "/v1/batch",
        *,
        key: str | None = "write",
        headers: Mapping[str, str] | None = None,
        compress: bool = False,
        timeout_s: float = TIMEOUT_S,
    ) -> Reply:
        """Send *body* by POST; *key* is write, secret, read, any other text as it is, or None."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {"Content-Type": "application/json"}
        if compress:
            data, fields["Content-Encoding"] = gzip.compress(data), "gzip"
        return self.ask(
            "POST", path, data, key=key, headers={**fields, **(headers or {})}, timeout_s=timeout_s
        )

    def get(self, path: str, *, key: str | None = "write", **more: Any) -> Reply:
        """Send a GET."""
        return self.ask("GET", path, b"", key=key, **more)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Reply:
        """Send one request on a connection of its own and return the answer."""
        target = urlsplit(self.target.url)
        fields = {
            **({} if key is None else {"Authorization": f"Bearer {self.key(key)}"}),
            **(headers or {}),
        }
        secure = target.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        client = kind(target.hostname or "", target.port, timeout=timeout_s)
        began = time.monotonic()
        try:
            client.request(method, target.path.rstrip("/") + path, body or None, fields)
            answer = client.getresponse()
            found = {name.lower(): text for name, text in answer.getheaders()}
            reply = Reply(answer.status, found, answer.read(), time.monotonic() - began)
        finally:
            client.close()
        self.record(method, path, fields, body, reply)
        return reply

    def key(self, kind: str) -> str:
        """Return the key of a *kind*; any other text is a key itself."""
        known = {
            "write": self.target.key,
            "secret": self.target.secret_key,
            "read": self.target.read_key,
        }
        found = known.get(kind, kind)
        if found is None:
            raise RunError(f"{self.scenario.id} needs a {kind} key; give it on the command line")
        return found

    # -- YAML ------------------------------------------------------------------------------------

    def batch(
        self,
        count: int = 1,
        *,
        status: int = 200,
        answer: Mapping[str, Any] | None = None,
        path: str = "/v1/batch",
        headers: Mapping[str, str] | None = None,
        compress: bool = False,
        **fields: Any,
    ) -> None:
        """Send an envelope and demand a *status* and the fields of an *answer*."""
        value = self.envelope(count, **fields)
        self._demand(self.post(value, path, headers=headers, compress=compress), status, answer)

    def request(
        self,
        method: str = "GET",
        path: str = "/",
        *,
        key: str | None = "write",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        status: int = 200,
        answer: Mapping[str, Any] | None = None,
    ) -> None:
        """Send any request and demand a *status* and the fields of an *answer*."""
        data = (
            b""
            if body is None
            else body.encode()
            if isinstance(body, str)
            else json.dumps(body).encode()
        )
        self._demand(self.ask(method, path, data, key=key, headers=headers), status, answer)

    def _demand(self, reply: Reply, status: int, answer: Mapping[str, Any] | None) -> None:
        self.equal(status, reply.status, "status")
        for name, value in (answer or {}).items():
            found = reply.json.get(name) if isinstance(reply.json, dict) else None
            self.equal(value, found, f"{name} of the answer")

    # -- judging ---------------------------------------------------------------------------------

    def record(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, reply: Reply
    ) -> None:
        """Write one exchange into the wire record, the key masked."""
        self.note(f"{method} {KEY.sub('tmk_…', path)} {len(body)} bytes: {reply.status}")
        masked = {
            name: "Bearer …" if name == "Authorization" else text for name, text in headers.items()
        }
        self.wire.append(
            {
                "at": round(self.now() - reply.seconds * 1000),
                "ms": round(reply.seconds * 1000),
                "method": method,
                "target": KEY.sub("tmk_…", path),
                "headers": masked,
                "body": body[:2_000].decode("utf-8", "replace"),
                "status": reply.status,
                "answer_headers": dict(reply.headers),
                "answer": reply.body[:2_000].decode("utf-8", "replace"),
            }
        )
