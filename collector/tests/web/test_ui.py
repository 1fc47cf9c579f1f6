"""Tests for web/ui.py and web/ui_assets.py."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.store.keys import default_policy
from tallymark_collector.web.ui_assets import BUILD, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Answer, Running

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def unbuilt(start: Callable[..., Running], tmp_path: Path) -> Running:
    """Start a collector whose dashboard has not been built."""
    return start(static=tmp_path / "none")


@pytest.fixture
def built(start: Callable[..., Running], tmp_path: Path) -> Running:
    """Start a collector with a small page."""
    static = tmp_path / "page/static"
    static.mkdir(parents=True)
    (static.parent / "index.html").write_text("<!doctype html><title>page</title>")
    (static / "app-1.js").write_text("export const one = 1;\n" * 100)
    return start(static=static.parent)


def cookie_of(collector: Running, **headers: str) -> str | None:
    """Open the page and return the cookie it came with."""
    answer = collector.ask("GET", "/", headers=headers, key=None)
    cookie: str | None = answer.headers.get("set-cookie")
    return None if cookie is None else cookie.partition(";")[0]


def test_without_a_build_there_is_nothing_to_load(tmp_path: Path) -> None:
    """A checkout has no built files."""
    assert load(tmp_path) is None


def test_files_are_read_with_their_types_and_compressed(tmp_path: Path) -> None:
    """Twice the same bytes give twice the same answer."""
    (tmp_path / "static").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "static/a-1.js").write_text("let a = 1;")
    (tmp_path / "static/a-1.css").write_text("a{}")
    (tmp_path / "static/icon-1.svg").write_text("<svg/>")
    assets = load(tmp_path)
    assert assets is not None
    kinds = {name: asset.media_type for name, asset in assets.files.items()}
    assert kinds == {
        "a-1.js": "text/javascript",
        "a-1.css": "text/css",
        "icon-1.svg": "image/svg+xml",
    }
    assert gzip.decompress(assets.files["a-1.js"].compressed) == b"let a = 1;"
    assert load(tmp_path) == assets


def test_the_page_says_how_to_build_what_is_missing(unbuilt: Running) -> None:
    """One line, and no cookie for a page that asks nothing."""
    answer = unbuilt.ask("GET", "/", key=None)
    assert answer.status == 200
    assert BUILD.replace("&", "&amp;") in answer.body.decode()
    assert "set-cookie" not in answer.headers
    assert unbuilt.ask("GET", "/static/x.js", key=None).json["code"] == "not_found"


def test_the_page_goes_out_under_a_strict_policy(built: Running) -> None:
    """No inline script or style, no other host, no framing, Trusted Types, nothing cached."""
    answer = built.ask("GET", "/", key=None)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def test_files_of_the_page_are_kept_for_ever(built: Running) -> None:
    """Compressed for whoever takes it, and immutable under their hashed names."""
    plain = built.ask("GET", "/static/app-1.js", key=None)
    packed = built.ask("GET", "/static/app-1.js", headers={"Accept-Encoding": "gzip"}, key=None)
    assert plain.body == gzip.decompress(packed.body)
    assert packed.headers["content-encoding"] == "gzip"
    assert "immutable" in plain.headers["cache-control"]
    assert built.ask("GET", "/static/..%2findex.html", key=None).status == 404


def test_opening_the_page_on_this_machine_lets_it_read(built: Running) -> None:
    """The cookie alone starts the page; it writes nothing."""
    cookie = cookie_of(built)
    assert cookie is not None
    headers = {"Cookie": cookie, **OWN_PAGE}
    start = built.ask("GET", "/v1/ui/start", headers=headers, key=None)
    assert start.json == {
        "project": "default",
        "write_key": built.key,
        "stored": 0,
        "version": start.json["version"],
        "projects": [{"name": "default", "stored": 0}],
        "first_ts": None,
        "last_ts": None,
        "names": [],
        "more_names": 0,
        "first_steps": [],
    }
    assert start.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in start.headers
    written = built.ask("POST", "/v1/e", {"e": "x"}, headers=headers, key=None)
    assert written.json["code"] == "key_missing"


def test_the_page_starts_with_the_names_of_the_events(built: Running) -> None:
    """Each with how often and by how many."""
    for user in ("ann", "bob", "ann"):
        built.ask("POST", "/v1/e", {"e": "visit", "u": user})
    headers = {"Cookie": cookie_of(built) or "", **OWN_PAGE}
    start = built.ask("GET", "/v1/ui/start", headers=headers, key=None).json
    (name,) = start["names"]
    assert (name["name"], name["count"], name["users"]) == ("visit", 3, 2)
    assert start["stored"] == 3


def reading(collector: Running) -> dict[str, str]:
    """Return the headers of the page that was opened on this machine."""
    return {"Cookie": cookie_of(collector) or "", **OWN_PAGE}


def test_the_page_opens_with_the_default_project_or_else_the_oldest_with_events(
    built: Running,
) -> None:
    """And with any other when it is named; one that does not exist is not found."""
    meta, headers = built.application.meta, reading(built)
    keys = {}
    for name in ("shop", "café & más"):
        project = meta.create_project(name, 0)
        _, keys[name] = meta.create_key(project.id, "write", default_policy("write"), 0)

    def start(query: str = "") -> Answer:
        return built.ask("GET", f"/v1/ui/start{query}", headers=headers, key=None)

    assert start().json["project"] == "default"
    built.ask("POST", "/v1/e", {"e": "visit"}, key=keys["café & más"])
    assert start().json["project"] == "café & más"
    built.ask("POST", "/v1/e", {"e": "visit"}, key=keys["shop"])
    assert start().json["project"] == "shop"
    named = start("?project=caf%C3%A9%20%26%20m%C3%A1s").json
    assert (named["project"], named["write_key"]) == ("café & más", keys["café & más"])
    assert named["projects"] == [
        {"name": "café & más", "stored": 1},
        {"name": "default", "stored": 0},
        {"name": "shop", "stored": 1},
    ]
    built.ask("POST", "/v1/e", {"e": "visit"})
    assert start().json["project"] == "default"
    assert start("?project=none").json["code"] == "not_found"


def test_a_key_never_reads_another_project(built: Running) -> None:
    """Naming one changes nothing: a key's project is its own, and it learns of no other."""
    built.application.meta.create_project("other", 0)
    built.ask("POST", "/v1/e", {"e": "own"})
    read = built.new_key("read")
    for query in ("", "?project=other"):
        start = built.ask("GET", f"/v1/ui/start{query}", headers=OWN_PAGE, key=read).json
        assert (start["project"], start["stored"], start["projects"]) == ("default", 1, [])


def test_the_page_is_told_the_properties_of_its_project(built: Running) -> None:
    """By a session as by a read key."""
    built.ask("POST", "/v1/e", {"e": "visit", "u": "ann", "p": {"plan": "free"}})
    answer = built.ask("GET", "/v1/ui/properties", headers=reading(built), key=None)
    (plan,) = [one for one in answer.json["properties"] if one["name"] == "plan"]
    assert plan["values"] == [{"value": "free", "count": 1}]
    assert answer.headers["cache-control"] == "no-store"


def test_nobody_else_is_let_in(built: Running) -> None:
    """Not by another name, not through a proxy, not from another page, not without a cookie."""
    assert cookie_of(built, Host="evil.example") is None
    assert cookie_of(built, **{"X-Forwarded-For": "10.0.0.1"}) is None
    cookie = cookie_of(built) or ""
    codes = [
        built.ask("GET", "/v1/ui/start", headers=headers, key=None).json["code"]
        for headers in (
            {},
            {"Cookie": cookie},
            {"Cookie": cookie, "Sec-Fetch-Site": "cross-site"},
            {"Cookie": cookie, "Host": "evil.example", **OWN_PAGE},
            {"Cookie": cookie, "X-Forwarded-For": "10.0.0.1", **OWN_PAGE},
        )
    ]
    assert codes == ["key_missing", "forbidden", "forbidden", "key_missing", "key_missing"]


def test_every_question_of_the_page_needs_the_permission_to_read(
    collector: Running,
) -> None:
    """A route of stored data that anybody may call would be a leak."""
    paths = ("/v1/query", "/v1/live", "/v1/ui/", "/v1/people/", "/v1/events/")
    declared = {
        route.path: route.permission
        for route in collector.application.routes
        if route.path.startswith(paths)
    }
    assert len(declared) >= 6
    assert set(declared.values()) == {"read"}
