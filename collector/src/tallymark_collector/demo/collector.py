"""The demo's collector: a process of its own, with two projects and their keys."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tallymark_collector.settings import PREFIX
from tallymark_collector.store.keys import default_policy, new_text
from tallymark_collector.store.sqlite import SqliteMeta

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST: Final = "127.0.0.1"
SHOP: Final = "shop"
ECOM: Final = "ecom"
SECRET_VARIABLE: Final = f"{PREFIX}SECRET_KEY"
PROJECT_VARIABLE: Final = f"{PREFIX}PROJECT"

_PORTS_TRIED: Final = 50
_START_S: Final = 20.0
_STOP_S: Final = 15.0


class DemoFailed(Exception):  # noqa: N818 -- names what happened
    """Stop the demo: the message says what went wrong, `advice` what to do about it."""

    def __init__(self, detail: str, advice: str = "", *, code: str = "demo_failed") -> None:
        """Keep what is to be said."""
        super().__init__(detail)
        self.advice = advice
        self.code = code


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector running for the demo; `keys` are the secret keys of its projects by name."""

    url: str
    write_key: str
    keys: dict[str, str]
    process: subprocess.Popen[bytes]


def free_port(wanted: int) -> int:
    """Return *wanted* or the next port after it that is free; 0 leaves the choice to the system."""
    if wanted == 0:
        return 0
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise DemoFailed(f"no port from {wanted} to {wanted + _PORTS_TRIED - 1} is free: give --port 0")


@contextmanager
def collector(data: Path, port: int) -> Iterator[Collector]:
    """Run a collector on *data* until the block ends; its page opens on the invented shop."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = {SHOP: new_text("secret")}
    log = data / "collector.log"
    command = [sys.executable, "-m", "tallymark_collector", "serve", "--json"]
    command += ["--data", str(data), "--host", HOST, "--port", str(port)]
    given = {SECRET_VARIABLE: keys[SHOP], PROJECT_VARIABLE: SHOP}
    # Appended to: a demo that already runs on the folder writes there, too.
    with log.open("ab") as stderr:
        began = stderr.tell()
        # A group of its own: Ctrl-C is for the demo, which then stops the collector once.
        process = subprocess.Popen(  # noqa: S603 -- our own program
            command,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **given},
            process_group=0,
        )
    try:
        ready = _ready(process, log, began)
        keys[ECOM] = _add_project(data, ECOM)
        yield Collector(ready["url"], ready["write_key"], keys, process)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Stop a collector gracefully and return its exit code."""
    process.terminate()
    try:
        code = process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return code


def forget_keys(data: Path, running: Collector) -> None:
    """Revoke the demo's secret keys: nobody needs them any more."""
    meta = SqliteMeta.open(data)
    try:
        for key in running.keys.values():
            found = meta.find_key(key)
            if found is not None:
                meta.revoke_key(found.id, _now())
    finally:
        meta.close()


def _add_project(data: Path, name: str) -> str:
    """Make sure of a project beside the running collector; return a new secret key of it."""
    meta = SqliteMeta.open(data)
    try:
        project = meta.project(name) or meta.create_project(name, _now())
        _, key = meta.create_key(project.id, "secret", default_policy("secret"), _now())
    finally:
        meta.close()
    return key


def _ready(process: subprocess.Popen[bytes], log: Path, began: int) -> dict[str, str]:
    """Wait for the ready line and return what it says; *began* is where its log begins."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait(_START_S)
        raise did_not_start(log.read_bytes()[began:], process.returncode)
    ready: dict[str, str] = json.loads(line)
    return ready


def did_not_start(said: bytes, code: int | None) -> DemoFailed:
    """Return why a collector did not start, from what it *said* before it ended with *code*."""
    text = said.decode(errors="replace").strip()
    last = text.rpartition("\n")[2]
    try:
        error = json.loads(last)["error"]
        return DemoFailed(error["detail"], error.get("advice", ""), code=error["code"])
    except (ValueError, KeyError, TypeError):
        return DemoFailed(f"the collector did not start: {text or f'exit code {code}'}")


def _now() -> int:
    return time.time_ns() // 1_000_000
