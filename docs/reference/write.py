"""Write the reference pages that come from code; with --check, only compare them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer.core
import typer.main
from tallymark_collector.cli import app
from tallymark_collector.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
OPENAPI = FOLDER.parents[1] / "sdk-protocol/spec/openapi.json"
HEAD = "<!-- Written by `make generate`. -->\n\n"


def commands() -> str:
    """Return the page of the command line."""
    root = typer.main.get_command(app)
    lines = ["# Commands", "", "Every command takes `--help`; most take `--json`.", ""]
    for name, command in _walk("tallymark", root):
        usage = " ".join(
            _argument(one) for one in command.params if one.param_type_name == "argument"
        )
        lines += [f"## {name}", "", f"`{f'{name} {usage}'.strip()}`", "", *_prose(command.help), ""]
        options = [p for p in command.params if isinstance(p, typer.core.TyperOption)]
        if options:
            lines += ["| Option | Default | What it is |", "|---|---|---|"]
            lines += [_option(one) for one in options]
            lines.append("")
    lines += ["## Exit codes", "", str(root.epilog or "")]
    return "\n".join(lines).rstrip() + "\n"


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - click's classes
    children = getattr(command, "commands", None)
    if not children:
        yield name, command
        return
    for child, one in children.items():
        yield from _walk(f"{name} {child}", one)


def _argument(one: Any) -> str:  # noqa: ANN401 - typer's class
    name = (one.metavar or one.name).strip("{}[].").upper()
    shown = f"{name}…" if one.nargs == -1 else name
    return shown if one.required else f"[{shown}]"


def _prose(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines()]


def _option(option: typer.core.TyperOption) -> str:
    default = option.default
    shown = "" if callable(default) or default in (None, False, ()) else f"`{default}`"
    names = ", ".join(f"`{one}`" for one in option.opts)
    if option.envvar:
        shown = shown or f"`${option.envvar}`"
    return f"| {names} | {shown} | {_cell(option.help or '')} |"


def settings() -> str:
    """Return the page of the collector's settings."""
    lines = [
        *("# Settings", ""),
        f"Of the collector: in `tallymark.toml`, as a variable `{PREFIX}NAME`, or as a flag of",
        "`tallymark serve` where it has one; the later wins. `tallymark config --origin` shows",
        "what holds and where it came from. A variable that names no setting stops the start.",
        *("", "| Setting | Default | What it is |", "|---|---|---|"),
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{_plain(field.default)}`"
        lines.append(f"| `{name}` | {default} | {_cell(field.description or '')} |")
    return "\n".join(lines) + "\n"


def _plain(value: object) -> object:
    return ",".join(value) if isinstance(value, tuple) else value


def http() -> str:
    """Return the page of the protocol's endpoints, from the OpenAPI document."""
    document = json.loads(OPENAPI.read_text("utf-8"))
    lines = [
        *("# HTTP", ""),
        "The protocol's endpoints; the same as an OpenAPI 3.1 document is",
        "`sdk-protocol/spec/openapi.json`. A key comes as `Authorization: Bearer KEY`, or as `k`",
        "in the query. What may go wrong: [codes](protocol/codes.md).",
        "",
    ]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            lines += [f"## {method.upper()} {path}", "", operation["summary"], ""]
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the pages, or say with --check which are stale."""
    stale = []
    for name, text in (("commands", commands()), ("settings", settings()), ("http", http())):
        path, whole = FOLDER / f"{name}.md", HEAD + text
        if not path.exists() or path.read_text("utf-8") != whole:
            stale.append(path.name)
            if "--check" not in arguments:
                path.write_text(whole, "utf-8")
    if stale and "--check" in arguments:
        print(f"stale: {', '.join(stale)}; run `make generate`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
