"""A real browser before real collectors: every page it opens is watched."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright
from tallymark_collector.store.keys import default_policy
from tallymark_collector.store.sqlite import SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

UI = Path(__file__).parents[2] / "ui"
STATIC = Path(__file__).parents[2] / "src/tallymark_collector/web/static"
SDK = Path(__file__).parents[3] / "sdk-js"
SERVED = STATIC.parent / "sdk"
SECRET = "tms_0123456789ABCDEFGHIJKL"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
SETTLED = (
    "document.querySelector('main .card, main .notice') !== null"
    " && document.querySelector('.skeleton, .stale, .live .empty') === null"
)
REBOUND = "rebound.example"
BATCH = 2_000
WAIT_S = 20.0


@dataclass
class Collector:
    """A collector in a process of its own."""

    url: str
    write_key: str
    data: Path
    process: subprocess.Popen[str]

    def post(self, path: str, body: object, key: str | None = None) -> dict[str, Any]:
        """Send JSON; return the answer, whatever its status."""
        request = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode(),
            {
                "Authorization": f"Bearer {key or self.write_key}",
                "Content-Type": "application/json",
            },
        )
        opener = urllib.request.build_opener(_EveryStatus)
        with opener.open(request, timeout=30) as answer:
            text = answer.read()
        found: dict[str, Any] = json.loads(text) if text else {}
        return found

    def send(self, events: list[dict[str, Any]]) -> None:
        """Import events, each with a time and an id."""
        for begin in range(0, len(events), BATCH):
            batch = events[begin : begin + BATCH]
            answer = self.post("/v1/import", {"v": 1, "t0": 0, "events": batch}, SECRET)
            assert answer["received"] == len(batch), answer

    @property
    def rebound(self) -> str:
        """The address under the name of another site, as DNS rebinding makes it."""
        return self.url.replace("127.0.0.1", REBOUND)

    def project(self, name: str) -> str:
        """Make a project and return its write key."""
        meta = SqliteMeta.open(self.data)
        try:
            made = meta.create_project(name, 0)
            _, key = meta.create_key(made.id, "write", default_policy("write"), 0)
        finally:
            meta.close()
        return key

    def ask(self, report: str, question: object) -> dict[str, Any]:
        """Ask a report as the API is asked."""
        return self.post(f"/v1/query/{report}", question, SECRET)

    def stop(self) -> int:
        """Stop as an operator does; return the exit code."""
        self.process.terminate()
        try:
            return self.process.wait(20)
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()


class _EveryStatus(urllib.request.HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:  # noqa: ANN401 -- urllib's
        """Return every answer as it is."""
        return response


@dataclass
class Watched:
    """A page and everything that happened on it which must not."""

    page: Page
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def until(self, condition: str) -> None:
        """Wait until a condition holds on the page, without asking the page to evaluate text."""
        deadline = time.monotonic() + WAIT_S
        while not self.page.evaluate(condition):
            assert time.monotonic() < deadline, f"never came true: {condition}"
            self.page.wait_for_timeout(30)

    def open(self, url: str) -> Page:
        """Go to a page and wait until nothing on it is loading."""
        self.page.goto(url)
        self.until(SETTLED)
        return self.page

    def choose(self, label: str, text: str) -> None:
        """Type into a field that offers what can be chosen, and take what fits best."""
        field = self.page.get_by_role("combobox", name=label, exact=True)
        field.click()
        field.fill(text)
        field.press("Enter")

    def trouble(self) -> list[str]:
        """Return what went wrong so far."""
        violations: list[str] = self.page.evaluate("window.violations ?? []")
        return [*self.dialogs, *self.errors, *self.elsewhere, *violations]


@pytest.fixture(scope="session")
def page_files() -> Path:
    """Build the dashboard if it is missing or older than its sources."""
    built = STATIC / "index.html"
    sources = [UI / name for name in ("index.html", "vite.config.ts", "package-lock.json")]
    sources += [path for path in (UI / "src").rglob("*") if path.is_file()]
    if not built.exists() or built.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        if not (UI / "node_modules/vite").exists():
            _npm("ci")
        _npm("run", "build")
    return STATIC


@pytest.fixture(scope="session")
def sdk_files() -> Path:
    """Build the JavaScript SDK if it is missing: pages load it, and Node's package is run."""
    if not ((SDK / "dist/node").exists() and (SERVED / "tm.js").exists()):
        if not (SDK / "node_modules/esbuild").exists():
            _npm("ci", folder=SDK)
        _npm("run", "build", folder=SDK)
    return SDK


def _npm(*command: str, folder: Path = UI) -> None:
    subprocess.run(
        ["npm", "--prefix", str(folder), *command], check=True, capture_output=True, timeout=240
    )


@pytest.fixture(scope="session")
def launch(
    page_files: Path, sdk_files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Collector]]:
    """Start collectors; they end with the session."""
    assert page_files.exists()
    assert sdk_files.exists()
    started: list[Collector] = []

    def start(data: Path | None = None, port: int = 0) -> Collector:
        data = data or tmp_path_factory.mktemp("data")
        process = subprocess.Popen(
            [
                sys.executable, "-m", "tallymark_collector", "serve",
                "--data", str(data), "--port", str(port), "--json",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TALLYMARK_COLLECTOR_SECRET_KEY": SECRET},
        )  # fmt: skip
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        started.append(Collector(ready["url"], ready["write_key"], data, process))
        return started[-1]

    yield start
    running = [one for one in started if one.process.poll() is None]
    for collector in running:
        collector.process.terminate()
    for collector in running:
        collector.stop()


@pytest.fixture(scope="session")
def shop(launch: Callable[..., Collector]) -> Collector:
    """Start a collector with the demo shop's half year."""
    packed = files("tallymark_collector").joinpath("data/ecom.csv.gz").read_bytes()
    rows = list(csv.DictReader(gzip.decompress(packed).decode().splitlines()))
    collector = launch()
    collector.send(
        [
            {
                "id": f"row-{number:08}",
                "e": row["event"],
                "u": row["user_id"],
                "t": int(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp())
                * 1_000,
                "p": {"platform": row["platform"], "channel": row["acquisition_channel"]},
            }
            for number, row in enumerate(rows)
        ]
    )
    return collector


@pytest.fixture(scope="session")
def corner(launch: Callable[..., Collector]) -> Collector:
    """Start a collector with a few events of three people on four days."""
    collector = launch()
    day, first = 86_400_000, 1_772_409_600_000
    visits = [("visit", user, 0) for user in ("ann", "bob", "cid")]
    later = [("cart", "ann", 1), ("cart", "bob", 1), ("buy", "ann", 2), ("visit", "ann", 3)]
    plans = {"ann": "pro", "bob": "free", "cid": "free"}
    collector.send(
        [
            {
                "id": f"corner-{n:04}",
                "e": name,
                "u": user,
                "t": first + offset * day + n,
                "p": {"plan": plans[user], "amount": n},
            }
            for n, (name, user, offset) in enumerate([*visits, *later])
        ]
    )
    collector.post("/v1/e", {"e": "cart", "u": "null"})
    return collector


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    assert path is not None, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-quic",
                # Another site whose name has been made to lead here.
                f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def watch(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Open watched pages: nothing forbidden may have happened on them when the test ends."""
    opened: list[Watched] = []

    def open_page(**options: Any) -> Watched:  # noqa: ANN401 -- the browser's own options
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(20_000)
        context.add_init_script(WATCH)
        page = context.new_page()
        watched = Watched(page)
        opened.append(watched)
        page.on("dialog", lambda dialog: (watched.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: watched.errors.append(str(error)))
        page.on("request", lambda request: _note(watched, request.url))
        return watched

    yield open_page
    for watched in opened:
        trouble = watched.trouble()
        watched.page.context.close()
        assert trouble == []


def _note(watched: Watched, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "about:")):
        watched.elsewhere.append(url)
