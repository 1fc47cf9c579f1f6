"""Projects and keys: who may write and read what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

KeyKind = Literal["write", "secret", "read"]


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What a key may be used for (AUTH-2).

    `origins` empty means every origin; `kinds` and `ops` are the event kinds and profile
    operations it may send, empty for none; `rate` is events per second, 0 for no limit of its own;
    `regions` empty means any.
    """

    origins: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    ops: tuple[str, ...] = ()
    rate: int = 0
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """One project: a name and the number its rows carry."""

    id: int
    name: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Key:
    """One key as stored; `text` is the key itself for write keys and its masked form otherwise."""

    id: int
    project: int
    kind: KeyKind
    text: str
    policy: KeyPolicy
    created_at: int
    revoked_at: int | None
    flagged_at: int | None


class MetaStore(Protocol):
    """Projects and keys, small and rarely written."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Keep other processes from making what a first start makes, until the block ends."""

    def create_project(self, name: str, now: int) -> Project:
        """Create a project; raise ValueError naming *name* when it exists."""

    def project(self, name: str) -> Project | None:
        """Return the project of that name, if any."""

    def projects(self) -> Sequence[Project]:
        """Return all projects by name."""

    def create_key(
        self, project: int, kind: KeyKind, policy: KeyPolicy, now: int
    ) -> tuple[Key, str]:
        """Create a key and return it with its full text, shown this once (AUTH-1, AUTH-3)."""

    def add_key(self, project: int, kind: KeyKind, text: str, policy: KeyPolicy, now: int) -> Key:
        """Store a key whose text is given; raise ValueError when it is malformed or taken."""

    def find_key(self, text: str) -> Key | None:
        """Return the live or revoked key with that full text, if any."""

    def keys(self, project: int | None = None) -> Sequence[Key]:
        """Return the keys of a project, or all."""

    def revoke_key(self, key: int, now: int) -> None:
        """Stop a key from working; raise LookupError when there is none."""

    def flag_key(self, key: int, now: int) -> None:
        """Mark a secret key that was seen in a browser (AUTH-3)."""

    def close(self) -> None:
        """Release the connections."""
