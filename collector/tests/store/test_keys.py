from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tallymark_collector.store import keys
from tallymark_collector.store.meta import KeyKind, KeyPolicy
from tallymark_protocol import codes

KINDS: tuple[KeyKind, ...] = ("write", "secret", "read")


@pytest.mark.parametrize(
    ("kind", "prefix"), [("write", "tmk_"), ("secret", "tms_"), ("read", "tmr_")]
)
def test_new_text(kind: KeyKind, prefix: str) -> None:
    """A new key tells its kind, is 26 characters long, and never comes twice (AUTH-01)."""
    made = {keys.new_text(kind) for _ in range(100)}
    assert 100 == len(made)
    assert {(kind, prefix, 26)} == {(keys.kind_of(text), text[:4], len(text)) for text in made}


@given(st.text(max_size=30))
def test_anything_else_is_no_key(text: str) -> None:
    """No text without a known prefix has a kind."""
    assert (keys.kind_of(text) is None) or text.startswith(tuple(keys.PREFIXES.values()))


@pytest.mark.parametrize("text", ["tmk_" + "a" * 21, "tmk_" + "a" * 23, "tmx_" + "a" * 22, "tmk_"])
def test_malformed(text: str) -> None:
    """A text of another length or prefix is no key."""
    assert keys.kind_of(text) is None


def test_masked() -> None:
    """The masked form shows prefix and last four characters and nothing else."""
    assert "tms_…WXYZ" == keys.masked("tms_0123456789abcdefgh" + "WXYZ")


@pytest.mark.parametrize("kind", KINDS)
def test_only_write_keys_are_stored_readable(kind: KeyKind) -> None:
    """What is stored of a secret or read key does not let it be used (AUTH-03)."""
    text = keys.new_text(kind)
    assert (kind == "write") == (keys.stored_text(kind, text) == text)


def test_default_policies() -> None:
    """A public key may not erase or merge people; a read key may send nothing (AUTH-02)."""
    write, secret = keys.default_policy("write"), keys.default_policy("secret")
    assert {"alias"} == set(secret.kinds) - set(write.kinds)
    assert {"$delete"} == set(secret.ops) - set(write.ops)
    assert (set(codes.KINDS), set(codes.OPS)) == (set(secret.kinds), set(secret.ops))
    assert KeyPolicy() == keys.default_policy("read")
