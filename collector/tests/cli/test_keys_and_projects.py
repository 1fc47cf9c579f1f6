"""`tallymark key` and `tallymark project`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tallymark_collector.store.sqlite import SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran


@pytest.mark.parametrize(
    ("kind", "prefix"), [("write", "tmk_"), ("secret", "tms_"), ("read", "tmr_")]
)
def test_create_prints_the_key_once(
    tallymark: Callable[..., Ran], folder: Path, kind: str, prefix: str
) -> None:
    """Stdout must be the full key and nothing else; it must be one that works."""
    ran = tallymark("key", "create", "--kind", kind, "--data", folder)
    text = ran.out.strip()
    meta = SqliteMeta.open(folder)
    found = meta.find_key(text)
    meta.close()
    assert (0, prefix, kind) == (ran.code, text[:4], found.kind if found else None)
    listed = tallymark("key", "list", "--data", folder)
    assert (kind == "write") == (text in listed.out)


def test_a_revoked_key_is_shown_as_such(tallymark: Callable[..., Ran], folder: Path) -> None:
    """A key must be revocable by its id and by its text."""
    one = tallymark("key", "create", "--kind", "read", "--data", folder, "--json").json
    two = tallymark("key", "create", "--kind", "read", "--data", folder, "--json").json
    by_id = tallymark("key", "revoke", one["id"], "--data", folder)
    by_text = tallymark("key", "revoke", two["key"], "--data", folder, "--json")
    keys = tallymark("key", "list", "--data", folder, "--json").json["keys"]
    assert (0, {"revoked": two["id"]}) == (by_id.code, by_text.json)
    assert all(key["revoked_at"] is not None for key in keys)


def test_an_unknown_key_is_not_repeated(tallymark: Callable[..., Ran], folder: Path) -> None:
    """A key that is not there must be named by its beginning only: it may be a secret."""
    ran = tallymark("key", "revoke", "tms_0123456789abcdefghijAB", "--data", folder)
    assert (1, True, False) == (ran.code, "tms_0123" in ran.err, "abcdefghij" in ran.err)


def test_projects(tallymark: Callable[..., Ran], tmp_path: Path) -> None:
    """A project must make its folder, be listed, and exist once."""
    folder = tmp_path / "new"
    first = tallymark("project", "create", "shop", "--data", folder, "--json")
    again = tallymark("project", "create", "shop", "--data", folder)
    listed = tallymark("project", "list", "--data", folder, "--json")
    assert (0, 1) == (first.code, again.code)
    assert "'shop'" in again.err
    assert ["shop"] == [project["name"] for project in listed.json["projects"]]


def test_a_key_needs_its_project(tallymark: Callable[..., Ran], folder: Path) -> None:
    """A project that is not there must be told, with those that are."""
    ran = tallymark("key", "create", "--kind", "read", "--project", "x", "--data", folder)
    assert (1, True) == (ran.code, "'default'" in ran.err)


def test_a_key_is_limited_by_its_policy(tallymark: Callable[..., Ran], folder: Path) -> None:
    """What the options say must be stored with the key, and listed (AUTH-02)."""
    asked = ["--origin", "https://Shop.example", "--send", "page", "--send", "track"]
    ran = tallymark(
        *("key", "create", "--kind", "write", *asked, "--op", "$set", "--rate", "50"),
        *("--data", folder, "--json"),
    )
    expected = {
        "origins": ["https://shop.example"],
        "kinds": ["track", "page"],
        "ops": ["$set"],
        "rate": 50,
    }
    listed = tallymark("key", "list", "--data", folder, "--json").json["keys"]
    assert [expected] == [key["policy"] for key in listed if key["id"] == ran.json["id"]]
    assert "50 events/s" in tallymark("key", "list", "--data", folder).out


@pytest.mark.parametrize(
    "options",
    [
        ("--kind", "write", "--origin", "https://shop.example/cart"),
        ("--kind", "write", "--origin", "shop.example"),
        ("--kind", "write", "--send", "purchase"),
        ("--kind", "write", "--op", "set"),
        ("--kind", "secret", "--origin", "https://shop.example"),
        ("--kind", "read", "--rate", "5"),
    ],
)
def test_a_wrong_policy_makes_no_key(
    tallymark: Callable[..., Ran], folder: Path, options: tuple[str, ...]
) -> None:
    """An option that cannot hold must be refused by its name and value, before a key exists."""
    before = tallymark("key", "list", "--data", folder, "--json").json
    ran = tallymark("key", "create", *options, "--data", folder)
    assert (2, True) == (ran.code, options[2] in ran.err)
    assert before == tallymark("key", "list", "--data", folder, "--json").json
