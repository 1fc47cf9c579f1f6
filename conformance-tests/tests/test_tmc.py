from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tallymark_conformance.cli import OK, VIOLATED, main
from tallymark_conformance.errors import AdapterError, Unsupported
from tallymark_conformance.tmc.adapter import Adapter
from tallymark_conformance.tmc.messages import OPS, complaint, reply_complaint, schema

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
    import json, sys
    for line in sys.stdin:
        request = json.loads(line)
        op, reply = request["op"], {"unsupported": True}
        if op == "hello":
            reply = {"ok": {"name": "toy", "version": "1", "language": "python",
                            "platform": "server", "capabilities": ["track"]}}
        elif op in ("create", "close"):
            reply = {"ok": {}}
        elif op == "call":
            reply = {"ok": {"id": None}}
        elif op == "flush":
            reply = {"ok": {"complete": True}}
        print(json.dumps({"id": request["id"], **reply}), flush=True)
"""


@pytest.fixture
def toy(tmp_path: Path) -> Adapter:
    """Return an adapter of five operations, as the skeletons have them."""
    return adapter(tmp_path, GOOD)


def adapter(folder: Path, text: str) -> Adapter:
    path = folder / "toy.py"
    path.write_text(textwrap.dedent(text))
    return Adapter([sys.executable, str(path)], folder / "logs")


def declared(folder: Path, text: str) -> str:
    adapter(folder, text)
    toml = folder / "toy.toml"
    toml.write_text('name = "toy"\ncommand = ["{python}", "{here}/toy.py"]\n')
    return str(toml)


def test_the_schema_is_one() -> None:
    """The shipped schema is a JSON Schema, and every operation has a type for its reply."""
    Draft202012Validator.check_schema(dict(schema()))
    assert {f"{op}_reply" for op in OPS} <= set(schema()["$defs"])


@pytest.mark.parametrize(
    ("message", "where"),
    [
        ({"op": "flush", "client": "a", "timeout_ms": 5}, "id"),
        ({"id": 1, "op": "dance"}, "op"),
        ({"id": 1, "op": "create", "client": "a", "config": {"url": "u"}}, "config"),
        (
            {"id": 1, "op": "create", "client": "a", "config": {"url": "u", "key": "k", "x": 1}},
            "config",
        ),
        ({"id": 1, "op": "call", "client": "a", "method": "sing", "args": {}}, "method"),
    ],
)
def test_a_wrong_request_is_named(message: dict[str, Any], where: str) -> None:
    """What is wrong with a message is told with its place or the missing field."""
    assert where in str(complaint("request", message))


def test_a_reply_is_one_of_three() -> None:
    """A reply has ok, error or unsupported, and an ok has the shape of its operation."""
    assert reply_complaint("flush", {"id": 1, "ok": {"complete": True}}) is None
    assert reply_complaint("flush", {"id": 1, "unsupported": True}) is None
    assert reply_complaint("flush", {"id": 1}) is not None
    assert "complete" in str(reply_complaint("flush", {"id": 1, "ok": {}}))


def test_an_adapter_answers(toy: Adapter) -> None:
    """Hello, calls and what is unsupported come back as what they are."""
    hello = toy.start()
    assert ("toy", "server", frozenset({"track"})) == (
        hello.name,
        hello.platform,
        hello.capabilities,
    )
    tickets = [toy.post("call", client="a", method="track", args={"name": "x"}) for _ in range(50)]
    assert [{"id": None}] * 50 == [dict(ticket.result()) for ticket in tickets]
    with pytest.raises(Unsupported):
        toy.ask("stats", client="a")
    assert 0 == toy.exit()


def test_a_killed_adapter_is_noticed_and_starts_again(toy: Adapter) -> None:
    """After a SIGKILL a question is an AdapterError; started again it answers."""
    toy.start()
    toy.kill()
    with pytest.raises(AdapterError):
        toy.ask("flush", client="a", timeout_ms=1)
    assert "toy" == toy.start().name
    toy.kill()


def test_a_silent_adapter_is_given_up(tmp_path: Path) -> None:
    """An adapter that reads and never answers ends in an AdapterError that names the operation."""
    silent = adapter(
        tmp_path, GOOD.replace('elif op == "flush":', 'elif op == "flush":\n            continue')
    )
    silent.start()
    with pytest.raises(AdapterError, match="flush: no reply"):
        silent.ask("flush", 0.2, client="a", timeout_ms=1)
    silent.kill()


def test_noise_on_stdout_is_kept(tmp_path: Path) -> None:
    """A line on stdout that is no message is kept for the oracle, and harms nothing."""
    noisy = adapter(
        tmp_path, GOOD.replace("for line in", 'print("debug", flush=True)\n    for line in')
    )
    noisy.start()
    assert ["debug"] == noisy.noise
    noisy.kill()


def test_an_adapter_that_does_not_start(tmp_path: Path) -> None:
    """A command that is not there, or ends at once, says so with what it wrote."""
    with pytest.raises(AdapterError, match="does not start"):
        Adapter([str(tmp_path / "nothing")], tmp_path).start()
    with pytest.raises(AdapterError, match="no such luck"):
        adapter(tmp_path, 'import sys; sys.exit("no such luck")').start()


def test_validate_adapter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A good adapter is told good; one whose reply lacks a field is told where."""
    assert OK == main(["validate-adapter", declared(tmp_path, GOOD)])
    assert "toy: speaks TMC/1" in capsys.readouterr().out
    wrong = declared(tmp_path, GOOD.replace('{"complete": True}', "{}"))
    assert VIOLATED == main(["validate-adapter", wrong])
    assert "'complete' is a required property" in capsys.readouterr().out
