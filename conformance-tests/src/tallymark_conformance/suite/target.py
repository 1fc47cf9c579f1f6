"""Open the server under test: the one at a URL, or the installed collector."""

from __future__ import annotations

from random import SystemRandom
from string import ascii_letters, digits
from typing import TYPE_CHECKING

from tallymark_conformance.errors import ConfigurationError
from tallymark_conformance.processes import Collector
from tallymark_conformance.stage.server import Target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack
    from pathlib import Path

LENGTH = 22


def open_target(
    stack: ExitStack,
    folder: Path,
    url: str,
    key: str,
    *,
    secret_key: str | None = None,
    read_key: str | None = None,
    command: Sequence[str] = (),
) -> Target:
    """Return the target at *url*; without one start a collector that lives as long as *stack*."""
    if url:
        if not key:
            raise ConfigurationError("--server with a URL needs --key, a write key of that server")
        return Target(url, key, secret_key, read_key)
    secret, read = (f"{prefix}_{_drawn()}" for prefix in ("tms", "tmr"))
    env = {"TALLYMARK_COLLECTOR_SECRET_KEY": secret, "TALLYMARK_COLLECTOR_READ_KEY": read}
    collector = Collector(folder / "data", folder / "logs", command, env)
    stack.enter_context(collector)
    return Target(collector.url, collector.key, secret, read, collector)


def _drawn() -> str:
    return "".join(SystemRandom().choices(ascii_letters + digits, k=LENGTH))
