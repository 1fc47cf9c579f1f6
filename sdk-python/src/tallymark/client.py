"""The client: what a program calls. Calls never raise and never wait for a network."""

from __future__ import annotations

import logging
import os
import weakref
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from tallymark.context import Scope
from tallymark.errors import ConfigurationError
from tallymark.event import identifier, memberships, operations, properties_of
from tallymark.guard import guarded
from tallymark.lifecycle import FORKS, exit_on_sigterm
from tallymark.options import Batching, Endpoint, Hooks, Privacy, Retry, Spool
from tallymark.pipeline import Pipeline
from tallymark.timed import Timed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tallymark.event import Groups, Id
    from tallymark.options import Consent
    from tallymark.results import Stats
    from tallymark.transport import Transport

    Moment = date | int | float
    Properties = Mapping[str, Any] | None

T = TypeVar("T")

LOGGER = logging.getLogger("tallymark")
FLUSH_S = 10.0
"""What `flush` and `close` wait at most unless told otherwise."""

_NO_KEY = "tmk_" + "0" * 22
_NO_URL = "http://disabled.invalid"
_OFF = ("0", "off", "false", "no")


class Client:
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
        batching: Batching | None = None,
        retry: Retry | None = None,
        spool: Spool | None = None,
        privacy: Privacy | None = None,
        hooks: Hooks | None = None,
        transport: Transport | None = None,
    ) -> None:
        self._endpoint = Endpoint(key, url)
        options = {
            "batching": (batching, Batching),
            "retry": (retry, Retry),
            "spool": (spool, Spool),
            "privacy": (privacy, Privacy),
            "hooks": (hooks, Hooks),
        }
        for name, (value, kind) in options.items():
            if value is not None and not isinstance(value, kind):
                raise ConfigurationError(f"{name}={value!r}: must be a {kind.__name__}")
        self._pipeline = Pipeline(
            self._endpoint,
            batching or Batching(),
            retry or Retry(),
            spool or Spool(),
            privacy or Privacy(),
            hooks or Hooks(),
            transport,
            LOGGER,
        )
        self._guard = self._pipeline.guard
        self._clock = self._pipeline.clock
        self._submit = self._pipeline.submit
        self._names = self._pipeline.names
        self._shared = Scope()
        # One variable for each client, so that a context never reaches another client.
        self._scope: ContextVar[Scope | None] = ContextVar("tallymark", default=None)
        if hooks is not None and hooks.sigterm:
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
        key, url = os.environ.get("TALLYMARK_KEY", ""), os.environ.get("TALLYMARK_URL", "")
        if not key:
            LOGGER.warning("TALLYMARK_KEY is not set: this client is disabled")
            client = cls(_NO_KEY, _NO_URL, **{**options, "spool": Spool(False)})
            client._pipeline.disable()
            return client
        if not url:
            raise ConfigurationError("TALLYMARK_URL is not set although TALLYMARK_KEY is")
        spool = os.environ.get("TALLYMARK_SPOOL", "")
        if spool and "spool" not in options:
            options["spool"] = Spool(False if spool.lower() in _OFF else spool)
        return cls(key, url, **options)

    def __repr__(self) -> str:
        """Show where the client sends; the key is masked."""
        return f"Client({self._endpoint!r})"

    # -- events --------------------------------------------------------------------------------

    @guarded
    def track(
        self,
        name: str,
        properties: Properties = None,
        *,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
        groups: Groups | None = None,
    ) -> str | None:
        """Record that something happened; return the event's id."""
        if name not in self._names:
            name = self._pipeline.name(name)
        scope = self._scope.get() or self._shared
        return self._submit(None, time, scope, user, device, groups, {"e": name}, properties)

    @guarded
    def page(
        self,
        name: str | None = None,
        properties: Properties = None,
        *,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
        groups: Groups | None = None,
    ) -> str | None:
        """Record that a page was seen; `$url`, `$path`, `$referrer`, `$title` are known."""
        fields = {} if name is None else {"e": self._pipeline.name(name)}
        scope = self._scope.get() or self._shared
        return self._submit("page", time, scope, user, device, groups, fields, properties)

    @guarded
    def screen(
        self,
        name: str | None = None,
        properties: Properties = None,
        *,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
        groups: Groups | None = None,
    ) -> str | None:
        """Record that a screen of an app was seen."""
        fields = {} if name is None else {"e": self._pipeline.name(name)}
        scope = self._scope.get() or self._shared
        return self._submit("screen", time, scope, user, device, groups, fields, properties)

    @guarded
    def exposure(
        self,
        flag: str,
        variant: str,
        *,
        rule: str | None = None,
        bucket: int | None = None,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
    ) -> str | None:
        """Record that a person met a variant of a flag."""
        stated = {"f": flag, "var": variant, "rule": rule, "bucket": bucket}
        fields = {key: value for key, value in stated.items() if value is not None}
        scope = self._scope.get() or self._shared
        return self._submit("exposure", time, scope, user, device, None, fields, None)

    # -- people and groups ---------------------------------------------------------------------

    @guarded
    def identify(
        self,
        user: Id,
        properties: Properties = None,
        *,
        device: Id | None = None,
        time: Moment | None = None,
    ) -> str | None:
        """Say that the device belongs to *user* from now on; set the profile's *properties*."""
        fields = {"ops": {"$set": properties_of(properties)}} if properties else {}
        scope = self._scope.get() or self._shared
        return self._submit("identify", time, scope, user, device, None, fields, None)

    @guarded
    def profile(
        self,
        changes: Mapping[str, Any],
        *,
        user: Id | None = None,
        device: Id | None = None,
        time: Moment | None = None,
    ) -> str | None:
        """
        Change a profile: `{"set": {"plan": "pro"}, "add": {"logins": 1}}`.

        Operations: set, set_once, add, append, union, remove, unset, delete.
        """
        scope = self._scope.get() or self._shared
        fields = {"ops": operations(changes)}
        return self._submit("profile", time, scope, user, device, None, fields, None)

    @guarded
    def group(
        self,
        kind: str,
        id: Id,  # noqa: A002 - the protocol's word
        properties: Properties = None,
        *,
        time: Moment | None = None,
    ) -> str | None:
        """Set properties of a group, such as the company "acme"."""
        fields: dict[str, Any] = {"gt": kind, "gi": identifier("id", id)}
        if properties:
            fields["ops"] = {"$set": properties_of(properties)}
        scope = self._scope.get() or self._shared
        return self._submit("group", time, scope, None, None, None, fields, None)

    @guarded
    def alias(
        self,
        previous: Id,
        user: Id,
        *,
        undo: bool = False,
        time: Moment | None = None,
    ) -> str | None:
        """Declare two user ids the same person (*undo*: no longer); needs a secret key."""
        fields: dict[str, Any] = {
            "from": identifier("previous", previous),
            "to": identifier("user", user),
        }
        if undo:
            fields["undo"] = True
        return self._submit("alias", time, Scope(), None, None, None, fields, None)

    def flag(self, name: str, default: T) -> T:
        """Return *default*: flags are not built yet. Nothing is recorded or counted."""
        del name
        return default

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
                self._scope.reset(token)

    @guarded
    def _enter(
        self,
        user: Id | None,
        device: Id | None,
        groups: Groups | None,
        properties: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - contextvars' token
        inner = _scope_of(user, device, groups, properties)
        return self._scope.set((self._scope.get() or self._shared).within(inner))

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
        inner = _scope_of(user, device, groups, properties_of(properties))
        self._shared = self._shared.within(inner)

    @guarded
    def unregister(self, *names: str) -> None:
        """Forget super properties; all of them if none is named."""
        self._shared = self._shared.without(names)

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
        self._shared = Scope()
        self._scope.set(None)
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
        return self._pipeline.worker.flush(timeout)

    def close(self, timeout: float = FLUSH_S) -> bool:
        """
        Send what is left, end the streams and stop; False if something could not be sent.

        What is left stays in the spool for the next process, or is declared `shutdown_deadline`.
        """
        self._finalizer.detach()
        return bool(self._close(timeout))

    @guarded
    def _close(self, timeout: float) -> bool:
        return self._pipeline.close(timeout)

    def stats(self) -> Stats:
        """Return what became of the events so far (LED-4)."""
        return self._pipeline.stats()

    def __enter__(self) -> Client:
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

    def _failed(self, method: str, error: Exception) -> None:
        self._pipeline.failed(method, error)


def _scope_of(
    user: Id | None,
    device: Id | None,
    groups: Groups | None,
    properties: Mapping[str, Any],
) -> Scope:
    return Scope(
        identifier("user", user),
        identifier("device", device),
        {} if groups is None else memberships(groups),
        dict(properties),
    )
