"""Who sends: from the key in a request to what it may do."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tallymark_collector.govern.access import Permission, Scope
from tallymark_collector.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tallymark_collector.ingest.workers import Workers
    from tallymark_collector.store.meta import Key, KeyKind, MetaStore

_BEARER: Final = "bearer "
_CHALLENGE: Final = (("www-authenticate", "Bearer"),)
_PERMISSIONS: Final[dict[KeyKind, frozenset[Permission]]] = {
    "write": frozenset({"write"}),
    "secret": frozenset({"write", "import", "read", "admin"}),
    "read": frozenset({"read"}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A live key and the scope it gives."""

    key: Key
    scope: Scope


def presented_key(authorizations: Sequence[str], in_query: Sequence[str]) -> str:
    """Return the key a request carries; raise 401 without one and 400 with two (AUTH-01)."""
    shown = {key for key in (*map(_bearer, authorizations), *in_query) if key}
    if len(shown) > 1:
        raise Problem("auth_conflict")
    if not shown:
        raise Problem("key_missing", headers=_CHALLENGE)
    return shown.pop()


def _bearer(authorization: str) -> str:
    if authorization[: len(_BEARER)].lower() != _BEARER:
        return ""
    return authorization[len(_BEARER) :].strip()


def caller_of(key: Key | None, permission: Permission, origin: str | None) -> Caller:
    """Return the caller, or raise why the key may not do this (AUTH-02, AUTH-03)."""
    if key is None or key.revoked_at is not None:
        raise Problem("key_unknown", headers=_CHALLENGE)
    if key.kind == "secret" and origin is not None:
        raise Problem("secret_in_browser", headers=_CHALLENGE)
    scope = Scope(key.project, f"key:{key.id}", _PERMISSIONS[key.kind])
    if not scope.allows(permission):
        raise Problem("forbidden", f"a {key.kind} key has no access to this endpoint")
    allowed = key.policy.origins
    if allowed and origin is not None and origin.lower() not in {o.lower() for o in allowed}:
        raise Problem("origin_denied")
    return Caller(key, scope)


class Keyring:
    """Look keys up, at most `ttl_s` behind the store: a revoked key works that much longer."""

    def __init__(
        self,
        meta: MetaStore,
        workers: Workers,
        clock: Callable[[], float],
        *,
        ttl_s: float = 1.0,
        size: int = 4_096,
    ) -> None:
        """Read from *meta* on *workers*; *clock* gives monotonic seconds; *size* are remembered."""
        self._meta = meta
        self._workers = workers
        self._clock = clock
        self._ttl_s = ttl_s
        self._size = size
        self._known: OrderedDict[str, tuple[float, Key | None]] = OrderedDict()

    async def find(self, text: str) -> Key | None:
        """Return the key with that text, revoked ones included; None when there is none."""
        now = self._clock()
        known = self._known.get(text)
        if known is not None and now < known[0]:
            return known[1]
        key = await self._workers.run(self._meta.find_key, text)
        self._known[text] = (now + self._ttl_s, key)
        self._known.move_to_end(text)
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return key

    async def flag(self, key: Key, now: int) -> None:
        """Mark a secret key that was seen in a browser, once (AUTH-03)."""
        if key.flagged_at is None:
            await self._workers.run(self._meta.flag_key, key.id, now)
