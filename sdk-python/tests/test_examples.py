"""Every public object shows how it is used, and what it shows is what happens."""

from __future__ import annotations

import doctest
import importlib
import inspect
from typing import TYPE_CHECKING, Any

import pytest
import tallymark
from tallymark import AsyncClient, Client, Spool, testing
from tallymark.testing import MemoryTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, URL = "tmk_0123456789abcdefghijAB", "http://test"
MODULES = ("aio", "calls", "client", "errors", "options", "results", "testing", "tracker")
METHODS = [name for name in dir(Client) if not name.startswith("_") and name != "after_fork"]
HELPERS = [
    name
    for name, kind in vars(testing).items()
    if not name.startswith("_") and getattr(kind, "__module__", "") == "tallymark.testing"
]


@pytest.fixture
def surroundings() -> Iterator[dict[str, Any]]:
    """Return what the examples may name: a client, and where it sends."""
    transport = MemoryTransport()
    client = Client(KEY, URL, spool=Spool(directory=False), transport=transport)
    yield {**vars(tallymark), "client": client, "transport": transport, "KEY": KEY, "URL": URL}
    client.close()


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(
    name: str, surroundings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example of a module does what it says."""
    monkeypatch.delenv("TALLYMARK_KEY", raising=False)
    module = importlib.import_module(f"tallymark.{name}")
    known = {**surroundings, **vars(testing), **vars(module)}
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    runner = doctest.DocTestRunner(optionflags=flags)
    tests = doctest.DocTestFinder(exclude_empty=True).find(module, globs=known)
    for test in tests:
        runner.run(test)
    assert (runner.failures, runner.tries > 0) == (0, True)


@pytest.mark.parametrize("name", sorted(set(tallymark.__all__) - {"__version__"}))
def test_every_export_has_an_example(name: str) -> None:
    """What the package exports shows its use."""
    assert ">>>" in (inspect.getdoc(getattr(tallymark, name)) or "")


@pytest.mark.parametrize("name", METHODS)
def test_every_call_has_an_example(name: str) -> None:
    """So does each call of a client, and its twin that is awaited."""
    assert ">>>" in (inspect.getdoc(getattr(Client, name)) or "")
    assert inspect.getdoc(getattr(AsyncClient, name))


@pytest.mark.parametrize("name", HELPERS)
def test_what_helps_to_test_has_an_example(name: str) -> None:
    """So does what `tallymark.testing` has."""
    assert ">>>" in (inspect.getdoc(getattr(testing, name)) or "")
