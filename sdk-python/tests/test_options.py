"""Options: values that check themselves and keep secrets."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

import pytest
from tallymark import Batching, Client, ConfigurationError, Hooks, Privacy, Retry, Spool
from tallymark.options import Endpoint, mask

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "tmk_0123456789abcdefghijAB"

Value: TypeAlias = "Batching | Retry | Spool | Privacy | Hooks"


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Batching, {"flush_at": 0}),
        (Batching, {"flush_at": "5"}),
        (Batching, {"flush_at": True}),
        (Batching, {"flush_bytes": 0}),
        (Batching, {"flush_ms": -1}),
        (Batching, {"max_events": 2_001}),
        (Batching, {"max_bytes": 10}),
        (Batching, {"queue_max": 0}),
        (Batching, {"queue_bytes": 1.5}),
        (Batching, {"overflow": "block"}),
        (Batching, {"stream": "no-uuid"}),
        (Retry, {"timeout_ms": 0}),
        (Retry, {"max_age_ms": 0}),
        (Retry, {"in_flight": 5}),
        (Spool, {"directory": ""}),
        (Spool, {"directory": 5}),
        (Spool, {"max_bytes": 1}),
        (Spool, {"sync": "yes"}),
        (Privacy, {"analytics": "maybe"}),
        (Privacy, {"ads": True}),
        (Privacy, {"personalization": "no"}),
        (Privacy, {"when_unknown": "send"}),
        (Privacy, {"gpc": 1}),
        (Privacy, {"ip": "half"}),
        (Hooks, {"before_send": 5}),
        (Hooks, {"on_result": "print"}),
        (Hooks, {"strict": None}),
        (Hooks, {"sigterm": 1}),
    ],
)
def test_wrong_value_is_named(kind: Callable[..., Value], wrong: dict[str, object]) -> None:
    """The error names the option and the value it was given."""
    ((name, value),) = wrong.items()
    with pytest.raises(ConfigurationError) as caught:
        kind(**wrong)
    assert isinstance(kind, type)
    assert f"{kind.__name__}.{name}={value!r}" in str(caught.value)


@pytest.mark.parametrize("kind", [Batching, Retry, Spool, Privacy, Hooks])
def test_frozen(kind: type[Value]) -> None:
    """Options cannot be changed after they were given."""
    value = kind()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(kind)[0].name, None)


@pytest.mark.parametrize("key", ["", "tmk_short", "tmr_0123456789abcdefghijAB", None, KEY + " "])
def test_wrong_key(key: str) -> None:
    """A key of the wrong form is refused, and not shown."""
    with pytest.raises(ConfigurationError, match="key") as caught:
        Endpoint(key, "https://events.example")
    assert len(str(key)) < 12 or str(key) not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "events.example",
        "ftp://a",
        "https://",
        "http://a:99999",
        "http://u:secret@a",
        "http://a?k=1",
        "http://a#b",
        None,
    ],
)
def test_wrong_url(url: str) -> None:
    """An address that cannot work is refused; a password in it is not shown."""
    with pytest.raises(ConfigurationError, match="url") as caught:
        Endpoint(KEY, url)
    assert "secret" not in str(caught.value)


def test_repr_masks_the_key() -> None:
    """Neither client nor endpoint shows the key."""
    endpoint = Endpoint(KEY, "https://events.example")
    assert KEY not in repr(endpoint)
    client = Client(KEY, "https://events.example", spool=Spool(directory=False))
    assert KEY not in repr(client)
    assert "https://events.example" in repr(client)
    client.close()
    assert mask("abcd") == "'abcd'"
    assert mask(5) == "<int>"


def test_secret_key_imports() -> None:
    """A secret key posts to the import endpoint, a write key to the batch endpoint."""
    assert Endpoint(KEY, "http://a").batch_path == "/v1/batch"
    assert Endpoint(KEY.replace("tmk", "tms"), "http://a").batch_path == "/v1/import"


def test_option_of_the_wrong_kind() -> None:
    """The client says which option is of the wrong kind."""
    with pytest.raises(ConfigurationError, match="batching=5"):
        Client(KEY, "http://a", batching=5)  # type: ignore[arg-type]
