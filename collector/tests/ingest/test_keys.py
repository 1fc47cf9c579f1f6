"""Keys: which one a request carries, what it may do, and how fresh that is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.ingest.keys import Keyring, caller_of, presented_key
from tallymark_collector.ingest.workers import Workers
from tallymark_collector.problem import Problem
from tallymark_collector.store.keys import default_policy
from tallymark_collector.store.meta import Key, KeyKind, KeyPolicy
from tallymark_collector.store.sqlite import SqliteMeta

if TYPE_CHECKING:
    from pathlib import Path


def key(kind: KeyKind = "write", policy: KeyPolicy | None = None) -> Key:
    """Return a live key."""
    return Key(4, 2, kind, "text", policy or KeyPolicy(), 0, None, None)


def test_a_key_comes_in_the_header_or_in_the_query() -> None:
    """Either, or both, or one twice if they are the same (AUTH-01)."""
    assert presented_key(["Bearer tmk_a"], []) == "tmk_a"
    assert presented_key(["bearer  tmk_a "], ["tmk_a"]) == "tmk_a"
    assert presented_key([], ["tmk_a", "tmk_a"]) == "tmk_a"
    assert presented_key(["Basic x"], ["tmk_a"]) == "tmk_a"


@pytest.mark.parametrize(
    ("headers", "query", "code"),
    [
        (["Bearer tmk_a"], ["tmk_b"], "auth_conflict"),
        (["Bearer tmk_a", "Bearer tmk_b"], [], "auth_conflict"),
        ([], ["tmk_a", "tmk_b"], "auth_conflict"),
        ([], [], "key_missing"),
        (["Bearer "], [""], "key_missing"),
        (["Basic tmk_a"], [], "key_missing"),
    ],
)
def test_no_key_and_two_keys_are_problems(headers: list[str], query: list[str], code: str) -> None:
    """Each has its code."""
    with pytest.raises(Problem, match=code):
        presented_key(headers, query)


@pytest.mark.parametrize(
    ("kind", "permission", "good"),
    [
        ("write", "write", True), ("write", "read", False), ("write", "import", False),
        ("secret", "write", True), ("secret", "read", True), ("secret", "import", True),
        ("read", "read", True), ("read", "write", False),
    ],
)  # fmt: skip
def test_kinds_of_keys_have_their_permissions(
    kind: KeyKind, permission: str, *, good: bool
) -> None:
    """A scope carries the key's project; what a kind may not do is 403 (AUTH-03)."""
    if good:
        assert caller_of(key(kind), permission, None).scope.project == 2  # type: ignore[arg-type]
    else:
        with pytest.raises(Problem, match="forbidden"):
            caller_of(key(kind), permission, None)  # type: ignore[arg-type]


def test_unknown_and_revoked_keys_are_the_same_to_a_stranger() -> None:
    """Both get 401 `key_unknown`."""
    for found in (None, replace(key(), revoked_at=1)):
        with pytest.raises(Problem, match="key_unknown"):
            caller_of(found, "write", None)


def test_a_secret_key_never_works_in_a_browser() -> None:
    """An Origin header gives it away (AUTH-03)."""
    with pytest.raises(Problem, match="secret_in_browser"):
        caller_of(key("secret"), "write", "https://shop.example")


def test_origins_bind_browsers_only() -> None:
    """A listed origin and a client without one may send, another page may not (AUTH-02)."""
    bound = key("write", KeyPolicy(origins=("https://Shop.example",)))

    assert caller_of(bound, "write", "https://shop.example")
    assert caller_of(bound, "write", None)
    with pytest.raises(Problem, match="origin_denied"):
        caller_of(bound, "write", "https://evil.example")


def test_a_revoked_key_works_for_a_second_at_most(tmp_path: Path) -> None:
    """The ring is one ttl behind the store, for keys that come as for keys that go."""
    meta = SqliteMeta.open(tmp_path)
    project = meta.create_project("default", 0)
    found, text = meta.create_key(project.id, "write", default_policy("write"), 0)
    now = 100.0
    workers = Workers(1)
    ring = Keyring(meta, workers, lambda: now, size=2)

    async def look(name: str) -> Key | None:
        return await ring.find(name)

    async def play() -> list[bool]:
        nonlocal now
        seen = [await look(text) is not None, await look("tmk_unknown") is None]
        meta.revoke_key(found.id, 1)
        live = await look(text)
        seen.append(live is not None and live.revoked_at is None)
        now += 1.0
        revoked = await look(text)
        seen.append(revoked is not None and revoked.revoked_at == 1)
        for number in range(5):
            await look(f"tmk_{number}")
        return seen

    assert [True] * 4 == asyncio.run(play())
    workers.close()
    meta.close()
