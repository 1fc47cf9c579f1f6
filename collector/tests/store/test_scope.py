"""Nothing that is stored can be read without a scope, nor under one that may not read."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.govern.access import Scope
from tallymark_collector.store.log import Log
from tallymark_collector.store.postgres import PostgresLog
from tallymark_collector.store.postgres import reader as postgres_reader
from tallymark_collector.store.sqlite import SqliteLog
from tallymark_collector.store.sqlite import reader as sqlite_reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

WITHOUT_SCOPE = {"open", "commit", "head", "probe", "checkpoint", "spare_room", "close"}
"""What writes, or tells no more than how far the log reaches."""
OF_NOBODY = {"SELECT pos FROM head"}
STREAM = "0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
READS: dict[str, Callable[[Any, Scope], object]] = {
    "stream": lambda log, scope: log.stream(scope, STREAM),
    "read": lambda log, scope: log.read(scope, 0, 1),
    "scan": lambda log, scope: list(log.scan(scope)),
    "quarantined": lambda log, scope: log.quarantined(scope, 0, 1),
    "count": lambda log, scope: log.count(scope),
}


@pytest.mark.parametrize("kind", [Log, PostgresLog, SqliteLog])
def test_every_read_takes_a_scope(kind: type) -> None:
    """A new method either takes a scope first, or has to be listed here."""
    methods = {name: method for name, method in vars_of(kind).items() if not name.startswith("_")}
    scoped = {
        name for name, method in methods.items() if "scope" in inspect.signature(method).parameters
    }

    assert methods.keys() - scoped <= WITHOUT_SCOPE
    assert scoped == READS.keys()
    for name in scoped:
        assert list(inspect.signature(methods[name]).parameters)[1] == "scope"


def vars_of(kind: type) -> dict[str, Any]:
    """Return the functions of a class and of those it is made from."""
    return dict(inspect.getmembers(kind, callable))


@pytest.mark.parametrize("reader", [postgres_reader, sqlite_reader])
def test_every_statement_that_reads_names_the_project(reader: ModuleType) -> None:
    """No statement of the reader looks beyond one project."""
    source = inspect.getsource(reader)
    found = re.findall(r"(?<=\")\n?SELECT[^;]*?(?=\"\"\"|\", |\"\n)", source)
    assert len(found) == len(re.findall(r"\"(?:\"\"\n)?SELECT", source)) >= 5

    for statement in found:
        named = statement.count("project = ")
        tables = len(re.findall(r"FROM (?:event|stream|quarantine|imported\w*)\b", statement))
        assert statement in OF_NOBODY or named >= tables >= 1, statement


@pytest.mark.parametrize("read", READS)
def test_a_scope_that_may_not_read_gets_nothing(
    make_store: Callable[[Path], Any], tmp_path: Path, read: str
) -> None:
    """The store itself refuses, whatever a route has declared."""
    log = make_store(tmp_path).open()
    for permissions in (set(), {"public"}, {"import"}, {"write"}):
        scope = Scope(1, "stranger", frozenset(permissions))
        if (read, permissions) == ("stream", {"write"}):
            assert log.stream(scope, STREAM) is None
            continue
        with pytest.raises(PermissionError, match="stranger"):
            READS[read](log, scope)
    log.close()
