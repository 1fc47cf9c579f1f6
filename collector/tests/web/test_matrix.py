"""Every route of the built collector, by every method, for every kind of stranger: no leak.

The matrix is made from the table the collector serves. A new route is in it by itself; one with a
new parameter in its path has to say here what that parameter may be.
"""

from __future__ import annotations

import http.client
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.store.keys import default_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tallymark_collector.store.meta import KeyKind
    from tallymark_collector.web.routes import Route

    from conftest import Running

pytestmark = pytest.mark.both_stores

CANARY = "canary-5d1e"
"""Part of everything that is stored of the project that strangers must not see."""
STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
OTHER_STREAM = STREAM.replace("0197a1b2", "0197a1b3")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
VALUES: Mapping[str, tuple[str, ...]] = {
    "stream": (STREAM, "{stream}", "*", "%00", "..%2f"),
    "report": ("trends", "funnel", "retention", "{report}", "*", "%2e%2e"),
    "pos": ("1", "2", "3", "0", "-1", "{pos}", "%31", "9" * 5_000),
    "name": ("index.html", "{name}", "..%2f..%2ftallymark.db", "*"),
    "code": ("internal", "{code}", "*"),
}
"""What stands in the paths: what exists, what is literally in the table, and what is neither."""
T = 1_772_409_600_000
EVENTS = {"events": ["*"], "from": "2026-03-01", "to": "2026-03-03"}
TRENDS = {**EVENTS, "by": ["plan"]}
FUNNEL = {"steps": ["seen", "seen"], "by": ["plan"]}
RETENTION = {"start": "seen", "return": "seen"}
SHOWS_ITS_PEOPLE = {"question": EVENTS, "cell": {"series": 0, "at": "2026-03-02"}}
BODIES: tuple[object, ...] = (
    b"", {}, TRENDS, FUNNEL, RETENTION, {"user": "ann"}, SHOWS_ITS_PEOPLE, {"e": "intruder"},
    {"v": 1, "stream": OTHER_STREAM, "seq": 1, "hwm": 1, "t0": T, "events": [{"e": "intruder"}]},
)  # fmt: skip
"""What is sent to whatever takes a body: good questions about everything, and events."""
ALLOWED: Mapping[KeyKind, frozenset[str]] = {
    "write": frozenset({"write"}),
    "read": frozenset({"read"}),
    "secret": frozenset({"write", "read", "import", "admin"}),
}


@dataclass(frozen=True)
class Stranger:
    """Somebody who asks: with these headers, allowed to do this; None if not to be known at all."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    allowed: frozenset[str] | None = None
    query: str = ""


@dataclass(frozen=True)
class Call:
    """One request of the matrix, and the route that should answer it, if any."""

    method: str
    template: str
    path: str
    body: object
    route: Route | None


def calls(routes: tuple[Route, ...]) -> Iterator[Call]:
    """Yield every method of every path with every parameter and, where one is taken, every body."""
    table = {(route.method, route.path): route for route in routes}
    for template in dict.fromkeys(route.path for route in routes):
        for path, method in itertools.product(filled(template), METHODS):
            route = table.get((method, template))
            if route is None and method == "HEAD":
                got = table.get(("GET", template))
                route = got if got is not None and got.head else None
            takes_body = route is not None and method in {"POST", "PUT", "PATCH"}
            for body in BODIES if takes_body else (b"",):
                yield Call(method, template, path, body, route)


def filled(template: str) -> Iterator[str]:
    """Yield a path for each choice of its parameters' values."""
    names = re.findall(r"\{(\w+)\}", template)
    missing = set(names) - VALUES.keys()
    assert not missing, f"say in VALUES what {missing} in {template} may be"
    for values in itertools.product(*(VALUES[name] for name in names)):
        chosen = dict(zip(names, values, strict=True))
        yield re.sub(r"\{(\w+)\}", lambda match: chosen[match[1]], template)  # noqa: B023


class Asking:
    """A kept connection to the collector."""

    def __init__(self, port: int) -> None:
        """Connect when first asked."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def __call__(self, call: Call, stranger: Stranger) -> tuple[int, bytes]:
        """Return status and everything that was answered."""
        body = call.body if isinstance(call.body, bytes) else json.dumps(call.body).encode()
        path = f"{call.path}?project=default&e=intruder{stranger.query}"
        self._connection.request(call.method, path, body, {**stranger.headers})
        response = self._connection.getresponse()
        head = str(response.headers).encode()
        if response.headers.get_content_type() != "text/event-stream":
            return response.status, head + response.read()
        text = b""
        while b"event: state" not in text:
            text += response.readline()
        response.close()
        self.close()
        return response.status, head + text

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@pytest.fixture
def asking(collector: Running) -> Iterator[Asking]:
    """Return a connection."""
    connection = Asking(collector.port)
    yield connection
    connection.close()


@pytest.fixture
def collector(start: Callable[..., Running], tmp_path: Any) -> Running:  # noqa: ANN401 - a Path
    """Start a collector with a dashboard, and everything that can be stored in its project."""
    static = tmp_path / "page"
    (static / "static").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>page</title>")
    running = start(static=static)
    person = {"u": "ann", "d": f"{CANARY}-d", "s": f"{CANARY}-s", "g": {"team": f"{CANARY}-g"}}
    seen = {"e": "seen", **person, "t": T, "p": {"plan": f"{CANARY}-v", f"{CANARY}-k": 1}}
    events = [seen, seen | {"t": T + 1}, seen | {"e": f"{CANARY}-e"}]
    events.append({"k": "identify", "u": f"{CANARY}-u", "d": f"{CANARY}-d", "t": T})
    events.append(seen | {"u": f"{CANARY}-u", "t": T + 2})
    events.append({"e": "seen", "p": {"bad": [[[[[[CANARY]]]]]]}})
    batch = {"v": 1, "stream": STREAM, "seq": 1, "hwm": len(events), "t0": T, "events": events}
    batch["ctx"] = {"app": f"{CANARY}-c"}
    answer = running.ask("POST", "/v1/import", batch, key=running.new_key("secret"))
    assert (answer.status, answer.json["stored"]) == (200, len(events) - 1)
    return running


def other_project(collector: Running) -> Mapping[KeyKind, str]:
    """Make another project and a key of each kind."""
    meta = collector.application.meta
    project = meta.create_project("other", 0).id
    return {kind: meta.create_key(project, kind, default_policy(kind), 0)[1] for kind in ALLOWED}


def bearer(key: str, **more: str) -> dict[str, str]:
    """Return the header of a key."""
    return {"Authorization": f"Bearer {key}", **more}


def revoked(collector: Running) -> str:
    """Return a secret key that was taken back."""
    text = collector.new_key("secret")
    found = collector.application.meta.find_key(text)
    assert found is not None
    collector.application.meta.revoke_key(found.id, 1)
    return text


def without_a_key(collector: Running) -> Iterator[Stranger]:
    """Yield those who are nobody to this collector."""
    secret, read = collector.new_key("secret"), collector.new_key("read")
    yield Stranger("nobody")
    yield Stranger("unknown key", bearer("tms_" + "0" * 22))
    yield Stranger("malformed key", bearer("tms_*"))
    yield Stranger("wildcard", bearer("%"))
    yield Stranger("other scheme", {"Authorization": f"Basic {secret}"})
    yield Stranger("revoked key", bearer(revoked(collector)))
    yield Stranger("secret key in a page", bearer(secret, Origin="https://evil.example"))
    yield Stranger("forged session", {"Cookie": f"tallymark_session_{collector.port}=x"} | OWN_PAGE)
    for name, headers in stolen(collector).items():
        yield Stranger(name, headers)
    yield Stranger("read key in a cookie", {"Cookie": f"k={read}"})


OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


def stolen(collector: Running) -> Mapping[str, dict[str, str]]:
    """Return the headers of those who have somebody's session and are not on this machine."""
    answer = collector.ask("GET", "/", key=None)
    session = {"Cookie": answer.headers["set-cookie"].partition(";")[0]} | OWN_PAGE
    good = collector.ask("GET", "/v1/ui/start", headers=session, key=None)
    assert (200, True) == (good.status, CANARY.encode() in good.body)
    return {
        "session under another name": session | {"Host": f"evil.example:{collector.port}"},
        "session through a proxy": session | {"X-Forwarded-For": "203.0.113.9"},
    }


def of_other_projects(collector: Running) -> Iterator[Stranger]:
    """Yield those who have a key, but of another project, or that may not read this one."""
    for kind, key in other_project(collector).items():
        yield Stranger(f"{kind} key of another project", bearer(key), ALLOWED[kind])
    origin = {"Origin": "https://shop.example"}
    yield Stranger("own write key", bearer(collector.key, **origin), ALLOWED["write"])


def refusal(call: Call, stranger: Stranger) -> set[int] | None:
    """Return the statuses a call may be refused with, None if it has to be let through."""
    if "%2f" in call.path:
        return {404}  # a slash is never part of a parameter: that path is nobody's
    if call.route is None:
        return {204, 405} if call.method == "OPTIONS" else {405}
    if call.route.permission == "public":
        return None
    if stranger.allowed is None:
        return {401}
    return None if call.route.permission in stranger.allowed else {403}


def wrong(call: Call, stranger: Stranger, status: int, text: bytes) -> str | None:
    """Return what is wrong with an answer, if anything."""
    refused = refusal(call, stranger)
    if CANARY.encode() in text:
        fault = "LEAK"
    elif status >= 500 and status != 501:
        fault = "broken"
    elif (refused is None and status in {401, 403}) or (refused and status not in refused):
        fault = f"not {refused or 'let through'}"
    else:
        return None
    body = repr(call.body)[:60]
    return f"{fault}: {status} {call.method} {call.path[:60]} {body} by {stranger.name}"


def shown(collector: Running) -> tuple[object, ...]:
    """Return everything that is stored of the project."""
    quarantined = collector.application.log.quarantined(collector.scope, 0, 1_000)
    state = collector.application.log.stream(collector.scope, STREAM)
    keys = [key.text for key in collector.application.meta.keys(1)]
    return collector.events(), quarantined, state, keys


@pytest.mark.parametrize("who", [without_a_key, of_other_projects])
def test_no_route_tells_a_stranger_anything(
    collector: Running, asking: Asking, who: Callable[[Running], Iterator[Stranger]]
) -> None:
    """No answer holds what is stored, each refusal is the right one, and nothing has changed."""
    strangers = list(who(collector))
    everything = list(calls(collector.application.routes))
    before = shown(collector)
    found = [
        fault
        for stranger, call in itertools.product(strangers, everything)
        if not (stranger.name == "own write key" and call.template in WRITES)
        if (fault := wrong(call, stranger, *asking(call, stranger)))
    ]

    assert found == []
    assert shown(collector) == before
    assert {call.template for call in everything} == {r.path for r in collector.application.routes}


WRITES = {"/v1/batch", "/v1/b", "/v1/e", "/v1/e.gif"}
"""Where the project's own write key does what it is for."""


def test_the_events_of_another_projects_keys_go_to_that_project(
    collector: Running, asking: Asking
) -> None:
    """The strangers of the matrix are no straw men: what they may do works, elsewhere."""
    meta = collector.application.meta
    keys = other_project(collector)
    project = meta.project("other")
    assert project is not None
    before = shown(collector)
    for call in calls(collector.application.routes):
        asking(call, Stranger("write", bearer(keys["write"])))

    scope = type(collector.scope)(project.id, "test", frozenset({"read"}))
    assert collector.application.log.count(scope) >= 4
    assert shown(collector) == before


def test_every_route_that_reads_shows_its_owner_what_the_others_must_not_see(
    collector: Running, asking: Asking
) -> None:
    """Otherwise the matrix would prove nothing: each reading route does tell the canary."""
    owner = Stranger("owner", bearer(collector.new_key("read")), ALLOWED["read"])
    telling = set()
    for call in calls(collector.application.routes):
        status, text = asking(call, owner)
        refused = refusal(call, owner)
        assert status < 500 or status == 501, call
        assert refused is None or status in refused, (call, status)
        if CANARY.encode() in text:
            telling.add((call.method, call.template))

    reading = {(r.method, r.path) for r in collector.application.routes if r.permission == "read"}
    assert {(method, path) for method, path in telling if method != "HEAD"} == reading


def test_a_key_is_never_told_to_a_stranger(collector: Running, asking: Asking) -> None:
    """No route gives the project's keys away, not even the public one."""
    strangers = [*without_a_key(collector), *of_other_projects(collector)]
    for stranger, call in itertools.product(strangers, calls(collector.application.routes)):
        if call.method == "GET" and stranger.name != "own write key":
            _, text = asking(call, stranger)
            assert collector.key.encode() not in text, (stranger, call)
