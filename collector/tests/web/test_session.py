"""Tests for web/session.py."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from tallymark_collector.govern.access import Scope
from tallymark_collector.problem import Problem
from tallymark_collector.web.session import (
    ABSOLUTE_S,
    IDLE_S,
    MAX_SESSIONS,
    Sessions,
    cookie_name,
    is_from_own_page,
    is_local,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

READS = frozenset({"read"})
SCOPE = Scope(1, "session", READS)
OWN_PAGE = {"sec-fetch-site": "same-origin"}


def scope_of(project: str | None) -> Scope:
    """Return the scope of one of two projects; the first opens unasked."""
    numbers = {None: 1, "one": 1, "two": 2}
    if project not in numbers:
        raise Problem("not_found")
    return Scope(numbers[project], "session", READS)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def request(
    headers: Mapping[str, str] | None = None,
    *,
    host: str | None = "127.0.0.1:7300",
    peer: str | None = "127.0.0.1",
    query: str = "",
) -> Request:
    """Return a request as the server hands it over."""
    all_headers = {**({} if host is None else {"host": host}), **(headers or {})}
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in all_headers.items()],
            "client": None if peer is None else (peer, 50_000),
        }
    )


def signed_in(sessions: Sessions, **more: str) -> dict[str, str]:
    """Return the headers of a browser that has opened the page."""
    response = Response()
    assert sessions.sign_in(request(), response)
    cookie = SimpleCookie(response.headers["set-cookie"])
    (name,) = cookie
    return {"cookie": f"{name}={cookie[name].value}", **OWN_PAGE, **more}


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    """Return no sessions yet."""
    return Sessions(scope_of, clock)


@pytest.mark.parametrize(
    ("host", "peer"),
    [
        ("127.0.0.1:7300", "127.0.0.1"),
        ("localhost:7300", "127.0.0.1"),
        ("LocalHost", "::1"),
        ("[::1]:7300", "::1"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
def test_a_browser_on_this_machine_is_local(host: str, peer: str) -> None:
    """Loopback peer and loopback name, with or without a port, in both families."""
    assert is_local(request(host=host, peer=peer))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:7300", "127.0.0.1.evil.example", "localhost.evil.example",
        "evil.example:127.0.0.1", "127.0.0.1:7300:1", "127.0.0.1@evil.example", "[::1]evil", "",
        "0.0.0.0:7300", "192.168.1.5:7300", "[::2]:7300", "::1", "127.0.0.1:http", "2130706433",
        "localhost.", "localhost:", None,
    ],
)  # fmt: skip
def test_a_name_that_is_not_loopback_is_not_local(host: str | None) -> None:
    """DNS rebinding reaches us under the other site's name, however it is spelt."""
    assert not is_local(request(host=host))


@pytest.mark.parametrize("peer", ["192.168.1.5", "8.8.8.8", "::2", "fe80::1", "unix", None])
def test_a_peer_elsewhere_is_not_local(peer: str | None) -> None:
    """The address the connection comes from decides, not what it says."""
    assert not is_local(request(peer=peer))


@pytest.mark.parametrize(
    "header", ["Forwarded", "Via", "X-Forwarded-For", "X-Real-IP", "X-Forwarded-Proto"]
)
def test_a_request_that_came_through_a_proxy_is_not_local(header: str) -> None:
    """Behind a proxy on this machine everybody's peer is loopback."""
    assert not is_local(request({header: "127.0.0.1"}))


def test_a_proxy_that_says_nothing_is_told_by_its_version() -> None:
    """What nginx does unasked: our own name, no forwarding header, but HTTP/1.0."""
    scope = request().scope
    assert is_local(Request({**scope, "http_version": "1.1"}))
    assert not is_local(Request({**scope, "http_version": "1.0"}))


@pytest.mark.parametrize("header", ["Origin", "Referer"])
@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:7300", True),
        ("http://localhost:7300/?q=trend", True),
        ("https://events.example.com/", False),
        ("https://localhost.example.com", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_a_page_from_elsewhere_is_not_local(header: str, url: str, *, local: bool) -> None:
    """A browser names the page that asks as it was reached: not here, through a proxy."""
    assert local == is_local(request({header: url}))


def test_two_host_headers_are_not_local() -> None:
    """Which one a proxy or browser meant cannot be known."""
    scope = request().scope
    scope["headers"].append((b"host", b"localhost"))
    assert not is_local(Request(scope))


def test_signing_in_gives_a_cookie_no_script_and_no_other_site_can_use(sessions: Sessions) -> None:
    """HttpOnly, SameSite=Strict, and a name of its own for each port."""
    response = Response()
    assert sessions.sign_in(request(), response)
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("tallymark_session_7300=")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert cookie_name(request(host="localhost")) == "tallymark_session_default"


def test_a_session_reads_and_only_reads(sessions: Sessions) -> None:
    """The visitor has the scope the sessions were made with."""
    visitor = sessions.visitor(request(signed_in(sessions)))
    assert visitor is not None
    assert visitor.scope == SCOPE


def test_a_session_reads_the_project_it_names(sessions: Sessions) -> None:
    """Any of this collector's, and none that does not exist."""
    headers = signed_in(sessions)
    visitor = sessions.visitor(request(headers, query="project=two"))
    assert visitor is not None
    assert visitor.scope.project == 2
    with pytest.raises(Problem) as caught:
        sessions.visitor(request(headers, query="project=three"))
    assert caught.value.code == "not_found"


def test_nobody_elsewhere_is_signed_in(sessions: Sessions) -> None:
    """No cookie goes out, and a stolen one is worth nothing from another address."""
    response = Response()
    assert not sessions.sign_in(request(host="evil.example"), response)
    assert "set-cookie" not in response.headers
    assert sessions.visitor(request(signed_in(sessions), peer="10.0.0.9")) is None


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_page_gets_nothing_by_a_session(sessions: Sessions, site: str) -> None:
    """A page of another port is same-site: only the same origin is answered."""
    with pytest.raises(Problem) as caught:
        sessions.visitor(request(signed_in(sessions) | {"sec-fetch-site": site}))
    assert caught.value.code == "forbidden"


def test_an_older_browser_is_believed_by_its_origin() -> None:
    """Without `Sec-Fetch-Site` the origin must be ours; with neither nothing is answered."""
    assert is_from_own_page(request({"origin": "http://127.0.0.1:7300"}))
    assert not is_from_own_page(request({"origin": "http://127.0.0.1:8000"}))
    assert not is_from_own_page(request({"origin": "null"}))
    assert not is_from_own_page(request())


def test_a_session_ends_when_it_is_not_used(sessions: Sessions, clock: Clock) -> None:
    """Use keeps it; twelve hours without end it."""
    headers = signed_in(sessions)
    clock.now += IDLE_S
    assert sessions.visitor(request(headers)) is not None
    clock.now += IDLE_S
    assert sessions.visitor(request(headers)) is not None
    clock.now += IDLE_S + 1
    assert sessions.visitor(request(headers)) is None


def test_a_session_ends_after_a_week_of_use(sessions: Sessions, clock: Clock) -> None:
    """However often it is used."""
    headers = signed_in(sessions)
    while clock.now + IDLE_S <= ABSOLUTE_S:
        clock.now += IDLE_S
        assert sessions.visitor(request(headers)) is not None
    clock.now = ABSOLUTE_S + 1
    assert sessions.visitor(request(headers)) is None


def test_a_live_session_is_kept_when_the_page_is_loaded_again(sessions: Sessions) -> None:
    """No second cookie while the first one works."""
    headers = signed_in(sessions)
    response = Response()
    assert sessions.sign_in(request(headers), response)
    assert "set-cookie" not in response.headers


def test_the_oldest_session_gives_way(sessions: Sessions) -> None:
    """Opening the page over and over takes no more memory than the limit."""
    first = signed_in(sessions)
    for _ in range(MAX_SESSIONS):
        signed_in(sessions)
    assert sessions.visitor(request(first)) is None


def test_processes_with_one_secret_know_each_others_sessions(clock: Clock) -> None:
    """A session opened by one is known to the other while it is young, and to no stranger."""
    one, two = (Sessions(scope_of, clock, b"secret") for _ in range(2))
    stranger, alone = Sessions(scope_of, clock, b"other"), Sessions(scope_of, clock)
    headers = signed_in(one)
    assert two.visitor(request(headers)) is not None
    assert [None, None] == [found.visitor(request(headers)) for found in (stranger, alone)]
    forged = {**headers, "cookie": headers["cookie"][:-1] + "x"}
    assert Sessions(scope_of, clock, b"secret").visitor(request(forged)) is None
    clock.now += IDLE_S + 1
    assert Sessions(scope_of, clock, b"secret").visitor(request(headers)) is None


def test_tokens_are_kept_as_digests(sessions: Sessions) -> None:
    """What stands in memory opens nothing."""
    token = signed_in(sessions)["cookie"].partition("=")[2]
    assert not any(token.encode() in digest for digest in sessions._open)


@given(token=st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=60))
def test_a_guessed_token_opens_nothing(token: str) -> None:
    """Only a token that was given out is one."""
    sessions = Sessions(scope_of, Clock())
    signed_in(sessions)
    headers = {"cookie": f"tallymark_session_7300={token}", **OWN_PAGE}
    assert sessions.visitor(request(headers)) is None


@given(host=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40))
def test_no_host_header_upsets_the_check(host: str) -> None:
    """Whatever stands there is local only when it is one of the loopback names."""
    found = Request({**request(host=None).scope, "headers": [(b"host", host.encode("latin-1"))]})
    if is_local(found):
        name = host.rpartition(":")[0] or host
        assert host.lower().startswith(("localhost", "127.", "[::1]", "[::ffff:127.", "[0")), name
