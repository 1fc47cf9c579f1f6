"""Keys over HTTP: where they may stand, and what happens to those in the wrong place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tallymark_collector.store.meta import KeyKind

    from conftest import Answer, Running

SHOP = {"Origin": "https://shop.example"}


def code(answer: Answer) -> tuple[int, str]:
    """Return status and code of a problem."""
    return answer.status, answer.json["code"]


def test_two_different_keys_are_a_conflict(collector: Running) -> None:
    """Header and query must agree (AUTH-01)."""
    other = collector.new_key("write")

    assert code(collector.ask("POST", f"/v1/b?k={other}", b"{}")) == (400, "auth_conflict")
    assert collector.ask("GET", f"/v1/config?k={collector.key}").status == 200


def test_a_key_in_the_query_counts_only_where_it_may_stand(collector: Running) -> None:
    """/v1/batch takes its key from the header alone."""
    answer = collector.ask("POST", f"/v1/batch?k={collector.key}", b"{}", key=None)

    assert code(answer) == (401, "key_missing")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("kind", ["secret", "read"])
def test_only_public_keys_may_stand_in_a_url(collector: Running, kind: KeyKind) -> None:
    """URLs are logged by everybody on the way."""
    answer = collector.ask("GET", f"/v1/config?k={collector.new_key(kind)}", key=None)

    assert code(answer) == (403, "forbidden")


def test_a_secret_key_in_a_browser_is_refused_and_flagged(collector: Running) -> None:
    """401 `secret_in_browser`, and the key is marked for its owner (AUTH-03)."""
    secret = collector.new_key("secret")

    answer = collector.ask("POST", "/v1/batch", b"{}", SHOP, key=secret)

    assert code(answer) == (401, "secret_in_browser")
    found = collector.application.meta.find_key(secret)
    assert found is not None
    assert found.flagged_at is not None


def test_a_revoked_key_is_refused(collector: Running) -> None:
    """A key that was never looked up is refused at once, others within a second."""
    key = collector.new_key("write")
    meta = collector.application.meta
    found = meta.find_key(key)
    assert found is not None
    meta.revoke_key(found.id, 1)

    assert code(collector.ask("POST", "/v1/batch", b"{}", key=key)) == (401, "key_unknown")


@pytest.mark.parametrize("key", ["tmk_short", "x", "tmd_0123456789012345678901", "tmk_" + "0" * 22])
def test_unknown_and_malformed_keys_are_refused(collector: Running, key: str) -> None:
    """All of them alike."""
    assert code(collector.ask("POST", "/v1/batch", b"{}", key=key)) == (401, "key_unknown")


def test_keys_never_reach_the_answers(
    collector: Running, batch: Callable[..., dict[str, Any]]
) -> None:
    """No answer, good or bad, repeats a key."""
    secret = collector.new_key("secret")
    answers = [
        collector.ask("POST", "/v1/batch", batch(1)),
        collector.ask("GET", f"/v1/nothing?k={collector.key}"),
        collector.ask("POST", "/v1/batch", b"{}", SHOP, key=secret),
        collector.ask("GET", "/readyz"),
    ]

    for answer in answers:
        assert secret.encode() not in answer.body
        assert collector.key.encode() not in answer.body
