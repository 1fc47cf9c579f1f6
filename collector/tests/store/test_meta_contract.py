"""What every `MetaStore` must do."""

# The stores of the conftest have no type that could be imported here.
# ruff: noqa: ANN401
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.store import keys
from tallymark_collector.store.meta import KeyKind, KeyPolicy, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallymark_collector.store.meta import MetaStore


@pytest.fixture
def meta(store: Any) -> Iterator[MetaStore]:
    """Return open projects and keys."""
    opened = store.meta()
    yield opened
    opened.close()


def test_projects_by_name(meta: MetaStore) -> None:
    """Projects are found by name and listed by name."""
    shop = meta.create_project("shop", 5)
    blog = meta.create_project("blog", 6)
    assert Project(shop.id, "shop", 5) == shop == meta.project("shop")
    assert [blog, shop] == list(meta.projects())
    assert meta.project("none") is None


@pytest.mark.parametrize("name", ["shop", "", "  "])
def test_project_name_is_taken_or_empty(meta: MetaStore, name: str) -> None:
    """A second project of one name, and one without a name, are refused with the name."""
    meta.create_project("shop", 5)
    with pytest.raises(ValueError, match=re.escape(repr(name))):
        meta.create_project(name, 6)
    assert 1 == len(meta.projects())


@pytest.mark.parametrize("kind", ["write", "secret", "read"])
def test_key_round_trip(meta: MetaStore, kind: KeyKind) -> None:
    """A created key is found by its full text, with its policy."""
    project = meta.create_project("shop", 5)
    policy = KeyPolicy(("https://a.example",), ("track",), ("$set",), 10, ("eu",))
    key, text = meta.create_key(project.id, kind, policy, 7)
    assert key == meta.find_key(text)
    assert (kind, project.id, policy, 7, None, None) == (
        key.kind,
        key.project,
        key.policy,
        key.created_at,
        key.revoked_at,
        key.flagged_at,
    )
    assert kind == keys.kind_of(text)


def test_only_write_keys_are_readable(meta: MetaStore) -> None:
    """A write key is listed in full, the others masked (AUTH-01, AUTH-03)."""
    project = meta.create_project("shop", 5)
    made = [meta.create_key(project.id, kind, KeyPolicy(), 7) for kind in keys.PREFIXES]
    shown = [key.text for key in meta.keys(project.id)]
    assert [key.text for key, _ in made] == shown
    assert [True, False, False] == [text == key for key, (_, text) in zip(shown, made, strict=True)]


def test_keys_of_a_project(meta: MetaStore) -> None:
    """Keys are listed per project, or all."""
    one, two = (meta.create_project(name, 5) for name in ("a", "b"))
    first, _ = meta.create_key(one.id, "write", KeyPolicy(), 7)
    second, _ = meta.create_key(two.id, "write", KeyPolicy(), 7)
    assert ([first], [second], [first, second]) == (
        list(meta.keys(one.id)),
        list(meta.keys(two.id)),
        list(meta.keys()),
    )


def test_given_key(meta: MetaStore) -> None:
    """A key whose text is given is stored once, and only when text and kind belong together."""
    project = meta.create_project("shop", 5)
    text = "tmk_" + "a" * 22
    key = meta.add_key(project.id, "write", text, KeyPolicy(), 7)
    assert key == meta.find_key(text)
    wrongs: tuple[tuple[KeyKind, str], ...] = (
        ("write", text),
        ("write", "tms_" + "a" * 22),
        ("read", "tmr_short"),
    )
    for kind, wrong in wrongs:
        with pytest.raises(ValueError, match="key"):
            meta.add_key(project.id, kind, wrong, KeyPolicy(), 7)
    assert [key] == list(meta.keys())


def test_key_needs_a_project(meta: MetaStore) -> None:
    """A key of no project is refused."""
    with pytest.raises(LookupError, match="99"):
        meta.create_key(99, "write", KeyPolicy(), 7)


def test_revoke_and_flag(meta: MetaStore) -> None:
    """A key keeps the time it was first revoked and first flagged, and is still found."""
    project = meta.create_project("shop", 5)
    key, text = meta.create_key(project.id, "secret", KeyPolicy(), 7)
    for now in (8, 9):
        meta.revoke_key(key.id, now)
        meta.flag_key(key.id, now + 10)
    found = meta.find_key(text)
    assert found is not None
    assert (8, 18) == (found.revoked_at, found.flagged_at)


def test_unknown_key(meta: MetaStore) -> None:
    """Nothing is found under another text, and nothing is revoked or flagged under another id."""
    assert meta.find_key("tmk_" + "b" * 22) is None
    assert meta.find_key("anything") is None
    for change in (meta.revoke_key, meta.flag_key):
        with pytest.raises(LookupError, match="41"):
            change(41, 1)


def test_keys_change_while_the_log_writes(store: Any) -> None:
    """Keys can be made from beside a running log, and both are there after a restart."""
    log = store.open()
    meta = store.meta()
    project = meta.create_project("shop", 5)
    _, text = meta.create_key(project.id, "write", KeyPolicy(), 7)
    assert log.probe() is True
    meta.close()
    log.close()
    again = store.meta()
    assert again.find_key(text) is not None
    again.close()
