"""The first minutes: an empty page, the ways to send, the flip, what was rejected."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Collector, Watched

TO_THE_FLIP_S = 15.0


def snippet(watched: Watched, language: str) -> str:
    """Return the code the page shows for a language."""
    watched.page.get_by_role("tab", name=language).click()
    return watched.page.locator("[role=tabpanel] pre").inner_text()


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Serve a folder as a site of its own, until the block ends."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run(language: str, code: str, watched: Watched, folder: Path, sdk: Path) -> None:
    """Run code as somebody does who has copied it."""
    if language in ("HTML", "Web page"):
        (folder / "index.html").write_text(f"<!doctype html><title>shop</title>{code}")
        with site(folder) as url:
            page = watched.page.context.new_page()
            page.goto(url)
            page.wait_for_load_state("networkidle")
        return
    (folder / "node_modules/@tallymark").mkdir(parents=True)
    (folder / "node_modules/@tallymark/node").symlink_to(sdk / "dist/node")
    (folder / "send.mjs").write_text(code if language == "Node" else "")
    commands = {
        "curl": ["bash", "-c", code],
        "Python": [sys.executable, "-c", code],
        "Node": ["node", "send.mjs"],
    }
    places = {"TALLYMARK_SPOOL": str(folder), "XDG_STATE_HOME": str(folder)}
    subprocess.run(
        commands[language],
        check=True,
        capture_output=True,
        timeout=60,
        cwd=folder,
        env={**os.environ, **places},
    )


@pytest.mark.parametrize("language", ["curl", "Python", "Web page", "Node", "HTML"])
def test_the_page_flips_when_a_copied_snippet_has_run(
    launch: Callable[..., Collector],
    watch: Callable[..., Watched],
    sdk_files: Path,
    tmp_path: Path,
    language: str,
) -> None:
    """By itself, to charts of that event, whichever way it was sent."""
    collector = launch()
    watched = watch()
    page = watched.page
    page.goto(collector.url)
    page.get_by_role("heading", name="Waiting for your first event").wait_for()
    code = snippet(watched, language)
    assert collector.write_key in code
    run(language, code, watched, tmp_path, sdk_files)
    began = time.monotonic()
    page.locator(".arrivals li").filter(has_text="signup").first.wait_for()
    assert time.monotonic() - began < TO_THE_FLIP_S
    page.locator(".legend li").filter(has_text="signup").wait_for()
    assert page.get_by_role("heading", name="Waiting").count() == 0


def test_the_copy_button_copies(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """Exactly what is shown, and it says so."""
    collector = launch()
    watched = watch(permissions=["clipboard-read", "clipboard-write"])
    page = watched.page
    page.goto(collector.url)
    code = snippet(watched, "curl")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Copied").wait_for()
    assert code == page.evaluate("navigator.clipboard.readText()")


def test_a_rejected_event_shows_its_reason_and_the_line_to_change(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """While the page still waits, since a rejected event is not a first event."""
    collector = launch()
    page = watch().page
    page.goto(collector.url)
    page.get_by_role("heading", name="Waiting for your first event").wait_for()
    collector.post("/v1/e", {"e": "signup", "u": "null", "p": {"plan": "free"}})
    rejected = page.locator(".rejections li").filter(has_text="signup")
    rejected.wait_for()
    assert rejected.locator("code").first.inner_text() == "bad_id"
    assert "an id is missing, malformed" in rejected.inner_text()
    (marked,) = rejected.locator(".at-fault").all()
    assert marked.locator("bdi").inner_text().strip() == '"u": "null",'
    assert page.get_by_role("heading", name="Waiting for your first event").is_visible()


def test_a_page_that_is_open_does_not_hold_a_stop_up(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """The stream ends, the collector exits with 0, and the page says that it is alone."""
    collector = launch()
    page = watch().page
    page.goto(collector.url)
    page.get_by_role("heading", name="Waiting for your first event").wait_for()
    collector.post("/v1/e", {"e": "signup", "u": "ann"})
    page.locator(".state.live").wait_for()
    began = time.monotonic()
    assert collector.stop() == 0
    assert time.monotonic() - began < TO_THE_FLIP_S
    page.locator(".state:not(.live)").wait_for()


def test_a_page_opened_elsewhere_says_how_to_get_in(
    launch: Callable[..., Collector], watch: Callable[..., Watched]
) -> None:
    """Behind a proxy nobody is signed in by themselves."""
    collector = launch()
    watched = watch(extra_http_headers={"X-Forwarded-For": "203.0.113.9"})
    watched.page.goto(collector.url)
    notice = watched.page.locator(".notice")
    notice.wait_for()
    assert "read key" in notice.inner_text()
    assert collector.write_key not in watched.page.content()


def test_no_part_of_the_page_names_another_host(page_files: Path) -> None:
    """Whatever the browser reads comes from the collector; SVG's namespaces are only names."""
    allowed = ("http://www.w3.org/", "http://127.0.0.1", "http://localhost")
    found = [
        f"{path.name}: {word[:60]}"
        for path in page_files.rglob("*")
        if path.suffix in {".html", ".js", ".css", ".svg"}
        for scheme in ("http://", "https://")
        for word in _after(path.read_text("utf-8"), scheme)
        if not word.startswith(allowed)
    ]
    assert found == []


def _after(text: str, scheme: str) -> list[str]:
    return [scheme + rest[:60] for rest in text.split(scheme)[1:]]
