"""The client: what a program calls. Calls never raise and never wait for a network."""

from __future__ import annotations

import logging
import os
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tallymark.calls import Calls
from tallymark.clock import seconds
from tallymark.context import scope_of
from tallymark.environment import NO_KEY, NO_URL, read_environment
from tallymark.errors import ConfigurationError
from tallymark.event import properties_of
from tallymark.guard import guarded
from tallymark.lifecycle import FORKS, exit_on_sigterm
from tallymark.options import Batching, Endpoint, Hooks, Privacy, Retry, Spool
from tallymark.pipeline import Pipeline
from tallymark.timed import Timed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextvars import Token
    from typing import Self

    from tallymark.context import Scope
    from tallymark.event import Groups, Id
    from tallymark.options import Consent
    from tallymark.results import Stats
    from tallymark.transport import Transport

    Properties = Mapping[str, Any] | None

LOGGER = logging.getLogger("tallymark")
FLUSH_S = 10.0
"""What `flush` and `close` wait at most unless told otherwise."""

_BATCHING, _RETRY, _SPOOL, _PRIVACY, _HOOKS = Batching(), Retry(), Spool(), Privacy(), Hooks()


class Client(Calls):
    """
    Record events and deliver them in the background.

    Calls return the event's id, or None if there is no event (wrong use, no consent, closed
    client). *transport* replaces HTTP, as `tallymark.testing.MemoryTransport` does.

    :raises ConfigurationError: if an option cannot work
    """

    def __init__(
        self,
        key: str,
        url: str,
        *,
        batching: Batching = _BATCHING,
        retry: Retry = _RETRY,
        spool: Spool = _SPOOL,
        privacy: Privacy = _PRIVACY,
        hooks: Hooks = _HOOKS,
        transport: Transport | None = None,
    ) -> None:
        """Begin to record; nothing is sent and nothing of requests is imported yet."""
        self._endpoint = Endpoint(key, url)
        options = {
            "batching": (batching, Batching),
            "retry": (retry, Retry),
            "spool": (spool, Spool),
            "privacy": (privacy, Privacy),
            "hooks": (hooks, Hooks),
        }
        for name, (value, kind) in options.items():
            if not isinstance(value, kind):
                raise ConfigurationError(f"{name}={value!r}: must be a {kind.__name__}(…)")
        pipeline = Pipeline(
            self._endpoint,
            batching,
            retry,
            spool,
            privacy,
            hooks,
            transport,
            LOGGER,
        )
        super().__init__(pipeline)
        self._clock = pipeline.clock
        if hooks.sigterm:
            exit_on_sigterm()
        FORKS.follow(self)
        self._watch()

    def _watch(self) -> None:
        """Have the worker notice when this client is forgotten without close()."""
        self._finalizer = weakref.finalize(self, self._pipeline.worker.forget)
        self._finalizer.atexit = False

    @classmethod
    def from_env(cls, **options: Any) -> Client:  # noqa: ANN401 - the constructor's options
        """
        Read TALLYMARK_KEY, TALLYMARK_URL and TALLYMARK_SPOOL; *options* as for the constructor.

        Without a key the client is disabled: it warns once, records nothing, and says so in
        `stats()`. TALLYMARK_SPOOL is a directory, or `off`.
        """
        found = read_environment(os.environ)
        if found is None:
            LOGGER.warning("TALLYMARK_KEY is not set: this client is disabled")
            client = cls(NO_KEY, NO_URL, **{**options, "spool": Spool(directory=False)})
            client._pipeline.disable()
            return client
        if found.spool is not None:
            options.setdefault("spool", found.spool)
        return cls(found.key, found.url, **options)

    def __repr__(self) -> str:
        """Show where the client sends; the key is masked."""
        return f"Client({self._endpoint!r})"

    # -- surroundings --------------------------------------------------------------------------

    @contextmanager
    def context(
        self,
        *,
        user: Id | None = None,
        device: Id | None = None,
        groups: Groups | None = None,
        **properties: Any,  # noqa: ANN401 - properties are any values
    ) -> Iterator[None]:
        """
        Give every event of the block these ids, groups and properties.

        The context follows tasks; a thread of your own gets it by `contextvars.copy_context`.
        """
        token = self._enter(user, device, groups, properties)
        try:
            yield
        finally:
            if token is not None:
                self._surroundings.leave(token)

    @guarded
    def _enter(
        self,
        user: Id | None,
        device: Id | None,
        groups: Groups | None,
        properties: Mapping[str, Any],
    ) -> Token[Scope | None]:
        return self._surroundings.enter(scope_of(user, device, groups, properties))

    @guarded
    def register(
        self,
        properties: Properties = None,
        *,
        user: Id | None = None,
        device: Id | None = None,
        groups: Groups | None = None,
    ) -> None:
        """Give every later event of this client these properties (super properties) and ids."""
        self._surroundings.share(scope_of(user, device, groups, properties_of(properties)))

    @guarded
    def unregister(self, *names: str) -> None:
        """Forget super properties; all of them if none is named."""
        self._surroundings.unshare(names)

    def timed(self, name: str, properties: Properties = None, **fields: Any) -> Timed:  # noqa: ANN401
        """
        Record how long a block or function takes, as the property `duration_ms`.

        Use it in `with` or as a decorator; *fields* as for `track`. If the block raises, the event
        holds the error's type as `error`.
        """
        return Timed(self.track, self._clock, name, properties, fields)

    @guarded
    def consent(
        self,
        *,
        analytics: Consent | None = None,
        ads: Consent | None = None,
        personalization: Consent | None = None,
    ) -> None:
        """
        Change what may be recorded; None leaves a purpose as it is (CON-1).

        Denying analytics erases everything that is pending, on disk too.
        """
        self._pipeline.change_consent(analytics, ads, personalization)

    @guarded
    def reset(self, *, purge: bool = False) -> None:
        """
        Begin anew after a logout: ids, super properties and stream are forgotten (LED-10).

        What is pending goes out all the same, unless *purge* erases it (reason `reset`).
        """
        self._surroundings.forget()
        self._pipeline.reset(purge=purge)

    # -- delivery ------------------------------------------------------------------------------

    def flush(self, timeout: float = FLUSH_S) -> bool:
        """
        Wait until everything recorded so far is settled; *timeout* in seconds.

        False if it is not, and at once if it cannot be in time (a pause, a long backoff).
        """
        return bool(self._flush(timeout))

    @guarded
    def _flush(self, timeout: float) -> bool:
        return self._pipeline.worker.flush(seconds(timeout))

    def close(self, timeout: float = FLUSH_S) -> bool:
        """
        Send what is left, end the streams and stop; False if something could not be sent.

        What is left stays in the spool for the next process, or is declared `shutdown_deadline`.
        """
        self._finalizer.detach()
        return bool(self._close(timeout))

    @guarded
    def _close(self, timeout: float) -> bool:
        return self._pipeline.close(seconds(timeout))

    def stats(self) -> Stats:
        """Return what became of the events so far (LED-4)."""
        return self._pipeline.stats()

    def __enter__(self) -> Self:
        """Return the client; `with` closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the client."""
        self.close()

    def after_fork(self) -> None:
        """Begin anew in a forked child: another stream, no thread, no connection (LED-9)."""
        self._finalizer.detach()
        self._pipeline.after_fork()
        self._watch()
