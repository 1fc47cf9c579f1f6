"""The command line as a whole."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tallymark_collector.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

COMMANDS = [
    "serve", "key", "project", "config", "tail", "query", "import", "export", "demo",
]  # fmt: skip
LEAVES = [
    ["serve"], ["key", "create"], ["key", "list"], ["key", "revoke"], ["project", "create"],
    ["project", "list"], ["config"], ["tail"], ["query", "trends"], ["query", "funnel"],
    ["query", "retention"], ["query", "frequency"], ["query", "ask"], ["import"], ["export"],
    ["demo"],
]  # fmt: skip


def test_help_names_every_command_and_the_exit_codes(tallymark: Callable[..., Ran]) -> None:
    """Help must list the commands, and say what the exit codes mean."""
    ran = tallymark("--help")
    assert (0, []) == (ran.code, [name for name in COMMANDS if name not in ran.out])
    assert "Exit codes: 0 done" in ran.out


@pytest.mark.parametrize("command", LEAVES, ids=" ".join)
def test_every_command_has_json(tallymark: Callable[..., Ran], command: list[str]) -> None:
    """Every command must have help, and the option --json."""
    ran = tallymark(*command, "--help")
    assert (0, True) == (ran.code, "--json" in ran.out)


def test_wrong_use(tallymark: Callable[..., Ran]) -> None:
    """Wrong use must be exit code 2, said on stderr."""
    ran = tallymark("query", "trends", "--nonsense")
    assert (2, "", True) == (ran.code, ran.out, "--nonsense" in ran.err)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["query", "trends", "--nonsense"], "--nonsense"),
        (["query", "funnel"], "steps"),
        (["query", "retention", "A", "B", "--buckets", "many"], "--buckets"),
        (["nothing"], "nothing"),
        (["demo", "--port", "70000"], "--port"),
    ],
)
def test_wrong_use_as_json(tallymark: Callable[..., Ran], arguments: list[str], says: str) -> None:
    """With --json it must be one JSON line on stderr that says what is wrong."""
    ran = tallymark(*arguments, "--json")
    error = json.loads(ran.err)["error"]
    assert (2, "", "wrong_use") == (ran.code, ran.out, error["code"])
    assert says in error["detail"].lower()
    assert "\x1b" not in ran.err


def test_help_as_json_is_help(tallymark: Callable[..., Ran]) -> None:
    """Help must be help, and no failure."""
    ran = tallymark("config", "--json", "--help")
    assert (0, "") == (ran.code, ran.err)


def test_version(tallymark: Callable[..., Ran]) -> None:
    """The version must be the distribution's."""
    assert re.fullmatch(r"tallymark \d+\.\d+\.\d+\n", tallymark("--version").out)


def test_no_colour_without_a_terminal(tallymark: Callable[..., Ran], folder: Path) -> None:
    """Written to a file or a pipe, output must have no escape sequences."""
    ran = tallymark("query", "funnel", "View", "Buy", "--data", folder)
    assert "\x1b" not in ran.out


def test_config_shows_every_setting(tallymark: Callable[..., Ran]) -> None:
    """Every setting must be shown, and where it came from."""
    ran = tallymark("config", "show", "--origin", "--data", "/somewhere", "--json")
    assert set(Settings.model_fields) == set(ran.json["settings"])
    assert ("/somewhere", "flag", "default") == (
        ran.json["settings"]["data"],
        ran.json["origins"]["data"],
        ran.json["origins"]["port"],
    )


def test_config_masks_secrets(
    tallymark: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret must not be printed, in neither form."""
    monkeypatch.setenv("TALLYMARK_COLLECTOR_SECRET_KEY", "tms_0123456789abcdefghijAB")
    both = tallymark("config", "--json").out + tallymark("config").out
    assert "abcdefghij" not in both


def test_an_unknown_variable_is_told(
    tallymark: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is no setting must be exit code 2, with the nearest that is one."""
    monkeypatch.setenv("TALLYMARK_COLLECTOR_PROT", "1")
    ran = tallymark("config")
    assert (2, True) == (ran.code, "TALLYMARK_COLLECTOR_PORT" in ran.err)
