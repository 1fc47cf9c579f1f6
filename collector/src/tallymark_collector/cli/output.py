"""Where a command writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from tallymark_collector.cli.failure import Failure


def console() -> Console:
    """Return a console on stdout; it has no colours with NO_COLOR or without a terminal."""
    return Console(highlight=False, soft_wrap=False, emoji=False)


def notes() -> Console:
    """Return a console on stderr, for progress and remarks."""
    return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def emit(value: object) -> None:
    """Print one JSON value as one line on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def report_failure(failure: Failure, *, as_json: bool) -> None:
    """Say on stderr why a command failed, as one JSON line or in words."""
    if as_json:
        error: dict[str, object] = {"code": failure.code, "detail": failure.detail}
        if failure.path is not None:
            error["path"] = failure.path
        if failure.advice:
            error["advice"] = failure.advice
        sys.stderr.write(json.dumps({"error": error}, ensure_ascii=False) + "\n")
        return
    place = f"{failure.path}: " if failure.path else ""
    out = notes()
    out.print(f"[bold red]tallymark:[/] {escape(place + failure.detail)}")
    if failure.advice:
        out.print(f"           {escape(failure.advice)}")
