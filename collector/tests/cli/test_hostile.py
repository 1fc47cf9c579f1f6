"""Names and values come from anybody: terminal, JSON, CSV and logs only show what they say."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tallymark_collector.cli import run

sys.path.insert(0, str(Path(__file__).parents[1]))
from hostile import corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Ran

SECRET = "tms_0123456789ABCDEFGHIJKL"
TEXTS = corpus()
THEN = 1_772_409_600_000
HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What a terminal would act upon or not show; our own output needs nothing but line ends."""


@dataclass(frozen=True)
class Stored:
    """A folder with the corpus in it, what a collector answered, and what it logged."""

    data: Path
    rejected: int
    log: str


def event(number: int, text: str) -> dict[str, Any]:
    """Return an event that says *text* wherever an event can say something."""
    return {
        "id": f"hostile-{number:06}", "e": text, "u": text[:60], "s": text[:60],
        "t": THEN + number * 60_000,
        "p": {text[:60]: text, "list": [text, {"deep": text}], "name": text},
    }  # fmt: skip


def safe(number: int, text: str) -> dict[str, Any]:
    """Return an event of a good name whose values are hostile: each is stored."""
    return {
        "id": f"hostile-value-{number:06}", "e": "seen", "u": f"u{number}",
        "t": THEN + number * 60_000, "p": {"name": text, "list": [text]},
    }  # fmt: skip


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Send the corpus to a collector that logs each request, also as paths and questions."""
    data = tmp_path_factory.mktemp("hostile") / "data"
    command = [sys.executable, "-m", "tallymark_collector", "serve", "--json", "--port", "0"]
    given = {"SECRET_KEY": SECRET, "ACCESS_LOG": "true", "LOG_FORMAT": "json"}
    log = data.with_suffix(".log")
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [*command, "--data", str(data)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**os.environ, **{f"TALLYMARK_COLLECTOR_{k}": v for k, v in given.items()}},
        ) as process,
    ):
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        rejected = 0
        for make in (event, safe):
            events = [make(number, text) for number, text in enumerate(TEXTS)]
            answer = post(f"{url}/v1/import", {"v": 1, "t0": 0, "events": events})
            rejected += len(answer.get("rejected", ()))
        for text in TEXTS:
            post(f"{url}/v1/query/trends", {"events": [text], "interval": text})
            get(f"{url}/v1/events/{urllib.parse.quote(text[:80], safe='')}")
        process.terminate()
        assert process.wait(60) == 0
    return Stored(data, rejected, log.read_text(encoding="utf-8"))


def post(url: str, body: object) -> dict[str, Any]:
    """Send JSON and return the answer, whatever its status."""
    return ask(urllib.request.Request(url, json.dumps(body).encode()))


def get(url: str) -> dict[str, Any]:
    """Ask and return the answer, whatever its status."""
    return ask(urllib.request.Request(url))


def ask(request: urllib.request.Request) -> dict[str, Any]:
    """Return the JSON of an answer, whatever its status; it must be JSON and say so."""
    request.add_header("Authorization", f"Bearer {SECRET}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.build_opener(EveryStatus).open(request, timeout=30) as answer:
        assert answer.status < 500
        assert "json" in answer.headers["Content-Type"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        found: dict[str, Any] = json.loads(answer.read())
    return found


class EveryStatus(urllib.request.HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:  # noqa: ANN401 -- urllib's
        """Return every answer as it is."""
        return response


COMMANDS = [
    ["tail", "-n", "2000"],
    ["query", "trends", "*", "--by", "name", "--limit", "500"],
    ["query", "trends", "*", "--by", "list", "--limit", "500", "--points"],
    ["query", "trends", "*", "--by", "$user_id", "--by", "name", "--limit", "500"],
    ["query", "funnel", "seen", "seen", "--by", "name", "--limit", "500"],
    ["query", "retention", "*", "*", "--by", "name", "--limit", "500", "--points"],
    ["query", "frequency", "seen"],
]


@pytest.mark.parametrize(
    ("command", "colour"),
    [*((command, False) for command in COMMANDS), *((command, True) for command in COMMANDS[:2])],
    ids=lambda part: " ".join(part[:4]) if isinstance(part, list) else str(part),
)
def test_nothing_reaches_the_terminal(
    stored: Stored,
    command: list[str],
    colour: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No control, no invisible and no bidirectional character but our own may be printed."""
    monkeypatch.setenv("COLUMNS", "400")
    if colour:
        monkeypatch.setenv("FORCE_COLOR", "1")
    assert run([*command, "--data", str(stored.data)]) == 0
    printed = capsys.readouterr().out
    ours = re.sub(r"\x1b\[[\d;]*m", "", printed) if colour else printed
    assert HIDDEN.search(ours) is None
    if "name" in command or command[0] == "tail":
        assert "<script>" in printed
        assert "[bold red]x[/]" in printed
        assert "\\u{202e}gnp.exe" in printed


@pytest.mark.parametrize("command", [*COMMANDS, ["export"]], ids=lambda one: " ".join(one[:4]))
def test_json_is_the_same_value_and_inert(
    stored: Stored, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON must hold each text exactly, and print none of its hidden characters."""
    as_json = [] if command == ["export"] else ["--json"]
    command = [part for part in command if part != "--points"]
    assert run([*command, *as_json, "--data", str(stored.data)]) == 0
    printed = capsys.readouterr().out
    assert HIDDEN.search(printed) is None
    values = [json.loads(line) for line in printed.splitlines()]
    if command[0] in ("export", "tail"):
        names = {one["event"]["p"]["name"] for one in values}
        assert set(TEXTS) - names <= {"\x00"}  # a text no store takes


@pytest.mark.parametrize(
    "command",
    [
        ["query", "trends", "*", "--by", "name", "--limit", "500"],
        ["query", "funnel", "seen", "seen", "--by", "name", "--limit", "500"],
        ["query", "retention", "*", "*", "--by", "name", "--limit", "500"],
    ],
    ids=lambda command: command[1],
)
def test_csv_has_no_formula(
    stored: Stored, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No cell may begin a formula, break a line or hide a character; every text must be there."""
    assert run([*command, "--csv", "--data", str(stored.data)]) == 0
    printed = capsys.readouterr().out
    assert HIDDEN.search(printed.replace("\r\n", "")) is None
    rows = list(csv.reader(io.StringIO(printed, newline="")))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if re.match(r"\s*[=+\-@|%]", cell) and not number(cell)]
    assert any(cell.startswith("'=cmd|") or "· =cmd|" in cell for cell in cells)


def number(cell: str) -> bool:
    """Tell whether a cell is a number."""
    return re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) is not None


def test_most_are_stored(stored: Stored, tallymark: Callable[..., Ran]) -> None:
    """At least 300 hostile values must be stored: what is refused proves nothing."""
    ran = tallymark("query", "trends", "seen", "--json", "--data", stored.data)
    assert ran.json["series"][0]["total"] >= 300
    assert stored.rejected < len(TEXTS) / 2


def test_logs_say_nothing_of_them(stored: Stored) -> None:
    """Each line of the log must be one JSON object, with no name and no value in it."""
    lines = stored.log.splitlines()
    assert len(lines) > 2 * len(TEXTS)
    assert HIDDEN.search(stored.log) is None
    paths = set()
    for line in lines:
        entry = json.loads(line)
        paths.add(entry.pop("path", ""))
        assert "evil" not in json.dumps(entry)
        assert "script" not in json.dumps(entry)
    assert {"/v1/import", "/v1/query/trends"} <= paths


def failures() -> Iterator[list[str]]:
    """Iterate over commands that fail with a hostile word in their message."""
    for text in ("\x1b[31mred", "a\u202eb", "[bold]x[/bold]", "\u009b31m"):
        yield ["query", "trends", "View", "--interval", text]
        yield ["query", "trends", "View", "--where", f"={text}"]
        yield ["query", "ask", text, "/dev/null"]
        yield ["tail", "--project", text]
        yield ["key", "revoke", text]
        yield ["import", str(Path(__file__)), "--format", "csv", "--map", f"time={text}"]


@pytest.mark.parametrize("command", list(failures()), ids=ascii)
def test_messages_are_inert_too(
    tallymark: Callable[..., Ran], folder: Path, command: list[str]
) -> None:
    """A message that repeats what was typed must not act on the terminal."""
    where = [] if command[0] == "import" else ["--data", str(folder)]
    ran = tallymark(*command, *where)
    assert ran.code in (1, 2)
    assert HIDDEN.search(ran.out + ran.err) is None
