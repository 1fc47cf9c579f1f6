"""The demo in a browser: content at once, the answers it was made with, and the README's picture.

`TALLYMARK_PICTURE=docs/images/first-page.png` makes the test write the picture anew.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Watched

PICTURE = Path(__file__).parents[3] / "docs/images/first-page.png"
SIZE = (1440, 900)
MOST_BYTES = 300_000
SOON_S = 5.0
ALL_S = 120.0


class Demo:
    """A running demo and when it was started."""

    def __init__(self, folder: Path) -> None:
        """Start it on an empty folder and wait until it says where it is."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tallymark_collector", "demo", "--data", folder, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = next(word for word in self.line().split() if "://" in word).rstrip(",")

    def line(self) -> str:
        """Return the next line it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def until_live(self) -> None:
        """Wait until both histories are sent and visitors keep coming."""
        while "Visitors keep coming" not in (line := self.line()):
            assert line, "the demo ended"
            assert time.monotonic() - self.began < ALL_S

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.process.terminate()
        self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def demo(page_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Start the demo."""
    assert page_files.exists()
    running = Demo(tmp_path_factory.mktemp("demo"))
    yield running
    running.stop()


def asked(watched: Watched, path: str, body: object) -> Any:  # noqa: ANN401 -- JSON
    """Ask the API as the page does."""
    script = """async ([path, body]) => {
      const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      return (await fetch(path, options)).json();
    }"""
    return watched.page.evaluate(script, [path, json.dumps(body)])


def test_the_page_has_content_soon_after_the_demo_starts(
    demo: Demo, watch: Callable[..., Watched]
) -> None:
    """Opened at once it turns from waiting to charts by itself, while the history still arrives."""
    page = watch().page
    page.goto(demo.url)
    page.locator("main .card").first.wait_for()
    page.locator(".plot .line").first.wait_for(state="attached")
    page.locator(".funnel li, .heat tbody tr").first.wait_for()
    assert time.monotonic() - demo.began < SOON_S * 8  # the tests share the machine


def test_the_page_shows_what_the_demo_was_made_to_give(
    demo: Demo, watch: Callable[..., Watched], tmp_path: Path
) -> None:
    """On the invented shop, beside the real one; and the picture of it is the README's."""
    demo.until_live()
    watched = watch(viewport={"width": SIZE[0], "height": SIZE[1]})
    page = watched.open(demo.url)
    assert page.title() == "Overview · shop · Tallymark"
    assert page.locator(".project option").all_inner_texts() == ["ecom", "shop"]
    page.locator(".arrivals li").nth(9).wait_for()
    page.locator(".headlines .sparkline").nth(1).wait_for()
    question = {"steps": ["visit", "add_to_cart", "checkout", "purchase"], "window": "7d"}
    answer = asked(watched, "/v1/query/funnel?project=shop", question)
    shown = page.locator(".funnel .number:not(.lost)").all_inner_texts()
    # Visitors keep coming: the page may be a few behind the API, never before it.
    for step, text in zip(answer["steps"], shown, strict=True):
        count = int(text.split(" ")[0].replace(",", ""))
        assert step["count"] * 0.99 <= count <= step["count"]
    target = Path(os.environ.get("TALLYMARK_PICTURE", tmp_path / "first-page.png"))
    target.parent.mkdir(parents=True, exist_ok=True)
    watched.until("document.fonts.status === 'loaded'")
    page.screenshot(path=target)
    assert measured(target) == SIZE
    assert target.stat().st_size <= MOST_BYTES


def test_the_picture_in_the_readme_is_one_of_this_page() -> None:
    """Of the size it is taken in, and small enough to be loaded with a page of text."""
    assert measured(PICTURE) == SIZE
    assert PICTURE.stat().st_size <= MOST_BYTES


def measured(picture: Path) -> tuple[int, int]:
    """Return width and height of a PNG."""
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height
