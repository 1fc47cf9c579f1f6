"""Hold what every client has beside its calls: options, surroundings, consent and its books."""

from __future__ import annotations

import logging
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic

from tallymark.calls import Calls
from tallymark.clock import seconds
from tallymark.context import scope_of
from tallymark.errors import ConfigurationError
from tallymark.event import properties_of
from tallymark.guard import guarded
from tallymark.lifecycle import FORKS, exit_on_sigterm
from tallymark.options import Batching, Endpoint, Hooks, Privacy, Retry, Spool
from tallymark.pipeline import Pipeline, S
from tallymark.timed import Timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextvars import Token

    from tallymark.clock import Clock
    from tallymark.context import Scope
    from tallymark.courier import Courier
    from tallymark.event import Groups, Id
    from tallymark.options import Consent
    from tallymark.results import Stats

    Properties = Mapping[str, Any] | None

LOGGER = logging.getLogger("tallymark")

BATCHING, RETRY, SPOOL, PRIVACY, HOOKS = Batching(), Retry(), Spool(), Privacy(), Hooks()
"""The defaults of both clients."""


class Tracker(Calls, Generic[S]):
    """Record events; a shell of the subclass's or owner's choice delivers them."""

    def __init__(  # noqa: PLR0917 - the clients' options, in their order
        self,
        endpoint: Endpoint,
        batching: Batching,
        retry: Retry,
        spool: Spool,
        privacy: Privacy,
        hooks: Hooks,
        shell: Callable[[Courier], S],
        clock: Clock | None,
    ) -> None:
        """
        Begin to record; nothing is sent yet.

        :raises ConfigurationError: if an option cannot work
        """
        self._endpoint = endpoint
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
        self._pipeline: Pipeline[S] = Pipeline(
            endpoint, batching, retry, spool, privacy, hooks, shell, clock, LOGGER
        )
        super().__init__(self._pipeline)
        self._clock = self._pipeline.clock
        if hooks.sigterm:
            exit_on_sigterm()
        FORKS.follow(self)
        self._watch()

    def _watch(self) -> None:
        """Have the shell notice when this client is forgotten without close()."""
        self._finalizer = weakref.finalize(self, self._pipeline.worker.forget)
        self._finalizer.atexit = False

    @contextmanager
    def context(
        self,
        /,
        *,
        user: Id | None = None,
        device: Id | None = None,
        groups: Groups | None = None,
        **properties: Any,  # noqa: ANN401 - properties are any values
    ) -> Iterator[None]:
        """
        Give every event of the block these ids, groups and properties.

        The context follows tasks; a thread of your own gets it by `contextvars.copy_context`.

        >>> with client.context(user="u-1", page="/cart"):
        ...     _ = client.track("Cart Opened")
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
        """
        Give every later event of this client these properties (super properties) and ids.

        >>> client.register({"release": "2.1"})
        """
        self._surroundings.share(scope_of(user, device, groups, properties_of(properties)))

    @guarded
    def unregister(self, *names: str) -> None:
        """
        Forget super properties; all of them if none is named.

        >>> client.unregister("release")
        """
        self._surroundings.unshare(names)

    def timed(self, /, name: str, properties: Properties = None, **fields: Any) -> Timed:  # noqa: ANN401
        """
        Record how long a block or function takes, as the property `duration_ms`.

        Use it in `with` or as a decorator; *fields* as for `track`. If the block raises, the event
        holds the error's type as `error`.

        >>> with client.timed("Export", {"format": "csv"}) as added:
        ...     added["rows"] = 1_000
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

        >>> client.consent(analytics="granted", ads="denied")
        """
        self._pipeline.change_consent(analytics, ads, personalization)

    @guarded
    def reset(self, *, purge: bool = False) -> None:
        """
        Begin anew after a logout: ids, super properties and stream are forgotten (LED-10).

        What is pending goes out all the same, unless *purge* erases it (reason `reset`).

        >>> client.reset()
        """
        self._surroundings.forget()
        self._pipeline.reset(purge=purge)

    def stats(self) -> Stats:
        """
        Return what became of the events so far (LED-4).

        >>> client.stats().balanced
        True
        """
        return self._pipeline.stats()

    def after_fork(self) -> None:
        """Begin anew in a forked child: another stream, no thread, no connection (LED-9)."""
        self._finalizer.detach()
        self._pipeline.after_fork()
        self._watch()

    @guarded
    def _seconds(self, timeout: float) -> float:
        return seconds(timeout)

    def _begin_close(self) -> bool:
        self._finalizer.detach()
        return self._pipeline.begin_close()
