"""The text of keys and what a new key may do: pure, the same for every store.

A key is a prefix that tells its kind and 22 base62 characters (131 bits). Write keys are public and
stored readable; of secret and read keys only the digest is kept (AUTH-1, AUTH-3).
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import string
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from tallymark_protocol import codes

from tallymark_collector.store.meta import Key, KeyKind, KeyPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIXES: MappingProxyType[KeyKind, str] = MappingProxyType(
    {"write": "tmk_", "secret": "tms_", "read": "tmr_"}
)
_KINDS = {prefix: kind for kind, prefix in PREFIXES.items()}
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LENGTH = 22
_FORM = re.compile(r"(tm[krs]_)[0-9A-Za-z]{22}")
_SHOWN = 4


def new_text(kind: KeyKind) -> str:
    """Return the text of a new key of that kind."""
    return PREFIXES[kind] + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def kind_of(text: str) -> KeyKind | None:
    """Return the kind a well-formed key text tells, or None."""
    match = _FORM.fullmatch(text)
    return _KINDS[match[1]] if match else None


def require_kind(text: str, kind: KeyKind) -> None:
    """Raise ValueError unless *text* is a well-formed key of that kind."""
    if kind_of(text) != kind:
        raise ValueError(f"Not a {kind} key: it must be {PREFIXES[kind]} and 22 letters or digits.")


def digest(text: str) -> bytes:
    """Return the SHA-256 under which a key is found."""
    return hashlib.sha256(text.encode()).digest()


def masked(text: str) -> str:
    """Return a key as it may be shown: its prefix and its last four characters."""
    return f"{text[: len('tmk_')]}…{text[-_SHOWN:]}"


def stored_text(kind: KeyKind, text: str) -> str:
    """Return what of a key's text is kept readable."""
    return text if kind == "write" else masked(text)


def default_policy(kind: KeyKind) -> KeyPolicy:
    """Return the policy of a new key: a public key may neither erase nor merge people (AUTH-2)."""
    kinds, ops = tuple(codes.KINDS), tuple(codes.OPS)
    match kind:
        case "write":
            return KeyPolicy(
                kinds=tuple(name for name in kinds if name != "alias"),
                ops=tuple(name for name in ops if name != "$delete"),
            )
        case "secret":
            return KeyPolicy(kinds=kinds, ops=ops)
        case "read":
            return KeyPolicy()


def from_row(row: Sequence[Any]) -> Key:
    """Return a key from the columns id, project, kind, text, policy and the three times.

    The policy is JSON.
    """
    number, project, kind, text, policy, created_at, revoked_at, flagged_at = row
    fields = {name: _frozen(value) for name, value in json.loads(policy).items()}
    return Key(
        id=number,
        project=project,
        kind=cast("KeyKind", kind),
        text=text,
        policy=KeyPolicy(**fields),
        created_at=created_at,
        revoked_at=revoked_at,
        flagged_at=flagged_at,
    )


def _frozen(value: Any) -> Any:  # noqa: ANN401 - JSON
    return tuple(value) if isinstance(value, list) else value
