"""What README and the tutorials print works as printed."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from pages import ROOT, blocks, run, script
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Reader


SAID = {
    "import": "598",
    "keys": "Revoked write key 2",
    "back-up": "",
    "test-your-tracking": "1 passed",
    "spool": "",
}
"""What the commands of a guide must print, beside ending well."""


def answers(printed: str) -> list[dict[str, object]]:
    """Return the JSON objects that stand on lines of their own, with or without a status code."""
    lines = (line.rpartition(" (")[0] or line for line in printed.splitlines())
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_readme_begins_with_a_demo() -> None:
    """The first 20 lines must hold what runs: `make demo`, and the versions it needs."""
    start = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:20])
    assert "```sh\nmake demo\n```" in start
    assert "Python ≥ 3.11 and Node ≥ 20.19" in start


def test_readme(reader: Reader) -> None:
    """Each command of the README must do what the text beside it says."""
    printed = reader.follow("README.md")
    single, first, again, ledger, validated, health = answers(printed)
    assert 1 == single["stored"]
    assert (2, 0, 1) == (first["stored"], first["duplicate"], len(first["rejected"]))  # type: ignore[arg-type]
    assert (0, 2) == (again["stored"], again["duplicate"])
    assert (2, {"bad_name": 1}, 0) == (ledger["stored"], ledger["rejected"], ledger["unaccounted"])
    assert [{"n": 4, "code": "bad_type", "path": "p"}] == validated["rejected"]
    assert {"status": "ok"} == health
    assert ["signed_up", "opened", "opened", "signed_up", "signed_up"] == reader.events()
    assert "assigned=1, stored=1" in printed
    assert b"GIF89a" == (reader.folder / "pixel.gif").read_bytes()[:6]


def test_backend(reader: Reader) -> None:
    """The backend tutorial must store its five events, and its funnel must show them."""
    printed = reader.follow("docs/tutorials/backend.md")
    assert ["signed_up"] * 3 + ["report_opened", "report_shared"] == reader.events()
    assert "assigned=5, stored=5" in printed


def test_device(reader: Reader) -> None:
    """The device tutorial must store the numbered event once, and add up to an average."""
    printed = reader.follow("docs/tutorials/device.md")
    assert ["204", "204"] == [line for line in printed.splitlines() if line == "204"]
    told = answers(printed)
    assert [(1, 0), (0, 1), (0, 1)] == [(one["stored"], one["duplicate"]) for one in told]
    assert ["started", "measured", "measured", "measured"] == reader.events()
    assert "2.7" in printed


def test_qa(reader: Reader) -> None:
    """Each answer of the QA tutorial must be the one its text announces."""
    printed = reader.follow("docs/tutorials/qa-with-curl.md")
    told = answers(printed)
    assert (2, 0) == (told[0]["stored"], told[0]["duplicate"])
    assert (0, 2) == (told[1]["stored"], told[1]["duplicate"])
    assert [4] == [one["n"] for one in told[2]["rejected"]]  # type: ignore[attr-defined]
    gap, declared = (one for one in told if "unaccounted" in one)
    assert (2, 0) == (gap["unaccounted"], declared["unaccounted"])
    assert ["(400)", "(400)", "(401)", "(200)"] == [
        line.split()[-1] for line in printed.splitlines() if line.endswith(")")
    ][-4:]
    assert 6 == len(reader.events())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Serve a folder as a web site of another origin than the collector."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_web_page(reader: Reader, site: tuple[Path, str]) -> None:
    """The pages of the tutorial must count their visits and the click, in a real browser."""
    folder, url = site
    pages = [text for language, text in blocks("docs/tutorials/web-page.md") if language == "html"]
    for name, text in zip(("index.html", "small.html"), pages, strict=True):
        filled = text.replace("7300", str(reader.port)).replace("tmk_…", reader.key)
        (folder / name).write_text(filled)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--disable-quic"],
        )
        page = browser.new_page()
        page.goto(url, wait_until="load")
        page.click("#buy")
        page.goto(url.replace("index", "small"), wait_until="networkidle")
        browser.close()
    expected = {"$page", "buy_clicked", "small_page_opened", "newsletter_opened"}
    reader.until(lambda: expected <= set(reader.events()))
    printed = run(script("docs/tutorials/web-page.md", reader.port, reader.key), reader.folder)
    assert "100.0 %" in printed
    assert expected == set(reader.events())


@pytest.mark.parametrize("name", ["import", "keys", "back-up", "test-your-tracking", "spool"])
def test_how_to(reader: Reader, name: str) -> None:
    """The commands of a how-to guide must work as printed."""
    rows = "customer,action,when\nada,opened,2026-01-02 10:00\nbob,opened,2026-01-02 11:00\n"
    (reader.folder / "events.csv").write_text(rows)
    assert SAID[name] in reader.follow(f"docs/how-to/{name}.md")
    assert (name == "back-up") == (reader.folder / "backup.db").exists()
