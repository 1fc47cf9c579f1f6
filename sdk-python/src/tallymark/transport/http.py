"""
Send by HTTP with requests; imported at the first send only.

What requests leaves open is closed here: no redirect is followed (ACK-2), at most 1 MiB of an
answer is read and nothing is inflated (ACK-3), and one deadline holds for the whole exchange, so a
server that sends a byte a second ends like any other timeout.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from tallymark_protocol import limits
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError

from tallymark.transport import Failure, Request, Response

if TYPE_CHECKING:
    from http.client import HTTPResponse

    from requests import PreparedRequest
    from urllib3 import PoolManager

_LEAST_S = 0.001


class Deadline(threading.local):
    """Hold when the exchange of this thread has to end (monotonic seconds)."""

    at: float = 0.0

    def left(self) -> float:
        """Return the seconds left; above 0, since 0 would mean "do not block" to a socket."""
        return max(_LEAST_S, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """Tell whether it is over."""
        return time.monotonic() >= self.at


class _DeadlineReader(io.RawIOBase):
    """Read from a socket, each time at most until the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:  # noqa: ANN401 - a writable buffer
        if self._deadline.passed:
            raise TimeoutError("the request's time is over")
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """Return connection pools whose connections keep *deadline*."""

    class Answering:
        """Connect, send and read within the deadline."""

        sock: socket.socket
        timeout: float | None

        def connect(self) -> None:
            self.timeout = deadline.left()
            super().connect()  # type: ignore[misc]

        def send(self, data: Any) -> None:  # noqa: ANN401 - as http.client takes it
            if self.sock is not None:
                self.sock.settimeout(deadline.left())
            super().send(data)  # type: ignore[misc]

        def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> HTTPResponse:  # noqa: ANN401
            answer: HTTPResponse = super().response_class(sock, *args, **kwargs)  # type: ignore[misc]
            raw = answer.fp.detach()
            answer.fp = io.BufferedReader(_DeadlineReader(raw, sock, deadline))
            return answer

    class PlainConnection(Answering, HTTPConnection):  # type: ignore[misc]
        pass

    class TlsConnection(Answering, HTTPSConnection):  # type: ignore[misc]
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = TlsConnection

    return {"http": PlainPool, "https": TlsPool}


class _Adapter(HTTPAdapter):
    """Use the connections that keep the deadline, behind proxies too."""

    def __init__(self, deadline: Deadline) -> None:
        self._pools = _pools(deadline)
        super().__init__(pool_connections=2, pool_maxsize=limits.MAX_IN_FLIGHT, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests'
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:  # noqa: ANN401
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager  # type: ignore[no-any-return]


class HttpTransport:
    """Send requests to one collector over kept connections."""

    def __init__(self, url: str) -> None:
        """Prepare for *url*; nothing is connected yet."""
        self._url = url.rstrip("/")
        self._deadline = Deadline()
        self._session = requests.Session()
        self._session.headers.clear()
        # Without an auth of its own, requests would take one from ~/.netrc and replace the key.
        self._session.auth = _keep_headers
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._deadline))

    def send(self, request: Request) -> Response | Failure:
        """Send one request and read its answer, both within `request.timeout_s`."""
        self._deadline.at = time.monotonic() + request.timeout_s
        try:
            with self._session.request(
                request.method,
                self._url + request.path,
                data=request.body or None,
                headers={**request.headers, "accept-encoding": "identity"},
                timeout=request.timeout_s,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return self._read(answer)
        except (requests.RequestException, HTTPError, OSError) as error:
            return Failure(_kind(error), _detail(error))

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def _read(self, answer: requests.Response) -> Response | Failure:
        body = b""
        while len(body) <= limits.MAX_ANSWER:
            if self._deadline.passed:
                return Failure("timeout", "the answer did not end in time")
            piece = answer.raw.read1(limits.MAX_ANSWER + 1 - len(body), decode_content=False)
            if not piece:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status_code, headers, body)
            body += piece
        # What is left unread must not be met by the next request on this connection.
        answer.raw.close()
        return Failure("too_large", f"an answer of more than {limits.MAX_ANSWER} bytes")


def _keep_headers(request: PreparedRequest) -> PreparedRequest:
    return request


def _kind(error: BaseException) -> str:
    """Return the kind of a `Failure` for what requests and urllib3 raise."""
    causes = list(_causes(error))
    for kind, types in _KINDS:
        if any(isinstance(cause, types) for cause in causes):
            return kind
    return "other"


_KINDS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("dns", (NameResolutionError, socket.gaierror)),
    ("tls", (requests.exceptions.SSLError,)),
    ("proxy", (requests.exceptions.ProxyError,)),
    ("refused", (ConnectionRefusedError, NewConnectionError, requests.ConnectTimeout)),
    ("timeout", (TimeoutError, requests.Timeout, ReadTimeoutError)),
    ("reset", (ConnectionError,)),
    ("truncated", (HTTPError, requests.exceptions.ChunkedEncodingError)),
)


def _detail(error: BaseException) -> str:
    """Return what the innermost error says: urllib3 wraps it into its own objects' text."""
    inner = [cause for cause in _causes(error) if isinstance(cause, OSError) and cause.errno]
    chosen = inner[-1] if inner else error
    return f"{type(chosen).__name__}: {chosen}"


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and what it wraps: urllib3 puts causes into arguments, too."""
    found: list[BaseException] = []
    left: list[object] = [error]
    while left:
        item = left.pop()
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            left += [item.__cause__, item.__context__, *item.args, getattr(item, "reason", None)]
    return found
