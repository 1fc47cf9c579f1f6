"""
Send by HTTP with aiohttp, from an event loop; imported at the first send only.

The same holds as for requests: no redirect is followed (ACK-2), at most 1 MiB of an answer is read
and nothing is inflated (ACK-3), one deadline for the whole exchange, the environment's proxies are
used and ~/.netrc is not.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from tallymark_protocol import limits

from tallymark.transport import Failure, Request, Response

if TYPE_CHECKING:
    from aiohttp import ClientResponse

_OWN_HEADERS = ("User-Agent", "Content-Type", "Accept", "Accept-Encoding")


class AioTransport:
    """Send requests to one collector over kept connections; made and used in one event loop."""

    def __init__(self, url: str) -> None:
        """Prepare for *url*; nothing is connected yet."""
        self._url = url.rstrip("/")
        self._proxy = _proxy(self._url)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=limits.MAX_IN_FLIGHT),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_OWN_HEADERS,
        )

    async def send(self, request: Request) -> Response | Failure:
        """Send one request and read its answer, both within `request.timeout_s`."""
        try:
            async with self._session.request(
                request.method,
                self._url + request.path,
                data=request.body or None,
                headers={**request.headers, "accept-encoding": "identity"},
                timeout=aiohttp.ClientTimeout(total=request.timeout_s),
                allow_redirects=False,
                proxy=self._proxy,
            ) as answer:
                return await _read(answer)
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError) as error:
            return Failure(_kind(error), f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """Close the kept connections."""
        await self._session.close()


async def _read(answer: ClientResponse) -> Response | Failure:
    body = b""
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > limits.MAX_ANSWER:
            # What is left unread must not be met by the next request on this connection.
            answer.close()
            return Failure("too_large", f"an answer of more than {limits.MAX_ANSWER} bytes")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status, headers, body)


def _proxy(url: str) -> str | None:
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def _kind(error: BaseException) -> str:
    """Return the kind of a `Failure` for what aiohttp raises."""
    for kind, types in _KINDS:
        if isinstance(error, types):
            return kind
    return "other"


_KINDS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("timeout", (asyncio.TimeoutError,)),
    ("dns", (aiohttp.ClientConnectorDNSError,)),
    ("tls", (aiohttp.ClientSSLError, ssl.SSLError)),
    ("proxy", (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)),
    ("refused", (aiohttp.ClientConnectorError,)),
    ("truncated", (aiohttp.ClientPayloadError, aiohttp.ClientResponseError)),
    ("reset", (aiohttp.ServerDisconnectedError, ConnectionError, aiohttp.ClientOSError)),
)
