"""Hold a client's options as small frozen values that check themselves and mask secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from tallymark_protocol import limits

from tallymark.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tallymark.results import Result

Consent = Literal["granted", "denied", "unknown"]

_MIB = 1_048_576
_HOUR_MS = 3_600_000
_CONSENTS = ("granted", "denied", "unknown")
_KEY = re.compile(r"tm[ks]_[0-9A-Za-z]{22}")
_STREAM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SHOWN = 8


def _check_range(option: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigurationError(f"{option}={value!r}: must be a whole number from {low} to {high}")


def _check_choice(option: str, value: object, choices: tuple[str | None, ...]) -> None:
    if value not in choices:
        allowed = ", ".join(repr(choice) for choice in choices)
        raise ConfigurationError(f"{option}={value!r}: must be one of {allowed}")


def _check_bool(option: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{option}={value!r}: must be True or False")


def _check_stream(option: str, value: object) -> None:
    if not isinstance(value, str) or not _STREAM.fullmatch(value):
        raise ConfigurationError(f"{option}={value!r}: must be a lower-case UUID, version 7 or 8")


def _check_directory(option: str, value: object) -> None:
    if not isinstance(value, (bool, str, Path)) or value == "":
        raise ConfigurationError(f"{option}={value!r}: must be a path, True or False")


def _check_key(value: object) -> None:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ConfigurationError(
            f"key={mask(value)}: must be a write key (tmk_…) or a secret key (tms_…) "
            "with 22 letters or digits after the underscore",
        )


@dataclass(frozen=True)
class Batching:
    """
    Say when events are sent, in what pieces, and how many may wait.

    A batch goes out once *flush_at* events or *flush_bytes* wait, or the oldest has waited
    *flush_ms*. *queue_max* and *queue_bytes* bound what waits in memory (the spool has its own
    bound); beyond it the *overflow* event is dropped and counted as `queue_overflow`.

    *stream* is for imports (LED-12): a UUID of version 7 or 8 that the first stream takes instead
    of a random one, so that the same events in the same order are stored once, however often they
    are sent. It needs `Spool(False)`, and its events carry no context of this machine.

    >>> Batching(flush_ms=1_000, overflow="oldest").flush_at
    200
    """

    flush_at: int = 200
    flush_bytes: int = 262_144
    flush_ms: int = 5_000
    max_events: int = 500
    max_bytes: int = 1_000_000
    queue_max: int = 500_000
    queue_bytes: int = 64 * _MIB
    overflow: Literal["newest", "oldest"] = "newest"
    stream: str | None = None

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        _check_range("Batching.flush_at", self.flush_at, 1, 1_000_000)
        _check_range("Batching.flush_bytes", self.flush_bytes, 1, 1 << 30)
        _check_range("Batching.flush_ms", self.flush_ms, 0, _HOUR_MS)
        _check_range("Batching.max_events", self.max_events, 1, limits.MAX_EVENTS)
        _check_range("Batching.max_bytes", self.max_bytes, 1_024, 8 * _MIB)
        _check_range("Batching.queue_max", self.queue_max, 1, 100_000_000)
        _check_range("Batching.queue_bytes", self.queue_bytes, 1_024, 1 << 40)
        _check_choice("Batching.overflow", self.overflow, ("newest", "oldest"))
        if self.stream is not None:
            _check_stream("Batching.stream", self.stream)


@dataclass(frozen=True)
class Retry:
    """
    Say how long one request and one event may take.

    *timeout_ms* is the total for one request, its answer included. Events end by *max_age_ms*
    (reason `expired`), never by a number of attempts (RTY-2). *in_flight* requests of one stream
    may be under way at once (RTY-3).

    >>> Retry(timeout_ms=3_000, in_flight=4).max_age_ms
    259200000
    """

    timeout_ms: int = 10_000
    max_age_ms: int = limits.SPOOL_MAX_AGE_MS
    in_flight: int = 1

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        _check_range("Retry.timeout_ms", self.timeout_ms, 1, 600_000)
        _check_range("Retry.max_age_ms", self.max_age_ms, 1, 30 * 24 * _HOUR_MS)
        _check_range("Retry.in_flight", self.in_flight, 1, limits.MAX_IN_FLIGHT)


@dataclass(frozen=True)
class Spool:
    """
    Say where undelivered events survive the process.

    True = the per-user state directory, a path = that directory, False = memory only.
    *sync* asks for the disk's confirmation once per batch: events then survive a power cut, too.

    >>> Spool("/var/lib/shop", max_bytes=256 << 20).path.name
    'shop'
    """

    directory: Path | str | bool = True
    max_bytes: int = limits.SPOOL_MAX_BYTES
    sync: bool = False

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        _check_directory("Spool.directory", self.directory)
        _check_range("Spool.max_bytes", self.max_bytes, 65_536, 1 << 40)
        _check_bool("Spool.sync", self.sync)

    @property
    def path(self) -> Path | None:
        """Return the directory that was named, if one was."""
        return None if isinstance(self.directory, bool) else Path(self.directory)


@dataclass(frozen=True)
class Privacy:
    """
    Say what may be recorded about people.

    The three consents are the state before `Client.consent` is called; None = consent is not this
    client's business, nothing is said about it. While *analytics* is "unknown", events are held in
    memory (`when_unknown="hold"`, at most 100) or recorded without any id (`"anonymous"`).
    *gpc* = the person's Global Privacy Control signal: ads and personalization count as denied.
    *ip* is what the collector may keep of the address.

    >>> Privacy(analytics="unknown", ip="none").when_unknown
    'hold'
    """

    analytics: Consent | None = None
    ads: Consent | None = None
    personalization: Consent | None = None
    when_unknown: Literal["hold", "anonymous"] = "hold"
    gpc: bool = False
    ip: Literal["full", "truncate", "none"] = "truncate"

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        for purpose in ("analytics", "ads", "personalization"):
            _check_choice(f"Privacy.{purpose}", getattr(self, purpose), (*_CONSENTS, None))
        _check_choice("Privacy.when_unknown", self.when_unknown, ("hold", "anonymous"))
        _check_bool("Privacy.gpc", self.gpc)
        _check_choice("Privacy.ip", self.ip, ("full", "truncate", "none"))


@dataclass(frozen=True)
class Hooks:
    """
    Name the functions a client calls, and how it answers wrong use.

    *before_send* runs on the caller's thread with a copy of the event; it returns what is to be
    sent, or None to drop it (reason `hook`). *on_result* runs on the worker's thread, once for
    each reject and loss. *strict* raises `UsageError` instead of logging it. *sigterm* turns a
    SIGTERM that nobody handles into a normal exit, so that pending events are flushed.

    >>> Hooks(strict=True, on_result=print).sigterm
    False
    """

    before_send: Callable[[dict[str, Any]], Mapping[str, Any] | None] | None = None
    on_result: Callable[[Result], object] | None = None
    strict: bool = False
    sigterm: bool = False

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        for name in ("before_send", "on_result"):
            hook = getattr(self, name)
            if hook is not None and not callable(hook):
                raise ConfigurationError(f"Hooks.{name}={hook!r}: must be callable or None")
        _check_bool("Hooks.strict", self.strict)
        _check_bool("Hooks.sigterm", self.sigterm)


@dataclass(frozen=True)
class Endpoint:
    """Hold where events go and with which key; its `repr` shows neither key nor password."""

    key: str = field(repr=False)
    url: str

    def __post_init__(self) -> None:
        """Refuse a key or an address that cannot work."""
        _check_key(self.key)
        check_url(self.url)

    def __repr__(self) -> str:
        """Show the address and the beginning of the key."""
        return f"Endpoint(key={mask(self.key)}, url={self.url!r})"

    @property
    def secret(self) -> bool:
        """Tell whether the key is a secret one."""
        return self.key.startswith("tms_")

    @property
    def batch_path(self) -> str:
        """Return the path events are posted to: a secret key may import any time since 2000."""
        return "/v1/import" if self.secret else "/v1/batch"


def mask(key: object) -> str:
    """Show the beginning of a key only."""
    if not isinstance(key, str):
        return f"<{type(key).__name__}>"
    return repr(key if len(key) <= _SHOWN // 2 else key[: min(_SHOWN, len(key) // 2)] + "…")


def check_url(url: object) -> None:
    """
    Refuse an address that cannot work.

    :raises ConfigurationError: naming what is wrong with it
    """
    if not isinstance(url, str):
        raise ConfigurationError(f"url={url!r}: must be a string such as 'https://events.example'")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"url={url!r}: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ConfigurationError(
            f"url={url!r}: must begin with http:// or https:// and name a host"
        )
    if parts.username or parts.password:
        raise ConfigurationError("url: must not hold a user name or password; pass the key as key")
    if parts.query or parts.fragment:
        raise ConfigurationError(f"url={url!r}: must not have a query or a fragment")
