"""Collectors that files are sent to and questions are asked of, wherever they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import requests

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S: Final = 60


class Unreached(Exception):  # noqa: N818 -- names what happened
    """Say in a few words why a collector gave no answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Collector(Protocol):
    """A collector and the key it is talked to with."""

    @property
    def name(self) -> str:
        """Where it is, for messages."""

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Ask once and return the answer, whatever its status; raise `Unreached` without one."""

    def close(self) -> None:
        """Release what the asking holds."""


class HttpCollector:
    """A collector that listens somewhere; redirects are not followed (ACK-02)."""

    def __init__(self, url: str, key: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """Ask the collector at *url*, its address without a path."""
        self._url = url.rstrip("/")
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"

    @property
    def name(self) -> str:
        """Where it is, for messages."""
        return self._url

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Ask once and return the answer, whatever its status; raise `Unreached` without one."""
        try:
            response = self._session.request(
                method,
                self._url + path,
                data=body,
                headers=headers,
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Unreached(self._reason(error)) from error
        names = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, names, response.content)

    def close(self) -> None:
        """Release the connection."""
        self._session.close()

    def _reason(self, error: requests.RequestException) -> str:
        """Return the last words of an error: the library's own are a chain of addresses."""
        if isinstance(error, requests.Timeout):
            return f"nothing came within {self._timeout_s:g} s"
        if isinstance(error, requests.ConnectionError):
            return "the connection failed"
        return str(error)
