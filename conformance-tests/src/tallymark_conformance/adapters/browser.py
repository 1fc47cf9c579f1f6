"""The SDK for browsers behind TMC/1, in a real Chromium: `python -m …adapters.browser`.

Each client is a tab; clients whose `spool_dir` is the same text share one profile of the browser.
TMC_SDK_JS names the folder of the JavaScript SDK, built; TMC_CHROMIUM the browser.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Browser, BrowserContext, Page

Fields = dict[str, Any]
HERE: Final = Path(__file__).resolve().parent
FLAGS: Final = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
)
CAPABILITIES: Final = (
    *("track", "page", "screen", "identify", "profile", "group", "alias", "exposure", "flag"),
    *("consent", "reset", "register", "stats", "results", "hook", "gzip", "odd", "times"),
    *("batching", "overflow", "gpc", "tabs"),
)
MOST_AT_ONCE: Final = 200
"""Calls that go to a page together."""
LINE_BYTES: Final = 1 << 24


class Files(SimpleHTTPRequestHandler):
    """Serve the page, its bridge and the SDK, from loopback only."""

    sdk: Path

    def translate_path(self, path: str) -> str:
        """Return the file a path stands for; everything else is the page."""
        kind, _, name = path.partition("?")[0].lstrip("/").partition("/")
        if kind == "sdk":
            return str(self.sdk / name)
        return str(HERE / (name if kind == "adapters" else "page.html"))

    def log_message(self, *_: object) -> None:
        """Say nothing: the bridge's own log is what is looked for."""


@dataclass(slots=True)
class Session:
    """One Chromium with its profiles and tabs."""

    browser: Browser
    origin: str
    version: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    profiles: dict[str, BrowserContext] = field(default_factory=dict)

    async def hello(self) -> Fields:
        """Say what is under test: the SDK's version is read in a page."""
        context = await self.browser.new_context()
        page = await self._opened(context)
        self.version = await page.evaluate("tmcVersion")
        await context.close()
        return {
            "name": "@tallymark/browser",
            "version": self.version,
            "language": "javascript",
            "platform": "browser",
            "spec": "1.0.0",
            "capabilities": list(CAPABILITIES),
        }

    async def create(self, request: Fields) -> Fields:
        """Open a tab and make its client."""
        name, config = request["client"], dict(request["config"])
        profile = config.pop("spool_dir", "")
        if isinstance(profile, str):
            key = profile or name
            if not profile and key in self.profiles:
                await self.profiles.pop(key).close()
        else:
            key, config["spool_dir"] = name, None
        if key not in self.profiles:
            self.profiles[key] = await self.browser.new_context()
        self.pages[name] = await self._opened(self.profiles[key])
        (reply,) = await self.ask(name, [{**request, "config": config}])
        return reply

    async def page(self, request: Fields) -> Fields:
        """Do with a tab what people do: `leave` it for another page, `crash` it, `hide` it."""
        page, what = self.pages[request["client"]], request["do"]
        if what == "leave":
            await page.goto("about:blank")
        elif what == "crash":
            await page.close(run_before_unload=False)
        else:
            (reply,) = await self.ask(request["client"], [request])
            return reply
        return {"id": request["id"], "ok": {}}

    async def ask(self, client: str, requests: Sequence[Fields]) -> list[Fields]:
        """Hand messages to the page of *client* and return its replies."""
        found: list[Fields] = await self.pages[client].evaluate("m => tmc(m)", list(requests))
        return found

    async def _opened(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        await page.goto(self.origin)
        await page.wait_for_function("globalThis.tmc !== undefined")
        return page


async def answer(session: Session, requests: Sequence[Fields]) -> list[Fields]:
    """Return the replies to *requests*, which are for one client; trouble becomes an error."""
    first = requests[0]
    try:
        if first["op"] == "hello":
            return [{"id": first["id"], "ok": await session.hello()}]
        if first["op"] == "create":
            return [await session.create(first)]
        if first["op"] == "page":
            return [await session.page(first)]
        if first.get("client") in session.pages:
            return await session.ask(first["client"], requests)
    except Exception as error:  # noqa: BLE001 (whatever the browser says, the suite is told)
        return [{"id": request["id"], "error": str(error)} for request in requests]
    return [{"id": request["id"], "unsupported": True} for request in requests]


def grouped(requests: Sequence[Fields]) -> list[list[Fields]]:
    """Return *requests* in pieces: calls of one client that follow each other go together."""
    pieces: list[list[Fields]] = []
    for request in requests:
        last = pieces[-1] if pieces else None
        joins = (
            last is not None
            and request["op"] == last[0]["op"] == "call"
            and request["client"] == last[0]["client"]
            and len(last) < MOST_AT_ONCE
        )
        if joins and last is not None:
            last.append(request)
        else:
            pieces.append([request])
    return pieces


def served() -> str:
    """Serve the files from a thread and return the address."""
    folder = os.environ.get("TMC_SDK_JS")
    if folder is None:
        sys.exit("TMC_SDK_JS must name the folder of the built JavaScript SDK")
    handler = type("SdkFiles", (Files,), {"sdk": Path(folder) / "dist" / "browser"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler))
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


async def main() -> None:
    """Answer requests until the input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    chromium = os.environ.get("TMC_CHROMIUM") or shutil.which("chromium") or None
    tasks: set[asyncio.Task[None]] = set()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        session = Session(browser, served())

        async def settle(piece: Sequence[Fields]) -> None:
            for reply in await answer(session, piece):
                sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()

        while piece := await lines(reader):
            for group in grouped(piece):
                task = asyncio.create_task(settle(group))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        await browser.close()


async def lines(reader: asyncio.StreamReader) -> list[Fields]:
    """Return the requests that have arrived, at least one; none at the end of the input."""
    first = await reader.readline()
    if not first:
        return []
    found = [json.loads(first)]
    while len(found) < MOST_AT_ONCE:
        try:
            async with asyncio.timeout(0.001):
                line = await reader.readline()
        except TimeoutError:
            break
        if not line:
            break
        found.append(json.loads(line))
    return found


if __name__ == "__main__":
    asyncio.run(main())
