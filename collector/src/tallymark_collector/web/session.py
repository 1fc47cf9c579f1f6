"""Sessions of the dashboard: who opens the page on the collector's own machine may read.

A browser on this machine is signed in by asking for `/`: the peer's address, the `Host` header
and the absence of any forwarding header together say that nobody stands between. The `Host` check
also holds against DNS rebinding: a page of another site never reaches us under a loopback name.

nginx, told no more than where we are, asks under our own name and forwards no header. It does so
by HTTP/1.0, which no browser speaks, or (since 1.29) leaves the page's own `Origin` and `Referer`
as they were: both tell that somebody stands between.

Sessions live in memory: a restart of the collector ends them, and the page opens a new one. They
are kept as digests, idle for 12 hours and at most 7 days. On a machine with several users each of
them can open the page; whoever must not, needs a machine of their own to be kept out of.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tallymark_collector.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection
    from starlette.responses import Response

    from tallymark_collector.govern.access import Scope

COOKIE: Final = "tallymark_session"
IDLE_S: Final = 12 * 3_600
ABSOLUTE_S: Final = 7 * 86_400
MAX_SESSIONS: Final = 1_024
_TOKEN_BYTES: Final = 32
_FORWARDING: Final = frozenset(
    {
        "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
        "x-forwarded-port", "x-forwarded-server", "x-real-ip", "x-client-ip", "true-client-ip",
        "cf-connecting-ip", "x-original-host",
    }
)  # fmt: skip
"""What reverse proxies add: with any of them the peer is not the reader."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who reads by a session instead of a key."""

    scope: Scope


@dataclass(slots=True)
class _Session:
    begun: float
    used: float


class Sessions:
    """The open sessions; each may read every project."""

    def __init__(
        self,
        scope: Callable[[str | None], Scope],
        clock: Callable[[], float],
        secret: bytes | None = None,
    ) -> None:
        """Give who is signed in the *scope* of the project they name, or of the one that opens.

        *clock* is the machine's monotonic one, in seconds. Processes that share a *secret* know
        each other's sessions while these are younger than a session may be idle.
        """
        self._secret = secret
        self._scope = scope
        self._clock = clock
        self._open: OrderedDict[bytes, _Session] = OrderedDict()

    def sign_in(self, request: HTTPConnection, response: Response) -> bool:
        """Put a session into *response* if the request comes from this machine; say whether."""
        if not is_local(request):
            return False
        if self._live(request) is None:
            response.set_cookie(
                cookie_name(request),
                self._begin(),
                path="/",
                httponly=True,
                samesite="strict",
            )
        return True

    def visitor(self, request: HTTPConnection) -> Visitor | None:
        """Return who asks by a session, None without one; refuse what another page asks for.

        `project` in the query names what is asked about: a stream of events has no other place.
        """
        if not is_local(request):
            return None
        session = self._live(request)
        if session is None:
            return None
        if not is_from_own_page(request):
            raise Problem("forbidden", "a session answers only the dashboard's own page")
        session.used = self._clock()
        return Visitor(self._scope(request.query_params.get("project")))

    def _begin(self) -> str:
        now = self._clock()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        if self._secret is not None:
            token = _signed(f"{token}.{int(now)}", self._secret)
        self._open[_digest(token)] = _Session(now, now)
        if len(self._open) > MAX_SESSIONS:
            self._open.popitem(last=False)
        return token

    def _live(self, request: HTTPConnection) -> _Session | None:
        token = request.cookies.get(cookie_name(request))
        if token is None:
            return None
        digest = _digest(token)
        now = self._clock()
        session = self._open.get(digest) or self._adopted(token, digest, now)
        if session is None:
            return None
        if now - session.used > IDLE_S or now - session.begun > ABSOLUTE_S:
            self._open.pop(digest, None)
            return None
        return session

    def _adopted(self, token: str, digest: bytes, now: float) -> _Session | None:
        """Take over a session that a process with the same secret has opened."""
        text = token.rpartition(".")[0]
        if self._secret is None or not hmac.compare_digest(
            _signed(text, self._secret).encode(), token.encode()
        ):
            return None
        begun = float(text.rpartition(".")[2])
        if now - begun > IDLE_S:
            return None
        return self._open.setdefault(digest, _Session(begun, now))


def is_local(request: HTTPConnection) -> bool:
    """Tell whether a request was made on this machine, to a name of it, with nobody between."""
    if request.client is None or not _is_loopback(request.client.host):
        return False
    if request.scope.get("http_version") == "1.0":
        return False
    if any(name in _FORWARDING for name in request.headers):
        return False
    if not all(_is_of_loopback(request.headers.get(name)) for name in ("origin", "referer")):
        return False
    hosts = request.headers.getlist("host")
    return len(hosts) == 1 and _names_loopback(hosts[0])


def is_from_own_page(request: HTTPConnection) -> bool:
    """Tell whether the page that asks is the dashboard itself.

    Current browsers say so in `Sec-Fetch-Site`; a port is part of it, so a page of another server
    on this machine is refused. Older ones are believed by their `Origin`.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def cookie_name(request: HTTPConnection) -> str:
    """Return the cookie's name: cookies ignore ports, and several collectors share a machine."""
    _, port = _split(request.headers.get("host", ""))
    return f"{COOKIE}_{port or 'default'}"


def _signed(text: str, secret: bytes) -> str:
    return f"{text}.{hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()}"


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _is_of_loopback(url: str | None) -> bool:
    """Tell whether the page at *url*, if one is named, was loaded from this machine."""
    if url is None:
        return True
    try:
        return _names_loopback(urlsplit(url).netloc)
    except ValueError:
        return False


def _names_loopback(host: str) -> bool:
    name, _ = _split(host)
    return name == "localhost" or _is_loopback(name)


def _split(host: str) -> tuple[str, str]:
    """Return the name and the port of a Host header, both empty when it is malformed."""
    name, colon, port = host.rpartition(":")
    if host.endswith("]") or not colon:
        name, port = host, ""
    if (port or colon) and name != host and not (port.isascii() and port.isdigit()):
        return "", ""
    if name.startswith("[") and name.endswith("]"):
        return name[1:-1], port
    return ("", "") if ":" in name else (name.lower(), port)


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
