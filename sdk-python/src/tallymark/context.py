"""Hold what every event of a call's surroundings shares: ids, groups and super properties."""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tallymark.encode import dumps_slow, loads
from tallymark.event import identifier, memberships, properties_of
from tallymark.guard import result_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tallymark.event import Groups, Id

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Scope:
    """Hold the surroundings of a call; never changed, so threads and tasks can share it."""

    user: str | None = None
    device: str | None = None
    groups: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    properties: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def within(self, inner: Scope) -> Scope:
        """Return *inner* as seen inside this scope: what it says wins."""
        return Scope(
            self.user if inner.user is None else inner.user,
            self.device if inner.device is None else inner.device,
            {**self.groups, **inner.groups},
            {**self.properties, **inner.properties},
        )

    def without(self, names: tuple[str, ...]) -> Scope:
        """Return this scope without the named properties; all of them if none is named."""
        kept = {key: value for key, value in self.properties.items() if names and key not in names}
        return Scope(self.user, self.device, self.groups, kept)


def scope_of(
    user: Id | None,
    device: Id | None,
    groups: Groups | None,
    properties: Mapping[str, Any],
) -> Scope:
    """
    Return the scope a caller describes.

    :raises UsageError: if an id or a group is of no use
    """
    return Scope(
        identifier("user", user),
        identifier("device", device),
        {} if groups is None else memberships(groups),
        dict(properties),
    )


def pack(scope: Scope) -> str:
    """Return a scope as text that can travel with a message."""
    stated = {
        "user": scope.user,
        "device": scope.device,
        "groups": dict(scope.groups),
        "properties": dict(scope.properties),
    }
    return dumps_slow(stated)[0].decode()


def unpack(text: object) -> Scope:
    """Return the scope `pack` wrote; an empty one for anything else, which came from elsewhere."""
    found = result_of(lambda: _read(text))
    return Scope() if isinstance(found, Exception) else found


def _read(text: object) -> Scope:
    stated = loads(text.encode()) if isinstance(text, str) else {}
    assert isinstance(stated, dict)
    return scope_of(
        stated.get("user"),
        stated.get("device"),
        stated.get("groups"),
        properties_of(stated.get("properties")),
    )


class Surroundings:
    """Know the scope of the running task or thread, and the one all of a client's calls share."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._shared = Scope()
        # One variable for each client, so that a context never reaches another client.
        self._inner: ContextVar[Scope | None] = ContextVar("tallymark", default=None)

    def scope(self) -> Scope:
        """Return the scope of a call made here and now."""
        inner = self._inner.get()
        return self._shared if inner is None else self._shared.within(inner)

    def inner(self) -> Scope | None:
        """Return the scope of the running task or thread alone; None = it is in no context."""
        return self._inner.get()

    def enter(self, scope: Scope) -> Token[Scope | None]:
        """Begin an inner scope; the token ends it."""
        outer = self._inner.get()
        return self._inner.set(scope if outer is None else outer.within(scope))

    def leave(self, token: Token[Scope | None]) -> None:
        """End an inner scope."""
        self._inner.reset(token)

    def share(self, scope: Scope) -> None:
        """Add to what all calls share."""
        self._shared = self._shared.within(scope)

    def unshare(self, names: tuple[str, ...]) -> None:
        """Forget shared properties; all of them if none is named."""
        self._shared = self._shared.without(names)

    def forget(self) -> None:
        """Forget everything, the inner scope of this task included."""
        self._shared = Scope()
        self._inner.set(None)
