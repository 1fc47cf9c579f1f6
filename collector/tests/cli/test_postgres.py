"""The command line on a database: what it does in a folder it does there."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tallymark_conformance.runs.postgres_cluster import Cluster

VARIABLE = "TALLYMARK_COLLECTOR_DATABASE_URL"


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Return an empty schema's address."""
    name = f"t{uuid.uuid4().hex}"
    cluster.sql(f"CREATE SCHEMA {name}")
    return cluster.url(options=f"-csearch_path%3D{name}")


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Return a file of three events."""
    path = tmp_path / "events.ndjson"
    found = [
        {"event": {"e": "View", "u": f"u{i}", "p": {"n": i}}, "id": f"id-{i:08}", "ts": 10**12 + i}
        for i in range(3)
    ]
    path.write_text("".join(json.dumps({"stream": None, **one}) + "\n" for one in found))
    return path


def test_import_query_export_tail(
    tallymark: Callable[..., Any], url: str, lines: Path, tmp_path: Path
) -> None:
    """A file imported twice is there once, and every command that reads finds it."""
    for added in (3, 0):
        done = tallymark("import", lines, "--database-url", url, "--json")
        assert (0, added) == (done.code, done.json["stored"]), done.err
    out = tmp_path / "out.ndjson"
    written = tallymark("export", "--database-url", url, "-o", out, "--json")
    assert (3, 3) == (written.json["events"], written.json["pos"])
    shown = tallymark("tail", "--database-url", url, "--json")
    assert 3 == len(shown.out.splitlines())
    asked = ("query", "trends", "View", "--from", "2001-09-09", "--to", "2001-09-09", "--json")
    assert tallymark(*asked, "--database-url", url).code == 0


def test_projects_and_keys(
    tallymark: Callable[..., Any], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable names the database as well as the flag."""
    monkeypatch.setenv(VARIABLE, url)
    assert tallymark("project", "create", "shop", "--json").json["name"] == "shop"
    key = tallymark("key", "create", "--kind", "secret", "--project", "shop", "--json").json["key"]
    assert tallymark("key", "revoke", key, "--json").code == 0
    (found,) = tallymark("key", "list", "--json").json["keys"]
    assert found["revoked_at"] is not None
    assert ["shop"] == [
        one["name"] for one in tallymark("project", "list", "--json").json["projects"]
    ]


def test_two_places(
    tallymark: Callable[..., Any], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder beside a database is refused, whichever way each is named."""
    flags = ("--data", tmp_path, "--database-url", url)
    assert (2, True) == ((ran := tallymark("tail", *flags)).code, "Give one" in ran.err)
    assert 2 == tallymark("tail", "--database-url", url, "--url", "http://127.0.0.1:1").code
    monkeypatch.setenv(VARIABLE, url)
    ran = tallymark("serve", "--data", tmp_path, "--json")
    assert (2, "two_places") == (ran.code, json.loads(ran.err)["error"]["code"])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("postgresql://ann:hidden@127.0.0.1:1/shop", 3),
        ("mysql://ann:hidden@127.0.0.1/shop", 2),
    ],
)
def test_a_database_that_is_not_there(tallymark: Callable[..., Any], wrong: str, code: int) -> None:
    """It says so, and what to do, without telling the password."""
    for command in (("tail",), ("migrate", "--dry-run"), ("serve", "--port", 0)):
        ran = tallymark(*command, "--database-url", wrong)
        assert (code, False) == (ran.code, "hidden" in ran.err), ran.err


def test_migrate(tallymark: Callable[..., Any], url: str, tmp_path: Path) -> None:
    """On both stores a dry run says what is lacking and makes nothing."""
    for place in (("--database-url", url), ("--data", tmp_path / "new")):
        dry = tallymark("migrate", "--dry-run", *place, "--json").json
        again = tallymark("migrate", "--dry-run", *place, "--json").json
        done = tallymark("migrate", *place, "--json").json
        assert ["0001_log.sql"] == dry["migrations"] == again["migrations"] == done["migrations"]
        assert "is up to date" in tallymark("migrate", *place).out


def test_workers_need_a_database(tallymark: Callable[..., Any], tmp_path: Path) -> None:
    """Several processes on one folder are refused, saying what they need."""
    ran = tallymark("serve", "--workers", 2, "--data", tmp_path / "none", "--port", 0)
    said = " ".join(ran.err.split())
    assert (2, True, True) == (ran.code, "database_url" in said, "2 processes" in said)
    assert not (tmp_path / "none").exists()
